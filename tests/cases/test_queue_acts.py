"""The acts of the queue: leases, assignment, escalation, notes, suspension."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.queue import COLLEAGUE, LEAD, MINE, WUCHANG_COUNTY, asked, bring, investigator, later, lead, waiting

from birthreg.access.models import Role
from birthreg.access.service import OfficerNotFound
from birthreg.cases import queueing, refusals
from birthreg.cases.models import Status
from birthreg.cases.queue_models import AssignmentRequest, Awaited, SuspensionAsked, SuspensionRequest
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import FieldsWrong, NotFound, PreconditionFailed

LAST = "SELECT act, officer, before, after, note, detail FROM case_entries WHERE case_id = $1 ORDER BY seq DESC LIMIT 1"
REFUSED = "SELECT error_code FROM audit_entries WHERE key = $1 AND NOT succeeded ORDER BY id DESC LIMIT 1"


async def state(tx: Transaction, case: UUID) -> tuple[Any, ...]:
    columns = "status, investigator, lease_until, suspended_until, awaited, paused_on, paused_days, handler"
    return tuple(await tx.connection.fetchrow(f"SELECT {columns} FROM cases WHERE id = $1", case))


async def held(tx: Transaction, holder: str = MINE) -> UUID:
    return await bring(tx, await waiting(tx), Status.INVESTIGATING, holder=holder)


async def test_a_claimed_case_is_the_investigators_for_two_hours(page: Transaction) -> None:
    case = await waiting(page)
    acted = await queueing.claim(page, asked(case))
    assert (acted.status, acted.investigator, acted.lease_until) == (
        Status.INVESTIGATING, MINE, page.now + timedelta(hours=2),
    )  # fmt: skip
    assert acted.version > 1


async def test_a_lease_is_renewed_by_who_holds_it_alone(page: Transaction) -> None:
    case = await held(page)
    acted = await queueing.renew(later(page, hours=1), asked(case))
    assert acted.lease_until == page.now + timedelta(hours=3)
    with pytest.raises(refusals.CaseNotYours):
        await queueing.renew(page, asked(case, investigator(COLLEAGUE)))
    with pytest.raises(refusals.CaseNotYours):
        await queueing.renew(page, asked(case, lead()))


async def test_renewing_a_longer_lease_leaves_it_as_it_is(page: Transaction) -> None:
    case = await bring(page, await waiting(page), Status.WAITING)
    given = await queueing.assign(page, asked(case, lead()), wanted=await assignee(page))
    acted = await queueing.renew(later(page, hours=1), asked(case, investigator(COLLEAGUE)))
    assert acted.lease_until == given.lease_until


async def test_who_notes_something_keeps_the_case_and_another_who_does_leaves_the_lease(page: Transaction) -> None:
    case = await held(page)
    for officer in (lead(), investigator(COLLEAGUE)):
        acted = await queueing.note(later(page, hours=1), asked(case, officer), text="已看")
        assert acted.lease_until == page.now + timedelta(hours=2)
    acted = await queueing.note(later(page, hours=1), asked(case), text="已发函")
    assert acted.lease_until == page.now + timedelta(hours=3)


async def test_a_released_case_waits_again_with_its_notes(page: Transaction) -> None:
    case = await held(page)
    await queueing.note(page, asked(case), text="母亲电话无人接听")
    acted = await queueing.release(page, asked(case), reason="休假")
    assert (acted.status, acted.investigator, acted.lease_until) == (Status.WAITING, None, None)
    notes = "SELECT array_agg(note ORDER BY seq) FROM case_entries WHERE case_id = $1 AND note IS NOT NULL"
    assert await page.connection.fetchval(notes, case) == ["母亲电话无人接听", "休假"]
    assert (await page.connection.fetchrow(LAST, case))["detail"] == {"investigator_before": MINE}


async def test_a_lead_may_release_what_lies_with_another_and_a_colleague_may_not(page: Transaction) -> None:
    case = await held(page)
    with pytest.raises(refusals.CaseNotYours):
        await queueing.release(page, asked(case, investigator(COLLEAGUE)), reason="看看")
    assert await page.connection.fetchval(REFUSED, str(case)) == "case_not_yours"
    assert (await queueing.release(page, asked(case, lead()), reason="调整")).status is Status.WAITING


async def test_an_act_on_what_has_changed_since_it_was_seen_is_not_done(page: Transaction) -> None:
    case = await waiting(page)
    seen = await page.connection.fetchval("SELECT version FROM cases WHERE id = $1", case)
    await queueing.claim(page, asked(case, version=seen))
    with pytest.raises(PreconditionFailed):
        await queueing.renew(page, asked(case, version=seen))


async def test_a_case_elsewhere_is_not_found(page: Transaction) -> None:
    case = await admit(page, organization=make.FANCHENG)
    with pytest.raises(NotFound):
        await queueing.claim(page, asked(case))


async def assignee(tx: Transaction, name: str = COLLEAGUE, **changes: Any) -> AssignmentRequest:
    await make.officer(tx, name, **{"role": Role.INVESTIGATOR, "organization": make.WUHAN} | changes)
    return AssignmentRequest(investigator=name, reason="分工")


@pytest.mark.parametrize("status", [Status.WAITING, Status.REOPENED, Status.INVESTIGATING, Status.SUSPENDED])
async def test_a_lead_assigns_a_case_whoever_had_it(page: Transaction, status: Status) -> None:
    case = await bring(page, await waiting(page), status)
    acted = await queueing.assign(page, asked(case, lead()), wanted=await assignee(page))
    assert (acted.status, acted.investigator) == (Status.INVESTIGATING, COLLEAGUE)
    assert (await state(page, case))[2:6] == (queueing.day_lease(page.now), None, None, None)
    assert (await page.connection.fetchrow(LAST, case))["detail"]["investigator"] == COLLEAGUE


@pytest.mark.parametrize(
    "changes",
    [
        {"role": Role.CLERK}, {"role": Role.PREFECTURE_ADMIN}, {"organization": make.WUCHANG},
        {"organization": "420111000000"},
    ],
)  # fmt: skip
async def test_who_cannot_see_the_queue_or_is_no_investigator_is_not_assigned(
    page: Transaction, changes: dict[str, Any]
) -> None:
    case = await waiting(page)
    with pytest.raises(refusals.AssigneeUnfit):
        await queueing.assign(page, asked(case, lead()), wanted=await assignee(page, **changes))
    assert await page.connection.fetchval(REFUSED, str(case)) == "assignee_unfit"


async def test_a_case_that_went_up_is_handed_down_to_where_it_is_at_home(page: Transaction) -> None:
    case = await waiting(page)
    province = lead("lead.hubei", make.HUBEI)
    for _ in range(2):
        await queueing.escalate(page, asked(case, province), reason="跨地区")
    wanted = await assignee(page)
    with pytest.raises(refusals.CaseInAnotherQueue):
        await queueing.assign(page, asked(case, lead()), wanted=wanted)
    acted = await queueing.assign(page, asked(case, province), wanted=wanted)
    assert (acted.handler, acted.status, acted.investigator) == (make.WUHAN, Status.INVESTIGATING, COLLEAGUE)
    detail = (await page.connection.fetchrow(LAST, case))["detail"]
    assert (detail["handler_before"], detail["handler"]) == (make.HUBEI, make.WUHAN)
    await queueing.release(page, asked(case, investigator(COLLEAGUE)), reason="休假")
    assert (await queueing.claim(page, asked(case))).handler == make.WUHAN


async def test_a_case_is_not_handed_down_to_where_it_is_not_at_home(page: Transaction) -> None:
    case = await waiting(page)
    province = lead("lead.hubei", make.HUBEI)
    for _ in range(2):
        await queueing.escalate(page, asked(case, province), reason="跨地区")
    for elsewhere in ("420600000000", "420111000000", make.WUCHANG):
        wanted = await assignee(page, f"investigator.{elsewhere}", organization=elsewhere)
        with pytest.raises(refusals.AssigneeUnfit):
            await queueing.assign(page, asked(case, province), wanted=wanted)


async def test_who_is_suspended_from_service_is_not_assigned(page: Transaction) -> None:
    case, wanted = await waiting(page), await assignee(page)
    await page.connection.execute("UPDATE officers SET suspended_at = now() WHERE id = $1", COLLEAGUE)
    with pytest.raises(refusals.AssigneeUnfit):
        await queueing.assign(page, asked(case, lead()), wanted=wanted)


async def test_who_has_a_hand_in_the_case_is_not_assigned(page: Transaction) -> None:
    wanted = await assignee(page)
    await make.listing(page, "X420990000", listed_by=COLLEAGUE)
    with pytest.raises(refusals.AssigneeHasConflict):
        await queueing.assign(page, asked(await waiting(page), lead()), wanted=wanted)


async def test_an_officer_of_another_jurisdiction_is_not_found_for_assignment(page: Transaction) -> None:
    case = await waiting(page)
    with pytest.raises(OfficerNotFound):
        await queueing.assign(page, asked(case, lead()), wanted=await assignee(page, organization=make.FANCHENG))


async def test_an_investigator_assigns_nothing(page: Transaction) -> None:
    with pytest.raises(refusals.CaseLeadDecides):
        await queueing.assign(page, asked(await waiting(page)), wanted=await assignee(page))


async def test_a_case_goes_up_level_by_level_and_no_further(page: Transaction) -> None:
    case = await waiting(page)
    hubei = investigator("investigator.hubei", make.HUBEI)
    assert (await state(page, case))[-1] == WUCHANG_COUNTY
    handlers = [(await queueing.escalate(page, asked(case, hubei), reason="跨地区")).handler for _ in range(2)]
    assert handlers == [make.WUHAN, make.HUBEI]
    with pytest.raises(refusals.CaseAtTheTop):
        await queueing.escalate(page, asked(case, hubei), reason="再上报")
    assert await page.connection.fetchval(REFUSED, str(case)) == "case_at_the_top"


async def test_escalating_what_one_works_on_puts_it_into_the_queue_above(page: Transaction) -> None:
    case = await held(page)
    acted = await queueing.escalate(page, asked(case), reason="跨县")
    assert (acted.status, acted.handler, acted.investigator) == (Status.WAITING, make.WUHAN, None)


async def test_below_its_queue_a_case_is_read_and_claimed_no_more(page: Transaction) -> None:
    case = await waiting(page)
    county = investigator("investigator.wuchang", WUCHANG_COUNTY)
    await queueing.escalate(page, asked(case, county), reason="跨县")
    with pytest.raises(refusals.CaseInAnotherQueue):
        await queueing.claim(page, asked(case, county))
    assert await page.connection.fetchval(REFUSED, str(case)) == "case_in_another_queue"
    await queueing.note(page, asked(case, county), text="补充线索")


async def test_a_note_is_on_the_timeline_and_not_on_the_trail(page: Transaction) -> None:
    case = await held(page)
    await queueing.note(page, asked(case), text="父亲李某称未领证")
    entry = await page.connection.fetchrow(LAST, case)
    assert (entry["act"], entry["note"], entry["detail"]) == ("note", "父亲李某称未领证", {})
    told = "SELECT string_agg(concat(condition, detail), '') FROM audit_entries WHERE key = $1"
    assert "李某" not in await page.connection.fetchval(told, str(case))


MONDAY, FRIDAY = datetime(2026, 3, 2, 2, tzinfo=UTC), datetime(2026, 3, 6, 2, tzinfo=UTC)
NEXT_MONDAYS_END = datetime(2026, 3, 9, 16, tzinfo=UTC)


def on(tx: Transaction, moment: datetime) -> Transaction:
    return Transaction(tx.connection, now=moment, database=tx.database)


async def test_the_clock_of_a_suspended_case_stands_still(page: Transaction) -> None:
    monday = on(page, MONDAY)
    case = await held(monday)
    wanted = SuspensionRequest(awaited=Awaited.DNA_RESULT, reason="等待鉴定")
    assert (await queueing.suspend(monday, asked(case), wanted=wanted)).status is Status.SUSPENDED
    assert (await state(page, case))[1:6] == (MINE, None, None, "dna_result", MONDAY.date())
    acted = await queueing.resume(on(page, FRIDAY), asked(case), reason="结果已到")
    assert (acted.status, acted.investigator) == (Status.INVESTIGATING, MINE)
    assert (await state(page, case))[2:7] == (NEXT_MONDAYS_END, None, None, None, 4)
    assert (await page.connection.fetchrow(LAST, case))["detail"] == {"paused_days": 4}


@pytest.mark.parametrize(
    "wanted",
    [
        SuspensionRequest(reason="等"),
        SuspensionRequest(until=datetime(2000, 1, 1, tzinfo=UTC), reason="等"),
        SuspensionRequest(until=datetime(2900, 1, 1, tzinfo=UTC), reason="等"),
    ],
)
async def test_a_suspension_ends_at_a_moment_to_come_or_with_an_event(
    page: Transaction, wanted: SuspensionRequest
) -> None:
    with pytest.raises(FieldsWrong):
        await queueing.suspend(page, asked(await held(page)), wanted=wanted)


@pytest.mark.parametrize(
    ("until", "moment"),
    [
        ("2026-12-01", datetime(2026, 11, 30, 16, tzinfo=UTC)),
        ("2026-12-01T09:00:00+08:00", datetime(2026, 12, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_suspension_ends_on_a_day_or_at_a_time(until: str, moment: datetime) -> None:
    assert queueing.read_suspension(SuspensionAsked(until=until, reason="等")).until == moment


@pytest.mark.parametrize("until", ["2026-02-30", "2026-12-01T09:00:00", "tomorrow", "2026-12-1"])
def test_what_is_neither_day_nor_time_ends_no_suspension(until: str) -> None:
    with pytest.raises(FieldsWrong):
        queueing.read_suspension(SuspensionAsked(until=until, reason="等"))


async def test_every_act_leaves_one_entry_on_the_timeline_and_one_on_the_trail(page: Transaction) -> None:
    case, county = await waiting(page), lead(LEAD)
    wanted = await assignee(page, LEAD, role=Role.LEAD_INVESTIGATOR)
    hour = SuspensionRequest(until=page.now + timedelta(hours=1), reason="等")
    acts = [
        lambda: queueing.claim(page, asked(case, county)),
        lambda: queueing.renew(page, asked(case, county)),
        lambda: queueing.note(page, asked(case, county), text="记录"),
        lambda: queueing.suspend(page, asked(case, county), wanted=hour),
        lambda: queueing.resume(page, asked(case, county), reason="到了"),
        lambda: queueing.release(page, asked(case, county), reason="放回"),
        lambda: queueing.assign(page, asked(case, county), wanted=wanted),
        lambda: queueing.escalate(page, asked(case, county), reason="跨县"),
    ]
    names = ["claim", "renewal", "note", "suspension", "resumption", "release", "assignment", "escalation"]
    for act, name in zip(acts, names, strict=True):
        last = await page.connection.fetchval("SELECT id FROM audit_entries ORDER BY id DESC LIMIT 1") or UUID(int=0)
        entries = await page.connection.fetchval("SELECT count(*) FROM case_entries WHERE case_id = $1", case)
        acted = await act()
        trail = await page.connection.fetch("SELECT act, key, succeeded FROM audit_entries WHERE id > $1", last)
        assert [tuple(row) for row in trail] == [(f"case_{name}", str(case), True)]
        written = await page.connection.fetch("SELECT id FROM case_entries WHERE case_id = $1 ORDER BY seq", case)
        assert (len(written), written[-1]["id"]) == (entries + 1, acted.entry_id)
