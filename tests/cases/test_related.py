"""Cases around one: what they share, said in words, inside the jurisdiction."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.shaped import DESK, LEAD, lead_ids
from tests.screening.facts import enter_fact
from tests.worlds import XIANGYANG

from birthreg.access.rules import scope_of
from birthreg.cases import relating
from birthreg.cases.relating import CLERK_DAYS, MOST_NODES, MOST_SHARING, NUMBERS_APART
from birthreg.cases.shape_models import Graph, Tie
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound
from birthreg.kernel.language import Language
from birthreg.screening.showing import Reader

SCOPE = scope_of(make.WUHAN)


async def registered(tx: Transaction, **facts: Any) -> UUID:
    """A case of one registered child whom nothing ties to any other, but for what is given."""
    place = await tx.connection.fetchval("SELECT count(*) FROM cases")
    registration = await enter_fact(tx, **{"officer": f"clerk.{place}"} | facts)
    number = await tx.connection.fetchval(
        "SELECT certificate_number FROM screening_facts WHERE registration_id = $1", registration
    )
    organization = facts.get("organization", make.WUCHANG)
    return await admit(tx, kind="finding", rule="over_six", registration=registration, number=number,
                       organization=organization)  # fmt: skip


async def relate(
    tx: Transaction, case: UUID, *, depth: int = 1, clear: bool = True, language: Language = Language.CHINESE
) -> Graph:
    reader = Reader(language, clear, SCOPE)
    return await relating.relate(tx, scope=SCOPE, case=case, depth=depth, reader=reader)


def told(graph: Graph) -> set[tuple[Tie, frozenset[UUID]]]:
    return {(edge.kind, frozenset((edge.source, edge.target))) for edge in graph.edges}


@pytest.mark.parametrize(
    ("tie", "column"),
    [
        (Tie.APPLICANT, "applicant"), (Tie.PHONE, "applicant_phone"), (Tie.ADDRESS, "address"), (Tie.MOTHER, "mother"),
    ],
)  # fmt: skip
async def test_people_telephones_and_addresses_tie_cases(page: Transaction, tie: Tie, column: str) -> None:
    one, other = await registered(page, **{column: 77_000}), await registered(page, **{column: 77_000})
    await registered(page)
    for case in (one, other):
        assert told(await relate(page, case)) == {(tie, frozenset((one, other)))}


@pytest.mark.parametrize(
    ("second", "issuer", "tie"),
    [
        ("X420500001", "武汉市第一妇幼保健院", Tie.SERIAL_RUN),
        (f"X4205000{NUMBERS_APART:02d}", "武汉市第一妇幼保健院", Tie.SERIAL_RUN),
        (f"X4205000{NUMBERS_APART + 1:02d}", "武汉市第一妇幼保健院", None),
        ("X420500001", "襄阳市中心医院", None),
        ("W420500000", "武汉市第一妇幼保健院", None),
    ],
)
async def test_numbers_of_one_issuer_that_lie_close_tie_cases(
    page: Transaction, second: str, issuer: str, tie: Tie | None
) -> None:
    one = await registered(page, certificate_number="X420500000")
    other = await registered(page, certificate_number=second, issuer_name=issuer)
    graph = await relate(page, one)
    assert told(graph) == ({(tie, frozenset((one, other)))} if tie else set())
    if tie:
        assert graph.edges[0].distance == int(second[1:]) - 420500000


async def test_a_number_that_was_only_shown_has_its_issuer_from_the_health_authority(page: Transaction) -> None:
    one = await registered(page, certificate_number="X420500000")
    await make.issuance(page, "X420500003")
    other = await admit(page, number="X420500003")
    assert told(await relate(page, other)) == {(Tie.SERIAL_RUN, frozenset((one, other)))}


async def test_one_number_in_two_cases_ties_them(page: Transaction) -> None:
    one = await admit(page, number="X420500000")
    other = await registered(page, certificate_number="X420500000")
    assert one != other
    assert told(await relate(page, one)) == {(Tie.SAME_NUMBER, frozenset((one, other)))}


async def test_an_officer_ties_what_was_entered_within_a_few_days(page: Transaction) -> None:
    day = timedelta(days=1)
    one = await registered(page, officer="clerk.busy")
    near = await registered(page, officer="clerk.busy", entered_at=make.NOON + CLERK_DAYS * day)
    far = await registered(page, officer="clerk.busy", entered_at=make.NOON - (CLERK_DAYS + 1) * day)
    assert told(await relate(page, one)) == {(Tie.CLERK, frozenset((one, near)))}
    assert told(await relate(page, far)) == set()


async def test_of_what_very_many_share_the_latest_are_shown_and_it_is_said(page: Transaction) -> None:
    first = await registered(page, address=88_000)
    for _ in range(MOST_SHARING + 5):
        await registered(page, address=88_000)
    graph = await relate(page, first)
    assert graph.cut == [Tie.ADDRESS]
    assert MOST_SHARING <= len(graph.edges) <= MOST_SHARING + 1


async def test_what_officers_did_ties_cases_too(page: Transaction) -> None:
    cases = [await admit(page, number=f"X42050{place}000") for place in range(3)]
    await DESK.link(page, cases[0], cases[1])
    await DESK.merge(page, cases[2], cases[0])
    graph = await relate(page, cases[0])
    assert [(edge.kind, edge.source, edge.target) for edge in graph.edges if edge.kind is Tie.MERGE] == [
        (Tie.MERGE, cases[2], cases[0])
    ]
    assert (Tie.LINK, frozenset(cases[:2])) in told(graph)
    assert {node.id: node.hops for node in graph.nodes} == {cases[0]: 0, cases[1]: 1, cases[2]: 0}


async def test_what_a_merged_part_shares_is_found_from_the_whole(page: Transaction) -> None:
    whole, part, other = [await registered(page, **facts) for facts in ({}, {"mother": 5}, {"mother": 5})]
    await DESK.merge(page, part, whole)
    assert (Tie.MOTHER, frozenset((part, other))) in told(await relate(page, whole))


async def test_a_second_hop_is_taken_when_it_is_asked_for(page: Transaction) -> None:
    one = await registered(page, mother=1)
    middle = await registered(page, mother=1, applicant_phone=2)
    far = await registered(page, applicant_phone=2)
    assert {node.id for node in (await relate(page, one)).nodes} == {one, middle}
    graph = await relate(page, one, depth=2)
    assert {node.id: node.hops for node in graph.nodes} == {one: 0, middle: 1, far: 2}
    assert told(graph) == {(Tie.MOTHER, frozenset((one, middle))), (Tie.PHONE, frozenset((middle, far)))}


async def test_cases_elsewhere_are_counted_and_lead_nowhere(page: Transaction) -> None:
    one = await registered(page, mother=1)
    elsewhere = {"organization": make.FANCHENG, "household_organization": make.FANCHENG}
    await registered(page, mother=1, applicant_phone=2, **elsewhere)
    await registered(page, applicant_phone=2)
    graph = await relate(page, one, depth=2)
    assert ([node.id for node in graph.nodes], graph.edges, graph.foreign) == ([one], [], 1)


async def test_a_graph_has_room_for_so_many(page: Transaction) -> None:
    shared = {"mother": 9_001, "address": 9_002, "applicant": 9_003}
    one = await registered(page, **shared)
    for column, value in shared.items():
        for _ in range(MOST_SHARING):
            await registered(page, **{column: value})
    graph = await relate(page, one)
    assert (len(graph.nodes), graph.left_out) == (MOST_NODES, 1 + 3 * MOST_SHARING - MOST_NODES)
    shown = {node.id for node in graph.nodes}
    assert {end for edge in graph.edges for end in (edge.source, edge.target)} <= shown


async def test_edges_speak_the_readers_language_and_name_nobody(page: Transaction) -> None:
    one = await registered(page, certificate_number="X420500000", mother=1)
    await registered(page, certificate_number="X420500004", mother=1)
    said = {edge.kind: edge.reason for edge in (await relate(page, one)).edges}
    assert said == {Tie.MOTHER: "同一母亲", Tie.SERIAL_RUN: "同一签发机构,编号相差 4"}
    english = {edge.reason for edge in (await relate(page, one, language=Language.ENGLISH)).edges}
    assert english == {"the same mother", "the same issuer, numbers 4 apart"}


async def test_an_auditor_sees_masked_numbers(page: Transaction) -> None:
    one = await registered(page, certificate_number="X420500000")
    graph = await relate(page, one, clear=False)
    assert [node.certificate_number for node in graph.nodes] == ["X4205*****"]


async def test_nobody_sees_what_is_around_a_case_elsewhere(page: Transaction) -> None:
    case = await admit(page)
    elsewhere = scope_of(XIANGYANG)
    with pytest.raises(NotFound):
        await relating.relate(
            page, scope=elsewhere, case=case, depth=1, reader=Reader(Language.CHINESE, True, elsewhere)
        )


async def test_a_split_is_told_from_both_sides(page: Transaction) -> None:
    registration = await enter_fact(page, certificate_number="X420500000", child=5)
    case = await admit(page, number="X420500000", kind="finding", rule="over_six", registration=registration)
    await admit(page, number="X420500000")
    await page.connection.execute("UPDATE screening_facts SET certificate_number = 'X420600000'")
    split = await LEAD.split(page, case, *await lead_ids(page, case, "attempt"))
    for asked in (case, split.into):
        ends = [(edge.source, edge.target) for edge in (await relate(page, asked)).edges if edge.kind is Tie.SPLIT]
        assert ends == [(split.into, case)]
