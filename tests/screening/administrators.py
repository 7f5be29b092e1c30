"""Who keeps the lists that rules read, and what they send."""

from typing import Any
from weakref import WeakKeyDictionary

import httpx
from tests import make
from tests.worlds import FUJIAN, World

from birthreg.access.models import Role

LISTS = "/api/v1/screening/lists"
APPROVE = {"decision": "approve", "reason": "属实"}
REFUSE = {"decision": "refuse", "reason": "依据不足"}
WHY = {"reason": "上级通知", "document_number": "鄂公通〔2026〕3号"}


_DESKS: WeakKeyDictionary[World, dict[str, httpx.AsyncClient]] = WeakKeyDictionary()


async def sit(world: World, name: str, role: Role, organization: str) -> httpx.AsyncClient:
    """The desk of an officer by name, who is made and signed in when first asked for."""
    desks = _DESKS.setdefault(world, {})
    if name not in desks:
        await world.officer(name, role=role, organization=organization)
        desks[name] = await world.sign_in(name)
    return desks[name]


async def hubei(world: World) -> httpx.AsyncClient:
    """The province's first administrator."""
    return await sit(world, "admin.hubei", Role.PROVINCE_ADMIN, make.HUBEI)


async def hubei2(world: World) -> httpx.AsyncClient:
    """A colleague of theirs."""
    return await sit(world, "admin2.hubei", Role.PROVINCE_ADMIN, make.HUBEI)


async def fujian(world: World) -> httpx.AsyncClient:
    """Another province's administrator."""
    return await sit(world, "admin.fujian", Role.PROVINCE_ADMIN, FUJIAN)


async def propose(desk: httpx.AsyncClient, list_name: str, status: int = 201, **fields: Any) -> Any:
    """Propose a change, and return the answer after its status was as expected."""
    body = {"act": "set", **WHY, **fields}
    answer = await desk.post(f"{LISTS}/{list_name}/changes", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def decide(desk: httpx.AsyncClient, proposed: Any, status: int = 200, **body: str) -> Any:
    """Decide on a proposed change, and return the answer after its status was as expected."""
    change = proposed["change"]
    door = f"{LISTS}/{change['list_name']}/changes/{change['id']}/approval"
    answer = await desk.post(door, json=body or APPROVE)
    assert answer.status_code == status, answer.text
    return answer.json()


async def change(world: World, list_name: str, **fields: Any) -> Any:
    """A change that two administrators of Hubei make."""
    return await decide(await hubei2(world), await propose(await hubei(world), list_name, **fields))


async def read(desk: httpx.AsyncClient, path: str, **query: Any) -> Any:
    """The items of a page."""
    answer = await desk.get(f"{LISTS}/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def row(desk: httpx.AsyncClient, list_name: str, key: str) -> Any:
    """One row's fields, or None."""
    found = await read(desk, list_name, limit=500)
    return next((one["fields"] for one in found if one["key"] == key), None)
