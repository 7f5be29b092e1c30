"""Cases as a reader sees them: one language; numbers, birth dates and notes covered for who watches readers. Pure."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from birthreg.cases.labels import AWAITED_NAMES, OUTCOME_NAMES, SEVERITY_NAMES, STATUS_NAMES, name_act
from birthreg.cases.models import CaseAct, CaseRow, Lead, Status
from birthreg.cases.queue_models import CaseAbsorbed, ListedRow, TimelineEntry
from birthreg.cases.queue_rules import deadline_of
from birthreg.cases.rules import explain_priority
from birthreg.cases.shown_models import (
    CaseListed,
    CaseShown,
    DeadlineShown,
    EntryShown,
    LeadShown,
    PriorityPartShown,
    PriorityShown,
    ProposalShown,
)
from birthreg.kernel.language import Language, Text
from birthreg.kernel.working_days import count_working_days, is_overdue
from birthreg.screening.showing import Reader

_NAMED = ("status_name", "severity_name", "awaited_name", "outcome_name")
_ENDED = (Status.CLOSED, Status.MERGED)
_AS_KEPT = tuple(
    name for name in CaseListed.__struct_fields__ if name not in (*_NAMED, "certificate_number", "priority", "deadline")
)
_LEAD_AS_KEPT = tuple(
    name for name in LeadShown.__struct_fields__ if name not in ("title", "certificate_number", "sentence")
)


def show_priority(case: CaseRow, *, moment: datetime, language: Language) -> PriorityShown:
    """Return how urgent a case is, and why."""
    parts = explain_priority(case, moment=moment)
    return PriorityShown(
        points=sum(part.points for part in parts),
        parts=[PriorityPartShown(what=part.what.speak(language), points=part.points) for part in parts],
    )


def show_deadline(case: CaseRow, *, today: date, language: Language) -> DeadlineShown:
    """Return until when a case has to be concluded, and how much of its term is left."""
    deadline = deadline_of(case)
    counted_on = case.paused_on or today
    return DeadlineShown(
        due_on=deadline.day,
        working_days_left=count_working_days(counted_on, deadline.day).count,
        allowed_days=case.allowed_days,
        is_overdue=is_overdue(deadline.day, today=counted_on),
        is_certain=deadline.is_certain,
        warning=deadline.warning.speak(language) if deadline.warning else None,
        reached=case.reached,
        stands_since=case.paused_on,
    )


def _listed(case: ListedRow, reader: Reader, *, moment: datetime, today: date) -> dict[str, Any]:
    ended = case.status in _ENDED
    return {name: getattr(case, name) for name in _AS_KEPT} | {
        "status_name": STATUS_NAMES[case.status].speak(reader.language),
        "severity_name": SEVERITY_NAMES[case.severity].speak(reader.language),
        "awaited_name": _name(AWAITED_NAMES, case.awaited, reader),
        "outcome_name": _name(OUTCOME_NAMES, case.outcome, reader),
        "certificate_number": reader.number(case.certificate_number),
        "priority": None if ended else show_priority(case, moment=moment, language=reader.language),
        "deadline": None if ended else show_deadline(case, today=today, language=reader.language),
    }


def _name(names: Mapping[Any, Text], code: str | None, reader: Reader) -> str | None:
    return names[code].speak(reader.language) if code in names else code


def list_case(case: ListedRow, reader: Reader, *, moment: datetime, today: date) -> CaseListed:
    """Return a case as lists show it."""
    return CaseListed(**_listed(case, reader, moment=moment, today=today))


def show_case(
    case: ListedRow,
    reader: Reader,
    *,
    moment: datetime,
    today: date,
    leads: list[Lead],
    title_of: Callable[[Lead], Text],
    absorbed: list[CaseAbsorbed],
    has_conflict: bool,
    acts: list[CaseAct],
) -> CaseShown:
    """Return a case with all that belongs to it; `title_of` says what a lead is called."""
    return CaseShown(
        **_listed(case, reader, moment=moment, today=today),
        child_birth_date=case.child_birth_date if reader.clear else None,
        proposal=_show_proposal(case, reader),
        confirmed_by=case.confirmed_by,
        split_from=case.split_from,
        absorbed=absorbed,
        all_leads=[_show_lead(lead, reader, title=title_of(lead)) for lead in leads],
        has_conflict=has_conflict,
        acts=acts,
    )


def _show_proposal(case: CaseRow, reader: Reader) -> ProposalShown | None:
    if case.proposed_outcome is None or case.proposed_by is None or case.proposed_at is None:
        return None
    return ProposalShown(
        outcome=case.proposed_outcome,
        outcome_name=OUTCOME_NAMES[case.proposed_outcome].speak(reader.language),
        proposed_by=case.proposed_by,
        proposed_at=case.proposed_at,
        reason=case.proposed_reason if reader.clear else None,
    )


def _show_lead(lead: Lead, reader: Reader, *, title: Text) -> LeadShown:
    return LeadShown(
        **{name: getattr(lead, name) for name in _LEAD_AS_KEPT},
        title=title.speak(reader.language),
        certificate_number=reader.number(lead.certificate_number),
        sentence=reader.text(Text(lead.sentence_zh, lead.sentence_en).speak(reader.language)),
    )


def show_entry(entry: TimelineEntry, reader: Reader) -> EntryShown:
    """Return an entry of a timeline."""
    return EntryShown(
        id=entry.id,
        case_id=entry.case_id,
        act=entry.act,
        act_name=name_act(entry.act, entry.detail).speak(reader.language),
        officer=entry.officer,
        organization=entry.organization,
        at=entry.at,
        before=entry.before,
        after=entry.after,
        note=entry.note if reader.clear else None,
        has_note=entry.note is not None,
        detail=reader.data(entry.detail),
    )
