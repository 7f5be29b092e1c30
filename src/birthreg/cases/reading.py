"""Reading cases: the queue, one case, its timeline; and watching one."""

from uuid import UUID

from birthreg.access.models import Act, Officer, Scope
from birthreg.access.rules import jurisdiction_prefix, reach_of, sees_in_clear
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.cases import queue_store as store
from birthreg.cases import service
from birthreg.cases import store as case_store
from birthreg.cases.labels import LEAD_NAMES
from birthreg.cases.models import Lead, LeadKind, Status
from birthreg.cases.queue_models import CaseFilter, CasePlace, ListedRow, TimelineEntry
from birthreg.cases.queue_rules import list_acts
from birthreg.cases.showing import list_case, show_case
from birthreg.cases.shown_models import CaseListed, CaseShown, Watching
from birthreg.kernel.clock import china_day
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound, field_error
from birthreg.kernel.language import Language, Text
from birthreg.screening.rule_reading import list_codes, title_of
from birthreg.screening.showing import Reader

MOST_LEADS = 500

_FIRST = CasePlace(UUID(int=0), 2**62)
_NEWEST = CasePlace(UUID(int=2**128 - 1), 2**62)


def reader_of(officer: Officer, language: Language) -> Reader:
    """Return how this officer reads cases."""
    scope = reach_of(officer, Act.READ_CASES) or Scope(patterns=())
    return Reader(language=language, clear=sees_in_clear(officer), scope=scope)


async def require_kind(tx: Transaction, kind: str | None, *, field: str) -> None:
    """Refuse a kind of lead that there never was: an empty list would pass for “none of these”.

    Raises:
        FieldsWrong: it is neither a kind of lead nor a rule's code, not even of a rule that is run no more.
    """
    if kind is None or kind in list(LeadKind):
        return
    codes = await list_codes(tx)
    if kind not in codes:
        known = " ".join([*LeadKind, *codes])
        raise field_error(
            field=field, code="lead_kind_unknown",
            zh=f"没有“{kind}”这种线索;可用:{known}。", en=f"There is no kind of lead “{kind}”; there are: {known}.",
        )  # fmt: skip


async def list_cases(
    tx: Transaction, officer: Officer, *, scope: Scope, wanted: CaseFilter, after: CasePlace | None, limit: int
) -> list[ListedRow]:
    """Return cases inside the scope: open ones by urgency unless a status is asked for, ended ones newest first.

    Of a number, or watched, ended ones too.
    """
    first = _NEWEST if wanted.status in (Status.CLOSED, Status.MERGED) and not _is_chosen(wanted) else _FIRST
    found = await store.list_places(
        tx, officer, scope=scope, prefix=_prefix_of(scope, wanted.organization), wanted=wanted,
        after=after or first, today=china_day(tx.now), limit=limit,
    )  # fmt: skip
    return await store.read_cases(tx, officer, scope=scope, cases=[place.id for place in found])


def _is_chosen(wanted: CaseFilter) -> bool:
    return wanted.number is not None or wanted.watched or wanted.investigator is not None


def _prefix_of(scope: Scope, organization: str | None) -> str:
    """Return the jurisdiction to look in: the one asked for, unless the own one lies in it."""
    own = scope.patterns[0].removesuffix("%")
    asked = jurisdiction_prefix(organization) if organization else own
    return own if own.startswith(asked) else asked


def show_listed(tx: Transaction, case: ListedRow, officer: Officer, language: Language) -> CaseListed:
    """Return a case as lists show it to an officer."""
    return list_case(case, reader_of(officer, language), moment=tx.now, today=china_day(tx.now))


async def find_case(tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, language: Language) -> CaseShown:
    """Return one case inside the scope with its leads, and what the officer may do with it now.

    Raises:
        NotFound: there is none.
    """
    row = await _find(tx, officer, scope=scope, case=case)
    has_conflict = await case_store.has_conflict(tx, case=case, officer=officer.id)
    return show_case(
        row, reader_of(officer, language), moment=tx.now, today=china_day(tx.now),
        leads=await store.list_leads(tx, scope=scope, case=case, limit=MOST_LEADS), title_of=_title_of,
        absorbed=await store.list_absorbed(tx, scope=scope, case=case), has_conflict=has_conflict,
        acts=list_acts(row, officer, scope=scope, has_conflict=has_conflict),
    )  # fmt: skip


async def _find(tx: Transaction, officer: Officer, *, scope: Scope, case: UUID) -> ListedRow:
    found = await store.read_cases(tx, officer, scope=scope, cases=[case])
    if not found:
        raise NotFound
    return found[0]


def _title_of(lead: Lead) -> Text:
    return title_of(lead.rule) if lead.kind is LeadKind.FINDING else LEAD_NAMES[lead.kind]


async def list_timeline(tx: Transaction, *, scope: Scope, case: UUID, after: int, limit: int) -> list[TimelineEntry]:
    """Return a stretch of the timeline of a case and of what was merged into it inside the scope, oldest first.

    Raises:
        NotFound: no such case inside the scope.
    """
    await service.find_case(tx, scope=scope, case=case)
    return await store.list_entries(tx, scope=scope, case=case, after=after, limit=limit)


async def watch(tx: Transaction, officer: Officer, *, scope: Scope, case: UUID, on: bool, terminal: str) -> Watching:
    """Let an officer watch a case, or no more; what officers watch isn't on its timeline, and changes nothing of it.

    Raises:
        NotFound: no such case inside the scope.
    """
    await service.find_case(tx, scope=scope, case=case)
    if on:
        await store.watch_case(tx, case=case, officer=officer.id)
    else:
        await store.end_watch(tx, case=case, officer=officer.id)
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal,
        operation=Operation.ADD if on else Operation.DELETE, act="case_watch" if on else "case_watch_end",
        object=service.OBJECT, key=str(case),
    )  # fmt: skip
    return Watching(id=case, is_watched=on)
