"""What the service does with cases by itself: leases end, suspensions end, deadlines are reckoned and say something."""

from functools import cache

import msgspec

from birthreg.cases import queue_store as store
from birthreg.cases.models import CaseAct, Status
from birthreg.cases.queue_models import AlarmedRow, Term
from birthreg.cases.queue_rules import level_above, next_mark, reckon
from birthreg.cases.queueing import resume_case
from birthreg.cases.service import trace_by_system
from birthreg.kernel.clock import china_day
from birthreg.kernel.database import Transaction


async def return_lapsed(tx: Transaction, *, limit: int) -> int:
    """Put cases back into the queue whose lease nobody renewed, with all that was noted; return how many."""
    lapsed = await store.list_lapsed(tx, limit=limit)
    async with tx.together():
        for case in lapsed:
            await store.return_case(tx, case=case.id, status=Status.WAITING, handler=case.handler)
            await trace_by_system(tx, case, act=CaseAct.LAPSE, detail={"investigator_before": case.investigator})
    return len(lapsed)


async def resume_due(tx: Transaction, *, limit: int) -> int:
    """Let suspended cases go on whose day has come, with whom they lay with; return how many."""
    due = await store.list_due_to_resume(tx, limit=limit)
    async with tx.together():
        for case in due:
            days = await resume_case(tx, case)
            await trace_by_system(tx, case, act=CaseAct.RESUMPTION, detail={"paused_days": days})
    return len(due)


async def reckon_deadlines(tx: Transaction, *, limit: int) -> int:
    """Reckon the deadlines that are not known yet, or not any more; return how many."""
    terms = await store.list_undated(tx, limit=limit)
    if terms:
        alike = cache(reckon)  # thousands began on one day
        nobody = terms[0].id
        found = [(term, alike(msgspec.structs.replace(term, id=nobody))) for term in terms]
        await store.date_cases(tx, [msgspec.structs.replace(one, id=term.id) for term, one in found])
    return len(terms)


async def sound_alarms(tx: Transaction, *, limit: int) -> int:
    """Warn of deadlines, and hand on what missed its own; return of how many cases.

    One step of a case at a time: one of which several marks were reached meanwhile comes again, for the next.
    """
    alarmed = await store.list_alarmed(tx, today=china_day(tx.now), limit=limit)
    async with tx.together():
        for case in alarmed:
            mark = next_mark(case.reached)
            if mark is None:
                await _miss(tx, case)
            else:
                await _warn(tx, case, mark=mark)
    return len(alarmed)


async def _warn(tx: Transaction, case: AlarmedRow, *, mark: int) -> None:
    then = reckon(_term_of(case, reached=mark))
    await store.reach_mark(tx, case=case.id, reached=mark, alarm_on=then.alarm_on)
    await trace_by_system(tx, case, act=CaseAct.WARNING, detail={"reached": mark, "due_on": then.due_on.isoformat()})


async def _miss(tx: Transaction, case: AlarmedRow) -> None:
    above = level_above(case.handler)
    await store.miss_deadline(tx, case=case.id, handler=above or case.handler)
    if above is None or case.due_on is None:
        return
    detail = {"due_on": case.due_on.isoformat(), "handler_before": case.handler, "handler": above}
    await trace_by_system(tx, case, act=CaseAct.OVERDUE, detail=detail)


def _term_of(case: AlarmedRow, *, reached: int) -> Term:
    return Term(
        id=case.id, clock_from=case.clock_from, allowed_days=case.allowed_days, paused_days=case.paused_days,
        reached=reached, missed_due_on=case.missed_due_on,
    )  # fmt: skip
