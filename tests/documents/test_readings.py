"""A picture of a paper at the door: number, crop, quality, fields and verdict; offered, recorded, not kept."""

import hashlib
import json
from base64 import b64decode
from datetime import timedelta
from uuid import uuid4

import cv2
import httpx
import numpy as np
import pytest
from tests import make
from tests.documents.doors import NUMBER, compare, photo_of, png, read
from tests.worlds import XIANGYANG, World

from birthreg.access.models import Role
from birthreg.access.rules import LOOKUPS_PER_HOUR
from birthreg.documents.weights import WeightsMissing
from birthreg.kernel.language import Text

TYPED = "X420100002"


@pytest.fixture
async def desk(world: World) -> httpx.AsyncClient:
    return await world.desk(Role.CLERK, make.WUCHANG)


async def test_a_scan_gives_its_number_a_crop_its_quality_and_the_verdict(
    desk: httpx.AsyncClient, world: World
) -> None:
    content = photo_of()
    answer = await read(desk, content, fields='{"child_name": "欧阳不同"}', certificate_number="  \u3000")
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (found["number"]["value"], found["number"]["outcome"]) == (NUMBER, "sure")
    crop = cv2.imdecode(np.frombuffer(b64decode(found["number"]["crop"].partition(",")[2]), np.uint8), cv2.IMREAD_COLOR)
    assert crop is not None
    assert crop.shape[1] > crop.shape[0]
    assert found["typed_outcome"] is None
    assert found["fields"]["child_name"]["outcome"] == "differs"
    assert found["fields"]["child_name"]["typed"] == "欧阳不同"
    verdict = found["verification"]
    assert (verdict["verdict"], verdict["certificate_number"]) == ("clear", NUMBER)
    assert (verdict["entered_by"], verdict["reading_id"]) == ("read", found["id"])
    assert (found["verification_refused"], found["verification_of_read_refused"]) == (None, None)
    again = await desk.get(f"/api/v1/verifications/{verdict['id']}")
    assert again.json()["entered_by"] == "read"
    kept = (await desk.get(f"/api/v1/documents/readings/{found['id']}")).json()
    assert kept["sha256"] == hashlib.sha256(content).hexdigest()
    assert (kept["certificate_number"], kept["outcome"], kept["officer"]) == (NUMBER, "sure", f"clerk.{make.WUCHANG}")
    async with world.database.transaction() as tx:
        acts = await tx.connection.fetch("SELECT act, key, condition, detail::text FROM audit_entries ORDER BY id")
        row = await tx.connection.fetchrow("SELECT document_readings::text AS text FROM document_readings")
    assert [act["key"] for act in acts if act["act"] == "read_paper"] == [found["id"]]
    said = " ".join(str(value) for act in acts for value in act.values()) + row["text"]
    personal = {
        one["read"] for name, one in found["fields"].items() if name.endswith(("_name", "_number")) and one["read"]
    }
    assert personal
    assert not [one for one in personal if one in said]


async def test_a_numbers_life_says_that_the_paper_shown_bore_another(desk: httpx.AsyncClient) -> None:
    found = (await read(desk, photo_of(), certificate_number=TYPED)).json()
    typed, of_paper = [(await desk.get(f"/api/v1/certificates/{number}")).json() for number in (TYPED, NUMBER)]
    (lookup,) = [one for one in typed["lookups"] if one["id"] == found["verification"]["id"]]
    assert (lookup["entered_by"], lookup["reading_id"], lookup["read_number"]) == ("both", found["id"], NUMBER)
    assert any(NUMBER in event["message"] for event in typed["timeline"])
    (lookup,) = [one for one in of_paper["lookups"] if one["id"] == found["verification_of_read"]["id"]]
    assert (lookup["entered_by"], lookup["reading_id"], lookup["read_number"]) == ("read", found["id"], None)


async def test_a_look_up_without_a_paper_stands_in_the_life_as_such(desk: httpx.AsyncClient) -> None:
    asked = {"certificate_number": TYPED, "purpose": "birth_registration"}
    assert (await desk.post("/api/v1/verifications", json=asked)).status_code < 300
    (lookup, *_) = (await desk.get(f"/api/v1/certificates/{TYPED}")).json()["lookups"]
    assert (lookup["entered_by"], lookup["reading_id"], lookup["read_number"]) == (None, None, None)


async def test_a_number_typed_otherwise_warns_and_the_look_up_keeps_it(desk: httpx.AsyncClient) -> None:
    found = (await read(desk, photo_of(), certificate_number=TYPED)).json()
    assert found["typed_outcome"] == "differs"
    verdict = found["verification"]
    assert (verdict["certificate_number"], verdict["verdict"], verdict["may_register"]) == (TYPED, "review", True)
    (reason,) = verdict["reasons"]
    assert (reason["code"], reason["severity"]) == ("number_differs_from_reading", "warn")
    of_read = found["verification_of_read"]
    assert (of_read["certificate_number"], of_read["entered_by"]) == (NUMBER, "read")
    assert NUMBER in reason["message"]
    kept = (await desk.get(f"/api/v1/verifications/{verdict['id']}")).json()
    assert (kept["entered_by"], kept["reasons"]) == ("both", verdict["reasons"])
    later = {"certificate_number": NUMBER, "purpose": "birth_registration", "reading_id": found["id"]}
    same = (await desk.post("/api/v1/verifications", json=later)).json()
    assert (same["verdict"], same["entered_by"], same["reading_id"]) == ("clear", "both", found["id"])
    empty = (await desk.post("/api/v1/verifications", json={**later, "certificate_number": ""})).json()
    assert (empty["certificate_number"], empty["entered_by"]) == (NUMBER, "read")


async def test_what_was_typed_of_the_paper_is_held_against_the_record_of_issue(
    desk: httpx.AsyncClient, world: World
) -> None:
    async with world.database.transaction() as tx:
        await make.issuance(tx, NUMBER)
    typed = {"child_name": "李安然", "child_sex": "女", "born_at": "2023年5月4日", "issued_on": "2023-05-06"}
    right = (await read(desk, photo_of(), certificate_number=NUMBER, fields=json.dumps(typed))).json()
    assert right["verification"]["verdict"] == "clear"
    typed["child_name"] = "王小明"
    wrong = (await read(desk, photo_of(), certificate_number=NUMBER, fields=json.dumps(typed))).json()
    assert wrong["verification"]["verdict"] == "mismatch"


async def test_what_was_read_is_answered_where_its_look_up_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await world.desk(Role.CLERK, make.FANCHENG)
    asked = {"certificate_number": NUMBER, "purpose": "birth_registration"}
    budget = world.service.state.budget
    await budget.stop()  # what other tests asked is counted now, by the limit that they knew
    with monkeypatch.context() as poor:
        poor.setitem(LOOKUPS_PER_HOUR, Role.CLERK, 0)
        await desk.post("/api/v1/verifications", json=asked)
        await budget.stop()
    answer = await read(desk, photo_of(), certificate_number=TYPED, fields="{}")
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert (found["number"]["value"], found["typed_outcome"]) == (NUMBER, "differs")
    assert found["fields"]["child_name"]["read"]
    assert (found["verification"], found["verification_of_read"]) == (None, None)
    for refused in (found["verification_refused"], found["verification_of_read_refused"]):
        assert (refused["code"], refused["retryable"]) == ("budget_spent", True)
        assert refused["retry_after"] > 0
        assert refused["detail"]
    assert (await desk.get(f"/api/v1/documents/readings/{found['id']}")).status_code == 200


async def test_blanks_are_no_number_typed_where_none_is_read(desk: httpx.AsyncClient) -> None:
    nothing = await read(desk, png(np.full((1130, 1600, 3), 255, np.uint8)), certificate_number="  ")
    assert nothing.status_code == 201, nothing.text
    assert nothing.json()["verification"] is None


async def test_a_look_up_without_a_reading_keeps_no_word_of_one(desk: httpx.AsyncClient, world: World) -> None:
    asked = {"certificate_number": "X4201", "purpose": "birth_registration"}
    verdict = (await desk.post("/api/v1/verifications", json=asked)).json()
    assert not {"entered_by", "reading_id"} & verdict.keys()
    answer = json.loads(await world.ask("SELECT answer::text FROM lookups WHERE id = $1", verdict["id"]))
    assert "entry" not in answer


@pytest.mark.parametrize("case", ["unknown", "another organisation", "too old", "not sure"])
async def test_a_look_up_rests_on_no_reading_that_is(case: str, desk: httpx.AsyncClient, world: World) -> None:
    reading = uuid4()
    outcome, number = ("look", NUMBER) if case == "not sure" else ("sure", NUMBER)
    async with world.database.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO document_readings VALUES ($1, now() - $2::interval, 'x', $3, 't', 'audit', $4, $4, $5, $6)",
            uuid4() if case == "unknown" else reading, timedelta(hours=25 if case == "too old" else 0),
            make.FANCHENG if case == "another organisation" else make.WUCHANG, b"0" * 32, outcome, number,
        )  # fmt: skip
    asked = {"certificate_number": "", "purpose": "birth_registration", "reading_id": str(reading)}
    answer = await desk.post("/api/v1/verifications", json=asked)
    assert answer.status_code == 422
    code = "reading_not_sure" if case == "not sure" else "reading_unusable"
    assert [error["code"] for error in answer.json()["errors"]] == [code]


async def keep_unreadable(world: World) -> str:
    """Keep a reading of Wuchang's that showed nothing, and return where it is read."""
    reading = uuid4()
    async with world.database.transaction() as tx:
        await tx.connection.execute(
            "INSERT INTO document_readings VALUES ($1, now(), 'x', $2, 't', 'audit', $3, $3, 'unreadable', NULL)",
            reading, make.WUCHANG, b"0" * 32,
        )  # fmt: skip
    return f"/api/v1/documents/readings/{reading}"


async def test_a_reading_is_seen_inside_the_jurisdiction_alone(world: World) -> None:
    path = await keep_unreadable(world)
    ours = await world.desk(Role.PREFECTURE_ADMIN, make.WUHAN)
    theirs = await world.desk(Role.CLERK, make.FANCHENG)
    assert (await ours.get(path)).json()["outcome"] == "unreadable"
    assert (await theirs.get(path)).status_code == 404


async def test_the_auditor_who_reads_a_look_up_reads_the_reading_it_names(world: World) -> None:
    path = await keep_unreadable(world)
    auditor = await world.desk(Role.AUDITOR, make.WUHAN)
    assert (await auditor.get(path)).json()["outcome"] == "unreadable"
    left = "SELECT count(*) FROM audit_entries WHERE act = 'read_readings' AND key = $1"
    assert await world.ask(left, path.rpartition("/")[2]) == 1
    refused = await (await world.desk(Role.MACHINE_CLIENT, make.WUHAN)).get(path)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ("[]", "fields_not_json"),
        ('{"shoe_size": "3"}', "field_unknown"),
        ('{"child_name": {}}', "fields_not_json"),
        ('{"born_at": "春天"}', "field_invalid"),
        ('{"child_sex": "7"}', "field_invalid"),
    ],
)
async def test_fields_that_no_paper_shows_are_refused(desk: httpx.AsyncClient, fields: str, code: str) -> None:
    answer = await read(desk, b"x", fields=fields)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_what_is_no_picture_is_refused_with_what_to_do(desk: httpx.AsyncClient) -> None:
    answer = await read(desk, b"MZ not a picture")
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["errors"][0]["field"]) == (422, "not_a_picture", "file")
    assert "JPEG" in problem["remedy"]


async def test_without_models_this_room_alone_says_what_to_run(
    world: World, desk: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(*_arguments: object, **_named: object) -> object:
        raise WeightsMissing(name="x.onnx", state=Text("缺失", "missing"))

    monkeypatch.setattr(world.service.state.readers._pool, "ask", nothing)
    answer = await read(desk, b"x")
    assert (answer.status_code, answer.json()["code"]) == (503, "documents_unavailable")
    assert "scripts/prepare" in answer.json()["remedy"]


async def test_the_chapter_says_how_often_it_errs_and_what_is_not_kept(world: World) -> None:
    chapter = await (await world.stranger()).get("/help/documents")
    assert chapter.status_code == 200
    assert all(word in chapter.text for word in ("误识率", "不保存什么", "未经儿童数据校准"))


async def test_readiness_says_whether_pictures_can_be_read(world: World) -> None:
    assert (await (await world.stranger()).get("/health/ready")).json()["documents"] == "up"


async def test_pictures_that_would_not_fit_into_memory_wait_outside(
    world: World, desk: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("birthreg.documents.readers._MOST_HELD", 1000)
    with world.service.state.readers.hold(900):
        answer = await read(desk, b"x" * 200)
        assert (answer.status_code, answer.json()["code"]) == (503, "readers_busy")
        assert answer.json()["retryable"]
    assert (await read(desk, b"x" * 2000)).json()["code"] == "not_a_picture"


async def test_who_has_too_many_pictures_read_waits_and_the_trail_hears_it_once_a_minute(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await world.desk(Role.PREFECTURE_ADMIN, XIANGYANG)
    query = "SELECT count(*) FROM audit_entries WHERE error_code = 'pictures_spent' AND act = 'read_papers'"
    before = await world.ask(query)
    monkeypatch.setattr("birthreg.documents.readers.PICTURES_PER_HOUR", 1)
    answer = await compare(desk, "paper", b"x", b"y")
    assert (answer.status_code, answer.json()["code"]) == (429, "pictures_spent")
    assert int(answer.headers["Retry-After"]) > 0
    assert (await compare(desk, "paper", b"x", b"y")).status_code == 429
    assert (await read(desk, b"x")).json()["code"] == "not_a_picture"
    assert await world.ask(query) == before + 1


async def test_a_pair_of_which_one_is_refused_is_told_which_and_counts_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("birthreg.documents.readers.PICTURES_PER_HOUR", 2)
    desk = await world.desk(Role.PREFECTURE_ADMIN, make.WUHAN)
    answer = await compare(desk, "paper", photo_of(), b"x")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_picture")
    assert [error["field"] for error in answer.json()["errors"]] == ["second"]
