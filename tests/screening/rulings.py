"""Two administrators of a province who change rules, and children whom a rule finds."""

from collections.abc import Iterator
from typing import Any

import httpx
from tests import make
from tests.registrations.desks import clerk, newborn, register
from tests.worlds import World

from birthreg.access.models import Role

RULES = "/api/v1/screening/rules"
FINDINGS = "/api/v1/findings"
CODE = "collective_household"
APPROVE = {"decision": "approve", "reason": "回测结果可以接受"}
SECOND = "admin2.hubei"
REFUSE = {"decision": "refuse", "reason": "样本多为误报"}


def in_collective(number: str, kind: str = "police_station", **changes: Any) -> dict[str, Any]:
    """A newborn registered into a collective household."""
    return newborn(
        number,
        household={"kind": 2, "collective_kind": kind, "head_name": None, "relation": None},
        mother={"household": "none"},
        father={"household": "none"},
        exception="parents_without_household",
        proofs=[{"kind": "parents_without_household", "document_number": "证-1"}],
        **changes,
    )


class Rulers:
    """Two administrators of Hubei, and a desk of Wuchang."""

    def __init__(self, world: World, numbers: Iterator[str]) -> None:
        """Nobody is signed in yet."""
        self.world = world
        self.numbers = numbers

    async def first(self) -> httpx.AsyncClient:
        """The desk of who proposes."""
        return await self.world.desk(Role.PROVINCE_ADMIN, make.HUBEI)

    async def second(self) -> httpx.AsyncClient:
        """The desk of who decides."""
        if SECOND not in self.world._desks:
            await self.world.officer(SECOND, role=Role.PROVINCE_ADMIN, organization=make.HUBEI)
            self.world._desks[SECOND] = await self.world.sign_in(SECOND)
        return self.world._desks[SECOND]

    async def propose(self, status: int = 201, code: str = CODE, **asked: Any) -> dict[str, Any]:
        """Propose a change of a rule."""
        answer = await (await self.first()).post(f"{RULES}/{code}/changes", json={"reason": "试行", **asked})
        assert answer.status_code == status, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def decide(self, change: dict[str, Any], body: dict[str, Any], status: int = 200) -> dict[str, Any]:
        """Let the second person decide."""
        answer = await (await self.second()).post(f"{RULES}/changes/{change['id']}/approval", json=body)
        assert answer.status_code == status, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def change(self, **asked: Any) -> dict[str, Any]:
        """Change a rule, by both."""
        return await self.decide(await self.propose(**asked), APPROVE)

    async def let_stand(self, **wanted: Any) -> None:
        """Let the rule stand like this, whatever it was."""
        present = (await (await self.first()).get(f"{RULES}/{CODE}")).json()
        values = {parameter["name"]: parameter["value"] for parameter in present["parameters"]}
        asked = {name: value for name, value in wanted.items() if name != "parameters" and present[name] != value}
        if "parameters" in wanted and wanted["parameters"] != values:
            asked["parameters"] = wanted["parameters"]
        if asked:
            await self.change(**asked)

    async def enter(self, kind: str = "police_station", **changes: Any) -> dict[str, Any]:
        """Register a child into a collective household; return the answer of the desk."""
        answer = await register(await clerk(self.world), in_collective(next(self.numbers), kind, **changes))
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body

    async def found(self, registration: str, **asked: Any) -> list[dict[str, Any]]:
        """What rules found of a registration, as the province reads it; of the one rule."""
        answer = await (await self.first()).get(FINDINGS, params={"registration": registration, "rule": CODE, **asked})
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def told_of(answer: dict[str, Any]) -> list[str]:
    """The codes of the one rule that a desk was told."""
    return [one["code"] for one in answer["findings"] if one["code"] == CODE]
