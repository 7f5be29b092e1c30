"""A child in a collective household, from the finding at the desk to the criminal police, told by HTTP."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests import make
from tests.cases.held import CASES, PNG, Desks
from tests.worlds import World

from birthreg.access.models import Role
from birthreg.cli import run


@pytest.fixture
def desks(world: World) -> Desks:
    return Desks(world, series="Z4235")


def told(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


async def settle(desk: httpx.AsyncClient, case: UUID, evidence: str) -> None:
    """Tick what is required; one step on evidence, one can't be done."""
    for step in told(await desk.get(f"{CASES}/{case}/steps"))["items"]:
        if step["step"] == "field_visit":
            body = {"step": step["step"], "done": False, "not_applicable": True, "note": "该址已拆迁"}
        else:
            body = {"step": step["step"], "done": True, "note": "已核实", "evidence_ids": [evidence]}
        if step["required"]:
            told(await desk.post(f"{CASES}/{case}/steps", json=body))


async def test_a_suspicious_child_from_the_finding_to_the_criminal_police(desks: Desks, tmp_path: Path) -> None:
    registration, case = await desks.child()
    investigator, lead = await desks.investigator(), await desks.lead()
    auditor = await desks.world.desk(Role.AUDITOR, make.WUHAN)
    path = f"{CASES}/{case}"
    referral = {"outcome": "referred", "reason": "证件系伪造,涉嫌买卖国家机关证件。"}

    # The finding asks for its steps; without them nothing is concluded.
    assert told(await investigator.get(f"{path}/steps"))["required_open"] >= 3
    assert told(await investigator.post(f"{path}/conclusion", json=referral), 409)["code"] == "case_steps_open"

    # A scan of the certificate; what pretends to be one is refused.
    scan = PNG + os.urandom(64)
    lie = await desks.bring(case, scan, "扫描件.pdf")
    assert told(lie, 422)["code"] == "evidence_type_differs"
    evidence = told(await desks.bring(case, scan, "扫描件.png", description="证件正页"), 201)["evidence"]["id"]
    await settle(investigator, case, evidence)

    # Two persons: the lead wants more first, and agrees then.
    told(await investigator.post(f"{path}/conclusion", json=referral))
    back = {"decision": "refuse", "reason": "请补充分娩记录。"}
    assert told(await lead.post(f"{path}/confirmation", json=back))["status"] == "investigating"
    record = told(await desks.bring(case, "该院无此分娩记录。".encode(), "分娩记录.txt"), 201)["evidence"]["id"]
    told(await investigator.post(f"{path}/steps", json={"step": "dna", "done": True, "evidence_ids": [record]}))
    told(await investigator.post(f"{path}/conclusion", json=referral))
    agreed = {"decision": "approve", "reason": "同意移送。"}
    assert told(await lead.post(f"{path}/confirmation", json=agreed))["status"] == "closed"
    findings = told(await auditor.get("/api/v1/findings", params={"registration": str(registration)}))["items"]
    assert {one["outcome"] for one in findings} == {"confirmed"}

    # The criminal police check what they got, with no more than the published keys.
    dossier = tmp_path / "dossier.json"
    dossier.write_bytes((await lead.get(f"{path}/dossier")).content)
    keys = tmp_path / "keys.json"
    keys.write_bytes((await lead.get("/.well-known/birthreg/jwks.json")).content)
    folder = tmp_path / "evidence"
    folder.mkdir()
    for one in json.loads(dossier.read_bytes())["dossier"]["evidence"]:
        (folder / one["id"]).write_bytes((await lead.get(f"{path}/evidence/{one['id']}")).content)
    command = ["dossier", "verify", str(dossier), "--keys", str(keys), "--evidence", str(folder)]
    assert await asyncio.to_thread(run, command) == 0
    (folder / evidence).write_bytes(scan[:-1] + bytes([scan[-1] ^ 1]))
    assert await asyncio.to_thread(run, command) == 1

    # All of it stands on the timeline, in its order, each once.
    acts = await desks.world.ask("SELECT array_agg(act ORDER BY seq) FROM case_entries WHERE case_id = $1", case)
    steps = acts.count("step")
    assert acts == [
        "open", "evidence", *["step"] * (steps - 1), "conclusion", "rejection", "evidence", "step", "conclusion",
        "confirmation", "dossier", "evidence_view", "evidence_view",
    ]  # fmt: skip
