"""The state machine cell by cell, against a table of its own, and who may not touch a case at all."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.queue import COLLEAGUE, LEAD, MINE, bring, investigator, lead, waiting

from birthreg.access.models import Officer
from birthreg.access.rules import scope_of
from birthreg.cases import queue_rules, refusals, service
from birthreg.cases import service as cases
from birthreg.cases.labels import ACT_NAMES, STATUS_NAMES
from birthreg.cases.models import CaseAct, Status, Who
from birthreg.cases.rules import WAYS
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id

STATES = ("waiting", "investigating", "suspended", "concluding", "closed", "reopened", "merged")
TABLE = """
                waiting  investigating  suspended  concluding  closed  reopened  merged
claim           i        -              -          -           -       i         -
renewal         -        o              -          -           -       -         -
release         -        h              -          -           -       -         -
lapse           -        s              -          -           -       -         -
assignment      l        l              l          -           -       l         -
escalation      i        h              -          -           -       i         -
note            i        i              i          i           i       i         -
step            -        o              -          -           -       -         -
evidence        -        h              h          -           -       -         -
evidence_view   i        i              i          i           i       i         i
evidence_check  s        s              s          s           s       s         s
suspension      -        h              -          -           -       -         -
resumption      -        -              h          -           -       -         -
conclusion      -        o              -          -           -       -         -
confirmation    -        -              -          l           -       -         -
rejection       -        -              -          l           -       -         -
withdrawal      -        -              -          o           -       -         -
reopening       -        -              -          -           l       -         -
dossier         i        i              i          i           i       i         i
link            i        i              i          i           i       i         -
unlink          i        i              i          i           i       i         -
merge           i        h              h          -           -       i         -
absorption      i        h              h          -           -       i         -
unmerge         -        -              -          -           -       -         i
split           i        h              -          -           -       i         -
warning         s        s              -          s           -       s         -
overdue         s        s              -          s           -       s         -
open            -        -              -          -           -       -         -
join            -        -              -          -           -       -         -
undo            -        -              -          -           -       -         -
"""
"""Who may do an act in a state: i any investigator, h the holder or a lead, o the holder alone, l a lead, s nobody who
asks: the service itself."""

CELLS = {
    (row.split()[0], state): row.split()[1 + place]
    for row in TABLE.strip().splitlines()[1:]
    for place, state in enumerate(STATES)
}
PEOPLE = {"holder": investigator(MINE), "colleague": investigator(COLLEAGUE), "lead": lead(LEAD)}
MAY = {"i": {"holder", "colleague", "lead"}, "h": {"holder", "lead"}, "o": {"holder"}, "l": {"lead"}, "s": set()}


def expected(cell: str, person: str) -> type[Exception] | None:
    """What somebody hears who asks for an act in a state."""
    if cell == "-":
        return refusals.CaseElsewhere
    if person in MAY[cell]:
        return None
    return refusals.CaseLeadDecides if cell == "l" else refusals.CaseNotYours


async def hold(tx: Transaction, case: UUID, officer: Officer, act: CaseAct) -> service.Held:
    scope = scope_of(officer.organization)
    return await service.hold(tx, officer, scope=scope, case=case, act=act, version=None, terminal="desk")


async def heard(tx: Transaction, case: UUID, officer: Officer, act: CaseAct) -> type[Exception] | None:
    try:
        await hold(tx, case, officer, act)
    except Exception as refusal:
        return type(refusal)
    return None


def test_the_table_names_every_state_and_act() -> None:
    assert {(act, state) for act in map(str, CaseAct) for state in map(str, Status)} == set(CELLS)


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("status", list(Status))
async def test_each_act_is_done_in_its_states_by_its_people_alone(
    page: Transaction, status: Status, person: str
) -> None:
    case = await bring(page, await waiting(page), status)
    told = {act: await heard(page, case, PEOPLE[person], act) for act in CaseAct}
    assert told == {act: expected(CELLS[act, status], person) for act in CaseAct}


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("status", list(Status))
async def test_what_an_officer_is_told_they_may_do_is_what_they_may_do(
    page: Transaction, status: Status, person: str
) -> None:
    officer = PEOPLE[person]
    case = await bring(page, await waiting(page), status)
    row = await cases.find_case(page, scope=scope_of(officer.organization), case=case)
    told = queue_rules.list_acts(row, officer, scope=scope_of(officer.organization), has_conflict=False)
    may = {act for act in CaseAct if await heard(page, case, officer, act) is None}
    assert set(told) == may - {CaseAct.ABSORPTION}
    assert queue_rules.list_acts(row, officer, scope=scope_of(officer.organization), has_conflict=True) == []
    clerk = make.signed_in(organization=make.WUHAN)
    assert queue_rules.list_acts(row, clerk, scope=scope_of(make.WUHAN), has_conflict=False) == []


async def test_who_proposed_a_conclusion_does_not_decide_on_it(page: Transaction) -> None:
    case = await bring(page, await waiting(page), Status.CONCLUDING, holder=LEAD)
    for act in (CaseAct.CONFIRMATION, CaseAct.REJECTION):
        assert await heard(page, case, lead(LEAD), act) is refusals.CaseSecondPerson
        assert await heard(page, case, lead("lead2.wuhan"), act) is None
    row = await cases.find_case(page, scope=scope_of(make.WUHAN), case=case)
    told = queue_rules.list_acts(row, lead(LEAD), scope=scope_of(make.WUHAN), has_conflict=False)
    assert CaseAct.CONFIRMATION not in told


def test_every_state_and_act_has_a_name() -> None:
    assert set(STATUS_NAMES) == set(Status)
    assert set(ACT_NAMES) == set(CaseAct)


FIRST_STATE = {way.act: way.before for way in reversed(WAYS) if way.who is not Who.SYSTEM}
"""Each act that somebody can ask for, in a state in which they could."""


@pytest.mark.parametrize("act", FIRST_STATE)
async def test_who_has_a_hand_in_a_case_can_do_nothing_with_it(page: Transaction, act: CaseAct) -> None:
    await make.listing(page, "X420990000", listed_by=MINE)
    case = await bring(page, await waiting(page), FIRST_STATE[act])
    for officer in (investigator(MINE), lead(MINE)):
        assert await heard(page, case, officer, act) is refusals.CaseConflictOfInterest
    trail = "SELECT count(*) FROM audit_entries WHERE key = $1 AND act = $2 AND error_code = $3"
    told = await page.connection.fetchval(trail, str(case), f"case_{act}", "case_conflict_of_interest")
    assert told == 2


NUMBER = "X420990000"


async def registered_by(tx: Transaction, officer: str) -> UUID:
    registration = new_id()
    await tx.connection.execute(
        "INSERT INTO registrations (id, status, certificate_number, child_name, child_sex, child_birth_date,"
        " organization, household_organization, officer, entered_at, held_for, particulars)"
        " VALUES ($1, 'effective', $2, '李安', 1, '2024-01-01', $3, $3, $4, now(), '{}', '{}')",
        registration, NUMBER, make.WUCHANG, officer,
    )  # fmt: skip
    return await admit(tx, number=NUMBER, kind="finding", rule="over_six", registration=registration)


async def changed_by(tx: Transaction, proposer: str, decider: str | None) -> UUID:
    case = await registered_by(tx, "clerk.wuchang")
    registration = await tx.connection.fetchval("SELECT registration_id FROM cases WHERE id = $1", case)
    await tx.connection.execute(
        "INSERT INTO registration_changes (id, registration_id, kind, reason, proposed_by, proposed_by_organization,"
        " proposed_at) VALUES ($1, $1, 'revocation', 'why', $2, $3, now())", registration, proposer, make.WUHAN,
    )  # fmt: skip
    await tx.connection.execute(
        "UPDATE registration_changes SET status = 'refused', decided_by = $2, decided_by_organization = $3,"
        " decided_at = now(), decision_reason = 'so' WHERE id = $1 AND $2::text IS NOT NULL",
        registration, decider, make.WUHAN,
    )  # fmt: skip
    return case


async def looked_up_by(tx: Transaction, officer: str) -> UUID:
    lookup = new_id()
    await tx.connection.execute(
        "INSERT INTO lookups (id, recorded_at, officer, organization, terminal, purpose, certificate_number, verdict,"
        " list_version, rule_version, answer)"
        " VALUES ($1, now(), $2, $3, 'desk', 'audit', $4, 'blacklisted', 1, 1, '{}')",
        lookup, officer, make.WUCHANG, NUMBER,
    )  # fmt: skip
    return await admit(tx, number=NUMBER, source=lookup)


async def listed_by(tx: Transaction, officer: str, last: str) -> UUID:
    await make.listing(tx, NUMBER, last, listed_by=officer)
    return await admit(tx, number=NUMBER)


async def shown_for(tx: Transaction, officer: str) -> UUID:
    case = await looked_up_by(tx, "health.hubei")
    lookup = await tx.connection.fetchval("SELECT source_id FROM case_leads WHERE case_id = $1", case)
    shown = new_id()
    await tx.connection.execute(
        "INSERT INTO lookups (id, recorded_at, officer, organization, on_behalf_of, terminal, purpose,"
        " certificate_number, verdict, list_version, rule_version, answer) SELECT $1, recorded_at, officer,"
        " organization, $3, terminal, purpose, certificate_number, verdict, list_version, rule_version, answer"
        " FROM lookups WHERE id = $2", shown, lookup, officer,
    )  # fmt: skip
    return await admit(tx, number=NUMBER, source=shown)


async def approved_by(tx: Transaction, officer: str) -> UUID:
    case = await registered_by(tx, "clerk.wuchang")
    await tx.connection.execute(
        "INSERT INTO registration_acts (id, registration_id, recorded_at, act, status, officer, organization, reason)"
        " SELECT $1, registration_id, now(), 'approve', 'effective', $2, $3, 'so' FROM cases WHERE id = $4",
        new_id(), officer, make.WUHAN, case,
    )  # fmt: skip
    return case


_ENTRY = (
    "INSERT INTO blacklist_entries (id, first, last, count, reason, document_number, event_date, organization,"
    " listed_at, listed_by, proposal_id, batch_id)"
    " VALUES ($1, $2, $2, 1, 'stolen', 'x', '2024-01-02', $3, now(), 'clerk.wuchang', $4, $5)"
)


async def listing_decided_by(tx: Transaction, officer: str) -> UUID:
    proposal, organization = new_id(), await make.organization(tx, make.WUHAN)
    await tx.connection.execute(
        "INSERT INTO blacklist_proposals (id, act, status, first, last, count, reason, document_number, event_date,"
        " organization, proposed_by, proposed_by_organization, proposed_at, decided_by, decided_by_organization,"
        " decided_at, decision_reason) VALUES ($1, 'add', 'approved', $2, $2, 1, 'stolen', 'x', '2024-01-02', $3,"
        " 'clerk.wuchang', $3, now(), $4, $3, now(), 'so')", proposal, NUMBER, organization, officer,
    )  # fmt: skip
    await tx.connection.execute(_ENTRY, new_id(), NUMBER, organization, proposal, None)
    return await admit(tx, number=NUMBER)


async def batch_by(tx: Transaction, bringer: str, decider: str) -> UUID:
    batch, organization = new_id(), await make.organization(tx, make.WUHAN)
    await tx.connection.execute(
        "INSERT INTO imports (id, kind, officer, organization, terminal, reach, file_name, uploaded, status,"
        " requested_at, finished_at, bytes_total) VALUES ($1, 'blacklist_batch', 'clerk.wuchang', $2, 'desk', '{}',"
        " 'list.csv', true, 'done', now(), now(), 0)", batch, organization,
    )  # fmt: skip
    await tx.connection.execute(
        "INSERT INTO blacklist_batches (id, status, organization, reach, brought_by, brought_at, compared_at,"
        " list_version, rows_new, rows_same, rows_changed, rows_contradicting, rows_overlapping, numbers, numbers_used,"
        " proposed_at, decided_by, decided_by_organization, decided_at, decision_reason, in_force_at, entries_listed,"
        " entries_replaced) VALUES ($1, 'in_force', $2, '{}', $3, now(), now(), 1, 1, 0, 0, 0, 0, 1, 0,"
        " now(), $4, $2, now(), 'so', now(), 1, 0)", batch, organization, bringer, decider,
    )  # fmt: skip
    await tx.connection.execute(_ENTRY, new_id(), NUMBER, organization, None, batch)
    return await admit(tx, number=NUMBER)


async def once_listed_by(tx: Transaction, officer: str) -> UUID:
    listed = make.NOON
    await make.listing(tx, NUMBER, "X420990019", listed_by=officer, listed_at=listed, lifted_at=listed)
    return await admit(tx, number=NUMBER)


HANDS: dict[str, Callable[[Transaction], Awaitable[UUID]]] = {
    "who registered the child": lambda tx: registered_by(tx, MINE),
    "who proposed a change": lambda tx: changed_by(tx, MINE, None),
    "who decided on a change": lambda tx: changed_by(tx, "admin.wuhan", MINE),
    "who showed the number": lambda tx: looked_up_by(tx, MINE),
    "who listed the number": lambda tx: listed_by(tx, MINE, NUMBER),
    "who listed a range around it": lambda tx: listed_by(tx, MINE, "X420990019"),
    "who listed a range that was lifted": lambda tx: once_listed_by(tx, MINE),
    "who approved the registration": lambda tx: approved_by(tx, MINE),
    "for whom a machine client showed the number": lambda tx: shown_for(tx, MINE),
    "who decided on the listing": lambda tx: listing_decided_by(tx, MINE),
    "who brought the file that lists it": lambda tx: batch_by(tx, MINE, "admin.wuhan"),
    "who decided on the file": lambda tx: batch_by(tx, "clerk.wuchang", MINE),
}


@pytest.mark.parametrize("hand", HANDS)
async def test_a_hand_in_a_case_is_any_of_these_and_stops_no_other_officer(page: Transaction, hand: str) -> None:
    case = await HANDS[hand](page)
    assert await heard(page, case, investigator(MINE), CaseAct.CLAIM) is refusals.CaseConflictOfInterest
    assert await heard(page, case, investigator(COLLEAGUE), CaseAct.CLAIM) is None
    into = await waiting(page, 77)
    await page.connection.execute("UPDATE cases SET status = 'merged', merged_into = $2 WHERE id = $1", case, into)
    assert await heard(page, into, investigator(MINE), CaseAct.CLAIM) is refusals.CaseConflictOfInterest
