"""A block of blanks is stolen: stopped, listed, looked back on, contested in one case, and known to the neighbours."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests import make
from tests.local.instances import Instance, wait_for
from tests.story.test_a_clerks_day import signed_in, verify

from birthreg.kernel.clock import now_utc

pytestmark = pytest.mark.slow

BLACKLIST = "/api/v1/blacklist"
FIRST, LAST = "T420950000", "T420950199"
USED = ("T420950013", "T420950077")
"""Brought in as used before the theft was noticed."""

THEFT = {
    "first": FIRST,
    "last": LAST,
    "count": 200,
    "reason": "stolen",
    "document_number": "武公（户）〔2026〕77号",
    "event_date": "2026-01-05",
    "institution": "武汉市妇幼保健院",
    "note": "夜间库房被撬",
}
YES = {"decision": "approve", "reason": "已与派出所核实"}


@pytest.fixture(scope="module")
def instance(data_folder: Path) -> Iterator[Instance]:
    with Instance(data_folder / "a theft", demonstration=True) as instance:
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


def use(desk: httpx.Client) -> None:
    """Let two numbers of the block have been used, as the books of the station say."""
    rows = "".join(f"{number},2025-11-0{place},420106510000\n" for place, number in enumerate(USED, start=1))
    file = {"file": ("used.csv", f"certificate_number,used_at,organization\n{rows}".encode())}
    begun = told(desk.post("/api/v1/imports", data={"kind": "usage"}, files=file), 202)
    wait_for(lambda: told(desk.get(f"/api/v1/imports/{begun['id']}"))["status"] == "done")


def test_a_stolen_block_from_the_alarm_to_the_family_that_was_right(desk: Callable[[str], httpx.Client]) -> None:
    clerk, far, wuhan, wuhan2, neighbour = (
        desk(name) for name in ("clerk.wuchang", "clerk.fancheng", "admin.wuhan", "admin2.wuhan", "admin.xiangyang")
    )
    since = now_utc().isoformat()
    use(wuhan)
    assert verify(far, FIRST)["verdict"] == "clear"

    # The alarm: one officer stops the block at once.
    held = told(wuhan.post(f"{BLACKLIST}/holds", json=THEFT), 201)
    assert verify(far, FIRST)["verdict"] == "blacklisted"
    preview = held["preview"]
    assert (preview["count"], [one["certificate_number"] for one in preview["used"]["items"]]) == (200, list(USED))

    # In the morning a colleague looks, and approves; the one who raised the alarm can't.
    door = f"{BLACKLIST}/proposals/{held['proposal']['id']}/approval"
    assert told(wuhan.post(door, json=YES), 403)["code"] == "another_person_decides"
    waiting = told(wuhan2.get(f"{BLACKLIST}/proposals", params={"status": "proposed"}))["items"]
    assert held["proposal"]["id"] in [one["id"] for one in waiting]
    entry = told(wuhan2.post(door, json=YES, headers={"If-Match": '"1"', "Idempotency-Key": "morning"}))["entries"][0]
    assert (entry["id"], entry["lapses_at"]) == (held["entry"]["id"], None)
    for number in (FIRST, "T420950100", LAST):
        answer = verify(far, number)
        assert (answer["verdict"], answer["may_register"]) == ("blacklisted", False)
        assert answer["blacklist"]["document_number"] == THEFT["document_number"]

    # The worker finds who had used numbers of the block.
    uses = f"{BLACKLIST}/entries/{entry['id']}/uses"
    wait_for(lambda: told(wuhan.get(uses))["looked_back_at"] is not None)
    assert [one["certificate_number"] for one in told(wuhan.get(uses))["items"]] == list(USED)
    assert told(neighbour.get(uses))["items"] == []

    # A family comes to the station: theirs was issued before the theft.
    objection = {
        "certificate_number": USED[0], "objector": "王桂兰", "relation": "mother",
        "grounds": "2025 年 10 月由医院当场签发", "evidence": ["出院小结"],
    }  # fmt: skip
    received = told(clerk.post(f"{BLACKLIST}/entries/{entry['id']}/objections", json=objection), 201)
    right = {"decision": "uphold", "reason": "医院存根核对一致", "document_number": "武公异〔2026〕1号"}
    decision = f"{BLACKLIST}/objections/{received['id']}/decision"
    assert told(wuhan.post(decision, json=right), 403)["code"] == "lister_decides"
    upheld = told(wuhan2.post(decision, json=right))
    assert verify(far, USED[0])["verdict"] == "blacklisted"
    lifted = told(desk("admin.hubei").post(f"{BLACKLIST}/proposals/{upheld['proposal_id']}/approval", json=YES))
    assert sorted((one["first"][-3:], one["last"][-3:]) for one in lifted["entries"] if one["split_from"]) == [
        ("000", "012"), ("014", "199"),
    ]  # fmt: skip
    assert [verify(far, number)["verdict"] for number in ("T420950012", USED[0], "T420950014")] == [
        "blacklisted", "used", "blacklisted",
    ]  # fmt: skip

    # The neighbour is told of both, and takes note.
    feed = told(neighbour.get(f"{BLACKLIST}/announcements", params={"since": since}))["items"]
    assert [(one["act"], one["first"], one["count"]) for one in feed] == [("add", FIRST, 200), ("lift", USED[0], 1)]
    for one in feed:
        told(neighbour.post(f"{BLACKLIST}/announcements/{one['id']}/acknowledgement", json={"note": "已转各所"}))
        shown = told(wuhan.get(f"{BLACKLIST}/announcements/{one['id']}"))
        assert [note["organization_name"] for note in shown["acknowledged"]] == ["襄阳市公安局"]

    # And what was known when can be told for good.
    then = {"number": USED[0], "as_of": held["entry"]["listed_at"], "status": "in_force"}
    assert len(told(wuhan.get(f"{BLACKLIST}/entries", params=then))["items"]) == 1
    assert told(wuhan.get(f"{BLACKLIST}/entries", params={**then, "known_at": since}))["items"] == []
    assert told(wuhan.get(f"{BLACKLIST}/entries", params={"number": USED[0], "status": "in_force"}))["items"] == []
    assert entry["organization"] == make.WUHAN
