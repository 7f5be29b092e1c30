"""What a desk enters today, and the officers who decide on it."""

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import httpx
from tests import make
from tests.registrations.factories import late_proofs
from tests.worlds import XIANGYANG, World

from birthreg.access.models import Role
from birthreg.kernel.clock import now_utc
from birthreg.verification.rules import LOCAL

REGISTRATIONS = "/api/v1/registrations"


def numbers(first: int) -> Iterator[str]:
    """Certificate numbers that nobody has, of a range that a file of tests has for itself."""
    return (f"Z42{place:07d}" for place in itertools.count(first))


def today() -> date:
    """The day at the desk."""
    return now_utc().astimezone(LOCAL).date()


def newborn(number: str | None, *, age_days: int = 12, **changes: Any) -> dict[str, Any]:
    """A plain newborn whose birth is declared today."""
    born = today() - timedelta(days=age_days)
    plain: dict[str, Any] = {
        "certificate_number": number,
        "certificate": {"issued_on": (born + timedelta(days=2)).isoformat()},
        "child": {"born_at": f"{born.isoformat()}T08:30:00+08:00"},
        "applied_on": today().isoformat(),
    }
    for name, value in changes.items():
        both = isinstance(value, dict) and isinstance(plain.get(name), dict)
        plain[name] = plain[name] | value if both else value
    return make.application_body(**plain)


def over_six(number: str, **changes: Any) -> dict[str, Any]:
    """A child of seven years, with the four proofs."""
    proofs = late_proofs((today() - timedelta(days=3)).isoformat())
    return newborn(number, age_days=7 * 366, late_proofs=proofs, **changes)


async def register(desk: httpx.AsyncClient, body: dict[str, Any], key: str | None = None) -> httpx.Response:
    """Enter an application."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return await desk.post(REGISTRATIONS, json=body, headers=headers)


async def registered(desk: httpx.AsyncClient, body: dict[str, Any]) -> str:
    """Enter an application that is taken, and return its identifier."""
    answer = await register(desk, body)
    assert answer.status_code == 201, answer.text
    identifier: str = answer.json()["id"]
    return identifier


async def clerk(world: World, organization: str = make.WUCHANG) -> httpx.AsyncClient:
    """The desk of a station."""
    return await world.desk(Role.CLERK, organization)


async def admin(world: World, organization: str = make.WUHAN) -> httpx.AsyncClient:
    """The household department of a prefecture."""
    return await world.desk(Role.PREFECTURE_ADMIN, organization)


async def province(world: World) -> httpx.AsyncClient:
    """The household department of the province."""
    return await world.desk(Role.PROVINCE_ADMIN, make.HUBEI)


async def strange_admin(world: World) -> httpx.AsyncClient:
    """The household department of another prefecture."""
    return await world.desk(Role.PREFECTURE_ADMIN, XIANGYANG)


def codes(answer: httpx.Response) -> list[str]:
    """The codes of a refusal's reasons."""
    return [error["code"] for error in answer.json()["errors"]]
