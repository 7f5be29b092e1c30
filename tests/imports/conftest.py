"""A desk that brings files in."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests import make

from birthreg.imports import service
from birthreg.imports.models import Import, Kind, NewImport, Rejection
from birthreg.kernel.database import Database
from birthreg.kernel.identifiers import new_id


class Ended(msgspec.Struct, frozen=True):
    """An import that has ended, and what it refused."""

    outcome: Import
    rejections: list[Rejection]

    @property
    def counts(self) -> tuple[int, int, int]:
        """New, same and rejected rows."""
        return self.outcome.rows_new, self.outcome.rows_same, self.outcome.rows_rejected

    @property
    def reasons(self) -> list[tuple[int, str, str]]:
        """Line, field and code of each refused row."""
        return [(r.line, r.field, r.code) for r in self.rejections]


BringIn = Callable[..., Awaitable[Ended]]


def _written(content: str | bytes, path: Path) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.fixture
async def bring_in(database: Database, tmp_path: Path) -> BringIn:
    """Import a file from its content, or one that is there."""

    async def act(content: str | bytes | Path, kind: Kind = Kind.USAGE, **changes: Any) -> Ended:
        path = content if isinstance(content, Path) else _written(content, tmp_path / "file.csv")
        async with database.transaction() as tx:
            await make.organization(tx, make.WUHAN)
            facts = {"officer": "operator", "organization": make.WUHAN, "terminal": "terminal", "reach": ("%",)}
            size = await asyncio.to_thread(lambda: path.stat().st_size)
            asked = NewImport(id=new_id(), kind=kind, file_name=path.name, bytes_total=size, **{**facts, **changes})
            import_id = await service.start_import(tx, asked)
        outcome = await service.run_import(database, import_id=import_id, path=path)
        async with database.transaction() as tx:
            return Ended(outcome, await service.list_rejections(tx, import_id=import_id))

    return act
