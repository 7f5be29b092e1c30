"""Named queries of the lists and their changes; touched by this room alone."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg

from birthreg.access.models import Officer, Scope
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries
from birthreg.screening.list_models import (
    ChangeStatus,
    Division,
    EditionBegin,
    FoundRow,
    ListAct,
    ListChange,
    ListedKey,
    ListName,
    PastChange,
)

_SQL = load_queries("screening_lists")


async def list_rows(
    tx: Transaction, *, list_name: ListName, prefix: str, ended: bool | None, after: str, limit: int, today: date
) -> list[ListedKey]:
    """Return rows of a list in their order, after a given place."""
    return await tx.all(
        _SQL["list_rows"], ListedKey, list_name=list_name, prefix=prefix, ended=ended, after=after, limit=limit,
        today=today,
    )  # fmt: skip


async def find_row(tx: Transaction, *, list_name: ListName, key: str) -> dict[str, Any] | None:
    """Return a row of a list as it stands."""
    found = await tx.one(_SQL["find_row"], FoundRow, list_name=list_name, key=key)
    return found.listed if found else None


async def list_editions_beside(tx: Transaction, *, edition: int) -> list[EditionBegin]:
    """Return when the other editions begin."""
    return await tx.all(_SQL["list_editions_beside"], EditionBegin, edition=edition)


async def list_history(
    tx: Transaction, *, list_name: ListName, key: str | None, before: int, limit: int
) -> list[PastChange]:
    """Return what became of a list, newest first."""
    return await tx.all(
        _SQL["list_history"], PastChange, list_name=list_name, key=key, before=before, limit=limit
    )  # fmt: skip


async def lock_lists(tx: Transaction) -> None:
    """Let nobody else propose or decide a change until the transaction ends."""
    await tx.execute(_SQL["lock_lists"])


async def insert_change(
    tx: Transaction, officer: Officer, *, change: UUID, list_name: ListName, key: str, act: ListAct,
    after: dict[str, Any] | None, reason: str, document_number: str,
) -> ListChange | None:  # fmt: skip
    """Let a change wait for a second person; None when another of the same row waits already."""
    return await tx.one(
        _SQL["insert_change"], ListChange, id=change, list_name=list_name, key=key, act=act, after=after,
        reason=reason, document_number=document_number, organization=officer.organization, proposed_by=officer.id,
    )  # fmt: skip


async def find_change(tx: Transaction, *, scope: Scope, list_name: ListName, change: UUID) -> ListChange | None:
    """Return one change that was proposed inside the scope."""
    return await tx.one(_SQL["find_change"], ListChange, id=change, list_name=list_name, scope=scope.patterns)


async def list_changes(
    tx: Transaction, *, scope: Scope, list_name: ListName, status: ChangeStatus | None, before: UUID, limit: int
) -> list[ListChange]:
    """Return changes that were proposed inside the scope, newest first."""
    return await tx.all(
        _SQL["list_changes"], ListChange, list_name=list_name, scope=scope.patterns, status=status, before=before,
        limit=limit,
    )  # fmt: skip


async def decide_change(
    tx: Transaction, officer: Officer, *, change: UUID, status: ChangeStatus, reason: str, now: datetime
) -> None:
    """Keep what became of a change; approved, it is carried out."""
    await tx.execute(_SQL["decide_change"], id=change, status=status, officer=officer.id, reason=reason, now=now)


async def begin_collection(connection: asyncpg.Connection, *, digest: bytes) -> bool:
    """Note, as the owner, that a collection of divisions is read; False when it was read before."""
    status = await connection.execute(_SQL["begin_collection"].text, digest)
    return status.endswith(" 1")


async def load_divisions(connection: asyncpg.Connection, *, divisions: Sequence[Division]) -> int:
    """Bring divisions into the books as their owner; return how many were new or have changed."""
    query = _SQL["load_divisions"]
    given: dict[str, list[Any]] = {
        "codes": [one.code for one in divisions],
        "names": [one.name for one in divisions],
        "begins": [one.valid_from for one in divisions],
        "ends": [one.valid_to for one in divisions],
        "successors": [" ".join(one.successors) for one in divisions],
    }
    status = await connection.execute(query.text, *(given[name] for name in query.parameters))
    return int(status.rpartition(" ")[2])
