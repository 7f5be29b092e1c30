"""One officer stops numbers at once; after a day they go free by themselves, unless a second person says otherwise."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any

from tests import make
from tests.blacklist.desks import APPROVE, REFUSE, WHY, Admins, lift, listed, particulars, ranges, read, send, verdict
from tests.worlds import World

from birthreg.access.models import Act, Role, Scope
from birthreg.access.rules import reach_of
from birthreg.blacklist import deciding, jobs, proposing, service
from birthreg.blacklist.models import BlacklistReason
from birthreg.blacklist.proposal_models import Choice, Held, HoldRequest
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database, Transaction

RANGES = ranges("V")
ADMIN = make.signed_in(Role.PREFECTURE_ADMIN, make.WUHAN, "admin3.wuhan")
COLLEAGUE = make.signed_in(Role.PREFECTURE_ADMIN, make.WUHAN, "admin4.wuhan")


@asynccontextmanager
async def at(world: World, moment: datetime) -> AsyncIterator[Transaction]:
    """A transaction of another time."""
    database = Database(world.settings.database_url, clock=lambda: moment)
    await database.open()
    async with database.transaction() as tx:
        await make.organization(tx, make.WUHAN)
        yield tx
    await database.close()


async def held_at(world: World, moment: datetime, first: str, last: str) -> Held:
    """A hold that somebody set at a moment."""
    asked = HoldRequest(
        first=first, last=last, count=100, reason=BlacklistReason.STOLEN, document_number=f"急〔2026〕{first}号",
        event_date=moment.date() - timedelta(days=1),
    )  # fmt: skip
    scope = reach_of(ADMIN, Act.PROPOSE_BLACKLIST)
    assert scope is not None
    async with at(world, moment) as tx:
        return await proposing.hold(tx, ADMIN, scope=scope, asked=asked, terminal="desk")


async def confirmed_at(world: World, moment: datetime, held: Held) -> Any:
    """What becomes of a hold whose proposal is approved at a moment."""
    scope = reach_of(COLLEAGUE, Act.DECIDE_BLACKLIST)
    assert scope is not None
    async with at(world, moment) as tx:
        return await deciding.decide(
            tx, COLLEAGUE, scope=scope, proposal=held.proposal.id, choice=Choice.APPROVE, reason="属实", version=None,
            terminal="desk",
        )  # fmt: skip


async def test_a_hold_works_at_once_and_says_until_when(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    held = await send(await admins.wuhan(), "holds", particulars(first, last))
    assert await verdict(world, first) == "blacklisted"
    began, ends = (datetime.fromisoformat(held["entry"][name]) for name in ("listed_at", "lapses_at"))
    assert ends - began == timedelta(hours=24)
    assert (held["proposal"]["held"], held["proposal"]["status"]) == (True, "proposed")


async def test_a_desk_hears_that_a_hold_is_yet_to_be_confirmed_and_until_when(world: World, admins: Admins) -> None:
    first, _ = next(RANGES)
    held = await send(await admins.wuhan(), "holds", particulars(first))
    desk = await world.desk(Role.CLERK, make.FANCHENG)
    asked = {"certificate_number": first, "purpose": "birth_registration"}
    told = (await desk.post("/api/v1/verifications", json=asked)).json()
    listing, reason = told["reasons"]
    assert (told["verdict"], listing["code"], reason["code"]) == ("blacklisted", "number_blacklisted", "number_held")
    assert told["blacklist"]["lapses_at"] == held["entry"]["lapses_at"]
    until = datetime.fromisoformat(held["entry"]["lapses_at"]) + timedelta(hours=8)
    assert f"{until:%Y-%m-%d %H:%M}" in reason["message"]
    seen = (await desk.get(f"/api/v1/blacklist/entries/{held['entry']['id']}")).json()
    assert seen["lapses_at"] == held["entry"]["lapses_at"]
    await send(await admins.wuhan2(), f"proposals/{held['proposal']['id']}/approval", APPROVE, status=200)
    told = (await desk.post("/api/v1/verifications", json=asked)).json()
    assert ([one["code"] for one in told["reasons"]], "lapses_at" in told["blacklist"]) == (
        ["number_blacklisted"],
        False,
    )


async def test_a_number_that_is_listed_and_held_too_is_told_as_listed(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    await send(await admins.wuhan(), "holds", particulars(first, last))
    await listed(admins, first, last, document_number="武公通〔2024〕77号")
    desk = await world.desk(Role.CLERK, make.FANCHENG)
    asked = {"certificate_number": first, "purpose": "birth_registration"}
    told = (await desk.post("/api/v1/verifications", json=asked)).json()
    assert [reason["code"] for reason in told["reasons"]] == ["number_blacklisted"]


async def test_a_confirmed_hold_goes_on_as_the_same_entry(admins: Admins) -> None:
    first, last = next(RANGES)
    held = await send(await admins.wuhan(), "holds", particulars(first, last))
    door = f"proposals/{held['proposal']['id']}/approval"
    assert (await send(await admins.wuhan(), door, APPROVE, status=403))["code"] == "another_person_decides"
    [entry] = (await send(await admins.wuhan2(), door, APPROVE, status=200))["entries"]
    assert (entry["id"], entry["lapses_at"], entry["version"]) == (held["entry"]["id"], None, 2)
    said = await read(await admins.wuhan(), f"entries/{entry['id']}/versions")
    assert [one["held"] for one in said] == [True, False]
    assert [one["valid_to"] for one in said] == [held["entry"]["lapses_at"], None]
    assert said[0]["known_to"] == said[1]["known_from"]


async def test_a_refused_or_withdrawn_hold_ends_at_once(world: World, admins: Admins) -> None:
    for desk, door, body in ((await admins.wuhan2(), "approval", REFUSE), (await admins.wuhan(), "withdrawal", WHY)):
        first, last = next(RANGES)
        held = await send(await admins.wuhan(), "holds", particulars(first, last))
        await send(desk, f"proposals/{held['proposal']['id']}/{door}", body, status=200)
        assert await verdict(world, first) == "clear"
        entry = await read(await admins.wuhan(), f"entries/{held['entry']['id']}")
        assert entry["status"] == "lapsed"


async def test_a_hold_lapses_on_time_though_no_worker_ran(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    now = now_utc()
    held = await held_at(world, now - timedelta(hours=25), first, last)
    still, other = next(RANGES)
    await held_at(world, now - timedelta(hours=23), still, other)
    assert [await verdict(world, number) for number in (first, still)] == ["clear", "blacklisted"]
    entry = await read(await admins.wuhan(), f"entries/{held.entry.id}")
    assert (entry["status"], entry["lifted_at"]) == ("lapsed", entry["lapses_at"])


async def test_what_a_lapsed_hold_refused_stays_explained(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    now = now_utc()
    await held_at(world, now - timedelta(hours=30), first, last)
    desk = await admins.wuhan()
    then, after = (now - timedelta(hours=hours) for hours in (10, 5))
    for moment, status in ((then, "in_force"), (after, "lapsed")):
        [entry] = (await read(desk, "entries", number=first, as_of=moment.isoformat()))["items"]
        assert entry["status"] == status
    life = (await desk.get(f"/api/v1/certificates/{first}")).json()
    assert [event["kind"] for event in life["timeline"]][:2] == ["held", "lapsed"]


async def test_a_lapse_is_recorded_exactly_once_by_however_many_workers(world: World) -> None:
    first, last = next(RANGES)
    held = await held_at(world, now_utc() - timedelta(hours=40), first, last)
    version = await world.ask("SELECT version FROM blacklist_state")
    await asyncio.gather(*(jobs.lapse_holds(world.database) for _ in range(4)))
    assert await world.ask("SELECT version FROM blacklist_state") > version
    trail = "SELECT count(*) FROM audit_entries WHERE key = $1 AND act = 'lapse_hold'"
    assert await world.ask(trail, str(held.entry.id)) == 1
    assert await world.ask("SELECT lifted_at = lapses_at FROM blacklist_entries WHERE id = $1", held.entry.id)
    version = await world.ask("SELECT version FROM blacklist_state")
    await jobs.lapse_holds(world.database)
    assert await world.ask("SELECT version FROM blacklist_state") == version
    assert not await world.ask("SELECT count(*) FROM blacklist_blocks WHERE entry_id = $1", held.entry.id)


async def test_a_proposal_approved_after_its_hold_lapsed_lists_anew_and_shows_the_gap(world: World) -> None:
    first, last = next(RANGES)
    now = now_utc()
    held = await held_at(world, now - timedelta(hours=30), first, last)
    decided = await confirmed_at(world, now - timedelta(hours=2), held)
    assert len(decided.entries) == 2
    assert await verdict(world, first) == "blacklisted"
    gap = (now - timedelta(hours=4)).isoformat()
    found = await world.ask(
        "SELECT count(*) FROM (SELECT DISTINCT ON (entry_id) valid_from, valid_to FROM blacklist_versions"
        " JOIN blacklist_entries AS entries ON entries.id = entry_id WHERE first = $1"
        " ORDER BY entry_id, blacklist_versions.id DESC) AS said"
        " WHERE valid_from <= $2 AND coalesce(valid_to, 'infinity') > $2",
        first,
        datetime.fromisoformat(gap),
    )
    assert found == 0


async def test_a_single_number_whose_hold_lapsed_is_still_refused_by_its_range(world: World) -> None:
    first, last = next(RANGES)
    now = now_utc()
    held = await held_at(world, now - timedelta(hours=25), first, last)
    async with world.database.transaction() as tx:
        await make.listing(tx, first, document_number="单号")
        await make.listing(tx, last[:-1] + "0", last, document_number="号段")
    told = [await verdict(world, number) for number in (first, first[:-1] + "5", last)]
    assert told == ["blacklisted", "clear", "blacklisted"]
    assert held.entry.first == first


async def test_nobody_repeats_a_hold_that_nobody_confirmed(admins: Admins) -> None:
    first, last = next(RANGES)
    desk = await admins.wuhan()
    held = await send(desk, "holds", particulars(first, last))
    running = await send(desk, "holds", particulars(first), status=409)
    assert (running["code"], "仍有效" in running["detail"]) == ("hold_running", True)
    assert held["proposal"]["id"] in running["detail"]
    await send(desk, f"proposals/{held['proposal']['id']}/withdrawal", WHY, status=200)
    assert (await send(desk, "holds", particulars(first), status=409))["code"] == "hold_repeated"
    await send(await admins.wuhan2(), "holds", particulars(first))


async def test_of_holds_that_one_officer_sends_at_once_one_works(admins: Admins) -> None:
    first, last = next(RANGES)
    desk = await admins.wuhan()
    answers = await asyncio.gather(
        *(desk.post("/api/v1/blacklist/holds", json=particulars(first, last)) for _ in range(6))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"hold_running"}


async def test_numbers_of_another_province_are_not_held(admins: Admins) -> None:
    refused = await send(await admins.fujian(), "holds", particulars("V420099900"), status=403)
    assert refused["code"] == "hold_outside_jurisdiction"


async def test_a_hold_is_not_lifted_beside_its_proposal(admins: Admins) -> None:
    first, last = next(RANGES)
    held = await send(await admins.wuhan(), "holds", particulars(first, last))
    refused = await send(await admins.wuhan2(), "proposals", lift(held["entry"]["id"]), status=409)
    assert refused["code"] == "entry_held"


async def test_a_desk_elsewhere_sees_a_hold_lapse_on_time_though_no_worker_ran(world: World) -> None:
    first, last = next(RANGES)
    began = now_utc() - timedelta(hours=30)
    held = await held_at(world, began, first, last)
    elsewhere = Scope(patterns=("35%",))
    for later, status, lifted_at in (
        (timedelta(hours=23), "in_force", None),
        (timedelta(hours=25), "lapsed", held.entry.lapses_at),
    ):
        async with at(world, began + later) as tx:
            seen = await service.find_entry(tx, scope=elsewhere, entry=held.entry.id)
        assert (seen.status, seen.lifted_at) == (status, lifted_at)
