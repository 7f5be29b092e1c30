"""One act on many cases: each by itself, told one by one, and taken back within ten minutes."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.shaped import DESK, LEAD, Desk, bring_to, desk, standing, timeline, trail

from birthreg.access.models import Role
from birthreg.cases import bulk, bulk_refusals, bulk_undoing
from birthreg.cases.bulk import Bulking
from birthreg.cases.bulk_acts import BULK_WAYS, require_whole
from birthreg.cases.bulk_models import BulkAct, BulkReport, BulkRequest
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import FieldsWrong, NotFound
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.language import Language

HOW: dict[BulkAct, dict[str, Any]] = {
    BulkAct.NOTE: {"text": "已电话联系医院。"},
    BulkAct.LINK: {"reason": "同批"},
    BulkAct.ASSIGNMENT: {"investigator": "investigator2.wuhan", "reason": "分工"},
    BulkAct.RELEASE: {"reason": "出差"},
    BulkAct.SUSPENSION: {"awaited": "dna_result", "reason": "待鉴定"},
    BulkAct.ESCALATION: {"reason": "跨区"},
}
KEPT = ("status", "handler", "investigator", "lease_until", "suspended_until", "awaited", "paused_days", "paused_on")


def who(one: Desk = LEAD) -> Bulking:
    return Bulking(officer=one.officer, scope=one.scope, terminal="desk", language=Language.CHINESE)


async def several(tx: Transaction, count: int = 3, state: str = "investigating") -> list[UUID]:
    await make.officer(tx, "investigator2.wuhan", role=Role.INVESTIGATOR, organization=make.WUHAN)
    cases = [await admit(tx, number=f"X4208000{place:02d}") for place in range(count)]
    for case in cases:
        await bring_to(tx, case, state)
    return cases


async def act(tx: Transaction, wanted: BulkAct, cases: list[UUID], one: Desk = LEAD, **changes: Any) -> BulkReport:
    """Act on many cases as a lead of Wuhan does."""
    other = {"other": await admit(tx, number="X420899999")} if wanted is BulkAct.LINK else {}
    request = {"act": wanted, "case_ids": cases} | HOW[wanted] | other | changes
    return await bulk.act_on_many(tx, who(one), asked=msgspec.convert(request, BulkRequest))


def codes(report: BulkReport) -> list[str | None]:
    return [item.code for item in report.items]


@pytest.mark.parametrize("wanted", list(BulkAct))
async def test_an_act_is_done_with_each_case_as_if_alone(page: Transaction, wanted: BulkAct) -> None:
    cases = await several(page)
    report = await act(page, wanted, cases)
    assert (report.done, report.refused, [item.case_id for item in report.items]) == (3, 0, cases)
    for case, item in zip(cases, report.items, strict=True):
        assert (await timeline(page, case))[1:] == [wanted]
        assert await standing(page, case, "status", "version") == (item.after, item.version)
    found = await trail(page, "lead.wuhan")
    assert sorted(entry[3] for entry in found[:-1] if entry[0] == f"case_{wanted}") == sorted(map(str, cases))
    assert found[-1] == ("case_bulk", True, None, str(report.id))


@pytest.mark.parametrize("wanted", list(BulkAct))
async def test_a_preview_says_what_would_happen_and_does_nothing(page: Transaction, wanted: BulkAct) -> None:
    cases = await several(page)
    before = [await standing(page, case, "version", *KEPT) for case in cases]
    preview = await act(page, wanted, cases, preview=True)
    assert [await standing(page, case, "version", *KEPT) for case in cases] == before
    assert {tuple(await timeline(page, case)) for case in cases} == {("open",)}
    assert await trail(page, "lead.wuhan") == [("case_bulk_preview", True, None, None)]
    assert (preview.id, preview.undo_until) == (None, None)
    report = await act(page, wanted, cases)
    assert [(item.done, item.before, item.after) for item in preview.items] == [
        (item.done, item.before, item.after) for item in report.items
    ]


async def test_where_it_is_refused_for_one_the_others_go_on(page: Transaction) -> None:
    cases = await several(page, 5)
    await page.connection.execute("UPDATE cases SET investigator = 'investigator2.wuhan' WHERE id = $1", cases[0])
    await make.listing(page, "X420800001", listed_by="investigator.wuhan")
    foreign = await admit(page, number="X420800009", organization=make.FANCHENG)
    asked = [cases[0], foreign, cases[1], new_id(), cases[2], cases[3], cases[2], cases[4]]
    report = await act(page, BulkAct.RELEASE, asked, DESK)
    refused = ["case_not_yours", "not_found", "case_conflict_of_interest", "not_found"]
    assert codes(report) == [*refused, None, None, None]
    assert (report.done, report.refused) == (3, 4)
    assert [await standing(page, case, "status") for case in cases] == ["investigating"] * 2 + ["waiting"] * 3
    assert {entry[2] for entry in await trail(page)} == {None, "case_not_yours", "case_conflict_of_interest"}


async def test_each_refusal_is_told_in_words(page: Transaction) -> None:
    (case,) = await several(page, 1, "waiting")
    report = await act(page, BulkAct.RELEASE, [case])
    assert report.items[0].message == "案件目前状态为“待办”,不能执行“退回待办”。"


@pytest.mark.parametrize(
    ("wanted", "state"),
    [
        (BulkAct.ASSIGNMENT, "waiting"), (BulkAct.ASSIGNMENT, "investigating"), (BulkAct.ASSIGNMENT, "suspended"),
        (BulkAct.RELEASE, "investigating"), (BulkAct.SUSPENSION, "investigating"), (BulkAct.ESCALATION, "waiting"),
        (BulkAct.ESCALATION, "investigating"), (BulkAct.LINK, "waiting"),
    ],
)  # fmt: skip
async def test_what_was_done_is_taken_back(page: Transaction, wanted: BulkAct, state: str) -> None:
    cases = await several(page, 3, state)
    before = [await standing(page, case, *KEPT) for case in cases]
    report = await act(page, wanted, cases)
    assert report.id is not None
    undone = await bulk_undoing.undo(page, who(), bulk=report.id)
    assert (undone.done, undone.refused) == (3, 0)
    assert [await standing(page, case, *KEPT) for case in cases] == before
    last = "unlink" if wanted is BulkAct.LINK else "undo"
    assert {(await timeline(page, case))[-1] for case in cases} == {last}
    assert (await trail(page, "lead.wuhan"))[-1] == ("case_bulk_undo", True, None, str(report.id))


async def test_a_reopened_case_waits_when_its_assignment_is_taken_back(page: Transaction) -> None:
    cases = await several(page, 1, "reopened")
    report = await act(page, BulkAct.ASSIGNMENT, cases)
    assert report.id is not None
    assert (await bulk_undoing.undo(page, who(), bulk=report.id)).items[0].after == "waiting"


async def test_a_reopened_case_stays_so_when_its_escalation_is_taken_back(page: Transaction) -> None:
    cases = await several(page, 1, "reopened")
    before = await standing(page, cases[0], *KEPT)
    report = await act(page, BulkAct.ESCALATION, cases)
    assert report.id is not None
    undone = await bulk_undoing.undo(page, who(), bulk=report.id)
    assert (codes(undone), await standing(page, cases[0], *KEPT)) == ([None], before)


async def test_what_has_changed_since_is_left_as_it_is_and_told(page: Transaction) -> None:
    cases = await several(page, 3, "waiting")
    report = await act(page, BulkAct.ASSIGNMENT, cases)
    await admit(page, number="X420800001", kind="look_back")
    assert report.id is not None
    undone = await bulk_undoing.undo(page, who(), bulk=report.id)
    assert sorted(codes(undone), key=str) == [None, None, "case_moved_on"]
    assert [await standing(page, case, "status") for case in cases] == ["waiting", "investigating", "waiting"]


async def test_what_was_noted_stays(page: Transaction) -> None:
    cases = await several(page)
    report = await act(page, BulkAct.NOTE, cases)
    assert report.id is not None
    assert set(codes(await bulk_undoing.undo(page, who(), bulk=report.id))) == {"note_stays"}


async def test_what_was_refused_is_not_taken_back(page: Transaction) -> None:
    cases = await several(page, 2, "waiting")
    await bring_to(page, cases[0], "investigating")
    report = await act(page, BulkAct.RELEASE, cases)
    assert report.id is not None
    undone = await bulk_undoing.undo(page, who(), bulk=report.id)
    assert [item.case_id for item in undone.items] == [cases[0]]


async def test_after_ten_minutes_nothing_is_taken_back(page: Transaction) -> None:
    report = await act(page, BulkAct.RELEASE, await several(page))
    assert report.id is not None
    assert report.undo_until == page.now + timedelta(minutes=10)
    page.now += timedelta(minutes=10, seconds=1)
    with pytest.raises(bulk_refusals.BulkTooOld):
        await bulk_undoing.undo(page, who(), bulk=report.id)
    assert (await trail(page, "lead.wuhan"))[-1][:3] == ("case_bulk_undo", False, "bulk_too_old")


async def test_an_act_is_taken_back_once_and_by_nobody_else(page: Transaction) -> None:
    report = await act(page, BulkAct.RELEASE, await several(page))
    assert report.id is not None
    for other in (DESK, desk("lead2.wuhan", Role.LEAD_INVESTIGATOR)):
        with pytest.raises(NotFound):
            await bulk_undoing.undo(page, who(other), bulk=report.id)
    await bulk_undoing.undo(page, who(), bulk=report.id)
    with pytest.raises(bulk_refusals.BulkUndone):
        await bulk_undoing.undo(page, who(), bulk=report.id)


async def test_who_got_a_hand_in_a_case_meanwhile_takes_nothing_back(page: Transaction) -> None:
    report = await act(page, BulkAct.RELEASE, await several(page, 2))
    assert report.id is not None
    await make.listing(page, "X420800001", listed_by="lead.wuhan")
    undone = await bulk_undoing.undo(page, who(), bulk=report.id)
    assert sorted(codes(undone), key=str) == [None, "case_conflict_of_interest"]


async def test_a_filter_chooses_open_cases_of_the_jurisdiction(page: Transaction) -> None:
    cases = await several(page, 3, "waiting")
    await bring_to(page, cases[0], "investigating")
    await admit(page, number="X420800009", organization=make.FANCHENG)
    wanted = {"filter": {"status": "waiting"}, "case_ids": None}
    report = await act(page, BulkAct.ESCALATION, [], **wanted)
    assert {item.case_id for item in report.items} == set(cases[1:])
    assert not report.has_more


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"text": None}, ["text"]),
        ({"reason": "why"}, ["reason"]),
        ({"case_ids": None}, ["case_ids"]),
        ({"filter": {}}, ["case_ids"]),
        ({"act": "assignment"}, ["investigator", "reason", "text"]),
        ({"act": "link", "text": None, "reason": "why"}, ["other"]),
        ({"act": "suspension", "text": None, "reason": "why", "awaited": "court"}, []),
        ({"act": "suspension", "text": None, "reason": "why"}, ["until"]),
        ({"act": "suspension", "text": None, "reason": "why", "until": "someday"}, ["until"]),
        ({"act": "suspension", "text": None, "reason": "why", "until": "2026-12-01"}, []),
    ],
)
def test_a_request_says_what_its_act_needs_and_no_more(changes: dict[str, Any], fields: list[str]) -> None:
    request = {"act": "note", "text": "记录", "case_ids": [str(new_id())]} | changes
    asked = msgspec.convert(request, BulkRequest)
    if not fields:
        require_whole(asked)
        return
    with pytest.raises(FieldsWrong) as wrong:
        require_whole(asked)
    assert [error.field for error in wrong.value.errors] == fields


def test_one_act_takes_a_hundred_cases_and_no_more() -> None:
    request = {"act": "note", "text": "记录"}
    msgspec.convert(request | {"case_ids": [str(new_id()) for _ in range(100)]}, BulkRequest)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(request | {"case_ids": [str(new_id()) for _ in range(101)]}, BulkRequest)


def test_every_act_on_many_has_its_way() -> None:
    assert set(BULK_WAYS) == set(BulkAct)
