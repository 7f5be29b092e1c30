"""An entry that was lifted in part: what remains goes on telling since when its numbers are void."""

from datetime import UTC, datetime

from tests import make
from tests.blacklist.desks import APPROVE, Admins, lift, ranges, read, send
from tests.worlds import World

RANGES = ranges("R")


async def test_what_remains_of_an_entry_tells_when_its_numbers_were_first_listed(world: World, admins: Admins) -> None:
    first, last = next(RANGES)
    then = datetime(2024, 3, 1, 9, tzinfo=UTC)
    async with world.database.transaction() as tx:
        whole = await make.listing(tx, first, last, listed_at=then)
    desk = await admins.wuhan()
    part = str(whole)
    for out in (first[:-2] + "30", first[:-2] + "60"):  # a part of the part, too
        proposed = await send(desk, "proposals", lift(part, out, out))
        door = f"proposals/{proposed['proposal']['id']}/approval"
        decided = await send(await admins.wuhan2(), door, APPROVE, status=200)
        part = max(decided["entries"], key=lambda entry: entry["first"])["id"]
    remaining = await read(desk, f"entries/{part}")
    assert remaining["first"] == first[:-2] + "61"
    assert datetime.fromisoformat(remaining["listed_at"]) == then
    [version] = await read(desk, f"entries/{part}/versions")
    assert datetime.fromisoformat(version["valid_from"]) > then
    assert version["valid_from"] == version["known_from"]
    number = first[:-2] + "99"
    shown = (await read(desk, "entries", number=number))["items"]
    assert [datetime.fromisoformat(entry["listed_at"]) for entry in shown] == [then] * 3
    answer = await desk.post(
        "/api/v1/verifications", json={"certificate_number": number, "purpose": "birth_registration"}
    )
    assert "于 2024-03-01 列入" in answer.text
    life = (await desk.get(f"/api/v1/certificates/{number}")).json()
    assert [event["kind"] for event in life["timeline"]] == ["listed", "looked_up"]
    assert life["timeline"][1]["message"] == "被查询,结论:已列入失效名单"
