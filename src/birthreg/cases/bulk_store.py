"""Named queries of acts on many cases; touched by this room alone."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.cases.bulk_models import Bulk, BulkAct, BulkCase, BulkChange, BulkDone, BulkKept
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("cases_bulk")


async def list_cases(tx: Transaction, *, scope: Scope, cases: Sequence[UUID]) -> list[BulkCase]:
    """Return how cases inside the scope stand, without holding them."""
    return await tx.all(_SQL["list_bulk_cases"], BulkCase, cases=list(cases), scope=scope.patterns)


async def hold_cases(tx: Transaction, *, scope: Scope, cases: Sequence[UUID]) -> list[BulkCase]:
    """Hold cases inside the scope, and return how they stand."""
    return await tx.all(_SQL["hold_cases"], BulkCase, cases=list(cases), scope=scope.patterns)


async def insert_bulk(tx: Transaction, officer: Officer, *, bulk: UUID, act: BulkAct) -> None:
    """Keep that an officer acts on many cases."""
    await tx.write(
        _SQL["insert_bulk"], id=bulk, officer=officer.id, organization=officer.organization, act=act
    )  # fmt: skip


async def insert_item(tx: Transaction, *, bulk: UUID, case: BulkCase, version: int, other: UUID | None) -> None:
    """Keep how a case stood before such an act, and its version afterwards."""
    stood = msgspec.structs.asdict(case) | {"version": version, "case": case.id, "bulk": bulk, "other": other}
    await tx.write(_SQL["insert_bulk_item"], **stood)


async def hold_bulk(tx: Transaction, officer: Officer, *, bulk: UUID) -> Bulk | None:
    """Hold an officer's own act on many cases."""
    return await tx.one(_SQL["hold_bulk"], Bulk, id=bulk, officer=officer.id)


async def list_items(tx: Transaction, *, bulk: UUID) -> list[BulkDone]:
    """Return the cases that such an act changed."""
    return await tx.all(_SQL["list_bulk_items"], BulkDone, bulk=bulk)


async def restore_case(tx: Transaction, *, bulk: UUID, case: UUID) -> None:
    """Let a case stand as it did before such an act."""
    await tx.execute(_SQL["restore_case"], bulk=bulk, case=case)


async def end_bulk(tx: Transaction, *, bulk: UUID) -> None:
    """Keep that such an act was taken back."""
    await tx.write(_SQL["end_bulk"], id=bulk)


async def list_bulks(tx: Transaction, *, scope: Scope, before: UUID, limit: int) -> list[BulkKept]:
    """Return acts on many cases by officers inside the scope, the latest first."""
    return await tx.all(_SQL["list_bulks"], BulkKept, scope=scope.patterns, before=before, limit=limit)


async def find_bulk(tx: Transaction, *, scope: Scope, bulk: UUID) -> BulkKept | None:
    """Return an act on many cases by an officer inside the scope."""
    return await tx.one(_SQL["find_bulk"], BulkKept, scope=scope.patterns, id=bulk)


async def list_changes(tx: Transaction, *, scope: Scope, bulk: UUID) -> list[BulkChange]:
    """Return the cases inside the scope that such an act changed."""
    return await tx.all(_SQL["list_bulk_changes"], BulkChange, scope=scope.patterns, bulk=bulk)
