"""Cases in the hands of an investigator, at each place on the way to their conclusion."""

import itertools
from typing import Any
from uuid import UUID

import httpx
from tests import make
from tests.cases.leads import admit
from tests.registrations.desks import newborn, registered
from tests.screening.rulings import in_collective
from tests.worlds import World

from birthreg.access.models import Role
from birthreg.cases.checklist_rules import checklist_of

INVESTIGATOR = f"investigator.{make.WUHAN}"
LEAD = f"lead-investigator.{make.WUHAN}"
CASES = "/api/v1/cases"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(40)
REASON = {"reason": "情况已查清。"}

_numbers = itertools.count(1)


class Desks:
    """An investigator, a lead and others of Wuhan, and cases for them."""

    def __init__(self, world: World, *, series: str) -> None:
        """Cases are about numbers of a series that a file of tests has for itself, such as `Z4230`."""
        self.world = world
        self.series = series

    async def investigator(self) -> httpx.AsyncClient:
        """The desk of who works on cases."""
        return await self.world.desk(Role.INVESTIGATOR, make.WUHAN)

    async def lead(self) -> httpx.AsyncClient:
        """The desk of who confirms."""
        return await self.world.desk(Role.LEAD_INVESTIGATOR, make.WUHAN)

    def number(self) -> str:
        """A number that no other test has."""
        return f"{self.series}{next(_numbers):0{10 - len(self.series)}d}"

    async def case(self, *, kind: str = "attempt", **lead: Any) -> UUID:
        """A case that one lead opened, held by the investigator."""
        async with self.world.database.transaction() as tx:
            asked = {"number": self.number(), "kind": kind, "rule": kind} | lead
            case = await admit(tx, **asked)
        await self.give(case)
        return case

    async def case_joins(self, case: UUID, *, number: str, kind: str) -> None:
        """One more lead on the number of a case."""
        async with self.world.database.transaction() as tx:
            assert await admit(tx, number=number, kind=kind, rule=kind) == case

    async def child(self, **changes: Any) -> tuple[UUID, UUID]:
        """A child in a collective household, whom a rule found: the registration, and the case that lies with us."""
        clerk = await self.world.desk(Role.CLERK, make.WUCHANG)
        registration = UUID(await registered(clerk, in_collective(self.number(), **changes)))
        case = await self.world.ask("SELECT case_id FROM case_leads WHERE registration_id = $1 LIMIT 1", registration)
        await self.give(case)
        return registration, case

    async def plain_child(self) -> UUID:
        """A registration that nothing is wrong with."""
        clerk = await self.world.desk(Role.CLERK, make.WUCHANG)
        return UUID(await registered(clerk, newborn(self.number())))

    async def give(self, case: UUID, investigator: str = INVESTIGATOR) -> None:
        """Lease a case to an investigator."""
        await self.investigator()
        await self.run(
            "UPDATE cases SET status = 'investigating', investigator = $2, lease_until = now() + interval '2 hours'"
            " WHERE id = $1", case, investigator,
        )  # fmt: skip

    async def give_back(self, case: UUID) -> None:
        """Undo a proposal by hand."""
        await self.run(
            "UPDATE cases SET status = 'investigating', lease_until = now() + interval '2 hours', proposed_by = NULL,"
            " proposed_outcome = NULL, proposed_at = NULL, proposed_reason = NULL WHERE id = $1", case,
        )  # fmt: skip

    async def merge(self, case: UUID, into: UUID) -> None:
        """Make a case part of another."""
        await self.run(
            "UPDATE cases SET status = 'merged', merged_into = $2, investigator = NULL, lease_until = NULL"
            " WHERE id = $1", case, into,
        )  # fmt: skip

    async def run(self, query: str, *arguments: Any) -> None:
        """Change the books by hand."""
        async with self.world.database.transaction() as tx:
            await tx.connection.execute(query, *arguments)

    async def post(self, desk: httpx.AsyncClient, case: UUID, act: str, body: Any, **headers: str) -> httpx.Response:
        """Do an act."""
        return await desk.post(f"{CASES}/{case}/{act}", json=body, headers=headers)

    async def tick_all(self, case: UUID) -> None:
        """Do every required step."""
        kinds = await self.world.ask(
            "SELECT array_agg(rule) FROM case_leads WHERE case_id IN (SELECT case_family($1))", case
        )
        for step, is_required, _ in checklist_of(kinds):
            if is_required:
                done = {"step": step.code, "done": True, "note": "已核实"}
                answer = await self.post(await self.investigator(), case, "steps", done)
                assert answer.status_code == 200, answer.text

    async def conclude(self, case: UUID, outcome: str = "cleared") -> None:
        """Do every step and propose an end."""
        await self.tick_all(case)
        body = {"outcome": outcome, **REASON}
        answer = await self.post(await self.investigator(), case, "conclusion", body)
        assert answer.status_code == 200, answer.text

    async def confirm(self, case: UUID) -> None:
        """Let the lead confirm it."""
        answer = await self.post(await self.lead(), case, "confirmation", {"decision": "approve", **REASON})
        assert answer.status_code == 200, answer.text

    async def close(self, case: UUID, outcome: str = "cleared") -> None:
        """Bring a case to its end."""
        await self.conclude(case, outcome)
        await self.confirm(case)

    async def bring(
        self,
        case: UUID,
        content: bytes = PNG,
        name: str = "现场.png",
        desk: httpx.AsyncClient | None = None,
        **form: str,
    ) -> httpx.Response:
        """Bring a file to a case."""
        asking = desk or await self.investigator()
        headers = {"Idempotency-Key": key} if (key := form.pop("key", None)) else {}
        return await asking.post(
            f"{CASES}/{case}/evidence", files={"file": (name, content)}, data=form or None, headers=headers
        )

    async def stands(self, case: UUID) -> tuple[Any, ...]:
        """Its status, and what is said of its end."""
        async with self.world.database.transaction() as tx:
            row = await tx.connection.fetchrow(
                "SELECT status, outcome, proposed_outcome, proposed_by, confirmed_by FROM cases WHERE id = $1", case
            )
        return tuple(row)

    async def left(self, case: UUID, act: str) -> tuple[int, int]:
        """How many entries an act has left on the timeline, and how many on the trail."""
        entries = await self.world.ask("SELECT count(*) FROM case_entries WHERE case_id = $1 AND act = $2", case, act)
        trail = await self.world.ask(
            "SELECT count(*) FROM audit_entries WHERE key = $1 AND act = $2 AND succeeded", str(case), f"case_{act}"
        )
        return entries, trail
