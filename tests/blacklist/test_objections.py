"""Objections to their end: what becomes of them when the list moves, and what the family is told."""

import asyncio
import io
import re
from datetime import timedelta
from typing import Any

import httpx
import msgspec
from pypdf import PdfReader
from tests import make
from tests.blacklist.desks import (
    APPROVE,
    BLACKLIST,
    REFUSE,
    WHY,
    Admins,
    lift,
    listed,
    particulars,
    ranges,
    read,
    send,
    verdict,
)
from tests.blacklist.test_holds import at, held_at
from tests.blacklist.test_notices import REJECT, UPHOLD, objection
from tests.worlds import World

from birthreg.access.models import Role
from birthreg.blacklist import jobs
from birthreg.blacklist.notice_models import ObjectionRequest
from birthreg.blacklist.objecting import object_to
from birthreg.blacklist.rules import LOCAL
from birthreg.kernel.clock import now_utc

RANGES = ranges("Q")
CLERK = make.signed_in(Role.CLERK, make.WUCHANG, "clerk2.wuchang")
RECEIVER = make.NAMES[make.WUCHANG]
SETTLE = {"decision": "settle", "reason": "该记录已解除", "document_number": "武公异〔2024〕3号"}


async def letter(desk: httpx.AsyncClient, objection_id: str, kind: str = "decision") -> str:
    """The letter to the family, without blanks."""
    answer = await desk.get(f"{BLACKLIST}/objections/{objection_id}/letter", params={"kind": kind})
    assert answer.status_code == 200, answer.text
    return re.sub(r"\s+", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages))


async def no_letter(desk: httpx.AsyncClient, objection_id: str) -> str:
    """Why there is no letter on a decision."""
    answer = await desk.get(f"{BLACKLIST}/objections/{objection_id}/letter", params={"kind": "decision"})
    assert answer.status_code == 409, answer.text
    return str(answer.json()["code"])


async def received(admins: Admins, entry: dict[str, Any], number: str) -> str:
    """An objection that a station received."""
    return str((await send(await admins.clerk(), f"entries/{entry['id']}/objections", objection(number)))["id"])


async def decide(admins: Admins, objection_id: str, decision: dict[str, str], status: int = 200) -> Any:
    """The second officer of Wuhan decides an objection."""
    return await send(await admins.wuhan2(), f"objections/{objection_id}/decision", decision, status=status)


async def lifted(admins: Admins, entry: dict[str, Any], first: str | None = None) -> list[dict[str, Any]]:
    """Two persons of Wuhan lift an entry or one number of it; returns what remains."""
    proposed = await send(await admins.wuhan(), "proposals", lift(entry["id"], first))
    door = f"proposals/{proposed['proposal']['id']}/approval"
    decided = await send(await admins.wuhan2(), door, APPROVE, status=200)
    return [one for one in decided["entries"] if one["status"] == "in_force"]


async def test_an_objection_whose_listing_is_over_is_settled_and_its_letter_says_so(admins: Admins) -> None:
    first, _ = next(RANGES)
    entry = await listed(admins, first)
    contested = await received(admins, entry, first)
    still = await decide(admins, contested, SETTLE, status=409)
    assert still["code"] == "still_listed"
    await lifted(admins, entry)
    for choice in (UPHOLD, REJECT):
        over = await decide(admins, contested, choice, status=409)
        assert (over["code"], "settle" in over["remedy"]) == ("listing_over", True)
    settled = await decide(admins, contested, SETTLE)
    assert (settled["status"], settled["proposal_id"]) == ("settled", None)
    text = await letter(await admins.wuhan(), contested)
    assert "异议处理决定书王桂兰" in text
    assert re.search(
        f"编号{first}在失效名单中的记录已于20\\d\\d年\\d+月\\d+日终止,异议办结", text.replace("\uff0c", ",")
    )
    assert "维持" not in text
    life = (await (await admins.wuhan()).get(f"/api/v1/certificates/{first}")).json()
    assert life["timeline"][-1]["kind"] == "objection_settled"


async def test_an_objection_to_a_hold_waits_for_the_hold(admins: Admins) -> None:
    first, _ = next(RANGES)
    held = await send(await admins.wuhan(), "holds", particulars(first))
    contested = await received(admins, held["entry"], first)
    for choice in (UPHOLD, REJECT, SETTLE):
        told = await decide(admins, contested, choice, status=409)
        assert (told["code"], held["proposal"]["id"] in told["detail"]) == ("entry_held", True)
    await send(await admins.wuhan2(), f"proposals/{held['proposal']['id']}/approval", REFUSE, status=200)
    assert (await decide(admins, contested, REJECT, status=409))["code"] == "listing_over"
    await decide(admins, contested, SETTLE)
    assert "终止" in await letter(await admins.wuhan(), contested)


async def test_an_objection_to_a_hold_that_lapsed_is_settled(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    began = now_utc() - timedelta(hours=25)
    held = await held_at(world, began, first, last)
    said = msgspec.convert(objection(first), ObjectionRequest)
    async with at(world, began + timedelta(hours=1)) as tx:
        await make.organization(tx, make.WUCHANG)
        contested = str((await object_to(tx, CLERK, entry=held.entry.id, asked=said, terminal="desk")).id)
    undecided = await decide(admins, contested, SETTLE, status=409)
    assert undecided["code"] == "entry_held", "it may be confirmed yet"
    await send(await admins.wuhan2(), f"proposals/{held.proposal.id}/approval", REFUSE, status=200)
    await decide(admins, contested, SETTLE)
    text = await letter(await admins.wuhan(), contested)
    ended = (began + timedelta(hours=24)).astimezone(LOCAL)
    assert f"已于{ended.year}年{ended.month}月{ended.day}日终止" in text
    while await jobs.lapse_holds(world.database):
        pass
    assert await letter(await admins.wuhan(), contested) == text


async def test_a_hold_that_was_approved_too_late_is_contested_by_the_same_objection(
    world: World, admins: Admins
) -> None:
    first, last = next(RANGES)
    began = now_utc() - timedelta(hours=25)
    held = await held_at(world, began, first, last)
    said = msgspec.convert(objection(first), ObjectionRequest)
    async with at(world, began + timedelta(hours=1)) as tx:
        await make.organization(tx, make.WUCHANG)
        contested = str((await object_to(tx, CLERK, entry=held.entry.id, asked=said, terminal="desk")).id)
    door = f"proposals/{held.proposal.id}/approval"
    *_, anew = (await send(await admins.wuhan2(), door, APPROVE, status=200))["entries"]
    assert anew["id"] != str(held.entry.id)
    again = await send(await admins.clerk(), f"entries/{anew['id']}/objections", objection(first), status=409)
    assert again["code"] == "objection_open"
    assert (await decide(admins, contested, SETTLE, status=409))["code"] == "still_listed"
    upheld = await decide(admins, contested, UPHOLD)
    await send(await admins.hubei(), f"proposals/{upheld['proposal_id']}/approval", APPROVE, status=200)
    assert await verdict(world, first) == "clear"


async def test_a_listing_goes_on_where_another_says_the_same_of_what_remains(admins: Admins) -> None:
    first, last = next(RANGES)
    whole = await listed(admins, first, last)
    await listed(admins, f"{first[:-2]}51", last)
    number = f"{first[:-2]}60"
    contested = await received(admins, whole, number)
    await lifted(admins, whole, f"{first[:-2]}50")
    assert (await decide(admins, contested, SETTLE, status=409))["code"] == "still_listed"
    upheld = await decide(admins, contested, UPHOLD)
    await send(await admins.hubei(), f"proposals/{upheld['proposal_id']}/approval", APPROVE, status=200)
    assert "异议成立" in await letter(await admins.wuhan(), contested)


async def test_an_objection_to_a_confirmed_hold_is_decided_like_any_other(admins: Admins) -> None:
    first, _ = next(RANGES)
    held = await send(await admins.wuhan(), "holds", particulars(first))
    contested = await received(admins, held["entry"], first)
    await send(await admins.wuhan2(), f"proposals/{held['proposal']['id']}/approval", APPROVE, status=200)
    await decide(admins, contested, REJECT)
    assert f"维持编号{first}在失效名单中的记录" in await letter(await admins.wuhan(), contested)


async def test_the_family_hears_that_its_objection_is_upheld_when_the_number_is_lifted(admins: Admins) -> None:
    first, last = next(RANGES)
    contested = await received(admins, await listed(admins, first, last), first)
    upheld = await decide(admins, contested, UPHOLD)
    assert await no_letter(await admins.clerk(), contested) == "lift_undecided"
    assert "异议受理通知书" in await letter(await admins.clerk(), contested, kind="receipt")
    await send(await admins.hubei(), f"proposals/{upheld['proposal_id']}/approval", APPROVE, status=200)
    text = (await letter(await admins.clerk(), contested)).replace("\uff0c", ",")
    assert re.search(f"异议成立。编号{first}自20\\d\\d年\\d+月\\d+日起从失效名单中解除", text)
    assert "武公异〔2024〕1号" in text


async def test_an_objection_whose_lift_is_refused_or_withdrawn_is_decided_anew(admins: Admins) -> None:
    for end in ("approval", "withdrawal"):
        first, _ = next(RANGES)
        entry = await listed(admins, first)
        contested = await received(admins, entry, first)
        upheld = await decide(admins, contested, UPHOLD)
        door = f"entries/{entry['id']}/objections"
        open_already = await send(await admins.clerk(), door, objection(first), status=409)
        assert (open_already["code"], RECEIVER in open_already["detail"]) == ("objection_open", True)
        desk = await admins.hubei() if end == "approval" else await admins.wuhan2()
        body = REFUSE if end == "approval" else WHY
        await send(desk, f"proposals/{upheld['proposal_id']}/{end}", body, status=200)
        again = await read(await admins.wuhan(), f"objections/{contested}")
        assert (again["status"], again["proposal_id"], again["decided_by"]) == ("received", None, None)
        assert (again["due_on"], again["version"]) == (upheld["due_on"], upheld["version"] + 1)
        assert await no_letter(await admins.clerk(), contested) == "objection_undecided"
        await decide(admins, contested, REJECT)
        assert "维持" in await letter(await admins.clerk(), contested)


async def test_whoever_holds_an_objection_is_waited_for_when_its_lift_is_refused(world: World, admins: Admins) -> None:
    first, _ = next(RANGES)
    contested = await received(admins, await listed(admins, first), first)
    upheld = await decide(admins, contested, UPHOLD)
    desk = await admins.hubei()
    async with world.database.transaction() as tx:
        await tx.connection.execute("SELECT FROM blacklist_objections WHERE id::text = $1 FOR UPDATE", contested)
        refusing = asyncio.create_task(
            desk.post(f"{BLACKLIST}/proposals/{upheld['proposal_id']}/approval", json=REFUSE)
        )
        await asyncio.sleep(1)  # longer than anybody waits who has locked the list
    assert (await refusing).status_code == 200


async def test_one_objection_is_open_for_a_number_also_when_its_entry_was_parted(admins: Admins) -> None:
    first, last = next(RANGES)
    entry = await listed(admins, first, last)
    contested = await received(admins, entry, first)
    (piece,) = await lifted(admins, entry, last)
    door = f"entries/{piece['id']}/objections"
    open_already = await send(await admins.clerk(), door, objection(first), status=409)
    assert (open_already["code"], RECEIVER in open_already["detail"]) == ("objection_open", True)
    await send(await admins.clerk(), door, objection(f"{first[:-1]}5"))
    await decide(admins, contested, REJECT)
    await send(await admins.clerk(), door, objection(first))


async def test_of_objections_sent_at_once_to_one_number_one_is_received(admins: Admins) -> None:
    first, last = next(RANGES)
    entry = await listed(admins, first, last)
    desks = [await admins.clerk(), await admins.wuhan(), await admins.xiangyang(), await admins.hubei()]
    door = f"{BLACKLIST}/entries/{entry['id']}/objections"
    answers = await asyncio.gather(*(desk.post(door, json=objection(first)) for desk in desks * 2))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7


async def test_of_two_listings_of_a_number_each_is_contested_by_itself(admins: Admins) -> None:
    first, last = next(RANGES)
    one = await listed(admins, first, last)
    other = await listed(admins, first, document_number="武公通〔2024〕88号")
    await received(admins, one, first)
    await received(admins, other, first)
