"""Where a case goes up to, when its deadline says something, and what an officer may do with it. Pure."""

from datetime import date, timedelta

from birthreg.access.models import Officer, Scope
from birthreg.access.rules import scope_of
from birthreg.cases.models import CaseAct, CaseRow, Guard
from birthreg.cases.queue_models import DOOR_ACTS, Reckoned, Term
from birthreg.cases.rules import INVESTIGATORS, WAYS, is_person
from birthreg.kernel.working_days import MARKS, Deadline, add_working_days

LEASE = timedelta(hours=2)
"""How long a case lies with an investigator who doesn't renew."""

LONGEST_SUSPENSION = timedelta(days=366)
"""A case is suspended for a year at most; then somebody looks at it again."""

_IN_THE_QUEUE_OF = frozenset({CaseAct.CLAIM, CaseAct.ASSIGNMENT, CaseAct.ESCALATION})
"""Acts for who sees the queue that a case lies in: below it, it is read, and worked on no more."""

_RESHAPING = frozenset({CaseAct.MERGE, CaseAct.ABSORPTION, CaseAct.UNMERGE, CaseAct.SPLIT})
"""What changes which case there is to work on: nobody's case is reshaped where its queue lies, or above."""

_UNDER_THE_PROVINCE = "90"
"""Counties under no prefecture are numbered as if under this one (GB/T 2260)."""


def level_above(handler: str) -> str | None:
    """Return the organisation one level up: county → prefecture → province; None above a province."""
    if handler[4:6] != "00" and handler[2:4] != _UNDER_THE_PROVINCE:
        return handler[:4] + "00000000"
    if handler[2:6] != "0000":
        return handler[:2] + "0000000000"
    return None


def next_mark(reached: int) -> int | None:
    """Return the next share of a term, in per cent, that is warned of; None when all are reached."""
    return next((mark for mark in MARKS if mark > reached), None)


def day_of_mark(term: Term, mark: int) -> date:
    """Return the day on which a share of the allowed working days is gone, days of suspension not counted."""
    left = term.allowed_days * (100 - mark) // 100
    return add_working_days(term.clock_from, term.allowed_days + term.paused_days - left).day


def reckon(term: Term) -> Reckoned:
    """Return a case's deadline, and the next day on which it says something: a mark is reached, or it is missed."""
    due = add_working_days(term.clock_from, term.allowed_days + term.paused_days).day
    mark = next_mark(term.reached)
    if mark is not None:
        alarm: date | None = day_of_mark(term, mark)
    elif term.missed_due_on is None or due > term.missed_due_on:
        alarm = due + timedelta(days=1)
    else:
        alarm = None
    return Reckoned(id=term.id, due_on=due, alarm_on=alarm)


def deadline_of(case: CaseRow) -> Deadline:
    """Return a case's deadline as the calendar says it now; of a suspended one, as it was when its clock stopped."""
    return add_working_days(case.clock_from, case.allowed_days + case.paused_days)


def is_queue_of(act: CaseAct, case: CaseRow, scope: Scope) -> bool:
    """Say whether a case lies in a queue of this scope, where the act asks for that."""
    asks = act in _IN_THE_QUEUE_OF or (act in _RESHAPING and case.investigator is None)
    return not asks or scope.holds(case.handler)


def can_work(case: CaseRow, organization: str) -> bool:
    """Say whether investigators of an organisation can be given a case.

    They see the queue that it lies in, or work below that at the case's own county, or at its prefecture.
    """
    own, home = scope_of(organization), f"{case.organization[:6]}000000"
    return own.holds(case.handler) or (scope_of(case.handler).holds(organization) and own.holds(home))


def handler_for(case: CaseRow, organization: str) -> str:
    """Return whose queue a case lies in once an investigator of an organisation has been given it."""
    return case.handler if scope_of(organization).holds(case.handler) else organization


def list_acts(case: CaseRow, officer: Officer, *, scope: Scope, has_conflict: bool) -> list[CaseAct]:
    """Return what an officer may do with a case as it stands."""
    if has_conflict or officer.role not in INVESTIGATORS:
        return []
    return [
        way.act
        for way in WAYS
        if way.before is case.status
        and way.act in DOOR_ACTS
        and is_person(way, case, officer)
        and not (way.guard is Guard.OTHER_PERSON and case.proposed_by == officer.id)
        and is_queue_of(way.act, case, scope)
    ]
