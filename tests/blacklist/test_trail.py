"""Every act on the list that writes leaves an entry on the trail, and so does every refused one."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.blacklist.desks import APPROVE, REFUSE, WHY, Admins, addition, lift, listed, particulars, ranges, read, send
from tests.worlds import World

RANGES = ranges("S")
Walk = Callable[[Admins], Awaitable[str]]


async def proposing(admins: Admins) -> str:
    identifier: str = (await send(await admins.wuhan(), "proposals", addition(next(RANGES)[0])))["proposal"]["id"]
    return identifier


async def holding(admins: Admins) -> str:
    identifier: str = (await send(await admins.wuhan(), "holds", particulars(next(RANGES)[0])))["entry"]["id"]
    return identifier


async def decided(admins: Admins, body: dict[str, Any]) -> str:
    identifier = await proposing(admins)
    await send(await admins.wuhan2(), f"proposals/{identifier}/approval", body, status=200)
    return identifier


async def approving(admins: Admins) -> str:
    return await decided(admins, APPROVE)


async def refusing(admins: Admins) -> str:
    return await decided(admins, REFUSE)


async def withdrawing(admins: Admins) -> str:
    identifier = await proposing(admins)
    await send(await admins.wuhan(), f"proposals/{identifier}/withdrawal", WHY, status=200)
    return identifier


async def acknowledging(admins: Admins) -> str:
    entry = await listed(admins, next(RANGES)[0])
    feed = (await read(await admins.xiangyang(), "announcements", since=entry["listed_at"]))["items"]
    identifier: str = next(one["id"] for one in feed if one["entry_id"] == entry["id"])
    await send(await admins.xiangyang(), f"announcements/{identifier}/acknowledgement", {}, status=200)
    return identifier


async def objecting(admins: Admins) -> str:
    number = next(RANGES)[0]
    entry = await listed(admins, number)
    body = {"certificate_number": number, "objector": "王桂兰", "relation": "mother", "grounds": "误列", "evidence": []}
    identifier: str = (await send(await admins.clerk(), f"entries/{entry['id']}/objections", body))["id"]
    return identifier


async def answering(admins: Admins) -> str:
    identifier = await objecting(admins)
    body = {"decision": "reject", "reason": "证据不足", "document_number": "武公异〔2024〕3号"}
    await send(await admins.wuhan2(), f"objections/{identifier}/decision", body, status=200)
    return identifier


async def reopening(admins: Admins) -> str:
    identifier = await objecting(admins)
    body = {"decision": "uphold", "reason": "属实", "document_number": "武公异〔2024〕4号"}
    upheld = await send(await admins.wuhan2(), f"objections/{identifier}/decision", body, status=200)
    await send(await admins.hubei(), f"proposals/{upheld['proposal_id']}/approval", REFUSE, status=200)
    return identifier


async def taking_back(admins: Admins) -> str:
    identifier = await objecting(admins)
    await send(await admins.clerk(), f"objections/{identifier}/withdrawal", WHY, status=200)
    return identifier


WALKS: list[tuple[str, Walk]] = [
    ("propose_blacklist", proposing),
    ("hold", holding),
    ("approve_proposal", approving),
    ("refuse_proposal", refusing),
    ("withdraw_proposal", withdrawing),
    ("acknowledge_announcements", acknowledging),
    ("raise_objections", objecting),
    ("decide_objection", answering),
    ("reopen_objection", reopening),
    ("withdraw_objections", taking_back),
]


@pytest.mark.parametrize(("act", "walk"), WALKS)
async def test_an_act_leaves_its_entry(world: World, admins: Admins, act: str, walk: Walk) -> None:
    key = await walk(admins)
    written = "SELECT count(*) FROM audit_entries WHERE key = $1 AND act = $2 AND succeeded"
    assert await world.ask(written, key, act) == 1


async def test_a_refused_act_leaves_its_code_and_changes_nothing(world: World, admins: Admins) -> None:
    entry = await listed(admins, next(RANGES)[0])
    before = await world.ask("SELECT version FROM blacklist_state")
    proposed = await send(await admins.wuhan(), "proposals", lift(entry["id"]))
    await send(await admins.wuhan(), f"proposals/{proposed['proposal']['id']}/approval", APPROVE, status=403)
    codes = "SELECT array_agg(error_code) FROM audit_entries WHERE key = $1 AND NOT succeeded"
    assert await world.ask(codes, proposed["proposal"]["id"]) == ["another_person_decides"]
    assert await world.ask("SELECT version FROM blacklist_state") == before


async def test_the_trail_counts_what_a_list_showed(world: World, admins: Admins) -> None:
    numbers = [next(RANGES)[0] for _ in range(3)]
    for number in numbers:
        entry = await listed(admins, number)
        body = {
            "certificate_number": number,
            "objector": "王桂兰",
            "relation": "mother",
            "grounds": "误列",
            "evidence": [],
        }
        await send(await admins.wuhan(), f"entries/{entry['id']}/objections", body)
    last = "SELECT count FROM audit_entries WHERE officer = 'admin.wuhan' ORDER BY recorded_at DESC, id DESC LIMIT 1"
    for door in ("entries", "proposals", "announcements", "objections"):
        page = await read(await admins.wuhan(), door, limit=2)
        assert (len(page["items"]), page["next_cursor"] is not None) == (2, True)
        assert await world.ask(last) == 2
