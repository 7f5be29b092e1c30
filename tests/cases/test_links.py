"""Linked cases go on by themselves, each knowing of the other."""

from uuid import UUID

import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.shaped import DESK, bring_to, desk, standing, timeline, trail
from tests.worlds import XIANGYANG

from birthreg.access.models import Role
from birthreg.access.rules import scope_of
from birthreg.cases import linking, refusals, shape_refusals
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import FieldsWrong, NotFound
from birthreg.kernel.language import Language
from birthreg.screening.showing import Reader

SCOPE = scope_of(make.WUHAN)
READER = Reader(Language.CHINESE, True, SCOPE)


async def linked_to(tx: Transaction, case: UUID) -> list[UUID]:
    found = await linking.list_links(tx, scope=SCOPE, case=case, after=None, limit=50, reader=READER)
    return [one.id for one in found]


async def test_a_link_is_seen_from_both_sides(page: Transaction) -> None:
    one, other = await admit(page, number="X420100020"), await admit(page, number="X420100021")
    await DESK.link(page, one, other)
    assert await linked_to(page, one) == [other]
    assert await linked_to(page, other) == [one]


async def test_a_link_leaves_an_entry_on_either_timeline_and_one_on_the_trail(page: Transaction) -> None:
    one, other = await admit(page, number="X420100020"), await admit(page, number="X420100021")
    await DESK.link(page, one, other)
    assert await timeline(page, one) == await timeline(page, other) == ["open", "link"]
    assert await trail(page) == [("case_link", True, None, str(one))]


async def test_a_link_changes_the_version_of_both(page: Transaction) -> None:
    one, other = await admit(page, number="X420100020"), await admit(page, number="X420100021")
    before = [await standing(page, case, "version") for case in (one, other)]
    acted = await DESK.link(page, one, other)
    after = [await standing(page, case, "version") for case in (one, other)]
    assert after == [version + 1 for version in before]
    assert acted.version == after[0]


async def test_a_link_is_made_once_from_whichever_side(page: Transaction) -> None:
    one, other = await admit(page, number="X420100020"), await admit(page, number="X420100021")
    await DESK.link(page, one, other)
    with pytest.raises(shape_refusals.CasesLinked):
        await DESK.link(page, other, one)
    assert (await trail(page))[-1] == ("case_link", False, "cases_linked", str(other))


async def test_parting_leaves_entries_and_no_link(page: Transaction) -> None:
    one, other = await admit(page, number="X420100020"), await admit(page, number="X420100021")
    await DESK.link(page, one, other)
    await DESK.unlink(page, other, one)
    assert await linked_to(page, one) == []
    assert await timeline(page, one) == await timeline(page, other) == ["open", "link", "unlink"]
    with pytest.raises(shape_refusals.CasesNotLinked):
        await DESK.unlink(page, one, other)


async def test_a_case_is_not_linked_to_itself(page: Transaction) -> None:
    case = await admit(page)
    with pytest.raises(FieldsWrong):
        await DESK.link(page, case, case)


async def test_a_case_outside_the_jurisdiction_is_not_linked(page: Transaction) -> None:
    one = await admit(page, number="X420100020")
    foreign = await admit(page, number="X420100021", organization=make.FANCHENG)
    for case, other in ((one, foreign), (foreign, one)):
        with pytest.raises(NotFound):
            await DESK.link(page, case, other)


async def test_a_link_to_a_case_elsewhere_is_not_shown(page: Transaction) -> None:
    one = await admit(page, number="X420100020")
    foreign = await admit(page, number="X420100021", organization=make.FANCHENG)
    await desk("lead.hubei", Role.LEAD_INVESTIGATOR, make.HUBEI).link(page, one, foreign)
    assert await linked_to(page, one) == []


async def test_who_has_a_hand_in_either_case_links_neither(page: Transaction) -> None:
    one, other = await admit(page, number="X420100020"), await admit(page, number="X420100021")
    await make.listing(page, "X420100021", listed_by="investigator.wuhan")
    for case, second in ((one, other), (other, one)):
        with pytest.raises(refusals.CaseConflictOfInterest):
            await DESK.link(page, case, second)
    assert {entry[2] for entry in await trail(page)} == {"case_conflict_of_interest"}


async def test_closed_cases_can_be_linked_and_merged_ones_cannot(page: Transaction) -> None:
    cases = [await admit(page, number=f"X42010002{place}") for place in range(3)]
    await bring_to(page, cases[0], "closed")
    await DESK.link(page, cases[0], cases[1])
    await DESK.merge(page, cases[1], cases[2])
    with pytest.raises(refusals.CaseElsewhere):
        await DESK.link(page, cases[0], cases[1])


async def test_what_a_merged_case_is_linked_to_is_listed_with_the_whole(page: Transaction) -> None:
    part, whole, other = [await admit(page, number=f"X42010002{place}") for place in range(3)]
    await DESK.link(page, part, other)
    await DESK.merge(page, part, whole)
    assert await linked_to(page, whole) == [other]


async def test_links_come_in_pages(page: Transaction) -> None:
    one, *others = [await admit(page, number=f"X42010002{place}") for place in range(4)]
    for other in others:
        await DESK.link(page, one, other)
    first = await linking.list_links(page, scope=SCOPE, case=one, after=None, limit=2, reader=READER)
    rest = await linking.list_links(page, scope=SCOPE, case=one, after=first[-1].id, limit=2, reader=READER)
    assert sorted([*first, *rest], key=lambda link: link.id) == [*first, *rest]
    assert {link.id for link in (*first, *rest)} == set(others)


async def test_nobody_sees_the_links_of_a_case_elsewhere(page: Transaction) -> None:
    case = await admit(page)
    with pytest.raises(NotFound):
        await linking.list_links(page, scope=scope_of(XIANGYANG), case=case, after=None, limit=2, reader=READER)
