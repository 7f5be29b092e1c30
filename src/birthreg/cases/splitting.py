"""Letting leads leave a case for one of their own child or number."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.cases import service, shape_refusals
from birthreg.cases import shape_store as store
from birthreg.cases.models import CaseAct, CaseRow, Status
from birthreg.cases.pairing import Side, hold_both, named
from birthreg.cases.service import Held
from birthreg.cases.shape_models import MovingLead, OpenCase, Split, SplitRequest
from birthreg.cases.store import insert_entry
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict, Contended, field_error


async def split(
    tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, asked: SplitRequest, version: int | None,
    terminal: str,
) -> Split:  # fmt: skip
    """Let leads that are about another child or number leave a case: for its open case, or for one of their own.

    Whom a lead is about is read anew: of a number that was shown, who stands on it now. The new case waits in the
    same queue; its term runs as that of the case which they leave.

    Raises:
        NotFound, PreconditionFailed: as for every act on a case.
        FieldsWrong: a lead isn't this case's own.
        Contended: somebody opens a case for the same child or number at this moment.
        SplitSameSubject, SplitSubjectsDiffer, SplitLeavesNothing, CaseOutside: refused, on the trail.
        CaseElsewhere, CaseNotYours, CaseConflictOfInterest: likewise, of either case.
    """
    leads, there = await _look(tx, officer, scope=scope, case=case, asked=asked, terminal=terminal)
    sides = [Side(case=case, act=CaseAct.SPLIT, version=version)]
    if there is not None:
        sides.append(Side(case=there.id, act=CaseAct.ABSORPTION))
    held, *others = await hold_both(tx, officer, scope=scope, sides=sides, terminal=terminal)
    leads, now_there = await _look(tx, officer, scope=scope, case=case, asked=asked, terminal=terminal)
    if now_there != there:
        raise Contended
    into = _joined(others[0]) if others else await _open(tx, held, leads=leads)
    return await _move(tx, officer, held, into, leads=leads, reason=asked.reason)


async def _look(
    tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, asked: SplitRequest, terminal: str
) -> tuple[list[MovingLead], OpenCase | None]:
    """Return the leads and the open case of their child or number: before anything is held, and once more then."""
    seen = await service.find_case(tx, scope=scope, case=case)
    leads = await store.list_moving_leads(tx, case=case, leads=asked.lead_ids)
    if {lead.id for lead in leads} != set(asked.lead_ids):
        raise field_error(
            field="lead_ids", code="lead_not_here", zh="所选线索中有不属于本案的;已并入的案件请先撤销并案。",
            en="Some of these leads aren't this case's own; those of a case that was merged into it need an unmerge.",
        )  # fmt: skip
    there = await store.find_open_case(tx, scope=scope, subject=leads[0].subject)
    error = _judge(seen, leads, is_outside=there is not None and not there.is_inside)
    if error is not None:
        raise await service.refuse(tx, officer, case=case, act=CaseAct.SPLIT, terminal=terminal, error=error)
    return leads, there


def _judge(case: CaseRow, leads: Sequence[MovingLead], *, is_outside: bool) -> Conflict | None:
    subjects = {lead.subject for lead in leads}
    if case.subject in subjects:
        return shape_refusals.SplitSameSubject()
    if len(subjects) > 1:
        return shape_refusals.SplitSubjectsDiffer()
    if not leads[0].staying:
        return shape_refusals.SplitLeavesNothing()
    return shape_refusals.CaseOutside() if is_outside else None


class _Into(msgspec.Struct, frozen=True, kw_only=True):
    """Where leads go: a case that is opened for them, or one that was open."""

    id: UUID
    number: str
    before: Status | None
    after: Status

    @property
    def named(self) -> dict[str, Any]:
        return {"case": str(self.id), "number": self.number}


def _joined(held: Held) -> _Into:
    return _Into(id=held.case.id, number=held.case.number, before=held.case.status, after=held.case.status)


async def _open(tx: Transaction, held: Held, *, leads: Sequence[MovingLead]) -> _Into:
    opened = await store.insert_split_case(tx, case=held.case.id, lead=min(leads, key=lambda lead: lead.found_at))
    if opened is None:
        raise Contended
    return _Into(id=opened.id, number=opened.number, before=None, after=Status.WAITING)


async def _move(
    tx: Transaction, officer: Officer, held: Held, into: _Into, *, leads: Sequence[MovingLead], reason: str
) -> Split:
    """Take the leads over, weigh both cases, and write the entry of either side."""
    await store.move_leads(tx, case=held.case.id, into=into.id, leads=[lead.id for lead in leads])
    await store.weigh_cases(tx, cases=(held.case.id, into.id))
    is_new = into.before is None
    told = {"leads": [{"kind": lead.kind, "rule": lead.rule, "source_id": str(lead.source_id)} for lead in leads]}
    await insert_entry(
        tx, case=into.id, act=CaseAct.OPEN if is_new else CaseAct.JOIN, officer=officer.id,
        organization=officer.organization, before=into.before, after=into.after, note=reason,
        detail=told | {"split_from": named(held)},
    )  # fmt: skip
    acted = await service.trace(tx, officer, held, note=reason, detail=told | {"into": into.named})
    return Split(**msgspec.structs.asdict(acted), into=into.id, is_new=is_new)
