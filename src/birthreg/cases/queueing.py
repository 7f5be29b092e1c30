"""The acts of the queue: draw, claim, renew, release, assign, escalate, note, suspend, resume."""

import re
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec

from birthreg.access.models import Officer, OfficerRow, Scope
from birthreg.access.service import find_officer
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.cases import queue_rules, refusals, service
from birthreg.cases import queue_store as store
from birthreg.cases import store as case_store
from birthreg.cases.models import Acted, CaseAct, CaseRow, Status
from birthreg.cases.queue_models import AssignmentRequest, ListedRow, Moment, SuspensionAsked, SuspensionRequest
from birthreg.cases.rules import INVESTIGATORS
from birthreg.cases.service import Held
from birthreg.kernel.clock import china_day, start_of_day
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import DomainError, field_error
from birthreg.kernel.language import Text
from birthreg.kernel.working_days import add_working_days, count_working_days

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
SUSPENSION_END = Text("请填写中止至何时(until)或等待何事(awaited)。", "Say until when (until) or for what (awaited).")


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks for an act on which case; `version` is the one that they saw, where they say."""

    officer: Officer
    scope: Scope
    case: UUID
    version: int | None
    terminal: str


async def claim_next(tx: Transaction, officer: Officer, *, scope: Scope, terminal: str) -> ListedRow | None:
    """Lease the most urgent case inside the scope to an investigator; None when the queue is empty.

    Cases that the investigator has a hand in are passed over, and so are those that others draw at this moment.
    """
    until = tx.now + queue_rules.LEASE
    drawn = await store.draw_case(tx, officer, prefix=scope.patterns[0].removesuffix("%"), lease_until=until)
    if drawn is None:
        return None
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.CHANGE,
        act=f"case_{CaseAct.CLAIM}", object=service.OBJECT, key=str(drawn), condition=Status.INVESTIGATING,
    )  # fmt: skip
    return next(iter(await store.read_cases(tx, officer, scope=scope, cases=[drawn])), None)


async def claim(tx: Transaction, asked: Asked) -> Acted:
    """Lease one case from the queue to an investigator.

    Raises:
        CaseInAnotherQueue: it lies in a queue above; refused, on the trail, as all that `service.hold` refuses.
    """
    held = await _hold(tx, asked, act=CaseAct.CLAIM)
    await store.lease_case(
        tx, case=asked.case, investigator=asked.officer.id, lease_until=tx.now + queue_rules.LEASE
    )  # fmt: skip
    return await service.trace(tx, asked.officer, held)


def day_lease(moment: datetime) -> datetime:
    """Return until when a case lies with who may be off duty when they get it: to the end of the next working day."""
    return start_of_day(add_working_days(china_day(moment), 1).day + timedelta(days=1))


async def renew(tx: Transaction, asked: Asked) -> Acted:
    """Let the lease begin anew; one that lasts longer stays."""
    held = await _hold(tx, asked, act=CaseAct.RENEWAL)
    until = max(held.case.lease_until or tx.now, tx.now + queue_rules.LEASE)
    await store.lease_case(tx, case=asked.case, investigator=asked.officer.id, lease_until=until)
    return await service.trace(tx, asked.officer, held, detail={"lease_until": until.isoformat()})


async def release(tx: Transaction, asked: Asked, *, reason: str) -> Acted:
    """Give a case back to the queue, with all that was noted."""
    held = await _hold(tx, asked, act=CaseAct.RELEASE)
    await store.return_case(tx, case=asked.case, status=held.way.after, handler=held.case.handler)
    return await service.trace(tx, asked.officer, held, note=reason, detail=_from(held.case))


async def assign(tx: Transaction, asked: Asked, *, wanted: AssignmentRequest) -> Acted:
    """Lease a case to an investigator of the jurisdiction, whoever worked on it until now.

    To one who works below the queue that it lies in, where the case is at home, it is handed down with its queue:
    what was escalated, or missed its term, comes back that way.

    Raises:
        OfficerNotFound: no such officer inside the scope.
        AssigneeUnfit, AssigneeHasConflict: not this one; refused, on the trail.
    """
    held = await _hold(tx, asked, act=CaseAct.ASSIGNMENT)
    found = await _find_fit(tx, asked, held, investigator=wanted.investigator)
    handler = queue_rules.handler_for(held.case, found.organization)
    if handler != held.case.handler:
        await store.hand_down_case(tx, case=asked.case, handler=handler)
    await store.lease_case(
        tx, case=asked.case, investigator=wanted.investigator, lease_until=day_lease(tx.now),
        stood_still=stood_still(held.case, today=china_day(tx.now)),
    )  # fmt: skip
    handed = {"handler_before": held.case.handler, "handler": handler} if handler != held.case.handler else {}
    return await service.trace(
        tx, asked.officer, held, note=wanted.reason,
        detail={**_from(held.case), "investigator": wanted.investigator, **handed},
    )  # fmt: skip


async def _find_fit(tx: Transaction, asked: Asked, held: Held, *, investigator: str) -> OfficerRow:
    found = await find_officer(tx, scope=asked.scope, officer=investigator)
    in_service = found.role in INVESTIGATORS and found.suspended_at is None
    called = f"{found.name}({investigator})"
    if not (in_service and queue_rules.can_work(held.case, found.organization)):
        error = refusals.AssigneeUnfit(investigator=called, handler=held.case.called_handler)
        raise await _refuse(tx, asked, held, error)
    if await case_store.has_conflict(tx, case=asked.case, officer=investigator):
        raise await _refuse(tx, asked, held, refusals.AssigneeHasConflict(investigator=called))
    return found


async def escalate(tx: Transaction, asked: Asked, *, reason: str) -> Acted:
    """Put a case into the queue of the level above.

    Raises:
        CaseAtTheTop: there is no level above; refused, on the trail.
    """
    held = await _hold(tx, asked, act=CaseAct.ESCALATION)
    above = queue_rules.level_above(held.case.handler)
    if above is None:
        raise await _refuse(tx, asked, held, refusals.CaseAtTheTop())
    await store.return_case(tx, case=asked.case, status=held.way.after, handler=above)
    return await service.trace(
        tx, asked.officer, held, note=reason,
        detail={**_from(held.case), "handler_before": held.case.handler, "handler": above},
    )  # fmt: skip


async def note(tx: Transaction, asked: Asked, *, text: str) -> Acted:
    """Keep what an investigator wants to remember, on the timeline alone."""
    held = await _hold(tx, asked, act=CaseAct.NOTE)
    await store.touch_case(tx, case=asked.case)
    return await service.trace(tx, asked.officer, held, note=text)


def read_suspension(asked: SuspensionAsked) -> SuspensionRequest:
    """Read what was asked for.

    Raises:
        FieldsWrong: its end is neither a day nor a time with its offset.
    """
    return SuspensionRequest(until=read_moment(asked.until), awaited=asked.awaited, reason=asked.reason)


def read_moment(until: str | None) -> datetime | None:
    """Return the moment that a text names; a day begins at midnight in China.

    Raises:
        FieldsWrong: it names none.
    """
    if until is None:
        return None
    try:
        day = date.fromisoformat(until) if _DAY.fullmatch(until) else None
        return start_of_day(day) if day else msgspec.convert(until, Moment)
    except (ValueError, msgspec.ValidationError):
        raise field_error(
            field="until", code="suspension_moment",
            zh="应为日期(如 2026-12-01)或带时区的时间(如 2026-12-01T09:00:00+08:00)。",
            en="Must be a day (2026-12-01) or a time with its offset (2026-12-01T09:00:00+08:00).",
        ) from None  # fmt: skip


async def suspend(tx: Transaction, asked: Asked, *, wanted: SuspensionRequest) -> Acted:
    """Let a case wait until a moment, or for something to happen; meanwhile its deadline stands still.

    Raises:
        FieldsWrong: neither is named, or the moment has passed or is too far off.
    """
    if wanted.until is None and wanted.awaited is None:
        raise field_error(field="until", code="suspension_end", zh=SUSPENSION_END.zh, en=SUSPENSION_END.en)
    if wanted.until is not None and not tx.now < wanted.until <= tx.now + queue_rules.LONGEST_SUSPENSION:
        raise field_error(
            field="until", code="suspension_time", zh="应为将来的时间,且不超过一年。",
            en="Must lie in the future, within a year.",
        )  # fmt: skip
    held = await _hold(tx, asked, act=CaseAct.SUSPENSION)
    await store.suspend_case(
        tx, case=asked.case, until=wanted.until, awaited=wanted.awaited, today=china_day(tx.now)
    )  # fmt: skip
    until = wanted.until.isoformat() if wanted.until else None
    return await service.trace(
        tx, asked.officer, held, note=wanted.reason, detail={"until": until, "awaited": wanted.awaited}
    )


async def resume(tx: Transaction, asked: Asked, *, reason: str) -> Acted:
    """Let a suspended case go on with the same investigator, its deadline later by the days that it stood still."""
    held = await _hold(tx, asked, act=CaseAct.RESUMPTION)
    days = await resume_case(tx, held.case)
    return await service.trace(tx, asked.officer, held, note=reason, detail={"paused_days": days})


async def resume_case(tx: Transaction, case: CaseRow) -> int:
    """Let a suspended case that this transaction holds go on; return how many working days it stood still."""
    days = stood_still(case, today=china_day(tx.now))
    if case.investigator is None:
        raise LookupError(f"case {case.number} is suspended and nobody's")
    await store.lease_case(
        tx, case=case.id, investigator=case.investigator, lease_until=day_lease(tx.now), stood_still=days
    )
    return days


def stood_still(case: CaseRow, *, today: date) -> int:
    """Return for how many working days a case's clock has been standing."""
    return max(count_working_days(case.paused_on, today).count, 0) if case.paused_on else 0


async def _hold(tx: Transaction, asked: Asked, *, act: CaseAct) -> Held:
    held = await service.hold(
        tx, asked.officer, scope=asked.scope, case=asked.case, act=act, version=asked.version,
        terminal=asked.terminal,
    )  # fmt: skip
    if not queue_rules.is_queue_of(act, held.case, asked.scope):
        raise await _refuse(tx, asked, held, refusals.CaseInAnotherQueue(handler=held.case.called_handler))
    return held


async def _refuse(tx: Transaction, asked: Asked, held: Held, error: DomainError) -> DomainError:
    return await service.refuse(
        tx, asked.officer, case=asked.case, act=held.way.act, terminal=asked.terminal, error=error
    )


def _from(case: CaseRow) -> dict[str, str]:
    """Tell whom a case lay with until now, where it did."""
    return {"investigator_before": case.investigator} if case.investigator else {}
