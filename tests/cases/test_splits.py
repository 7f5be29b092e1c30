"""Leads that are about somebody else leave a case, and nothing is lost."""

import asyncio
from uuid import UUID

import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.shaped import DESK, LEAD, bring_to, desk, lead_ids, standing, timeline, trail
from tests.screening.facts import enter_fact

from birthreg.access.models import Role
from birthreg.cases import refusals, shape_refusals
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.errors import Contended, FieldsWrong
from birthreg.kernel.identifiers import new_id

NUMBER, OTHER = "X420100020", "X420100021"


async def corrected(tx: Transaction, *, organization: str = make.WUCHANG, child: int = 5) -> UUID:
    """The case of a child on whose number another certificate was shown, before the child's number was corrected."""
    registration = await enter_fact(tx, certificate_number=NUMBER, child=child, organization=organization)
    case = await admit(tx, number=NUMBER, kind="finding", rule="over_six", severity="medium",
                       registration=registration, organization=organization)  # fmt: skip
    assert await admit(tx, number=NUMBER, organization=organization) == case
    await tx.connection.execute(
        "UPDATE screening_facts SET certificate_number = $1 WHERE registration_id = $2", OTHER, registration
    )
    return case


async def test_a_number_that_is_the_childs_no_more_gets_a_case_of_its_own(page: Transaction) -> None:
    case = await corrected(page)
    moving = (await lead_ids(page, case, "attempt"))[0]
    split = await DESK.split(page, case, moving)
    assert (split.is_new, await standing(page, split.into, "subject")) == (True, f"number:{NUMBER}")
    assert await lead_ids(page, split.into) == [moving]
    assert await standing(page, case, "leads", "kinds", "severity") == (1, 1, "medium")
    assert await standing(page, split.into, "leads", "kinds", "severity", "split_from") == (1, 1, "high", case)


async def test_the_new_case_waits_where_the_old_one_lies_and_its_term_runs_on(page: Transaction) -> None:
    case = await corrected(page)
    await page.connection.execute("UPDATE cases SET handler = $1, paused_days = 3 WHERE id = $2", make.WUHAN, case)
    split = await DESK.split(page, case, (await lead_ids(page, case, "attempt"))[0])
    kept = ("handler", "clock_from", "paused_days")
    assert await standing(page, split.into, *kept) == await standing(page, case, *kept)
    assert await standing(page, split.into, "status", "allowed_days") == ("waiting", 10)
    oldest = await page.connection.fetchval("SELECT min(found_at) FROM case_leads WHERE case_id = $1", split.into)
    assert await standing(page, split.into, "opened_at") == oldest


async def test_a_split_leaves_an_entry_on_either_timeline_and_one_on_the_trail(page: Transaction) -> None:
    case = await corrected(page)
    split = await DESK.split(page, case, (await lead_ids(page, case, "attempt"))[0])
    assert await timeline(page, case) == ["open", "join", "split"]
    assert await timeline(page, split.into) == ["open"]
    assert await trail(page) == [("case_split", True, None, str(case))]


async def test_leads_join_the_open_case_of_their_number(page: Transaction) -> None:
    case = await corrected(page)
    there = await admit(page, number=NUMBER)
    split = await DESK.split(page, case, (await lead_ids(page, case, "attempt"))[0])
    assert (split.into, split.is_new) == (there, False)
    assert await standing(page, there, "leads") == 2
    assert await timeline(page, there) == ["open", "join"]


async def test_what_is_about_the_same_child_stays(page: Transaction) -> None:
    case = await corrected(page)
    with pytest.raises(shape_refusals.SplitSameSubject):
        await DESK.split(page, case, (await lead_ids(page, case, "finding"))[0])
    assert await trail(page) == [("case_split", False, "split_same_subject", str(case))]


async def test_leads_about_several_leave_one_after_another(page: Transaction) -> None:
    case = await corrected(page)
    strange = await admit(page, number="X420100022")
    await page.connection.execute("UPDATE case_leads SET case_id = $1 WHERE case_id = $2", case, strange)
    moving = await lead_ids(page, case, "attempt")
    with pytest.raises(shape_refusals.SplitSubjectsDiffer):
        await DESK.split(page, case, *moving)


async def test_a_case_keeps_at_least_one_lead(page: Transaction) -> None:
    case = await admit(page, number=NUMBER)
    await enter_fact(page, certificate_number=NUMBER)
    with pytest.raises(shape_refusals.SplitLeavesNothing):
        await DESK.split(page, case, *await lead_ids(page, case))


async def test_a_lead_that_is_not_the_cases_own_is_named(page: Transaction) -> None:
    case, other = await corrected(page), await admit(page, number="X420100022")
    await DESK.merge(page, other, case)
    for lead in (new_id(), (await lead_ids(page, other))[0]):
        with pytest.raises(FieldsWrong) as refused:
            await DESK.split(page, case, lead)
        assert refused.value.errors[0].code == "lead_not_here"


async def test_leads_do_not_leave_for_a_case_elsewhere(page: Transaction) -> None:
    case = await corrected(page)
    await admit(page, number=NUMBER, organization=make.FANCHENG)
    moving = (await lead_ids(page, case, "attempt"))[0]
    with pytest.raises(shape_refusals.CaseOutside):
        await DESK.split(page, case, moving)
    await desk("lead.hubei", Role.LEAD_INVESTIGATOR, make.HUBEI).split(page, case, moving)


@pytest.mark.parametrize("state", ["suspended", "concluding", "closed"])
async def test_nothing_is_split_off_where_the_work_rests_or_ends(page: Transaction, state: str) -> None:
    case = await corrected(page)
    await bring_to(page, case, state)
    with pytest.raises(refusals.CaseElsewhere):
        await DESK.split(page, case, (await lead_ids(page, case, "attempt"))[0])


async def test_nothing_joins_a_case_whose_conclusion_is_proposed(page: Transaction) -> None:
    case = await corrected(page)
    await bring_to(page, await admit(page, number=NUMBER), "concluding")
    with pytest.raises(refusals.CaseElsewhere):
        await DESK.split(page, case, (await lead_ids(page, case, "attempt"))[0])


async def test_who_has_a_hand_in_it_splits_nothing(page: Transaction) -> None:
    case = await corrected(page)
    await make.listing(page, NUMBER, listed_by="investigator.wuhan")
    with pytest.raises(refusals.CaseConflictOfInterest):
        await DESK.split(page, case, (await lead_ids(page, case, "attempt"))[0])


async def test_another_investigators_case_is_split_by_a_lead_alone(page: Transaction) -> None:
    case = await corrected(page)
    await bring_to(page, case, "investigating")
    moving = (await lead_ids(page, case, "attempt"))[0]
    with pytest.raises(refusals.CaseNotYours):
        await desk("investigator2.wuhan").split(page, case, moving)
    assert (await LEAD.split(page, case, moving)).is_new


async def test_a_split_beside_a_new_lead_opens_one_case(database: Database) -> None:
    async with database.transaction() as tx:
        case = await corrected(tx)
        moving = (await lead_ids(tx, case, "attempt"))[0]

    async def split() -> object:
        async with database.transaction() as tx:
            return await DESK.split(tx, case, moving)

    async def join() -> object:
        async with database.transaction() as tx:
            return await admit(tx, number=NUMBER)

    outcomes = await asyncio.gather(join(), split(), *(join() for _ in range(5)), return_exceptions=True)
    assert not [one for one in outcomes if isinstance(one, BaseException) and not isinstance(one, Contended)]
    if any(isinstance(one, Contended) for one in outcomes):
        await split()
    async with database.transaction() as tx:
        query = "SELECT array_agg(leads) FROM cases WHERE subject = $1"
        assert await tx.connection.fetchval(query, f"number:{NUMBER}") == [7]
        assert await standing(tx, case, "leads") == 1
