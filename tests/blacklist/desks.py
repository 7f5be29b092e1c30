"""The administrators of two prefectures and two provinces, and what they send."""

import itertools
from collections.abc import Iterator
from typing import Any

import httpx
from tests import make
from tests.worlds import FUJIAN, XIANGYANG, World

from birthreg.access.models import Role

BLACKLIST = "/api/v1/blacklist"
APPROVE = {"decision": "approve", "reason": "情况属实"}
REFUSE = {"decision": "refuse", "reason": "文号不符"}
WHY = {"reason": "号段写错"}


class Admins:
    """The desks at which the list is kept."""

    def __init__(self, world: World) -> None:
        """Let them be signed in when they are asked for."""
        self._world = world
        self._desks: dict[str, httpx.AsyncClient] = {}

    async def _sit(self, name: str, role: Role, organization: str) -> httpx.AsyncClient:
        if name not in self._desks:
            await self._world.officer(name, role=role, organization=organization)
            self._desks[name] = await self._world.sign_in(name)
        return self._desks[name]

    async def wuhan(self) -> httpx.AsyncClient:
        """The first of Wuhan."""
        return await self._sit("admin.wuhan", Role.PREFECTURE_ADMIN, make.WUHAN)

    async def wuhan2(self) -> httpx.AsyncClient:
        """A colleague of theirs."""
        return await self._sit("admin2.wuhan", Role.PREFECTURE_ADMIN, make.WUHAN)

    async def xiangyang(self) -> httpx.AsyncClient:
        """The neighbour prefecture."""
        return await self._sit("admin.xiangyang", Role.PREFECTURE_ADMIN, XIANGYANG)

    async def hubei(self) -> httpx.AsyncClient:
        """The province above both."""
        return await self._sit("admin.hubei", Role.PROVINCE_ADMIN, make.HUBEI)

    async def hubei2(self) -> httpx.AsyncClient:
        """Another officer of the province."""
        return await self._sit("admin2.hubei", Role.PROVINCE_ADMIN, make.HUBEI)

    async def fujian(self) -> httpx.AsyncClient:
        """Another province."""
        return await self._sit("admin.fujian", Role.PROVINCE_ADMIN, FUJIAN)

    async def clerk(self) -> httpx.AsyncClient:
        """A station of Wuhan."""
        return await self._sit("clerk.wuchang", Role.CLERK, make.WUCHANG)


def ranges(letter: str = "X", province: str = "42") -> Iterator[tuple[str, str]]:
    """Ranges of a hundred numbers that no other test has."""
    return ((f"{letter}{province}{n:05d}00", f"{letter}{province}{n:05d}99") for n in itertools.count(10))


def addition(first: str, last: str | None = None, **changes: Any) -> dict[str, Any]:
    """A proposal to add numbers."""
    return {"act": "add", **particulars(first, last), **changes}


def particulars(first: str, last: str | None = None, **changes: Any) -> dict[str, Any]:
    """What is said of void numbers."""
    body: dict[str, Any] = {
        "first": first,
        "reason": "stolen",
        "document_number": "武公通〔2024〕8号",
        "event_date": "2024-05-01",
        "institution": "武汉市妇幼保健院",
        "note": "夜间被盗",
    }
    if last is not None:
        body |= {"last": last, "count": int(last[1:]) - int(first[1:]) + 1}
    return body | changes


def lift(entry: str, first: str | None = None, last: str | None = None, **changes: Any) -> dict[str, Any]:
    """A proposal to lift an entry, or a part of it."""
    body: dict[str, Any] = {
        "act": "lift", "entry_id": entry, "document_number": "武公通〔2024〕9号", "note": "经核实为误列",
    }  # fmt: skip
    if first is not None:
        body["first"] = first
    if last is not None and first is not None:
        body |= {"last": last, "count": int(last[1:]) - int(first[1:]) + 1}
    return body | changes


async def send(desk: httpx.AsyncClient, door: str, body: Any, status: int = 201, **headers: str) -> Any:
    """Post, and return the answer's body after its status was as expected."""
    answer = await desk.post(
        f"{BLACKLIST}/{door}", json=body, headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    assert answer.status_code == status, answer.text
    return answer.json()


async def read(desk: httpx.AsyncClient, door: str, status: int = 200, **query: Any) -> Any:
    """Get, and return the answer's body after its status was as expected."""
    answer = await desk.get(f"{BLACKLIST}/{door}", params={key: str(value) for key, value in query.items()})
    assert answer.status_code == status, answer.text
    return answer.json()


async def listed(admins: Admins, first: str, last: str | None = None, **changes: Any) -> dict[str, Any]:
    """Numbers that two persons of Wuhan put on the list; returns the entry."""
    proposed = await send(await admins.wuhan(), "proposals", addition(first, last, **changes))
    decided = await send(await admins.wuhan2(), f"proposals/{proposed['proposal']['id']}/approval", APPROVE, status=200)
    entry: dict[str, Any] = decided["entries"][0]
    return entry


async def verdict(world: World, number: str) -> str:
    """What a station far away hears of a number."""
    desk = await world.desk(Role.CLERK, make.FANCHENG)
    answer = await desk.post(
        "/api/v1/verifications", json={"certificate_number": number, "purpose": "birth_registration"}
    )
    assert answer.status_code == 200, answer.text
    told: str = answer.json()["verdict"]
    return told
