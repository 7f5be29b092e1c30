"""Reading acts on many cases that were done: who did what with which cases, and whether it can still be taken back."""

from uuid import UUID

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.cases import bulk_store as store
from birthreg.cases.bulk import UNDO_FOR
from birthreg.cases.bulk_acts import BULK_WAYS
from birthreg.cases.bulk_models import BulkKept, BulkShown, BulkTold
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound

_NEWEST = UUID(int=2**128 - 1)


async def list_bulks(
    tx: Transaction, officer: Officer, *, scope: Scope, before: UUID | None, limit: int
) -> list[BulkShown]:
    """Return acts on many cases by officers inside the scope, the latest first."""
    found = await store.list_bulks(tx, scope=scope, before=before or _NEWEST, limit=limit)
    return [_show(tx, officer, one) for one in found]


async def find_bulk(tx: Transaction, officer: Officer, *, scope: Scope, bulk: UUID) -> BulkTold:
    """Return an act on many cases with those inside the scope that it changed.

    Raises:
        NotFound: nobody inside the scope did such an act.
    """
    found = await store.find_bulk(tx, scope=scope, bulk=bulk)
    if found is None:
        raise NotFound
    items = await store.list_changes(tx, scope=scope, bulk=bulk)
    return BulkTold(**msgspec.structs.asdict(_show(tx, officer, found)), items=items)


def _show(tx: Transaction, officer: Officer, kept: BulkKept) -> BulkShown:
    until = kept.at + UNDO_FOR
    is_open = kept.undone_at is None and tx.now <= until and BULK_WAYS[kept.act].can_be_undone
    return BulkShown(
        **msgspec.structs.asdict(kept), undo_until=until, can_be_undone=is_open and kept.officer == officer.id
    )
