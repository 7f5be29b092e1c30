"""What others hear of the list and say against it: announcements, objections, past uses."""

from datetime import date
from typing import Any

import pytest
from tests import make
from tests.blacklist.desks import APPROVE, BLACKLIST, WHY, Admins, lift, listed, ranges, read, send, verdict
from tests.worlds import XIANGYANG, World

from birthreg.access.models import Role
from birthreg.blacklist import jobs, looking_back
from birthreg.kernel.working_days import add_working_days

RANGES = ranges("U")
UPHOLD = {"decision": "uphold", "reason": "原件核对无误", "document_number": "武公异〔2024〕1号"}
REJECT = {"decision": "reject", "reason": "证据不足", "document_number": "武公异〔2024〕2号"}
NOBODY = "01900000-0000-7000-8000-000000000000"


def objection(number: str, **changes: Any) -> dict[str, Any]:
    """What a family says."""
    return {
        "certificate_number": number,
        "objector": "王桂兰",
        "relation": "mother",
        "grounds": "证件由医院当场签发,从未遗失。",
        "evidence": ["出院小结", "医院证明"],
    } | changes


async def test_every_approval_is_announced_once_and_in_the_order_of_the_list(admins: Admins) -> None:
    entries = [await listed(admins, *next(RANGES)) for _ in range(3)]
    feed = (await read(await admins.fujian(), "announcements", limit=500))["items"]
    told = [one for one in feed if one["entry_id"] in {entry["id"] for entry in entries}]
    assert [one["entry_id"] for one in told] == [entry["id"] for entry in entries]
    assert sorted(one["list_version"] for one in feed) == [one["list_version"] for one in feed]
    assert "note" not in told[0]


async def test_the_feed_is_read_on_from_a_moment_and_in_pages(admins: Admins) -> None:
    entries = [await listed(admins, *next(RANGES)) for _ in range(3)]
    desk = await admins.xiangyang()
    since, cursor, seen = entries[0]["listed_at"], "", []
    while True:
        page = await read(desk, "announcements", since=since, limit=1, **({"cursor": cursor} if cursor else {}))
        seen += [one["entry_id"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [entry["id"] for entry in entries]


async def test_who_took_note_is_seen_by_who_made_the_announcement(admins: Admins) -> None:
    await admins.xiangyang()
    entry = await listed(admins, *next(RANGES))
    feed = (await read(await admins.wuhan(), "announcements", since=entry["listed_at"]))["items"]
    announcement = next(one["id"] for one in feed if one["entry_id"] == entry["id"])
    before = await read(await admins.wuhan(), f"announcements/{announcement}")
    assert XIANGYANG in [one["organization"] for one in before["outstanding"]]
    for _ in range(2):
        taken = await send(
            await admins.xiangyang(), f"announcements/{announcement}/acknowledgement", {"note": "已转各所"}, status=200
        )
        assert taken["acknowledged_at"]
    after = await read(await admins.wuhan(), f"announcements/{announcement}")
    assert XIANGYANG not in [one["organization"] for one in after["outstanding"]]
    [note] = after["acknowledged"]
    assert (note["organization"], note["acknowledged_by"], note["note"]) == (XIANGYANG, "admin.xiangyang", "已转各所")
    other = await read(await admins.xiangyang(), f"announcements/{announcement}")
    assert (other["acknowledged"], other["outstanding"]) == (None, None)
    own = await send(await admins.wuhan2(), f"announcements/{announcement}/acknowledgement", {}, status=409)
    assert (own["code"], "无需办理" in own["remedy"]) == ("own_announcement", True)


async def test_an_objection_is_decided_by_another_and_leads_to_a_lift(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    entry = await listed(admins, first, last)
    number = first[:-1] + "7"
    received = await send(await admins.clerk(), f"entries/{entry['id']}/objections", objection(number))
    assert (received["status"], received["organization"]) == ("received", make.WUHAN)
    day = date.fromisoformat(received["received_at"][:10])
    assert date.fromisoformat(received["due_on"]) >= add_working_days(day, 15).day
    door = f"objections/{received['id']}/decision"
    assert (await send(await admins.wuhan(), door, UPHOLD, status=403))["code"] == "lister_decides"
    decided = await send(await admins.wuhan2(), door, UPHOLD, status=200)
    assert decided["status"] == "upheld"
    assert await verdict(world, number) == "blacklisted"
    approval = f"proposals/{decided['proposal_id']}/approval"
    assert (await send(await admins.wuhan2(), approval, APPROVE, status=403))["code"] == "another_person_decides"
    await send(await admins.hubei(), approval, APPROVE, status=200)
    assert [await verdict(world, one) for one in (first, number, last)] == ["blacklisted", "clear", "blacklisted"]
    assert (await send(await admins.hubei(), door, REJECT, status=409))["code"] == "objection_decided"


async def test_a_rejected_objection_changes_nothing_and_can_be_raised_anew(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    entry = await listed(admins, first, last)
    door = f"entries/{entry['id']}/objections"
    received = await send(await admins.clerk(), door, objection(first))
    open_already = await send(await admins.clerk(), door, objection(first), status=409)
    assert (open_already["code"], "撤回" in open_already["remedy"]) == ("objection_open", True)
    decided = await send(await admins.wuhan2(), f"objections/{received['id']}/decision", REJECT, status=200)
    assert (decided["status"], decided["proposal_id"]) == ("rejected", None)
    assert await verdict(world, first) == "blacklisted"
    await send(await admins.clerk(), door, objection(first))


async def test_the_life_of_a_number_tells_of_objections_and_what_came_of_them(admins: Admins) -> None:
    first, last = next(RANGES)
    entry = await listed(admins, first, last)
    received = await send(await admins.clerk(), f"entries/{entry['id']}/objections", objection(first))
    await send(await admins.wuhan2(), f"objections/{received['id']}/decision", REJECT, status=200)
    life = (await (await admins.wuhan()).get(f"/api/v1/certificates/{first}")).json()
    (told,) = life["objections"]
    assert (told["id"], told["status"], told["entry_id"]) == (received["id"], "rejected", entry["id"])
    kinds = [event["kind"] for event in life["timeline"]]
    assert kinds.index("listed") < kinds.index("objection_received") < kinds.index("objection_rejected")
    assert "王" not in "".join(event["message"] for event in life["timeline"]), "who objected is told where it is read"
    elsewhere = (await (await admins.xiangyang()).get(f"/api/v1/certificates/{first}")).json()
    assert elsewhere["objections"] == []


async def test_a_mistyped_objection_is_taken_back_and_the_familys_own_received(world: World, admins: Admins) -> None:
    first, _ = next(RANGES)
    entry = await listed(admins, first)
    door = f"entries/{entry['id']}/objections"
    mistyped = await send(await admins.clerk(), door, objection(first, objector="王佳兰"))
    back = f"objections/{mistyped['id']}/withdrawal"
    told = await send(await admins.wuhan2(), back, WHY, status=403)
    assert (told["code"], make.WUCHANG in told["detail"]) == ("receiver_withdraws", True)
    withdrawn = await send(await admins.clerk(), back, WHY, status=200)
    assert (withdrawn["status"], withdrawn["decision_reason"]) == ("withdrawn", WHY["reason"])
    assert withdrawn["decided_by_organization"] == make.WUCHANG
    again = await send(await admins.clerk(), back, WHY, status=409)
    assert (again["code"], "已撤回" in again["detail"]) == ("objection_decided", True)
    late = await send(await admins.wuhan2(), f"objections/{mistyped['id']}/decision", REJECT, status=409)
    assert late["code"] == "objection_decided"
    for kind in ({}, {"kind": "receipt"}, {"kind": "decision"}):
        answer = await (await admins.clerk()).get(f"{BLACKLIST}/objections/{mistyped['id']}/letter", params=kind)
        assert (answer.status_code, answer.json()["code"]) == (409, "objection_withdrawn")
    await send(await admins.clerk(), door, objection(first))
    assert await verdict(world, first) == "blacklisted"


async def test_who_listed_a_number_takes_back_an_objection_that_they_mistyped(admins: Admins) -> None:
    first, _ = next(RANGES)
    entry = await listed(admins, first)
    mistyped = await send(await admins.wuhan(), f"entries/{entry['id']}/objections", objection(first))
    withdrawn = await send(await admins.wuhan(), f"objections/{mistyped['id']}/withdrawal", WHY, status=200)
    assert withdrawn["decided_by"] == entry["listed_by"]


async def test_an_objection_is_about_a_number_of_an_entry_in_force(admins: Admins) -> None:
    first, last = next(RANGES)
    entry = await listed(admins, first)
    door = f"entries/{entry['id']}/objections"
    wrong = await send(await admins.clerk(), door, objection(last), status=422)
    assert wrong["errors"][0]["code"] == "number_outside_entry"
    await send(await admins.clerk(), f"entries/{NOBODY}/objections", objection(first), status=404)
    lifting = await send(await admins.wuhan(), "proposals", lift(entry["id"]))
    await send(await admins.wuhan2(), f"proposals/{lifting['proposal']['id']}/approval", APPROVE, status=200)
    assert (await send(await admins.clerk(), door, objection(first), status=409))["code"] == "entry_not_in_force"


async def test_an_objection_is_read_where_it_was_received_and_where_it_is_decided(world: World, admins: Admins) -> None:
    first, _ = next(RANGES)
    entry = await listed(admins, first)
    station = await world.desk(Role.CLERK, make.FANCHENG)
    identifier = (await send(station, f"entries/{entry['id']}/objections", objection(first)))["id"]
    for desk in (station, await admins.wuhan(), await admins.xiangyang(), await admins.hubei()):
        assert (await read(desk, f"objections/{identifier}"))["objector"] == "王桂兰"
        assert identifier in [one["id"] for one in (await read(desk, "objections"))["items"]]
    await read(await admins.fujian(), f"objections/{identifier}", status=404)
    await read(await admins.clerk(), f"objections/{identifier}", status=404)
    foreign = await send(await admins.xiangyang(), f"objections/{identifier}/decision", REJECT, status=403)
    assert foreign["code"] == "owner_decides"


async def test_past_uses_are_found_once_and_shown_inside_the_scope(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    used = [f"{first[:-2]}{place:02d}" for place in (3, 30, 77)]
    async with world.database.transaction() as tx:
        for number, organization in zip(used, (make.WUCHANG, make.FANCHENG, make.FANCHENG), strict=True):
            await make.usage(tx, number, organization=organization)
    entry = await listed(admins, first, last)
    while await jobs.look_back(world.database):
        pass
    await jobs.look_back(world.database)
    own = await read(await admins.wuhan(), f"entries/{entry['id']}/uses")
    assert [use["certificate_number"] for use in own["items"]] == used[:1]
    assert (own["found"], own["looked_back_at"] is not None) == (3, True)
    above = await read(await admins.hubei(), f"entries/{entry['id']}/uses", limit=2)
    more = await read(await admins.hubei(), f"entries/{entry['id']}/uses", cursor=above["next_cursor"])
    assert [use["certificate_number"] for use in above["items"] + more["items"]] == used
    assert await world.ask("SELECT count(*) FROM lookback_findings WHERE entry_id::text = $1", entry["id"]) == 3
    lifting = await send(await admins.wuhan(), "proposals", lift(entry["id"], used[0]))
    door = f"proposals/{lifting['proposal']['id']}/approval"
    *_, rest = (await send(await admins.wuhan2(), door, APPROVE, status=200))["entries"]
    left = await read(await admins.hubei(), f"entries/{rest['id']}/uses")
    assert [use["certificate_number"] for use in left["items"]] == used[1:]


async def test_a_look_back_that_stops_anywhere_goes_on_without_doubling(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    async with world.database.transaction() as tx:
        for place in range(0, 100, 2):
            await make.usage(tx, f"{first[:-2]}{place:02d}")
    entry = await listed(admins, first, last)

    class Killed(Exception):
        """Stands for a process that is no more."""

    for turn in range(40):
        try:
            async with world.database.transaction() as tx:
                done = await looking_back.look_back(tx, entries=3, rows=7)
                if turn % 3 == 1:
                    raise Killed
        except Killed:
            continue
        if not done.entries:
            break
    found = await read(await admins.hubei(), f"entries/{entry['id']}/uses", limit=500)
    assert [use["certificate_number"][-2:] for use in found["items"]] == [f"{n:02d}" for n in range(0, 100, 2)]
    assert found["looked_back_at"] is not None


DOORS = [
    ("GET", "announcements", None, Role.MACHINE_CLIENT),
    ("GET", f"announcements/{NOBODY}", None, Role.MACHINE_CLIENT),
    ("POST", f"announcements/{NOBODY}/acknowledgement", {}, Role.CLERK),
    ("POST", f"entries/{NOBODY}/objections", objection("U420000001"), Role.AUDITOR),
    ("GET", "objections", None, Role.AUDITOR),
    ("GET", f"objections/{NOBODY}", None, Role.AUDITOR),
    ("POST", f"objections/{NOBODY}/decision", REJECT, Role.CLERK),
    ("POST", f"objections/{NOBODY}/withdrawal", WHY, Role.AUDITOR),
    ("GET", f"entries/{NOBODY}/uses", None, Role.CLERK),
    ("GET", f"entries/{NOBODY}/versions", None, Role.CLERK),
]


@pytest.mark.parametrize(("method", "door", "body", "other"), DOORS)
async def test_no_door_opens_for_strangers_other_roles_or_what_is_not_there(
    world: World, admins: Admins, method: str, door: str, body: Any, other: Role
) -> None:
    desks = (await world.stranger(), await world.desk(other, make.WUHAN), await admins.fujian())
    answers = [await desk.request(method, f"{BLACKLIST}/{door}", json=body) for desk in desks]
    assert [answer.status_code for answer in answers] == [401, 403, 404 if NOBODY in door else 200]
