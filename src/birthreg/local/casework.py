"""What investigators of the demonstration did with its cases: each act held, done and traced as everywhere."""

from datetime import date, datetime, time, timedelta
from itertools import chain, repeat
from typing import Any
from uuid import UUID

import msgspec

from birthreg.access.models import Act, Officer
from birthreg.cases import dossiers, service
from birthreg.cases.checklist import list_open_steps, tick
from birthreg.cases.checklist_models import StepRequest
from birthreg.cases.models import CaseAct, LeadKind, Outcome, Status
from birthreg.kernel.database import Transaction
from birthreg.kernel.keys import Signer
from birthreg.local.casebook import COURSES, MERGING, Course, Work
from birthreg.local.proposals import officer_of, scope_of
from birthreg.local.stories import LOCAL
from birthreg.screening.finding_models import Outcome as Finding
from birthreg.screening.service import conclude_finding

_STAFF = {
    "4201": ("investigator.wuhan", "investigator2.wuhan", "lead.wuhan"),
    "4206": ("investigator.xiangyang", "investigator.xiangyang", "lead.xiangyang"),
}
_TERMINALS = {"4201": "10.42.1.51", "4206": "10.42.6.51"}
_LEASE = timedelta(hours=2)
_BETWEEN = timedelta(minutes=25)
_NOBODY: dict[str, Any] = {"investigator": None, "lease_until": None}
_UNDECIDED: dict[str, Any] = dict.fromkeys(("proposed_outcome", "proposed_by", "proposed_at", "proposed_reason"))
_OPEN: dict[str, Any] = dict.fromkeys(("outcome", "confirmed_by", "closed_at"))


class Begun(msgspec.Struct, frozen=True):
    """A case before anybody worked on it: where, by what, and when the last lead came to it."""

    id: UUID
    organization: str
    last_at: datetime
    kind: LeadKind
    registration_id: UUID | None


_FINDINGS = "SELECT source_id FROM case_leads WHERE case_id = $1 AND kind = 'finding'"
_LIST = """
SELECT cases.id, cases.organization, entries.last_at, cases.registration_id,
       (SELECT kind FROM case_leads WHERE case_leads.case_id = cases.id ORDER BY found_at, kind LIMIT 1) AS kind
  FROM cases
  JOIN (SELECT case_id, max(at) AS last_at FROM case_entries GROUP BY case_id) AS entries ON entries.case_id = cases.id
 ORDER BY entries.last_at, cases.certificate_number, cases.subject
"""


async def work_on_cases(tx: Transaction, *, signer: Signer) -> None:
    """Let cases be worked on, the oldest first; the others wait in the queue. Dossiers are sealed by `signer`."""
    waiting = [msgspec.convert(row, Begun) for row in await tx.connection.fetch(_LIST)]
    for course in chain.from_iterable(repeat(course, course.times) for course in COURSES):
        case = next((one for one in waiting if _fits(course, one, now=tx.now)), None)
        if case is None:
            continue
        waiting.remove(case)
        await Sittings(tx, case, turn=len(waiting), signer=signer).run(course)
        near = [one for one in waiting if one.organization[:4] == case.organization[:4]]
        if course.into and near:
            await _merge(tx, case, near[0])


def _fits(course: Course, case: Begun, *, now: datetime) -> bool:
    return (
        case.kind in course.kinds
        and (case.registration_id is not None or not course.registered)
        and (course.today or len(_days(case.last_at, now)) > course.sittings)
    )


def _days(since: datetime, now: datetime) -> list[date]:
    """Return the days between, without weekends."""
    first, last = since.astimezone(LOCAL).date(), now.astimezone(LOCAL).date()
    days = (first + timedelta(days=place) for place in range(1, (last - first).days))
    return [day for day in days if day.isoweekday() <= 5]


class Sittings:
    """One case's way through the hands of an investigator and a lead."""

    def __init__(self, tx: Transaction, case: Begun, *, turn: int, signer: Signer) -> None:
        """Begin with nobody at it."""
        self._tx = tx
        self._case = case
        self._signer = signer
        self._prefecture = case.organization[:4]
        self._investigator = officer_of(_STAFF[self._prefecture][turn % 2])
        self._lead = officer_of(_STAFF[self._prefecture][2])
        self._minute = timedelta(minutes=turn % 20)

    async def run(self, course: Course) -> None:
        """Do all that the course says, each at its moment."""
        days, sitting, at = _days(self._case.last_at, self._tx.now), -1, self._tx.now
        for work in course.works:
            if work.sitting:
                sitting += 1
                at = self._tx.now - 2 * _BETWEEN
                if not course.today:
                    day = days[(sitting + 1) * len(days) // (course.sittings + 1)]
                    at = datetime.combine(day, time(9, 20), LOCAL) + self._minute
            else:
                at += _BETWEEN
            await self._do(work, at)

    async def _do(self, work: Work, at: datetime) -> None:
        officer = self._lead if work.lead else self._investigator
        then = Transaction(self._tx.connection, now=at, database=self._tx.database)
        if work.act is CaseAct.CONCLUSION:
            await _tick(then, officer, self._case, skipped=work.skipped)
        held = await _hold(then, officer, self._case, work.act)
        proposed = held.case.proposed_outcome
        changes = _changes(work, officer, self._investigator, at, proposed=proposed)
        await _change(then, self._case.id, held.way.after, changes)
        if work.act in (CaseAct.CONFIRMATION, CaseAct.REOPENING):
            await _tell_rules(then, self._case.id, outcome=proposed if work.act is CaseAct.CONFIRMATION else None)
        if work.act is CaseAct.REOPENING:
            await then.connection.execute("UPDATE case_steps SET state = 'open' WHERE case_id = $1", self._case.id)
        await service.trace(then, officer, held, note=work.note, detail=_detail(work))
        if work.act is CaseAct.CONFIRMATION and proposed is Outcome.REFERRED:
            scope = scope_of(officer, Act.LEAD_CASES)
            await dossiers.make(then, officer, scope=scope, case=self._case.id, signer=self._signer)


async def _hold(tx: Transaction, officer: Officer, case: Begun, act: CaseAct) -> service.Held:
    return await service.hold(
        tx, officer, scope=scope_of(officer, Act.WORK_CASES), case=case.id, act=act, version=None,
        terminal=_TERMINALS[case.organization[:4]],
    )  # fmt: skip


async def _tick(tx: Transaction, officer: Officer, case: Begun, *, skipped: str | None) -> None:
    """Let an investigator go through the required steps, in the minutes before the conclusion."""
    steps = await list_open_steps(tx, scope=scope_of(officer, Act.WORK_CASES), case=case.id)
    for place, step in enumerate(steps):
        at = tx.now - timedelta(minutes=len(steps) - place)
        asked = StepRequest(step=step.step.code, done=not skipped, not_applicable=bool(skipped), note=skipped)
        await tick(
            Transaction(tx.connection, now=at, database=tx.database), officer, asked=asked, case=case.id, version=None,
            scope=scope_of(officer, Act.WORK_CASES), terminal=_TERMINALS[case.organization[:4]],
        )  # fmt: skip


def _changes(
    work: Work, officer: Officer, investigator: Officer, now: datetime, *, proposed: Outcome | None
) -> dict[str, Any]:
    """Return what an act changes of a case beside its state."""
    day, lease = now.astimezone(LOCAL).date(), now + _LEASE
    until = None if work.days is None else now + timedelta(days=work.days)
    proposal = {"proposed_outcome": work.outcome, "proposed_by": officer.id, "proposed_reason": work.note}
    all_changes: dict[CaseAct, dict[str, Any]] = {
        CaseAct.CLAIM: {"investigator": officer.id, "lease_until": lease},
        CaseAct.RELEASE: _NOBODY,
        CaseAct.SUSPENSION: {
            "lease_until": None, "suspended_until": until, "awaited": work.awaited, "paused_on": day, "due_on": None,
        },
        CaseAct.CONCLUSION: {"lease_until": None, "proposed_at": now, **proposal},
        CaseAct.REJECTION: {"investigator": investigator.id, "lease_until": lease, **_UNDECIDED},
        CaseAct.CONFIRMATION: {"outcome": proposed, "confirmed_by": officer.id, "closed_at": now},
        CaseAct.REOPENING: {
            **_NOBODY, **_UNDECIDED, **_OPEN, "clock_from": day, "due_on": None, "paused_days": 0, "reached": 0,
        },
    }  # fmt: skip
    return all_changes.get(work.act, {})


def _detail(work: Work) -> dict[str, Any]:
    if work.act is CaseAct.CONCLUSION:
        return {"outcome": work.outcome}
    return {"awaited": work.awaited} if work.awaited else {}


async def _change(tx: Transaction, case: UUID, status: Status, changes: dict[str, Any]) -> None:
    columns = "".join(f", {column} = ${place}" for place, column in enumerate(changes, 3))
    await tx.connection.execute(
        f"UPDATE cases SET version = version + 1, status = $2{columns} WHERE id = $1",  # noqa: S608
        case, status, *changes.values(),
    )  # fmt: skip


async def _tell_rules(tx: Transaction, case: UUID, *, outcome: Outcome | None) -> None:
    """Say of a case's findings what its outcome showed; None where it is opened again."""
    showed = None
    if outcome is not None:
        showed = Finding.UNFOUNDED if outcome is Outcome.CLEARED else Finding.CONFIRMED
    for row in await tx.connection.fetch(_FINDINGS, case):
        await conclude_finding(tx, finding=row["source_id"], outcome=showed)


async def _merge(tx: Transaction, part: Begun, whole: Begun) -> None:
    """Let one case go on as part of another, whose timeline says so too."""
    lead = officer_of(_STAFF[part.organization[:4]][2])
    then = Transaction(tx.connection, now=tx.now - timedelta(hours=1), database=tx.database)
    for case, other, act in ((part, whole, CaseAct.MERGE), (whole, part, CaseAct.ABSORPTION)):
        held = await _hold(then, lead, case, act)
        if act is CaseAct.MERGE:
            await _change(then, part.id, held.way.after, {**_NOBODY, "merged_into": whole.id})
            await then.connection.execute("SELECT weigh_cases($1)", [whole.id])
        number = await then.connection.fetchval("SELECT number FROM cases WHERE id = $1", other.id)
        await service.trace(then, lead, held, note=MERGING, detail={"case": str(other.id), "number": number})
