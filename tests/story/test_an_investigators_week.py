"""Two suspicious children: one goes to the criminal police, the other's family was right."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.cases.held import PNG
from tests.local.instances import Instance, run, wait_for
from tests.screening.rulings import CODE, RULES, in_collective
from tests.story.test_a_clerks_day import signed_in

from birthreg.kernel.clock import now_utc

pytestmark = pytest.mark.slow

CASES = "/api/v1/cases"
BLACKLIST = "/api/v1/blacklist"
SOLD, HONEST = "X420960001", "X420960002"
YES = {"decision": "approve", "reason": "已核实"}
LISTING = {
    "act": "add", "first": HONEST, "reason": "stolen", "document_number": "武公（户）〔2026〕81号",
    "event_date": "2026-01-05", "institution": "武汉市妇幼保健院",
}  # fmt: skip


@pytest.fixture(scope="module")
def instance(data_folder: Path) -> Iterator[Instance]:
    with Instance(data_folder / "a week", demonstration=True) as instance:
        yield instance


@pytest.fixture(scope="module")
def desk(instance: Instance) -> Iterator[Callable[[str], httpx.Client]]:
    desks: dict[str, httpx.Client] = {}

    def sit(officer: str) -> httpx.Client:
        if officer not in desks:
            fresh = httpx.Client(base_url=f"http://127.0.0.1:{instance.port}", timeout=60, trust_env=False)
            desks[officer] = signed_in(fresh, officer)
        return desks[officer]

    yield sit
    for one in desks.values():
        one.close()


def told(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()


def register(clerk: httpx.Client, number: str) -> dict[str, Any]:
    """Register a child into a collective household, and return what the desk is told."""
    registered: dict[str, Any] = told(clerk.post("/api/v1/registrations", json=in_collective(number)), 201)
    return registered


def draw(investigator: httpx.Client, case: str) -> None:
    """Take the next case again and again, until this one has come."""
    for _ in range(1_000):
        drawn = told(investigator.post(f"{CASES}/next"))["case"]
        if drawn["id"] == case:
            return
    pytest.fail("the case never came")


def settle(investigator: httpx.Client, case: str) -> str:
    """Bring a scan and tick every required step on it; return the scan."""
    scan = {"file": ("证件.png", PNG)}
    evidence: str = told(investigator.post(f"{CASES}/{case}/evidence", files=scan), 201)["evidence"]["id"]
    for step in told(investigator.get(f"{CASES}/{case}/steps"))["items"]:
        if step["required"]:
            body = {"step": step["step"], "done": True, "note": "已核实", "evidence_ids": [evidence]}
            told(investigator.post(f"{CASES}/{case}/steps", json=body))
    return evidence


def conclude(investigator: httpx.Client, lead: httpx.Client, case: str, outcome: str) -> None:
    """Propose an end, and let the lead confirm it; who proposed can't."""
    told(investigator.post(f"{CASES}/{case}/conclusion", json={"outcome": outcome, "reason": "情况已查清。"}))
    assert investigator.post(f"{CASES}/{case}/confirmation", json=YES).status_code == 403
    assert told(lead.post(f"{CASES}/{case}/confirmation", json=YES))["status"] == "closed"


def acts_on(investigator: httpx.Client, case: str) -> list[str]:
    """The timeline, oldest first, page by page."""
    acts: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = told(investigator.get(f"{CASES}/{case}/timeline", params={"limit": 7, **cursor}))
        acts += [entry["act"] for entry in page["items"]]
        if page["next_cursor"] is None:
            return acts
        cursor = {"cursor": page["next_cursor"]}


def test_a_sold_certificate_from_the_desk_to_the_criminal_police(
    desk: Callable[[str], httpx.Client], tmp_path: Path
) -> None:
    clerk, investigator, lead = (desk(name) for name in ("clerk.wuchang", "investigator.wuhan", "lead.wuhan"))

    # The desk is told what is suspicious, and that there is a case; the queue has it.
    registered = register(clerk, SOLD)
    case = registered["case_id"]
    assert CODE in [finding["code"] for finding in registered["findings"]]
    assert clerk.get(f"{CASES}/{case}").status_code == 403
    draw(investigator, case)
    shown = told(investigator.get(f"{CASES}/{case}"))
    assert (shown["status"], shown["investigator"]) == ("investigating", "investigator.wuhan")
    assert CODE in [lead["rule"] for lead in shown["all_leads"]]

    # The hospital answers in a moment; until then the case rests, and the clock stands still.
    told(investigator.post(f"{CASES}/{case}/notes", json={"text": "已去函医院核对存根"}))
    soon = (now_utc() + timedelta(seconds=3)).isoformat()
    rests = told(investigator.post(f"{CASES}/{case}/suspension", json={"until": soon, "reason": "等待医院复函"}))
    assert rests["status"] == "suspended"
    wait_for(lambda: told(investigator.get(f"{CASES}/{case}"))["status"] == "investigating")

    # Checklist, evidence, two persons.
    referral = {"outcome": "referred", "reason": "医院无此存根"}
    assert told(investigator.post(f"{CASES}/{case}/conclusion", json=referral), 409)["code"] == "case_steps_open"
    evidence = settle(investigator, case)
    conclude(investigator, lead, case, "referred")

    # What the criminal police get can be checked without this service.
    dossier, keys, folder = tmp_path / "dossier.json", tmp_path / "jwks.json", tmp_path / "evidence"
    folder.mkdir()
    dossier.write_bytes(lead.get(f"{CASES}/{case}/dossier").content)
    keys.write_bytes(lead.get("/.well-known/birthreg/jwks.json").content)
    (folder / evidence).write_bytes(lead.get(f"{CASES}/{case}/evidence/{evidence}").content)
    command = ("dossier", "verify", str(dossier), "--keys", str(keys), "--evidence", str(folder))
    assert run(*command).returncode == 0
    forged = json.loads(dossier.read_bytes())
    forged["dossier"]["conclusion"]["outcome"] = "cleared"
    dossier.write_text(json.dumps(forged, ensure_ascii=False), encoding="utf-8")
    assert run(*command).returncode == 1

    acts = acts_on(investigator, case)
    steps = acts.count("step")
    assert acts == [
        "open", "claim", "note", "suspension", "resumption", "evidence", *["step"] * steps, "conclusion",
        "confirmation", "dossier", "evidence_view",
    ]  # fmt: skip


def performance(reader: httpx.Client) -> dict[str, Any]:
    """What the rule is worth, from concluded cases."""
    found: dict[str, Any] = told(reader.get(f"{RULES}/{CODE}"))["performance"]
    return found


def test_a_wrongly_suspected_family_is_cleared_and_the_rule_knows_it(desk: Callable[[str], httpx.Client]) -> None:
    clerk, wuhan, wuhan2, investigator, lead = (
        desk(name) for name in ("clerk.wuchang", "admin.wuhan", "admin2.wuhan", "investigator2.wuhan", "lead.wuhan")
    )
    case = register(clerk, HONEST)["case_id"]

    # The number is listed by mistake: the look back finds the child, and the lead joins the open case.
    proposed = told(wuhan.post(f"{BLACKLIST}/proposals", json=LISTING), 201)["proposal"]["id"]
    entry = told(wuhan2.post(f"{BLACKLIST}/proposals/{proposed}/approval", json=YES))["entries"][0]["id"]
    wait_for(lambda: "join" in acts_on(investigator, case))
    draw(investigator, case)

    # The family objects and is right: the entry is lifted by two persons.
    objection = {
        "certificate_number": HONEST, "objector": "王桂兰", "relation": "mother", "grounds": "医院当场签发",
        "evidence": ["出院小结"],
    }  # fmt: skip
    raised = told(clerk.post(f"{BLACKLIST}/entries/{entry}/objections", json=objection), 201)["id"]
    right = {"decision": "uphold", "reason": "医院存根核对一致", "document_number": "武公异〔2026〕2号"}
    upheld = told(wuhan2.post(f"{BLACKLIST}/objections/{raised}/decision", json=right))
    told(desk("admin.hubei").post(f"{BLACKLIST}/proposals/{upheld['proposal_id']}/approval", json=YES))
    assert told(clerk.get(f"{BLACKLIST}/objections/{raised}"))["status"] == "upheld"

    # The case is cleared, and the rule that suspected the family is known to have been wrong once more.
    before = performance(lead)
    settle(investigator, case)
    conclude(investigator, lead, case, "cleared")
    after = performance(lead)
    assert after["unfounded"] == before["unfounded"] + 1
    assert after["precision"] == after["confirmed"] / (after["confirmed"] + after["unfounded"])
    assert told(lead.get(f"{CASES}/{case}"))["outcome"] == "cleared"
