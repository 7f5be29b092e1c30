"""Every act on a case, one after the other: each leaves one entry on the timeline, and one on the trail."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.cases.held import CASES, PNG, REASON, Desks
from tests.cases.leads import admit
from tests.screening.facts import enter_fact
from tests.worlds import World

from birthreg.cases.models import CaseAct
from birthreg.kernel.clock import now_utc

BY_THE_SERVICE = {
    CaseAct.OPEN, CaseAct.JOIN, CaseAct.LAPSE, CaseAct.EVIDENCE_CHECK, CaseAct.WARNING, CaseAct.OVERDUE,
}  # fmt: skip
"""Acts that nobody does; `test_opening.py`, `test_deadlines.py` and `test_evidence.py` count what they leave."""

Do = Callable[[], Awaitable[httpx.Response]]


class Walk:
    """Does one act after the other, and counts what each leaves."""

    def __init__(self, world: World) -> None:
        """Begin with nothing walked."""
        self.world = world
        self.walked: set[CaseAct] = set()

    async def step(self, act: CaseAct, do: Do, *, case: UUID, also: dict[UUID | None, CaseAct] | None = None) -> Any:
        """Do an act on a case; `also` are the entries that it leaves on the timelines of others, None being new."""
        last = await self.world.ask("SELECT id FROM audit_entries ORDER BY id DESC LIMIT 1")
        seq = await self.world.ask("SELECT max(seq) FROM case_entries")
        answer = await do()
        assert answer.is_success, answer.text
        async with self.world.database.transaction() as tx:
            trail = await tx.connection.fetch(
                "SELECT act, key FROM audit_entries WHERE id > $1 AND object = 'case' AND act NOT LIKE 'case_bulk%'",
                last,
            )
            entries = await tx.connection.fetch("SELECT act, case_id FROM case_entries WHERE seq > $1", seq)
        assert [tuple(row) for row in trail] == [(f"case_{act}", str(case))]
        others = also or {}
        seen = [(row["act"], row["case_id"] if row["case_id"] in {case, *others} else None) for row in entries]
        left = [(act.value, case), *((other.value, where) for where, other in others.items())]
        assert sorted(seen, key=str) == sorted(left, key=str)
        self.walked |= {act, *others.values()}
        return answer


@pytest.fixture
def desks(world: World) -> Desks:
    return Desks(world, series="Z4239")


async def to_be_split(world: World, number: str) -> tuple[UUID, str]:
    """A case with a lead whose number isn't the child's any more, and that lead."""
    async with world.database.transaction() as tx:
        registration = await enter_fact(tx, certificate_number=number)
        case = await admit(tx, kind="finding", rule="over_six", registration=registration, number=number)
        await admit(tx, number=number)
        await tx.connection.execute(
            "UPDATE screening_facts SET certificate_number = NULL WHERE registration_id = $1", registration
        )
        lead = await tx.connection.fetchval("SELECT id FROM case_leads WHERE case_id = $1 AND kind = 'attempt'", case)
    return case, str(lead)


async def test_every_act_leaves_one_entry_on_the_timeline_and_one_on_the_trail(world: World, desks: Desks) -> None:
    walk = Walk(world)
    own, lead = await desks.investigator(), await desks.lead()
    case, other, third = [await desks.case(kind="shopping") for _ in range(3)]

    def post(desk: httpx.AsyncClient, act: str, body: Any = REASON, *, on: UUID = case) -> Do:
        return lambda: desk.post(f"{CASES}/{on}/{act}", json=body)

    async def do(act: CaseAct, how: Do, on: UUID = case, also: dict[UUID | None, CaseAct] | None = None) -> Any:
        return await walk.step(act, how, case=on, also=also)

    soon = {"until": (now_utc() + timedelta(hours=1)).isoformat(), **REASON}
    ended = {"outcome": "referred", **REASON}
    await do(CaseAct.RENEWAL, post(own, "renewal"))
    await do(CaseAct.NOTE, post(own, "notes", {"text": "记录"}))
    await do(CaseAct.SUSPENSION, post(own, "suspension", soon))
    await do(CaseAct.RESUMPTION, post(own, "resumption"))
    await do(CaseAct.RELEASE, post(own, "release"))
    await do(CaseAct.CLAIM, post(own, "claim"))
    await do(CaseAct.ESCALATION, post(own, "escalation"))
    await do(CaseAct.ASSIGNMENT, post(lead, "assignment", {"investigator": "investigator.420100000000", **REASON}))
    await do(CaseAct.LINK, post(own, "links", {"other": str(other), **REASON}), also={other: CaseAct.LINK})
    unlink: Do = lambda: own.delete(f"{CASES}/{case}/links/{other}")  # noqa: E731 - an act like the others
    await do(CaseAct.UNLINK, unlink, also={other: CaseAct.UNLINK})
    merge = post(own, "merge", {"into": str(case), **REASON}, on=other)
    await do(CaseAct.MERGE, merge, other, {case: CaseAct.ABSORPTION})
    await walk.step(CaseAct.UNMERGE, post(own, "unmerge", on=other), case=other, also={case: CaseAct.UNMERGE})
    bulk = await own.post(f"{CASES}/bulk", json={"act": "release", "case_ids": [str(third)], **REASON})
    await do(CaseAct.UNDO, lambda: own.post(f"{CASES}/bulk/{bulk.json()['id']}/undo"), third)
    brought = await do(CaseAct.EVIDENCE, lambda: desks.bring(case, PNG))
    evidence = brought.json()["evidence"]["id"]
    await do(CaseAct.EVIDENCE_VIEW, lambda: own.get(f"{CASES}/{case}/evidence/{evidence}"))
    steps = [one["step"] for one in (await own.get(f"{CASES}/{case}/steps")).json()["items"] if one["required"]]
    for one in steps:
        await do(CaseAct.STEP, post(own, "steps", {"step": one, "done": True, "note": "已核实"}))
    await do(CaseAct.CONCLUSION, post(own, "conclusion", ended))
    await do(CaseAct.WITHDRAWAL, post(own, "withdrawal"))
    await do(CaseAct.CONCLUSION, post(own, "conclusion", ended))
    await do(CaseAct.REJECTION, post(lead, "confirmation", {"decision": "refuse", **REASON}))
    await do(CaseAct.CONCLUSION, post(own, "conclusion", ended))
    await do(CaseAct.CONFIRMATION, post(lead, "confirmation", {"decision": "approve", **REASON}))
    await do(CaseAct.DOSSIER, lambda: lead.get(f"{CASES}/{case}/dossier"))
    await do(CaseAct.REOPENING, post(lead, "reopening"))

    parted, moving = await to_be_split(world, desks.number())
    split = post(own, "split", {"lead_ids": [moving], **REASON}, on=parted)
    await do(CaseAct.SPLIT, split, parted, {None: CaseAct.OPEN})

    assert walk.walked | BY_THE_SERVICE == set(CaseAct)
