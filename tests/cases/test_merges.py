"""A merged case goes on as part of another, and can be taken out again as it was."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.shaped import DESK, LEAD, Desk, bring_to, desk, lead_ids, standing, timeline, trail

from birthreg.access.models import Role
from birthreg.cases import refusals, shape_refusals
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.errors import FieldsWrong, NotFound

WEIGHT = ("leads", "kinds", "severity")


async def two(tx: Transaction) -> tuple[UUID, UUID]:
    """Two cases: one with a light lead, one with two of which one is heavy."""
    one = await admit(tx, number="X420100020", kind="shopping", rule="shopping", severity="low")
    other = await admit(tx, number="X420100021", severity="medium")
    await admit(tx, number="X420100021", kind="look_back", rule="look_back")
    return one, other


async def test_the_whole_weighs_what_both_hold(page: Transaction) -> None:
    one, other = await two(page)
    acted = await DESK.merge(page, other, one)
    assert (acted.status, await standing(page, other, "merged_into")) == ("merged", one)
    assert await standing(page, one, *WEIGHT, "allowed_days") == (3, 3, "high", 10)
    assert (len(await lead_ids(page, one)), len(await lead_ids(page, other))) == (1, 2)


async def test_a_merge_leaves_an_entry_on_either_timeline_and_one_on_the_trail(page: Transaction) -> None:
    one, other = await two(page)
    await DESK.merge(page, other, one)
    assert await timeline(page, one) == ["open", "absorption"]
    assert await timeline(page, other) == ["open", "join", "merge"]
    assert await trail(page) == [("case_merge", True, None, str(other))]


async def test_a_case_taken_out_again_stands_as_before(page: Transaction) -> None:
    one, other = await two(page)
    before = [await standing(page, case, *WEIGHT) for case in (one, other)]
    await DESK.merge(page, other, one)
    acted = await DESK.unmerge(page, other)
    assert [await standing(page, case, *WEIGHT) for case in (one, other)] == before
    assert (acted.status, await standing(page, other, "merged_into")) == ("waiting", None)
    assert (await timeline(page, one))[-1] == (await timeline(page, other))[-1] == "unmerge"
    assert (await trail(page))[-1] == ("case_unmerge", True, None, str(other))


async def test_a_lead_that_joins_a_part_weighs_in_the_whole(page: Transaction) -> None:
    one, other = await two(page)
    await DESK.merge(page, other, one)
    assert await admit(page, number="X420100021", kind="filing_rejected", rule="filing_rejected") == other
    assert await standing(page, one, "leads", "kinds") == (4, 4)
    await DESK.unmerge(page, other)
    assert await standing(page, other, "leads", "kinds") == (3, 3)


async def test_the_investigator_of_the_whole_keeps_it_and_that_of_the_part_is_free(page: Transaction) -> None:
    one, other = await two(page)
    for case in (one, other):
        await bring_to(page, case, "investigating")
    await DESK.merge(page, other, one)
    assert await standing(page, other, "investigator", "lease_until") == (None, None)
    assert await standing(page, one, "status", "investigator") == ("investigating", "investigator.wuhan")


async def test_a_suspended_case_keeps_the_days_that_did_not_count(page: Transaction) -> None:
    one, other = await two(page)
    await bring_to(page, other, "suspended")
    await DESK.merge(page, other, one)
    days, since, awaited = await standing(page, other, "paused_days", "paused_on", "awaited")
    assert (days > 0, since, awaited) == (True, None, None)


async def test_cases_merge_in_a_row_and_come_apart_in_any_order(page: Transaction) -> None:
    cases = [await admit(page, number=f"X42010002{place}") for place in range(3)]
    await DESK.merge(page, cases[0], cases[1])
    await DESK.merge(page, cases[1], cases[2])
    assert await standing(page, cases[2], "leads") == 3
    await DESK.unmerge(page, cases[0])
    assert await standing(page, cases[2], "leads") == 2
    await DESK.unmerge(page, cases[1])
    assert [await standing(page, case, "leads") for case in cases] == [1, 1, 1]


async def test_cases_never_merge_in_a_ring(page: Transaction) -> None:
    one, other = await two(page)
    await DESK.merge(page, one, other)
    with pytest.raises(refusals.CaseElsewhere):
        await DESK.merge(page, other, one)
    with pytest.raises(FieldsWrong):
        await DESK.merge(page, other, other)


@pytest.mark.parametrize("state", ["concluding", "closed"])
@pytest.mark.parametrize("which", ["part", "whole"])
async def test_what_is_at_its_end_is_not_merged(page: Transaction, state: str, which: str) -> None:
    part, whole = await two(page)
    await bring_to(page, part if which == "part" else whole, state)
    with pytest.raises(refusals.CaseElsewhere):
        await DESK.merge(page, part, whole)


async def test_nothing_leaves_a_case_whose_conclusion_is_proposed(page: Transaction) -> None:
    one, other = await two(page)
    await DESK.merge(page, other, one)
    await bring_to(page, one, "concluding")
    with pytest.raises(refusals.CaseElsewhere):
        await DESK.unmerge(page, other)


@pytest.mark.parametrize("which", ["part", "whole"])
async def test_another_investigators_case_is_left_alone_but_by_a_lead(page: Transaction, which: str) -> None:
    part, whole = await two(page)
    await bring_to(page, part if which == "part" else whole, "investigating")
    with pytest.raises(refusals.CaseNotYours):
        await desk("investigator2.wuhan").merge(page, part, whole)
    await LEAD.merge(page, part, whole)


@pytest.mark.parametrize("which", ["part", "whole"])
async def test_who_has_a_hand_in_either_case_merges_neither(page: Transaction, which: str) -> None:
    part, whole = await two(page)
    number = "X420100020" if which == "part" else "X420100021"
    await make.listing(page, number, listed_by="investigator.wuhan")
    with pytest.raises(refusals.CaseConflictOfInterest):
        await DESK.merge(page, part, whole)
    await LEAD.merge(page, part, whole)
    with pytest.raises(refusals.CaseConflictOfInterest):
        await DESK.unmerge(page, part)


async def test_cases_merge_inside_the_jurisdiction_alone(page: Transaction) -> None:
    one = await admit(page, number="X420100020")
    foreign = await admit(page, number="X420100021", organization=make.FANCHENG)
    for part, whole in ((one, foreign), (foreign, one)):
        with pytest.raises(NotFound):
            await DESK.merge(page, part, whole)


async def test_a_case_that_went_into_one_elsewhere_is_taken_out_above(page: Transaction) -> None:
    one = await admit(page, number="X420100020")
    foreign = await admit(page, number="X420100021", organization=make.FANCHENG)
    hubei = desk("lead.hubei", Role.LEAD_INVESTIGATOR, make.HUBEI)
    await hubei.merge(page, one, foreign)
    with pytest.raises(shape_refusals.CaseOutside):
        await DESK.unmerge(page, one)
    await hubei.unmerge(page, one)


@pytest.mark.parametrize("which", ["part", "whole"])
async def test_what_waits_in_a_queue_above_is_merged_there(page: Transaction, which: str) -> None:
    part, whole = await two(page)
    above = part if which == "part" else whole
    await page.connection.execute("UPDATE cases SET handler = $1 WHERE id = $2", make.HUBEI, above)
    with pytest.raises(refusals.CaseInAnotherQueue):
        await DESK.merge(page, part, whole)
    await desk("lead.hubei", Role.LEAD_INVESTIGATOR, make.HUBEI).merge(page, part, whole)
    with pytest.raises(refusals.CaseInAnotherQueue):
        await DESK.unmerge(page, part)


async def test_a_merged_case_is_still_the_open_one_of_its_number(page: Transaction) -> None:
    one, other = await two(page)
    await DESK.merge(page, other, one)
    assert await admit(page, number="X420100021") == other


Race = Callable[[Transaction], Awaitable[object]]


async def race(database: Database, *acts: Race) -> list[object]:
    """Let acts go at once, each in a transaction of its own; a refusal is an outcome."""

    async def run(act: Race) -> object:
        async with database.transaction() as tx:
            return await act(tx)

    return await asyncio.gather(*(run(act) for act in acts), return_exceptions=True)


async def merge_by(who: Desk, case: UUID, into: UUID, tx: Transaction) -> object:
    return await who.merge(tx, case, into)


async def test_of_two_merges_that_cross_one_is_done_and_the_other_told(database: Database) -> None:
    for place in range(15):
        async with database.transaction() as tx:
            one, other = [await admit(tx, number=f"X4202{place:02d}00{end}") for end in ("1", "2")]
        outcomes = await race(database, partial(merge_by, DESK, one, other), partial(merge_by, LEAD, other, one))
        assert sum(isinstance(outcome, refusals.CaseElsewhere) for outcome in outcomes) == 1, outcomes
        async with database.transaction() as tx:
            leads = [await standing(tx, case, "leads") for case in (one, other)]
            assert sorted(leads) == [1, 2]


async def test_what_joins_a_part_beside_a_merge_is_weighed(database: Database) -> None:
    async with database.transaction() as tx:
        part, whole, *others = [await admit(tx, number=f"X42030000{end}") for end in range(8)]
        await DESK.merge(tx, part, whole)
    joining: Race = partial(admit, number="X420300000", kind="look_back")
    merging: list[Race] = [partial(merge_by, LEAD, other, whole) for other in others]
    outcomes = await race(database, *(act for merge in merging for act in (joining, merge)))
    assert not [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    async with database.transaction() as tx:
        assert await standing(tx, whole, "leads") == 2 + 6 + 6


async def test_what_joins_while_a_part_is_taken_out_is_weighed_where_it_lies(database: Database) -> None:
    desks: list[Desk] = [DESK, LEAD]
    async with database.transaction() as tx:
        part, whole = [await admit(tx, number=f"X42040000{end}") for end in range(2)]
    for turn in range(10):
        async with database.transaction() as tx:
            await desks[turn % 2].merge(tx, part, whole)
        outcomes = await race(
            database, partial(DESK.unmerge, case=part), partial(admit, number="X420400000"),
            partial(admit, number="X420400001"),
        )  # fmt: skip
        assert not [outcome for outcome in outcomes if isinstance(outcome, BaseException)], outcomes
        async with database.transaction() as tx:
            assert [await standing(tx, case, "leads") for case in (part, whole)] == [turn + 2, turn + 2]
