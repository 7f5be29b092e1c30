"""The look back: every past use of a number that came onto the list becomes a finding."""

from uuid import UUID

from birthreg.access.models import UNKNOWN, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.blacklist import notice_store as store
from birthreg.blacklist.hiding import Place, cut_page
from birthreg.blacklist.notice_models import LookedBack, PastUses
from birthreg.kernel.database import Transaction

ENTRIES_AT_ONCE = 5_000
ROWS_AT_ONCE = 20_000


async def look_back(tx: Transaction, *, entries: int = ENTRIES_AT_ONCE, rows: int = ROWS_AT_ONCE) -> LookedBack:
    """Look back one stretch; what it found and how far it came stand together or not at all."""
    done = await store.look_back(tx, entries=entries, rows=rows)
    if done.found or done.finished:
        await record(
            tx, officer="worker", organization=UNKNOWN, terminal="worker", operation=Operation.ADD,
            act="look_back", object="lookback_finding", key=None, count=done.found,
            detail={"entries_finished": done.finished},
        )  # fmt: skip
    return done


async def list_past_uses(
    tx: Transaction, *, scope: Scope, entry: UUID, place: Place, limit: int, in_clear: bool
) -> PastUses:
    """Return the past uses of an entry's numbers inside the scope, and whether the look back is done."""
    found = await store.list_past_uses(tx, scope=scope, entry=entry, place=place, limit=limit + 1)
    page = cut_page(found, place=place, limit=limit, in_clear=in_clear)
    lookback = await store.find_lookback(tx, entry=entry)
    return PastUses(
        looked_back_at=lookback.finished_at if lookback else None,
        found=lookback.found if lookback else 0,
        items=page.items,
        next_cursor=page.next_cursor,
    )
