"""A clerk's day at a station, from sign-in to sign-out, and who looks at it afterwards."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests import make
from tests.local.instances import Instance, run, wait_for

pytestmark = pytest.mark.slow

VERIFY = "/api/v1/verifications"
JOBS = "/api/v1/verification-jobs"
PAPER = {"child_name": "张子轩", "child_sex": 1, "born_at": "2021-01-01", "mother_name": "陈美玲"}


@pytest.fixture(scope="module")
def instance(data_folder: Path) -> Iterator[Instance]:
    with Instance(data_folder / "a day", demonstration=True) as instance:
        yield instance


@pytest.fixture
def anybody(instance: Instance) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{instance.port}", timeout=60, trust_env=False) as desk:
        yield desk


@pytest.fixture
def clerk(anybody: httpx.Client) -> httpx.Client:
    return signed_in(anybody, "clerk.wuchang")


def signed_in(desk: httpx.Client, officer: str) -> httpx.Client:
    answer = desk.post("/api/v1/sessions", json={"officer_id": officer, "password": make.PASSWORD})
    assert answer.status_code == 201, answer.text
    desk.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return desk


def verify(desk: httpx.Client, number: str, *, language: str = "zh-CN", **more: Any) -> dict[str, Any]:
    question = {"certificate_number": number, "purpose": "birth_registration"} | more
    answer = desk.post(VERIFY, json=question, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    verdict: dict[str, Any] = answer.json()
    return verdict


def test_the_first_screen_says_where_to_click_and_how_to_sign_in(instance: Instance, anybody: httpx.Client) -> None:
    assert f"http://127.0.0.1:{instance.port}/" in instance.said
    assert "clerk.wuchang / birthreg-demo" in instance.said
    assert anybody.get("/schema").status_code == 200
    assert signed_in(anybody, "clerk.wuchang").headers["Authorization"].startswith("Bearer ")


@pytest.mark.parametrize(
    ("number", "verdict", "reason"),
    [
        ("X420100001", "clear", None),
        ("X420100002", "used", "number_used"),
        ("X420100003", "blacklisted", "number_blacklisted"),
        *((f"X4201000{place}", "blacklisted", "number_blacklisted") for place in range(10, 20)),
        ("X420100004", "reserved", "number_reserved"),
        ("X420100005", "mismatch", "certificate_child_differs"),
        *((f"X4201000{place}", "clear", None) for place in range(20, 30)),
        ("X42O100001", "malformed", "number_digit"),
    ],
)
def test_each_number_of_the_demonstration_gets_its_verdict_in_both_languages(
    clerk: httpx.Client, number: str, verdict: str, reason: str | None
) -> None:
    paper = {"certificate": PAPER} if verdict == "mismatch" else {}
    chinese = verify(clerk, number, **paper)
    english = verify(clerk, number, language="en", **paper)
    for told in (chinese, english):
        assert (told["verdict"], told["may_register"]) == (verdict, verdict == "clear")
        assert reason in {found["code"] for found in told["reasons"]} or (reason is None and not told["reasons"])
    assert not chinese["next_step"].isascii()
    assert english["next_step"].isascii()
    for zh, en in zip(chinese["reasons"], english["reasons"], strict=True):
        assert zh["code"] == en["code"]
        assert zh["message"] != en["message"]


def test_what_is_known_of_a_number_is_told_as_far_as_the_clerk_may_see_it(clerk: httpx.Client) -> None:
    used = verify(clerk, "X420100002")["usage"]
    assert (used["organization"], used["registration_id"]) == (make.FANCHENG, None)
    listed = verify(clerk, "X420100003")["blacklist"]
    assert listed["reason"] == "stolen"
    assert listed["document_number"]
    assert listed["listed_by_name"]


def check_receipt(tmp_path: Path, content: str, *options: str, data: Path | None = None) -> int:
    file = tmp_path / "answer.json"
    file.write_text(content, encoding="utf-8")
    ended = run("receipt", "verify", str(file), *options, environment={"BIRTHREG_DATA_DIR": str(data or tmp_path)})
    assert "Traceback" not in ended.stderr
    return ended.returncode


def test_a_receipt_is_checked_offline_and_a_changed_byte_fails(
    instance: Instance, clerk: httpx.Client, tmp_path: Path
) -> None:
    answer = verify(clerk, "X420100003")
    assert check_receipt(tmp_path, json.dumps(answer), data=instance.data) == 0
    keys = tmp_path / "jwks.json"
    keys.write_bytes(clerk.get("/.well-known/birthreg/jwks.json").content)
    assert check_receipt(tmp_path, json.dumps(answer), "--keys", str(keys)) == 0
    assert check_receipt(tmp_path, answer["receipt"], "--keys", str(keys)) == 0
    for changed in ({"verdict": "clear"}, {"may_register": True}, {"certificate_number": "X420100002"}):
        assert check_receipt(tmp_path, json.dumps(answer | changed), "--keys", str(keys)) == 1
    head, payload, signature = answer["receipt"].split(".")
    other = {"A": "B"}
    for parts in (
        (head, payload[:40] + other.get(payload[40], "A") + payload[41:], signature),
        (head, payload, other.get(signature[0], "A") + signature[1:]),
        (head[:10] + other.get(head[10], "A") + head[11:], payload, signature),
    ):
        assert check_receipt(tmp_path, ".".join(parts), "--keys", str(keys)) == 1


def test_a_batch_is_answered_in_order_with_one_receipt(instance: Instance, clerk: httpx.Client, tmp_path: Path) -> None:
    numbers = ["X420100003", "X420100001", "X420100002", "X420100015", "x420100020"] * 200
    body = {"purpose": "birth_registration", "items": [{"certificate_number": number} for number in numbers]}
    answer = clerk.post(f"{VERIFY}/batch", json=body)
    assert answer.status_code == 200, answer.text
    batch = answer.json()
    assert [item["typed"] for item in batch["items"]] == numbers
    assert [item["verdict"] for item in batch["items"][:5]] == ["blacklisted", "clear", "used", "blacklisted", "clear"]
    assert check_receipt(tmp_path, answer.text, data=instance.data) == 0
    for field, forged in (("may_register", True), ("verdict", "clear")):
        batch["items"][0][field] = forged
        assert check_receipt(tmp_path, json.dumps(batch), data=instance.data) == 1


def test_a_file_is_verified_by_the_worker(clerk: httpx.Client) -> None:
    content = "certificate_number,reference\nX420100002,登记簿 7\nX420100001,登记簿 8\n".encode("gb18030")
    form = {"purpose": "back_fill"}
    job = clerk.post(JOBS, files={"file": ("九月.csv", content, "text/csv")}, data=form).json()
    wait_for(lambda: clerk.get(f"{JOBS}/{job['id']}").json()["status"] in {"done", "failed"})
    assert clerk.get(f"{JOBS}/{job['id']}").json()["verdicts"] == {"used": 1, "clear": 1}
    lines = clerk.get(f"{JOBS}/{job['id']}/result").content.decode("utf-8-sig").splitlines()
    assert "登记簿 7" in lines[1]
    assert "登记簿 8" in lines[2]


def test_the_life_of_a_number_tells_who_asked_for_it(clerk: httpx.Client) -> None:
    asked = verify(clerk, "X420100022")
    life = clerk.get("/api/v1/certificates/X420100022")
    assert life.status_code == 200, life.text
    assert asked["id"] in {lookup["id"] for lookup in life.json()["lookups"]}
    record = clerk.get(f"{VERIFY}/{asked['id']}").json()
    assert (record["verdict"], record["as_of"]) == (asked["verdict"], asked["as_of"])


def test_an_auditor_reads_the_day_and_finds_the_trail_whole(
    instance: Instance, clerk: httpx.Client, anybody: httpx.Client
) -> None:
    asked = verify(clerk, "X420100003", reference="登记簿 9")
    auditor = signed_in(anybody, "auditor.hubei")
    trail = auditor.get("/api/v1/audit/entries", params={"officer": "clerk.wuchang", "limit": 500}).json()["items"]
    assert {"sign_in", "verify"} <= {entry["act"] for entry in trail}
    assert asked["id"] in {entry["id"] for entry in trail}

    def check() -> tuple[int, str]:
        ended = run("audit", "verify", environment={"BIRTHREG_DATA_DIR": str(instance.data)})
        return ended.returncode, ended.stdout

    wait_for(lambda: "0 not yet sealed" in check()[1])
    code, said = check()
    assert code == 0
    assert "完整 · whole" in said


def test_sign_out_works_at_once(clerk: httpx.Client) -> None:
    assert verify(clerk, "X420100001")["verdict"] == "clear"
    assert clerk.delete("/api/v1/sessions/current").status_code == 204
    question = {"certificate_number": "X420100001", "purpose": "birth_registration"}
    batch = {"purpose": "birth_registration", "items": [{"certificate_number": "X420100001"}]}
    assert clerk.post(VERIFY, json=question).status_code == 401
    assert clerk.post(f"{VERIFY}/batch", json=batch).status_code == 401
    assert clerk.get("/api/v1/certificates/X420100001").status_code == 401


def test_a_suspension_works_at_once(clerk: httpx.Client) -> None:
    assert verify(clerk, "X420100001")["verdict"] == "clear"
    with httpx.Client(base_url=clerk.base_url, timeout=60, trust_env=False) as security:
        signed_in(security, "security.hubei")
        account = "/api/v1/access/officers/clerk.wuchang"
        assert security.post(f"{account}/suspension", json={"reason": "调离岗位"}).status_code == 200
        question = {"certificate_number": "X420100001", "purpose": "birth_registration"}
        assert clerk.post(VERIFY, json=question).status_code == 401
        assert security.post(f"{account}/reinstatement", json={"reason": "误操作"}).status_code == 200
    assert signed_in(clerk, "clerk.wuchang").post(VERIFY, json=question).status_code == 200
