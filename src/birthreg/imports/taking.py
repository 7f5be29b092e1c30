"""One function per act behind the doors: take a file to import, and follow it."""

import asyncio
import hashlib
from pathlib import Path
from typing import IO
from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.imports import store
from birthreg.imports.models import Import, Kind, NewImport
from birthreg.imports.service import start_import
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.uploads import keep_upload

_PIECE = 1 << 20


async def take_file(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    kind: Kind,
    uploads: Path,
    content: IO[bytes],
    file_name: str,
    terminal: str,
) -> Import:
    """Keep a file for the worker to import; its rows may be of organisations inside the scope."""
    import_id = new_id()
    asked = NewImport(
        id=import_id,
        kind=kind,
        officer=officer.id,
        organization=officer.organization,
        terminal=terminal,
        reach=scope.patterns,
        file_name=file_name[:200],
        uploaded=True,
        bytes_total=await asyncio.to_thread(keep_upload, uploads / str(import_id), content),
    )
    await start_import(tx, asked)
    return await find_import(tx, scope=scope, import_id=import_id)


def digest_upload(content: IO[bytes]) -> bytes:
    """Return the SHA-256 of what was sent, by which a repeated request is known."""
    digest = hashlib.sha256()
    content.seek(0)
    while piece := content.read(_PIECE):
        digest.update(piece)
    return digest.digest()


async def find_import(tx: Transaction, *, scope: Scope, import_id: UUID) -> Import:
    """Return one import.

    Raises:
        NotFound: no such import inside the scope.
    """
    found = await store.find_import(tx, scope=scope, import_id=import_id)
    if found is None:
        raise NotFound
    return found


async def list_imports(tx: Transaction, *, scope: Scope, before: UUID | None, limit: int) -> list[Import]:
    """Return the imports inside the scope, newest first."""
    return await store.list_imports(tx, scope=scope, before=before or UUID(int=2**128 - 1), limit=limit)
