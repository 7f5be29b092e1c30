"""Named queries of cases; touched by this room alone."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.cases.models import Aside, CaseAct, CaseRow, Conflicted, HeldRow, Status
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.sql import load_queries

_SQL = load_queries("cases")


async def find_case(tx: Transaction, *, scope: Scope, case: UUID) -> CaseRow | None:
    """Return one case inside the scope."""
    return await tx.one(_SQL["find_case"], CaseRow, id=case, scope=scope.patterns)


async def hold_case(tx: Transaction, officer: Officer, *, scope: Scope, case: UUID) -> HeldRow | None:
    """Return a case inside the scope, held until the transaction ends, and whether the officer may touch it.

    Two statements: what committed while this waited for the case is seen by the second alone.
    """
    row = await tx.one(_SQL["hold_case"], CaseRow, id=case, scope=scope.patterns)
    if row is None:
        return None
    aside = await tx.one(_SQL["find_aside"], Aside, id=case, officer=officer.id)
    return HeldRow(**msgspec.structs.asdict(row), **msgspec.structs.asdict(aside)) if aside else None


async def has_conflict(tx: Transaction, *, case: UUID, officer: str) -> bool:
    """Say whether an officer has a hand in what a case is about."""
    found = await tx.one(_SQL["find_conflict"], Conflicted, id=case, officer=officer)
    return found is not None and found.has_conflict


async def keep_lease(tx: Transaction, *, case: UUID, officer: str, until: datetime) -> None:
    """Let a case lie with an officer, if it does, until then at least."""
    await tx.execute(_SQL["keep_lease"], id=case, officer=officer, until=until)


async def insert_entry(
    tx: Transaction,
    *,
    case: UUID,
    act: CaseAct,
    officer: str,
    organization: str,
    before: Status | None,
    after: Status,
    note: str | None,
    detail: dict[str, Any],
) -> UUID:
    """Write an entry of a timeline; return its identifier."""
    entry = new_id()
    await tx.write(
        _SQL["insert_entry"], id=entry, case=case, act=act, officer=officer, organization=organization, before=before,
        after=after, note=note, detail=detail,
    )  # fmt: skip
    return entry
