"""The doors of the queue: lists with filters, one case, its timeline, watching, drawing."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests import make
from tests.cases.leads import admit
from tests.cases.queue import bring
from tests.screening.administrators import sit
from tests.worlds import World

from birthreg.access.models import Role
from birthreg.cases.models import Status
from birthreg.kernel.clock import now_utc

CASES = "/api/v1/cases"
NUMBERS = {"waiting": "X420980001", "low": "X420980002", "held": "X420980003", "closed": "X420980004",
           "elsewhere": "X420980005", "merged": "X420980006", "suspended": "X420980007"}  # fmt: skip


@pytest.fixture(scope="module")
async def known(world: World) -> dict[str, str]:
    """Cases of Wuchang in several states, and one of Fancheng."""
    known: dict[str, str] = {}
    async with world.database.transaction() as tx:
        for name, number in NUMBERS.items():
            organization = make.FANCHENG if name == "elsewhere" else make.WUCHANG
            severity = {"low": "low", "suspended": "medium"}.get(name, "high")
            case = await admit(tx, number=number, organization=organization, severity=severity)
            known[name] = str(case)
        await admit(tx, number=NUMBERS["waiting"], kind="shopping", rule="shopping", severity="low")
        holder = f"investigator.{make.WUHAN}"
        await bring(tx, UUID(known["held"]), Status.INVESTIGATING, holder=holder)
        await bring(tx, UUID(known["closed"]), Status.CLOSED, holder=holder)
        await bring(tx, UUID(known["suspended"]), Status.SUSPENDED, holder=holder)
        await tx.connection.execute(
            "UPDATE cases SET status = 'merged', merged_into = $2 WHERE id = $1", known["merged"], known["waiting"]
        )
        await tx.connection.execute("UPDATE cases SET due_on = '2020-01-01' WHERE id = $1", known["low"])
    async with world.database.transaction() as tx:
        known["closed_later"] = str(await bring(tx, await admit(tx, number="X420980008"), Status.CLOSED))
    return known


@pytest.fixture
async def desk(world: World) -> httpx.AsyncClient:
    """An investigator of Wuhan."""
    return await world.desk(Role.INVESTIGATOR, make.WUHAN)


async def listed(desk: httpx.AsyncClient, **wanted: Any) -> list[dict[str, Any]]:
    answer = await desk.get(CASES, params=wanted)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def named(desk: httpx.AsyncClient, known: dict[str, str], **wanted: Any) -> list[str]:
    names = {identifier: name for name, identifier in known.items()}
    return [names[case["id"]] for case in await listed(desk, **wanted)]


async def test_open_cases_come_most_urgent_first(desk: httpx.AsyncClient, known: dict[str, str]) -> None:
    assert await named(desk, known) == ["waiting", "held", "suspended", "low"]


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"status": "waiting"}, ["waiting", "low"]),
        ({"status": "investigating"}, ["held"]),
        ({"status": "suspended"}, ["suspended"]),
        ({"status": "closed"}, ["closed_later", "closed"]),
        ({"status": "merged"}, ["merged"]),
        ({"severity": "low"}, ["low"]),
        ({"kind": "shopping"}, ["waiting"]),
        ({"kind": "attempt", "severity": "high", "status": "waiting"}, ["waiting"]),
        ({"kind": "over_six"}, []),
        ({"investigator": "me"}, ["held", "suspended"]),
        ({"investigator": "me", "status": "closed"}, ["closed"]),
        ({"investigator": "somebody.else"}, []),
        ({"overdue": True}, ["low"]),
        ({"overdue": False, "status": "waiting"}, ["waiting"]),
        ({"organization": "420106000000"}, ["waiting", "held", "suspended", "low"]),
        ({"organization": make.HUBEI}, ["waiting", "held", "suspended", "low"]),
        ({"organization": "420111000000"}, []),
        ({"organization": make.FANCHENG}, []),
        ({"number": NUMBERS["closed"]}, ["closed"]),
        ({"number": "x420980004"}, ["closed"]),
        ({"number": NUMBERS["elsewhere"]}, []),
        ({"since": (now_utc() + timedelta(days=1)).isoformat()}, []),
        ({"since": (now_utc() - timedelta(days=1)).isoformat(), "status": "investigating"}, ["held"]),
    ],
)
async def test_each_filter_leaves_what_it_says(
    desk: httpx.AsyncClient, known: dict[str, str], wanted: dict[str, Any], names: list[str]
) -> None:
    assert await named(desk, known, **wanted) == names


@pytest.mark.parametrize(
    ("door", "asked", "field"),
    [
        ("GET", {"params": {"kind": "over_sixty"}}, "kind"),
        ("POST", {"json": {"act": "note", "text": "-", "filter": {"kind": "over_sixty"}}}, "filter.kind"),
    ],
)
async def test_a_kind_that_never_was_is_refused_with_those_that_are(
    desk: httpx.AsyncClient, door: str, asked: dict[str, Any], field: str
) -> None:
    answer = await desk.request(door, CASES if door == "GET" else f"{CASES}/bulk", **asked)
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == (field, "lead_kind_unknown")
    assert "shopping" in error["message"]
    assert "over_six " in error["message"]


async def test_a_merged_case_is_found_by_its_number_beside_what_it_became_part_of(
    desk: httpx.AsyncClient, known: dict[str, str]
) -> None:
    assert set(await named(desk, known, number=NUMBERS["merged"])) == {"merged", "waiting"}


async def test_a_case_is_found_by_its_own_number(desk: httpx.AsyncClient, known: dict[str, str]) -> None:
    [case] = await listed(desk, number=NUMBERS["held"])
    assert await named(desk, known, number=case["number"]) == ["held"]
    assert case["number"].startswith("A420106")


async def open_cases(world: World, *numbers: str, organization: str) -> set[str]:
    async with world.database.transaction() as tx:
        return {str(await admit(tx, number=number, organization=organization)) for number in numbers}


async def test_pages_hold_every_case_once_while_others_are_added(world: World) -> None:
    desk = await world.desk(Role.INVESTIGATOR, "420300000000")
    there = await open_cases(world, *(f"X42098200{place}" for place in range(5)), organization="420302510000")
    page = (await desk.get(CASES, params={"limit": 2})).json()
    await open_cases(world, "X420982009", organization="420302510000")
    seen = [case["id"] for case in page["items"]]
    while page["next_cursor"]:
        page = (await desk.get(CASES, params={"limit": 2, "cursor": page["next_cursor"]})).json()
        seen += [case["id"] for case in page["items"]]
    assert len(seen) == len(set(seen))
    assert there <= set(seen)


async def test_closed_cases_come_newest_first_page_by_page(desk: httpx.AsyncClient, known: dict[str, str]) -> None:
    page = (await desk.get(CASES, params={"status": "closed", "limit": 1})).json()
    assert [case["id"] for case in page["items"]] == [known["closed_later"]]
    assert await named(desk, known, status="closed", limit=1, cursor=page["next_cursor"]) == ["closed"]


async def test_a_listed_case_says_how_urgent_it_is_and_why_and_until_when(
    desk: httpx.AsyncClient, known: dict[str, str]
) -> None:
    case = next(case for case in await listed(desk) if case["id"] == known["waiting"])
    parts = {part["what"]: part["points"] for part in case["priority"]["parts"]}
    assert parts == {"风险程度": 300, "线索种类": 40, "线索数量": 5, "儿童年龄": 0, "办理期限": 0, "等待时间": 0}
    assert case["priority"]["points"] == sum(parts.values())
    assert case["deadline"]["working_days_left"] == case["deadline"]["allowed_days"] == 10
    assert (case["deadline"]["is_overdue"], case["investigator"], case["status_name"]) == (False, None, "待办")
    assert case["handler"] == "420106000000"


async def test_one_case_is_shown_with_its_leads_as_sentences(desk: httpx.AsyncClient, known: dict[str, str]) -> None:
    answer = await desk.get(f"{CASES}/{known['waiting']}", headers={"Accept-Language": "en"})
    case = answer.json()
    assert answer.headers["etag"] == f'"{case["version"]}"'
    assert sorted(lead["title"] for lead in case["all_leads"]) == [
        "attempt with a listed number", "attempt with a listed number", "one number shown at several stations",
    ]  # fmt: skip
    assert {lead["sentence"] for lead in case["all_leads"]} == {"Suspicious."}
    assert [one["id"] for one in case["absorbed"]] == [known["merged"]]
    assert {"claim", "note", "escalation"} <= set(case["acts"])
    assert not {"renewal", "assignment", "confirmation"} & set(case["acts"])
    assert case["has_conflict"] is False


async def test_what_may_be_done_depends_on_who_asks(world: World, known: dict[str, str]) -> None:
    lead = await world.desk(Role.LEAD_INVESTIGATOR, make.WUHAN)
    admin = await world.desk(Role.PREFECTURE_ADMIN, make.WUHAN)
    assert "assignment" in (await lead.get(f"{CASES}/{known['waiting']}")).json()["acts"]
    assert (await admin.get(f"{CASES}/{known['waiting']}")).json()["acts"] == []


async def test_who_listed_the_number_is_told_that_the_case_is_not_theirs(world: World, known: dict[str, str]) -> None:
    desk = await sit(world, "investigator.listed", Role.INVESTIGATOR, make.WUHAN)
    async with world.database.transaction() as tx:
        await make.listing(tx, NUMBERS["low"], listed_by="investigator.listed")
    case = (await desk.get(f"{CASES}/{known['low']}")).json()
    assert (case["has_conflict"], case["acts"]) == (True, [])
    refused = await desk.post(f"{CASES}/{known['low']}/claim")
    assert (refused.status_code, refused.json()["code"]) == (403, "case_conflict_of_interest")


async def test_an_auditor_sees_no_number_no_birth_date_and_no_note(world: World, known: dict[str, str]) -> None:
    investigator = await world.desk(Role.INVESTIGATOR, make.WUHAN)
    note = {"text": "母亲王某某称未领证 X420980003"}
    assert (await investigator.post(f"{CASES}/{known['held']}/notes", json=note)).status_code == 200
    auditor = await world.desk(Role.AUDITOR, make.WUHAN)
    for door in (CASES, f"{CASES}/{known['held']}", f"{CASES}/{known['held']}/timeline"):
        answer = await auditor.get(door)
        assert answer.status_code == 200
        assert "X42098" not in answer.text
        assert "王某某" not in answer.text
    case = (await auditor.get(f"{CASES}/{known['held']}")).json()
    assert (case["certificate_number"], case["child_birth_date"], case["acts"]) == ("X4209*****", None, [])
    entries = (await auditor.get(f"{CASES}/{known['held']}/timeline")).json()["items"]
    assert (entries[-1]["act"], entries[-1]["note"], entries[-1]["has_note"]) == ("note", None, True)


async def test_the_timeline_of_a_case_holds_what_was_merged_into_it_oldest_first(
    desk: httpx.AsyncClient, known: dict[str, str]
) -> None:
    answer = await desk.get(f"{CASES}/{known['waiting']}/timeline", params={"limit": 2})
    page = answer.json()
    rest = (await desk.get(f"{CASES}/{known['waiting']}/timeline", params={"cursor": page["next_cursor"]})).json()
    entries = page["items"] + rest["items"]
    assert [(entry["act"], entry["case_id"]) for entry in entries][:3] == [
        ("open", known["waiting"]), ("open", known["merged"]), ("join", known["waiting"]),
    ]  # fmt: skip
    assert entries[0]["act_name"] == "立案"
    assert page["next_cursor"]
    assert rest["next_cursor"] is None


async def test_a_watched_case_is_among_those_that_its_watcher_asks_for(world: World, known: dict[str, str]) -> None:
    desk = await world.desk(Role.PREFECTURE_ADMIN, make.WUHAN)
    for _ in range(2):
        assert (await desk.post(f"{CASES}/{known['closed']}/watch")).json()["is_watched"] is True
    assert await named(desk, known, watched=True) == ["closed"]
    assert await named(desk, known, watched=True, number=NUMBERS["low"]) == []
    colleague = await world.desk(Role.INVESTIGATOR, make.WUHAN)
    assert await named(colleague, known, watched=True) == []
    assert (await desk.delete(f"{CASES}/{known['closed']}/watch")).json()["is_watched"] is False
    assert await named(desk, known, watched=True) == []


async def test_the_same_key_draws_one_case_and_an_empty_queue_says_so(world: World) -> None:
    await open_cases(world, "X420983001", organization="420202510000")
    desk = await world.desk(Role.INVESTIGATOR, "420200000000")
    first, again = [await desk.post(f"{CASES}/next", headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert first.json()["case"]["investigator"] == "investigator.420200000000"
    assert first.content == again.content
    assert (await desk.post(f"{CASES}/next")).json() == {"case": None}


async def test_an_act_answers_how_the_case_stands_and_refuses_an_old_tag(world: World) -> None:
    [case] = await open_cases(world, "X420984001", organization="420502510000")
    desk = await world.desk(Role.INVESTIGATOR, "420500000000")
    tag = (await desk.get(f"{CASES}/{case}")).headers["etag"]
    claimed = await desk.post(f"{CASES}/{case}/claim", headers={"If-Match": tag})
    assert (claimed.status_code, claimed.json()["status"]) == (200, "investigating")
    stale = await desk.post(f"{CASES}/{case}/renewal", headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    twice = await desk.post(f"{CASES}/{case}/claim")
    assert (twice.status_code, twice.json()["code"]) == (409, "case_elsewhere")
