"""The state machine of a case and its priority. Pure."""

from collections.abc import Sequence
from datetime import datetime

from birthreg.access.models import Officer, Role
from birthreg.cases.models import CaseAct, CaseRow, Guard, PriorityPart, Status, Way, Who
from birthreg.kernel.language import Text
from birthreg.screening.models import Severity

WAITING, INVESTIGATING, SUSPENDED = Status.WAITING, Status.INVESTIGATING, Status.SUSPENDED
CONCLUDING, CLOSED, REOPENED, MERGED = Status.CONCLUDING, Status.CLOSED, Status.REOPENED, Status.MERGED

_IN_QUEUE = (WAITING, REOPENED)
_WORKED_ON = (INVESTIGATING, SUSPENDED, CONCLUDING)
_OPEN = (*_IN_QUEUE, *_WORKED_ON)


def _stays(states: Sequence[Status], act: CaseAct, who: Who) -> list[Way]:
    return [Way(state, act, state, who) for state in states]


WAYS: tuple[Way, ...] = (
    *(Way(state, CaseAct.CLAIM, INVESTIGATING, Who.INVESTIGATOR) for state in _IN_QUEUE),
    *(Way(state, CaseAct.ASSIGNMENT, INVESTIGATING, Who.LEAD) for state in (*_IN_QUEUE, INVESTIGATING, SUSPENDED)),
    Way(INVESTIGATING, CaseAct.RENEWAL, INVESTIGATING, Who.OWN_HOLDER),
    Way(INVESTIGATING, CaseAct.RELEASE, WAITING, Who.HOLDER),
    Way(INVESTIGATING, CaseAct.LAPSE, WAITING, Who.SYSTEM),
    *(Way(state, CaseAct.ESCALATION, state, Who.INVESTIGATOR) for state in _IN_QUEUE),
    Way(INVESTIGATING, CaseAct.ESCALATION, WAITING, Who.HOLDER),
    *_stays((*_OPEN, CLOSED), CaseAct.NOTE, Who.INVESTIGATOR),
    Way(INVESTIGATING, CaseAct.STEP, INVESTIGATING, Who.OWN_HOLDER),
    *_stays((INVESTIGATING, SUSPENDED), CaseAct.EVIDENCE, Who.HOLDER),
    *_stays(tuple(Status), CaseAct.EVIDENCE_VIEW, Who.INVESTIGATOR),
    *_stays(tuple(Status), CaseAct.EVIDENCE_CHECK, Who.SYSTEM),
    Way(INVESTIGATING, CaseAct.SUSPENSION, SUSPENDED, Who.HOLDER),
    Way(SUSPENDED, CaseAct.RESUMPTION, INVESTIGATING, Who.HOLDER),
    Way(INVESTIGATING, CaseAct.CONCLUSION, CONCLUDING, Who.OWN_HOLDER, Guard.STEPS_DONE),
    Way(CONCLUDING, CaseAct.CONFIRMATION, CLOSED, Who.LEAD, Guard.OTHER_PERSON),
    Way(CONCLUDING, CaseAct.REJECTION, INVESTIGATING, Who.LEAD, Guard.OTHER_PERSON),
    Way(CONCLUDING, CaseAct.WITHDRAWAL, INVESTIGATING, Who.OWN_HOLDER),
    Way(CLOSED, CaseAct.REOPENING, REOPENED, Who.LEAD),
    *_stays(tuple(Status), CaseAct.DOSSIER, Who.INVESTIGATOR),
    *_stays((*_OPEN, CLOSED), CaseAct.LINK, Who.INVESTIGATOR),
    *_stays((*_OPEN, CLOSED), CaseAct.UNLINK, Who.INVESTIGATOR),
    *(Way(state, CaseAct.MERGE, MERGED, Who.HOLDER) for state in (*_IN_QUEUE, INVESTIGATING, SUSPENDED)),
    *_stays((*_IN_QUEUE, INVESTIGATING, SUSPENDED), CaseAct.ABSORPTION, Who.HOLDER),
    Way(MERGED, CaseAct.UNMERGE, WAITING, Who.HOLDER),
    *_stays((*_IN_QUEUE, INVESTIGATING), CaseAct.SPLIT, Who.HOLDER),
    *_stays((*_IN_QUEUE, INVESTIGATING, CONCLUDING), CaseAct.WARNING, Who.SYSTEM),
    *_stays((*_IN_QUEUE, INVESTIGATING, CONCLUDING), CaseAct.OVERDUE, Who.SYSTEM),
)
"""The whole course of a case: from, act, to, who, guard. What isn't here can't be done. Opening and joining are done
by the database, for whoever found something (`admit_leads`); an undo restores the state before the act it undoes."""

LEADS = frozenset({Role.LEAD_INVESTIGATOR})
INVESTIGATORS = frozenset({Role.INVESTIGATOR, Role.LEAD_INVESTIGATOR})

SECONDS_PER_POINT = 8640
"""A case rises by one point in this time: ten points a day, so that none waits for ever."""

_SEVERITY = {Severity.HIGH: 300, Severity.MEDIUM: 150, Severity.LOW: 50}
_YOUNG = ((365, 100), (3 * 365, 60), (6 * 365, 30))
_REACHED = {0: 0, 50: 50, 80: 100, 100: 200}


def find_way(before: Status, act: CaseAct) -> Way | None:
    """Return the row of the machine for an act in a state; None where it can't be done."""
    return next((way for way in WAYS if way.before is before and way.act is act), None)


def is_person(way: Way, case: CaseRow, officer: Officer) -> bool:
    """Say whether an act is this officer's, as far as the person counts."""
    is_lead = officer.role in LEADS
    if way.who is Who.SYSTEM:
        return False
    if way.who is Who.LEAD:
        return is_lead
    if way.who is Who.OWN_HOLDER:
        return officer.id == case.investigator
    if way.who is Who.HOLDER and case.investigator is not None:
        return is_lead or officer.id == case.investigator
    return officer.role in INVESTIGATORS


def priority_of(case: CaseRow, *, moment: datetime) -> int:
    """Return a case's priority at this moment, in points: what the parts of `explain_priority` sum up to."""
    return sum(part.points for part in explain_priority(case, moment=moment))


def explain_priority(case: CaseRow, *, moment: datetime) -> list[PriorityPart]:
    """Return the parts of a case's priority.

    300, 150 or 50 points for a high, medium or low severity; 40 for each further kind of lead, up to four; 5 for each
    further lead, up to ten; 100, 60 or 30 for a child that was under one, three or six years old when it was opened;
    50, 100 or 200 where half, four fifths or all of its term is gone; 10 for each day that it has been open.
    """
    age = (case.opened_at.date() - case.child_birth_date).days if case.child_birth_date else None
    young = 0 if age is None else next((points for days, points in _YOUNG if age < days), 0)
    waited = int((moment - case.opened_at).total_seconds()) // SECONDS_PER_POINT
    return [
        PriorityPart(Text("风险程度", "severity"), _SEVERITY[case.severity]),
        PriorityPart(Text("线索种类", "kinds of leads"), 40 * min(max(case.kinds - 1, 0), 4)),
        PriorityPart(Text("线索数量", "number of leads"), 5 * min(max(case.leads - 1, 0), 10)),
        PriorityPart(Text("儿童年龄", "age of the child"), young),
        PriorityPart(Text("办理期限", "deadline"), _REACHED[case.reached]),
        PriorityPart(Text("等待时间", "time since it was opened"), max(waited, 0)),
    ]
