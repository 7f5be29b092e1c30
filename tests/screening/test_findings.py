"""What rules found is read inside the jurisdiction, rests for a time, and says in the end what a rule is worth."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests import make
from tests.registrations.desks import numbers
from tests.screening.rulings import CODE, FINDINGS, RULES, Rulers
from tests.worlds import XIANGYANG, World

from birthreg.access.models import Role
from birthreg.kernel.clock import now_utc
from birthreg.screening import service as screening
from birthreg.screening.finding_models import Outcome

NUMBERS = numbers(63_000)


@pytest.fixture
async def rulers(world: World) -> Rulers:
    """Two administrators, and the rule as its file has it."""
    return Rulers(world, NUMBERS)


async def investigator(world: World) -> httpx.AsyncClient:
    return await world.desk(Role.INVESTIGATOR, make.WUHAN)


async def a_finding(rulers: Rulers, **changes: Any) -> dict[str, Any]:
    entered = await rulers.enter(**changes)
    [found] = await rulers.found(entered["id"])
    return found


def until(**ahead: int) -> str:
    return (now_utc() + timedelta(**ahead)).isoformat()


async def test_a_finding_is_read_with_its_evidence_in_two_languages(world: World, rulers: Rulers) -> None:
    found = await a_finding(rulers)
    desk = await investigator(world)
    shown = await desk.get(f"{FINDINGS}/{found['id']}")
    assert shown.headers["etag"] == '"1"'
    body = shown.json()
    assert (body["status"], body["sentence"], body["evidence"]) == (
        "open", "落户在派出所集体户", {"collective_kind": "police_station"},
    )  # fmt: skip
    assert body["title"] == "落户在派出所(社区)集体户"
    assert body["organization"] == make.WUCHANG
    english = (await desk.get(f"{FINDINGS}/{found['id']}", headers={"Accept-Language": "en"})).json()
    assert english["sentence"] == "registered in the collective household of a police station"


async def test_findings_are_found_by_what_they_are_about(world: World, rulers: Rulers) -> None:
    found = await a_finding(rulers)
    desk = await investigator(world)
    mine = {
        "rule": CODE, "severity": "medium", "status": "open", "number": found["certificate_number"].lower(),
        "registration": found["registration_id"], "organization": make.WUCHANG,
        "since": until(hours=-1),
    }  # fmt: skip
    others = {
        "rule": "over_six_of_another_name", "severity": "high", "status": "suppressed", "number": "Z420999999",
        "registration": str(UUID(int=9)), "organization": make.FANCHENG, "since": until(hours=1), "shadow": "true",
    }  # fmt: skip
    for asked in (mine, *({name: value} for name, value in mine.items())):
        items = (await desk.get(FINDINGS, params={**asked, "limit": 500})).json()["items"]
        assert found["id"] in [one["id"] for one in items], asked
    for name, value in others.items():
        items = (await desk.get(FINDINGS, params={"limit": 500, name: value})).json()["items"]
        assert found["id"] not in [one["id"] for one in items], name


async def test_a_finding_is_seen_where_the_child_was_accepted_and_where_it_lies(world: World, rulers: Rulers) -> None:
    entered = await rulers.enter(registered_at=make.FANCHENG)
    for organization, role in ((make.WUHAN, Role.INVESTIGATOR), (XIANGYANG, Role.LEAD_INVESTIGATOR)):
        desk = await world.desk(role, organization)
        items = (await desk.get(FINDINGS, params={"registration": entered["id"], "rule": CODE})).json()["items"]
        assert [one["household_organization"] for one in items] == [make.FANCHENG]
    here = await a_finding(rulers)
    stranger = await world.desk(Role.LEAD_INVESTIGATOR, XIANGYANG)
    assert (await stranger.get(f"{FINDINGS}/{here['id']}")).status_code == 404
    assert (await stranger.get(FINDINGS, params={"registration": here["registration_id"]})).json()["items"] == []


async def test_pages_stay_right_while_more_is_found(world: World, rulers: Rulers) -> None:
    before = [(await a_finding(rulers))["id"] for _ in range(4)][::-1]
    desk = await investigator(world)
    page = (await desk.get(FINDINGS, params={"rule": CODE, "limit": 2})).json()
    await a_finding(rulers)
    rest = (await desk.get(FINDINGS, params={"rule": CODE, "limit": 2, "cursor": page["next_cursor"]})).json()
    assert [one["id"] for one in page["items"] + rest["items"]] == before


async def test_an_auditor_sees_no_number_in_clear_also_in_sentences(world: World, rulers: Rulers) -> None:
    found = await a_finding(rulers)
    number = found["certificate_number"]
    async with world.database.transaction() as tx:
        await tx.connection.execute("SET LOCAL ROLE birthreg_owner")
        await tx.connection.execute(
            "UPDATE findings SET sentence_zh = $2, evidence = $3 WHERE id = $1", UUID(found["id"]), f"与{number}相连",
            {"numbers": [number], "of": {"number": number}},
        )  # fmt: skip
    auditor = await world.desk(Role.AUDITOR, make.WUHAN)
    for answer in (await auditor.get(f"{FINDINGS}/{found['id']}"), await auditor.get(FINDINGS)):
        assert number not in answer.text
        assert "Z4200*****" in answer.text
    shown = (await auditor.get(f"{FINDINGS}/{found['id']}")).json()
    assert shown["sentence"] == "与Z4200*****相连"
    assert shown["evidence"] == {"numbers": ["Z4200*****"], "of": {"number": "Z4200*****"}}


async def test_a_finding_rests_for_a_stated_time_and_no_longer(world: World, rulers: Rulers) -> None:
    found = await a_finding(rulers)
    path = f"{FINDINGS}/{found['id']}"
    desk = await investigator(world)
    asked = {"until": until(days=30), "reason": "已与签发机构核实,等待书面回复"}
    rests = await desk.post(f"{path}/suppression", json=asked, headers={"If-Match": '"1"'})
    assert rests.status_code == 200, rests.text
    assert (rests.json()["status"], rests.json()["suppressed_reason"]) == ("suppressed", asked["reason"])
    listed = (await desk.get(FINDINGS, params={"status": "suppressed", "limit": 500})).json()["items"]
    assert found["id"] in [one["id"] for one in listed]
    rule = (await (await rulers.first()).get(f"{RULES}/{CODE}")).json()
    assert rule["findings"]["suppressed"] == len([one for one in listed if one["rule"] == CODE])
    assert (await desk.post(f"{path}/suppression", json=asked, headers={"If-Match": '"1"'})).status_code == 412
    async with world.database.transaction() as tx:
        await tx.connection.execute("UPDATE findings SET suppressed_until = now() WHERE id = $1", UUID(found["id"]))
    assert (await desk.get(path)).json()["status"] == "open"
    await desk.post(f"{path}/suppression", json=asked)
    ended = await desk.delete(f"{path}/suppression")
    assert (ended.json()["status"], ended.json()["suppressed_until"]) == ("open", None)
    again = await desk.delete(f"{path}/suppression")
    assert (again.status_code, again.json()["code"]) == (409, "finding_not_suppressed")
    acts = "SELECT array_agg(act || ' ' || succeeded ORDER BY id) FROM audit_entries WHERE key = $1 AND operation = 3"
    assert await world.ask(acts, found["id"]) == [
        "suppress_findings true", "suppress_findings true", "end_suppression true", "end_suppression false",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("days", "code"),
    [(370, "suppression_time"), (-1, "suppression_time"), (None, None)],
)
async def test_a_finding_rests_for_a_year_at_most(
    world: World, rulers: Rulers, days: int | None, code: str | None
) -> None:
    found = await a_finding(rulers)
    desk = await investigator(world)
    moment = "2026-01-01T00:00:00" if days is None else until(days=days)
    answer = await desk.post(f"{FINDINGS}/{found['id']}/suppression", json={"until": moment, "reason": "等待"})
    assert answer.status_code == 422
    [error] = answer.json()["errors"]
    assert error["field"] == "until"
    assert code in (None, error["code"])


async def test_who_entered_the_registration_does_not_let_its_finding_rest(world: World, rulers: Rulers) -> None:
    found = await a_finding(rulers)
    desk = await investigator(world)
    async with world.database.transaction() as tx:  # a clerk who became an investigator
        await tx.connection.execute("SET LOCAL ROLE birthreg_owner")
        await tx.connection.execute(
            "UPDATE screening_facts SET officer = $2 WHERE registration_id = $1", UUID(found["registration_id"]),
            f"investigator.{make.WUHAN}",
        )  # fmt: skip
    asked = {"until": until(days=3), "reason": "自查无误"}
    answer = await desk.post(f"{FINDINGS}/{found['id']}/suppression", json=asked)
    assert (answer.status_code, answer.json()["code"]) == (403, "registrar_may_not_suppress")
    assert await world.ask("SELECT error_code FROM audit_entries WHERE key = $1 AND NOT succeeded", found["id"])


async def test_concluded_cases_tell_what_a_rule_is_worth(world: World, rulers: Rulers) -> None:
    found = [await a_finding(rulers) for _ in range(4)]
    outcomes = (Outcome.CONFIRMED, Outcome.CONFIRMED, Outcome.CONFIRMED, Outcome.UNFOUNDED)
    async with world.database.transaction() as tx:
        for one, outcome in zip(found[:3], outcomes, strict=False):
            assert await screening.conclude_finding(tx, finding=UUID(one["id"]), outcome=outcome)
        registration = UUID(found[3]["registration_id"])
        concluded = await screening.conclude_findings(tx, registration=registration, rule=CODE, outcome=outcomes[3])
        assert concluded == 1
        assert not await screening.conclude_finding(tx, finding=UUID(int=1), outcome=Outcome.CONFIRMED)
    rule = (await (await rulers.first()).get(f"{RULES}/{CODE}")).json()["performance"]
    registrations = await world.ask("SELECT count(*) FROM screening_facts WHERE standing")
    assert (rule["confirmed"], rule["unfounded"], rule["precision"]) == (3, 1, 0.75)
    assert (rule["looked_at"], rule["per_ten_thousand"]) == (registrations, 3 * 10_000 / registrations)
    desk = await investigator(world)
    assert (await desk.get(f"{FINDINGS}/{found[0]['id']}")).json()["status"] == "confirmed"
    asked = {"until": until(days=3), "reason": "等待"}
    refused = await desk.post(f"{FINDINGS}/{found[0]['id']}/suppression", json=asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "finding_concluded")
    async with world.database.transaction() as tx:  # the case is opened again
        assert await screening.conclude_finding(tx, finding=UUID(found[0]["id"]), outcome=None)
    assert (await desk.get(f"{FINDINGS}/{found[0]['id']}")).json()["status"] == "open"


async def test_a_shadow_is_never_concluded(world: World, rulers: Rulers) -> None:
    await rulers.let_stand(mode="shadow")
    entered = await rulers.enter()
    [shadow] = await rulers.found(entered["id"], shadow=True)
    async with world.database.transaction() as tx:
        assert not await screening.conclude_finding(tx, finding=UUID(shadow["id"]), outcome=Outcome.CONFIRMED)
    await rulers.let_stand(mode="live")
