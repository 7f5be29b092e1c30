"""Two lower instances and one above: a number used at both is accepted from one and rejected from the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import msgspec
import pytest
from tests import make
from tests.registrations.desks import REGISTRATIONS, newborn, numbers, over_six
from tests.registrations.houses import House, house
from tests.worlds import XIANGYANG

from birthreg.access.models import Role
from birthreg.local.servers import Postgres, Valkey

pytestmark = pytest.mark.slow

NUMBERS = numbers(7_000)
APPROVE = {"decision": "approve", "reason": "齐全"}


class Levels(msgspec.Struct, frozen=True):
    """A province over two prefectures, with the headers of a clerk at each, and of an administrator of the first."""

    hubei: House
    wuhan: House
    xiangyang: House
    wuchang: dict[str, str]
    fancheng: dict[str, str]
    admin: dict[str, str]


@pytest.fixture(scope="module")
async def levels(
    server: Postgres, template: str, valkey: Valkey, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Levels]:
    """Three instances as real processes, the lower two known to the upper one by their keys."""
    folder = tmp_path_factory.mktemp("levels")
    async with AsyncExitStack() as stack:
        hubei = await stack.enter_async_context(house(server, template, valkey, folder / "hubei"))
        lower = []
        for code, name in ((make.WUHAN, "wuhan"), (XIANGYANG, "xiangyang")):
            level = {"upstream_url": hubei.addresses()[0], "organization": code}
            below = await stack.enter_async_context(house(server, template, valkey, folder / name, level=level))
            keys = folder / f"{name}.json"
            keys.write_text(below.run("key", "show", "filing"), encoding="utf-8")
            hubei.run("subordinate", "add", code, "--name", name, "--keys", str(keys))
            below.worker.start()
            lower.append(below)
        wuhan, xiangyang = lower
        yield Levels(
            hubei, wuhan, xiangyang,
            await wuhan.admit("clerk.wuchang"),
            await xiangyang.admit("clerk.fancheng", organization=make.FANCHENG),
            await wuhan.admit("admin.wuhan", Role.PREFECTURE_ADMIN, make.WUHAN),
        )  # fmt: skip


async def post(place: House, header: dict[str, str], path: str, body: Any) -> dict[str, Any]:
    async with httpx.AsyncClient(base_url=place.addresses()[0], timeout=60, trust_env=False) as desk:
        answer = await desk.post(f"{REGISTRATIONS}{path}", json=body, headers=header)
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told


async def settled(place: House, registration: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait until a registration's filings are settled, and return them in their order."""
    query = (
        "SELECT coalesce(json_agg(json_build_array(kind, outcome, code) ORDER BY sequence), '[]')::text"
        " FROM filings WHERE registration_id = $1::uuid"
    )
    async with asyncio.timeout(60):
        while True:
            found: list[dict[str, Any]] = msgspec.json.decode(await place.ask(query, registration))
            if len(found) >= count:
                return found
            await asyncio.sleep(0.1)


def there(number: str, **changes: Any) -> dict[str, Any]:
    return newborn(number, accepted_at=make.FANCHENG, registered_at=make.FANCHENG, **changes)


async def test_a_number_used_below_twice_is_accepted_once_and_rejected_once(levels: Levels) -> None:
    number = next(NUMBERS)
    here, elsewhere = await asyncio.gather(
        post(levels.wuhan, levels.wuchang, "", newborn(number)),
        post(levels.xiangyang, levels.fancheng, "", there(number)),
    )
    assert here["filing"]["sequence"] == elsewhere["filing"]["sequence"] == 1
    outcomes = [*await settled(levels.wuhan, here["id"]), *await settled(levels.xiangyang, elsewhere["id"])]
    assert sorted(outcomes, key=str) == [
        ["registration", "accepted", None],
        ["registration", "rejected", "certificate_used"],
    ]
    winner, loser = (here, elsewhere) if outcomes[0][1] == "accepted" else (elsewhere, here)
    holder = await levels.hubei.ask("SELECT registration_id::text FROM usages WHERE certificate_number = $1", number)
    assert holder == winner["id"]
    record = "SELECT holder_registration::text FROM received_filings WHERE registration_id = $1::uuid AND outcome = $2"
    assert await levels.hubei.ask(record, loser["id"], "rejected") == winner["id"]


async def test_a_held_application_reserves_above_and_its_approval_is_filed(levels: Levels) -> None:
    number = next(NUMBERS)
    held = await post(levels.wuhan, levels.wuchang, "", over_six(number))
    assert await settled(levels.wuhan, held["id"]) == [["reservation", "accepted", None]]
    reserved = "SELECT reserved FROM usages WHERE certificate_number = $1"
    assert await levels.hubei.ask(reserved, number) is True
    rival = await post(levels.xiangyang, levels.fancheng, "", there(number))
    assert await settled(levels.xiangyang, rival["id"]) == [["registration", "rejected", "certificate_reserved"]]
    await post(levels.wuhan, levels.admin, f"/{held['id']}/approval", APPROVE)
    assert (await settled(levels.wuhan, held["id"], 2))[1] == ["registration", "accepted", None]
    assert await levels.hubei.ask(reserved, number) is False


async def test_a_withdrawn_application_lets_its_number_go_above(levels: Levels) -> None:
    number = next(NUMBERS)
    held = await post(levels.wuhan, levels.wuchang, "", over_six(number))
    await post(levels.wuhan, levels.wuchang, f"/{held['id']}/withdrawal", {"reason": "申请人要求"})
    filed = await settled(levels.wuhan, held["id"], 2)
    assert [kind for kind, *_ in filed] == ["reservation", "release"]
    assert await levels.hubei.ask("SELECT count(*) FROM usages WHERE certificate_number = $1", number) == 0
    rival = await post(levels.xiangyang, levels.fancheng, "", there(number))
    assert await settled(levels.xiangyang, rival["id"]) == [["registration", "accepted", None]]


async def test_a_correction_moves_the_use_above_and_a_revocation_ends_it(levels: Levels) -> None:
    wrong, right = next(NUMBERS), next(NUMBERS)
    entered = (await post(levels.wuhan, levels.wuchang, "", newborn(wrong)))["id"]
    proposal = {"certificate_number": right, "reason": "录入有误"}
    change = (await post(levels.wuhan, levels.wuchang, f"/{entered}/corrections", proposal))["id"]
    await post(levels.wuhan, levels.admin, f"/{entered}/corrections/{change}/approval", APPROVE)
    filed = await settled(levels.wuhan, entered, 3)
    assert filed == [[kind, "accepted", None] for kind in ("registration", "reservation", "correction")]
    standing = "SELECT array_agg(certificate_number) FROM usages WHERE registration_id = $1::uuid AND NOT reserved"
    assert await levels.hubei.ask(standing, entered) == [right]
    await post(levels.wuhan, levels.wuchang, f"/{entered}/revocation", {"reason": "弄虚作假"})
    await post(levels.wuhan, levels.admin, f"/{entered}/revocation/approval", APPROVE)
    assert (await settled(levels.wuhan, entered, 4))[3] == ["revocation", "accepted", None]
    assert await levels.hubei.ask(standing, entered) is None
    history = "SELECT array_agg(reason ORDER BY id) FROM usage_history WHERE registration_id = $1::uuid"
    assert set(await levels.hubei.ask(history, entered)) == {"corrected", "confirmed", "revoked"}


async def test_a_number_listed_above_is_rejected(levels: Levels) -> None:
    number = next(NUMBERS)
    async with levels.hubei.database.transaction() as tx:
        await make.listing(tx, number)
    entered = (await post(levels.wuhan, levels.wuchang, "", newborn(number)))["id"]
    assert await settled(levels.wuhan, entered) == [["registration", "rejected", "certificate_blacklisted"]]
