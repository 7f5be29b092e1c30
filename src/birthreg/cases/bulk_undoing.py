"""Taking back an act on many cases: each case by itself, and none that has moved on."""

from uuid import UUID

from birthreg.cases import bulk_refusals, linking, refusals, service
from birthreg.cases import bulk_store as store
from birthreg.cases import store as case_store
from birthreg.cases.bulk import UNDO_FOR, Bulking, apart, trail
from birthreg.cases.bulk_acts import BULK_WAYS
from birthreg.cases.bulk_models import Bulk, BulkAct, BulkDone, BulkItem, BulkReport
from birthreg.cases.models import Acted, CaseAct, Way, Who
from birthreg.cases.service import Held
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, DomainError, NotFound


async def undo(tx: Transaction, who: Bulking, *, bulk: UUID) -> BulkReport:
    """Take back an act on many cases within ten minutes, by who did it; what has changed since stays as it is.

    Raises:
        NotFound: this officer did no such act.
        BulkUndone, BulkTooOld: it was taken back, or is too old; refused, on the trail.
    """
    found = await store.hold_bulk(tx, who.officer, bulk=bulk)
    if found is None:
        raise NotFound
    error = _judge(tx, found)
    if error is not None:
        await trail(tx, who, act="case_bulk_undo", key=bulk, told=found.act, count=0, error=error)
        raise error
    await tx.settle()
    items = await _go_through(tx, who, found)
    await store.end_bulk(tx, bulk=bulk)
    done = sum(item.done for item in items)
    await trail(tx, who, act="case_bulk_undo", key=bulk, told=found.act, count=done)
    return BulkReport(
        id=bulk, act=found.act, preview=False, done=done, refused=len(items) - done, has_more=False,
        undo_until=None, items=items,
    )  # fmt: skip


def _judge(tx: Transaction, found: Bulk) -> Conflict | None:
    if found.undone_at is not None:
        return bulk_refusals.BulkUndone()
    if tx.now > found.at + UNDO_FOR:
        return bulk_refusals.BulkTooOld(minutes=UNDO_FOR.seconds // 60)
    return None


async def _go_through(tx: Transaction, who: Bulking, found: Bulk) -> list[BulkItem]:
    kept = {item.case_id: item for item in await store.list_items(tx, bulk=found.id)}
    others = {item.other_id for item in kept.values() if item.other_id is not None}
    items = []
    for case in await store.hold_cases(tx, scope=who.scope, cases=[*kept, *others]):
        if case.id not in kept:
            continue
        item = kept[case.id]

        async def take_back(part: Transaction, item: BulkDone = item) -> Acted:
            return await _take_back(part, who, found, item)

        items.append(await apart(tx, case, take_back, language=who.language))
    return items


async def _take_back(tx: Transaction, who: Bulking, found: Bulk, item: BulkDone) -> Acted:
    """Let one case stand as before, with an entry that says so.

    Raises:
        CaseMovedOn, NoteStays, CaseConflictOfInterest: it stays; on the trail.
    """
    row = await case_store.hold_case(tx, who.officer, scope=who.scope, case=item.case_id)
    if row is None:
        raise NotFound
    error: DomainError | None = None
    if row.has_conflict:
        error = refusals.CaseConflictOfInterest()
    elif not BULK_WAYS[found.act].can_be_undone:
        error = bulk_refusals.NoteStays()
    elif row.version != item.version:
        error = bulk_refusals.CaseMovedOn()
    if error is not None:
        raise await service.refuse(
            tx, who.officer, case=row.id, act=CaseAct.UNDO, terminal=who.terminal, error=error
        )  # fmt: skip
    if found.act is BulkAct.LINK and item.other_id is not None:
        return await linking.unlink(
            tx, who.officer, scope=who.scope, case=row.id, from_case=item.other_id, version=None,
            terminal=who.terminal,
        )  # fmt: skip
    await store.restore_case(tx, bulk=found.id, case=row.id)
    now = await service.find_case(tx, scope=who.scope, case=row.id)
    way = Way(row.status, CaseAct.UNDO, now.status, Who.SYSTEM)
    held = Held(case=row, way=way, terminal=who.terminal, scope=who.scope)
    return await service.trace(tx, who.officer, held, detail={"bulk": str(found.id), "act": found.act})
