"""Void numbers by file, at the doors: staged, compared, decided by two persons, taken back as one."""

import io
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from tests import make
from tests.blacklist.files import APPROVE, ENTRIES, HEADER, IMPORTS, RANGE, REFUSE, SINGLE, UNDO, Bureau
from tests.conftest import SignIn

from birthreg.access.models import Role
from birthreg.blacklist import batches
from birthreg.kernel.database import Database
from birthreg.kernel.idempotency import forget_old_answers

XIANGYANG = "420600000000"


@pytest.fixture
async def bureau(sign_in: SignIn, database: Database, tmp_path: Path) -> Bureau:
    """Wuhan's administrators; a second one is known from the beginning."""
    bureau = Bureau(sign_in, database, tmp_path)
    await bureau.desk("admin2.wuhan")
    return bureau


async def ask(database: Database, question: str, *arguments: Any) -> Any:
    async with database.transaction() as tx:
        return await tx.connection.fetchval(question, *arguments)


async def verdict(bureau: Bureau, number: str) -> str:
    desk = await bureau.desk()
    answer = await desk.post("/api/v1/verifications", json={"certificate_number": number, "purpose": "audit"})
    return str(answer.json()["verdict"])


async def test_nothing_of_a_file_is_in_force_before_two_persons_want_it(bureau: Bureau, database: Database) -> None:
    found = await bureau.bring(HEADER + SINGLE + RANGE)
    preview = found["preview"]
    assert (found["status"], preview["new"], preview["numbers"], preview["wrong"]) == ("ready", 2, 1501, 0)
    assert await verdict(bureau, "X420700001") == "clear"
    proposed = await bureau.act(found["id"], "commit")
    assert (proposed.status_code, proposed.json()["status"]) == (200, "proposed")
    assert await verdict(bureau, "X420700001") == "clear"
    assert (await bureau.act(found["id"], "approval", **APPROVE)).json()["code"] == "another_person_decides"
    before = await ask(database, "SELECT version FROM blacklist_state")
    approved = (await bureau.act(found["id"], "approval", "admin2.wuhan", **APPROVE)).json()
    assert (approved["status"], approved["entries_listed"], approved["entries_replaced"]) == ("in_force", 2, 0)
    assert approved["decision"]["decided_by"] == "admin2.wuhan"
    assert await ask(database, "SELECT version FROM blacklist_state") == before + 1
    for number in ("X420700001", "X420700100", "X420701599"):
        assert await verdict(bureau, number) == "blacklisted"
    assert await verdict(bureau, "X420701600") == "clear"


async def test_a_batch_is_taken_back_as_one_by_two_persons(bureau: Bureau, database: Database) -> None:
    batch = (await bureau.put_in_force(HEADER + SINGLE + RANGE))["id"]
    before = await ask(database, "SELECT version FROM blacklist_state")
    wanted = await bureau.act(batch, "undo", **UNDO)
    assert (wanted.json()["status"], wanted.json()["undo"]["proposed_by"]) == ("undo_proposed", "admin.wuhan")
    assert await verdict(bureau, "X420700001") == "blacklisted"
    assert (await bureau.act(batch, "approval", **APPROVE)).json()["code"] == "another_person_decides"
    undone = (await bureau.act(batch, "approval", "admin2.wuhan", **APPROVE)).json()
    assert (undone["status"], undone["undo"]["entries_lifted"], undone["undo"]["entries_left"]) == ("undone", 2, 0)
    assert await ask(database, "SELECT version FROM blacklist_state") == before + 1
    assert await verdict(bureau, "X420700001") == "clear"
    assert await verdict(bureau, "X420701000") == "clear"
    assert await ask(database, "SELECT count(*) FROM blacklist_blocks") == 0


async def test_both_times_of_a_batch_are_kept(bureau: Bureau) -> None:
    listed = await bureau.put_in_force(HEADER + SINGLE)
    undone = await bureau.take_back(listed["id"])
    desk = await bureau.desk()

    async def status(**moments: str) -> list[str]:
        answer = await desk.get(ENTRIES, params={"number": "X420700001", **moments})
        return [item["status"] for item in answer.json()["items"]]

    was, now = listed["in_force_at"], undone["undo"]["undone_at"]
    assert await status() == ["lifted"]
    assert await status(as_of=was) == ["in_force"]
    assert await status(as_of=now, known_at=was) == ["in_force"]
    assert await status(as_of=was, known_at="2020-01-01T00:00:00Z") == []


async def test_the_preview_tells_new_same_changed_contradicting_overlapping_used_and_wrong(
    bureau: Bureau, database: Database
) -> None:
    async with database.transaction() as tx:
        await make.listing(tx, "X420700001", reason="stolen", document_number="1号", note="旧")
        await make.listing(tx, "X420700002", reason="stolen", document_number="1号", note="同")
        await make.listing(tx, "X420700500", "X420700600", organization=XIANGYANG, document_number="9号")
        await make.usage(tx, "X420700512", organization=await make.organization(tx, make.FANCHENG))
    rows = [
        "X420700001,,,stolen,1号,2024-01-02,,新",
        "X420700002,,,stolen,1号,2024-01-02,,同",
        "X420700510,X420700519,10,voided,2号,2024-01-02,,",
        "X420700003,,,lost_by_family,2号,2024-01-02,,",
        "X420700003,,,lost_by_family,2号,2024-01-02,,",
        "X420700003,,,lost_by_family,2号,2024-01-03,,",
        "X430000001,,,stolen,2号,2024-01-02,,",
        "X420700004,,,eaten,2号,2024-01-02,,",
    ]
    found = await bureau.bring(HEADER + "\n".join(rows))
    told = {name: found["preview"][name] for name in found["preview"] if name not in ("compared_at", "list_version")}
    assert told == {
        "new": 2, "same": 2, "changed": 1, "contradicting": 1, "overlapping": 1, "wrong": 2, "numbers": 12,
        "numbers_used": 1,
    }  # fmt: skip
    lines = {kind: [row["line"] for row in await bureau.list_kind(found["id"], kind)] for kind in told if kind in KINDS}
    assert lines == {"new": [4, 5], "same": [3, 6], "changed": [2], "contradicting": [7], "overlapping": [4]}
    [changed] = await bureau.list_kind(found["id"], "changed")
    assert (changed["note"], changed["before"]["note"], changed["before"]["reason"]) == ("新", "旧", "stolen")
    [row] = await bureau.list_kind(found["id"], "overlapping")
    [other] = row["overlaps"]
    assert (other["first"], other["organization"], other["organization_name"], other["status"]) == (
        "X420700500", XIANGYANG, "襄阳市公安局", "in_force",
    )  # fmt: skip
    desk = await bureau.desk()
    [used] = (await desk.get(f"{IMPORTS}/{found['id']}/uses")).json()["items"]
    assert (used["certificate_number"], used["organization_name"]) == ("X420700512", "樊城分局王寨派出所")
    assert used["registration_reference"] is None, "the registration is another jurisdiction's"
    report = (await desk.get(f"{IMPORTS}/{found['id']}/rejections")).content.decode("utf-8-sig").splitlines()
    assert [line.split(",")[:3] for line in report[1:]] == [
        ["8", "first", "outside_reach"],
        ["9", "reason", "reason_unknown"],
    ]


KINDS = {"new", "same", "changed", "contradicting", "overlapping"}


async def test_a_changed_entry_takes_the_place_of_the_former_without_a_gap_and_gives_it_back(
    bureau: Bureau, database: Database
) -> None:
    await bureau.put_in_force(HEADER + SINGLE)
    second = await bureau.put_in_force(HEADER + SINGLE.replace("夜间被盗", "夜间被盗;已立案"))
    assert (second["entries_listed"], second["entries_replaced"]) == (1, 1)
    gap = await ask(
        database,
        "SELECT later.listed_at = former.lifted_at FROM blacklist_entries AS later"
        " JOIN blacklist_entries AS former ON former.id = later.replaces",
    )
    assert gap
    undone = await bureau.take_back(second["id"])
    assert (undone["undo"]["entries_lifted"], undone["undo"]["entries_restored"]) == (1, 1)
    desk = await bureau.desk()
    [now] = (await desk.get(ENTRIES, params={"number": "X420700001", "status": "in_force"})).json()["items"]
    assert now["note"] == "夜间被盗"


async def test_an_entry_that_others_lifted_since_is_left_and_reported(bureau: Bureau, database: Database) -> None:
    batch = (await bureau.put_in_force(HEADER + SINGLE + RANGE))["id"]
    async with database.transaction() as tx:
        await tx.connection.execute("UPDATE blacklist_entries SET lifted_at = $1 WHERE first = 'X420700001'", tx.now)
    undone = await bureau.take_back(batch)
    assert (undone["undo"]["entries_lifted"], undone["undo"]["entries_left"]) == (1, 1)
    left = (await (await bureau.desk()).get(f"{IMPORTS}/{batch}/left")).json()["items"]
    assert [entry["first"] for entry in left] == ["X420700001"]


async def test_what_remains_of_an_entry_that_was_lifted_in_part_stays_in_force(bureau: Bureau) -> None:
    batch = (await bureau.put_in_force(HEADER + SINGLE + RANGE))["id"]
    one, other = await bureau.desk(), await bureau.desk("admin2.wuhan")
    [entry] = (await one.get(ENTRIES, params={"number": "X420700100"})).json()["items"]
    wanted = {
        "act": "lift", "entry_id": entry["id"], "first": "X420700100", "last": "X420700199", "count": 100,
        "document_number": "武卫〔2024〕9号", "note": "核查无误",
    }  # fmt: skip
    proposed = await one.post("/api/v1/blacklist/proposals", json=wanted)
    assert proposed.status_code == 201, proposed.text
    place = f"/api/v1/blacklist/proposals/{proposed.json()['proposal']['id']}/approval"
    assert (await other.post(place, json=APPROVE)).status_code == 200
    undone = await bureau.take_back(batch)
    assert (undone["undo"]["entries_lifted"], undone["undo"]["entries_left"]) == (1, 1)
    [left] = (await one.get(f"{IMPORTS}/{batch}/left")).json()["items"]
    assert (left["first"], left["lift_proposal_id"]) == ("X420700100", proposed.json()["proposal"]["id"])
    assert [await verdict(bureau, number) for number in ("X420700100", "X420700200")] == ["clear", "blacklisted"]


async def test_what_is_said_in_the_meantime_is_not_said_twice(bureau: Bureau, database: Database) -> None:
    """Two files with the same rows are both approved: each number is listed once."""
    found = [(await bureau.bring(HEADER + SINGLE + RANGE))["id"] for _ in range(2)]
    for batch in found:
        assert (await bureau.act(batch, "commit")).status_code == 200
    for batch in found:
        assert (await bureau.act(batch, "approval", "admin2.wuhan", **APPROVE)).json()["status"] == "in_force"
    assert [(await bureau.look(batch))["entries_listed"] for batch in found] == [2, 0]
    assert await ask(database, "SELECT count(*) FROM blacklist_entries") == 2
    assert await ask(database, "SELECT count(*) FROM blacklist_announcements") == 1


async def test_a_file_that_changes_nothing_is_not_proposed(bureau: Bureau) -> None:
    await bureau.put_in_force(HEADER + SINGLE)
    again = await bureau.bring(HEADER + SINGLE)
    assert (again["preview"]["same"], again["preview"]["new"]) == (1, 0)
    assert (await bureau.act(again["id"], "commit")).json()["code"] == "batch_changes_nothing"


async def test_a_refused_batch_lists_nothing(bureau: Bureau, database: Database) -> None:
    batch = (await bureau.bring(HEADER + SINGLE))["id"]
    await bureau.act(batch, "commit")
    refused = (await bureau.act(batch, "approval", "admin2.wuhan", **REFUSE)).json()
    assert (refused["status"], refused["decision"]["reason"]) == ("refused", REFUSE["reason"])
    assert (await bureau.act(batch, "approval", "admin2.wuhan", **APPROVE)).status_code == 409
    assert await ask(database, "SELECT count(*) FROM blacklist_entries") == 0


async def test_a_refused_undo_leaves_the_batch_in_force_and_can_be_proposed_again(bureau: Bureau) -> None:
    batch = (await bureau.put_in_force(HEADER + SINGLE))["id"]
    await bureau.act(batch, "undo", **UNDO)
    refused = await bureau.act(batch, "approval", "admin2.wuhan", **REFUSE)
    assert refused.json()["status"] == "in_force"
    assert (await bureau.take_back(batch))["status"] == "undone"


async def test_who_brought_a_file_proposes_it_and_withdraws_it(bureau: Bureau) -> None:
    batch = (await bureau.bring(HEADER + SINGLE))["id"]
    assert (await bureau.act(batch, "commit", "admin2.wuhan")).json()["code"] == "bringer_proposes"
    assert (await bureau.act(batch, "undo", "admin2.wuhan", **UNDO)).json()["code"] == "bringer_proposes"
    await bureau.act(batch, "commit")
    assert (await bureau.act(batch, "undo", **UNDO)).json()["status"] == "withdrawn"
    assert (await bureau.act(batch, "approval", "admin2.wuhan", **APPROVE)).json()["code"] == "batch_elsewhere"


async def test_a_large_batch_is_the_workers_and_in_force_all_at_once(
    bureau: Bureau, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "CARRIED_OUT_AT_ONCE", 1)
    batch = (await bureau.bring(HEADER + SINGLE + RANGE))["id"]
    await bureau.act(batch, "commit")
    approved = await bureau.act(batch, "approval", "admin2.wuhan", **APPROVE)
    assert approved.json()["status"] == "approved"
    assert await ask(database, "SELECT count(*) FROM blacklist_entries") == 0
    await bureau.work()
    assert (await bureau.look(batch))["entries_listed"] == 2
    assert (await bureau.take_back(batch))["undo"]["entries_lifted"] == 2


async def test_one_batch_is_one_announcement_for_its_list_version(bureau: Bureau, database: Database) -> None:
    batch = (await bureau.put_in_force(HEADER + SINGLE + RANGE))["id"]
    await bureau.take_back(batch)
    neighbour = await bureau.desk("admin.xiangyang", organization=XIANGYANG)
    told = (await neighbour.get("/api/v1/blacklist/announcements")).json()["items"]
    assert [(one["act"], one["count"], one["batch_id"], one["organization"]) for one in told] == [
        ("add", 1_501, batch, make.WUHAN),
        ("lift", 1_501, batch, make.WUHAN),
    ]
    assert told[1]["list_version"] == await ask(database, "SELECT version FROM blacklist_state")


async def test_past_uses_of_a_batch_become_findings_once(bureau: Bureau, database: Database) -> None:
    async with database.transaction() as tx:
        await make.usage(tx, "X420700001")
        await make.usage(tx, "X420701599")
        await make.usage(tx, "X420701600")
    found = await bureau.put_in_force(HEADER + SINGLE + RANGE)
    assert (found["uses_found"], found["looked_back_at"] is not None) == (2, True)
    await bureau.work()
    numbers = await ask(database, "SELECT array_agg(certificate_number ORDER BY 1) FROM lookback_findings")
    assert numbers == ["X420700001", "X420701599"]
    desk = await bureau.desk()
    [entry] = (await desk.get(ENTRIES, params={"number": "X420700001"})).json()["items"]
    uses = (await desk.get(f"{ENTRIES}/{entry['id']}/uses")).json()
    assert (uses["found"], uses["looked_back_at"] is not None) == (1, True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_a_file_of_any_encoding_says_the_same(bureau: Bureau, encoding: str) -> None:
    found = await bureau.bring((HEADER + SINGLE).encode(encoding))
    [row] = await bureau.list_kind(found["id"], "new")
    assert (row["institution"], row["note"], row["event_date"]) == ("武汉市第一妇幼保健院", "夜间被盗", "2024-03-01")


async def test_a_workbook_says_the_same(bureau: Bureau) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for line in (HEADER + SINGLE + RANGE).splitlines():
        sheet.append(line.split(","))
    content = io.BytesIO()
    workbook.save(content)
    found = await bureau.bring(content.getvalue(), "list.xlsx")
    assert (found["status"], found["preview"]["new"], found["preview"]["numbers"]) == ("ready", 2, 1501)


async def test_a_file_without_the_columns_fails_and_says_why(bureau: Bureau) -> None:
    found = await bureau.bring("number,when\nX420700001,2024\n")
    assert (found["status"], found["error"]["code"], found["preview"]) == ("failed", "columns_wrong", None)
    assert (await bureau.act(found["id"], "commit")).json()["code"] == "batch_file_failed"


async def test_an_exported_list_changes_nothing_when_it_is_imported(bureau: Bureau, database: Database) -> None:
    async with database.transaction() as tx:
        notes = ["=1+1", "'=1+1", "-补", '逗号,和"引号"', "两\n行", " 空白 ", "", None, "\ufffd", "'常", "@x", "+86"]
        for place, note in enumerate(notes):
            await make.listing(tx, f"X42070000{place:x}"[:9] + str(place % 10), f"X4207{place + 10:03}99", note=note)
        await make.listing(tx, "X420799999", document_number="-2号")
        await make.listing(tx, "X420799998", lifted_at=make.NOON)
    desk = await bureau.desk()
    answer = await desk.get(f"{ENTRIES}.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert len(answer.content.decode("utf-8-sig").split("\r\n")) == len(notes) + 3
    found = await bureau.bring(answer.content)
    preview = found["preview"]
    assert [preview[kind] for kind in ("new", "changed", "contradicting", "wrong", "same")] == [0, 0, 0, 0, 13]


async def test_an_export_holds_what_is_asked_of_the_jurisdiction(bureau: Bureau, database: Database) -> None:
    async with database.transaction() as tx:
        await make.listing(tx, "X420700001")
        await make.listing(tx, "X420700002", reason="forged")
        await make.listing(tx, "X420700003", lifted_at=make.NOON)
        await make.listing(tx, "X420700004", organization=XIANGYANG)
    desk = await bureau.desk()

    async def numbers(**asked: str) -> list[str]:
        lines = (await desk.get(f"{ENTRIES}.csv", params=asked)).content.decode("utf-8-sig").splitlines()
        return [line.split(",")[0] for line in lines[1:]]

    assert await numbers() == ["X420700001", "X420700002"]
    assert await numbers(reason="forged") == ["X420700002"]
    assert await numbers(status="lifted") == ["X420700003"]
    assert await numbers(status="any") == ["X420700001", "X420700002", "X420700003"]
    assert await numbers(as_of="2020-01-01T00:00:00Z") == []


async def test_a_repeated_key_brings_one_file(bureau: Bureau, database: Database) -> None:
    sent = [await bureau.send(HEADER + SINGLE, **{"Idempotency-Key": "one"}) for _ in range(2)]
    assert sent[0].json() == sent[1].json()
    assert await ask(database, "SELECT count(*) FROM blacklist_batches") == 1
    assert (await bureau.send(HEADER, **{"Idempotency-Key": "one"})).status_code == 409
    async with database.transaction() as tx:
        assert await forget_old_answers(tx) == 0


async def test_who_decides_on_what_has_changed_since_is_told(bureau: Bureau) -> None:
    found = await bureau.bring(HEADER + SINGLE)
    desk = await bureau.desk()
    tag = (await desk.get(f"{IMPORTS}/{found['id']}")).headers["etag"]
    place = f"{IMPORTS}/{found['id']}/commit"
    assert (await desk.post(place, headers={"If-Match": '"99"'})).status_code == 412
    assert (await desk.post(place, headers={"If-Match": tag})).status_code == 200
    assert (await desk.post(place, headers={"If-Match": tag})).status_code == 412


async def test_the_province_decides_on_what_a_prefecture_brought(bureau: Bureau) -> None:
    batch = (await bureau.bring(HEADER + SINGLE))["id"]
    await bureau.act(batch, "commit")
    await bureau.desk("admin.hubei", Role.PROVINCE_ADMIN, make.HUBEI)
    assert (await bureau.act(batch, "approval", "admin.hubei", **APPROVE)).json()["status"] == "in_force"


async def test_another_jurisdiction_finds_no_batch(bureau: Bureau) -> None:
    batch = (await bureau.bring(HEADER + SINGLE))["id"]
    other = await bureau.desk("admin.xiangyang", organization=XIANGYANG)
    for answer in [
        await other.get(f"{IMPORTS}/{batch}"),
        await other.get(f"{IMPORTS}/{batch}/differences", params={"kind": "new"}),
        await other.get(f"{IMPORTS}/{batch}/uses"),
        await other.get(f"{IMPORTS}/{batch}/left"),
        await other.get(f"{IMPORTS}/{batch}/rejections"),
        await other.post(f"{IMPORTS}/{batch}/commit"),
        await other.post(f"{IMPORTS}/{batch}/approval", json=APPROVE),
        await other.post(f"{IMPORTS}/{batch}/undo", json=UNDO),
        await other.post(f"{IMPORTS}/{batch}/withdrawal", json=UNDO),
    ]:
        assert answer.status_code == 404
    assert (await other.get(IMPORTS)).json()["items"] == []


async def every_door(desk: httpx.AsyncClient, batch: str) -> dict[str, int]:
    answers = {
        "send": await desk.post(IMPORTS, files={"file": ("list.csv", HEADER)}),
        "commit": await desk.post(f"{IMPORTS}/{batch}/commit"),
        "approval": await desk.post(f"{IMPORTS}/{batch}/approval", json=APPROVE),
        "undo": await desk.post(f"{IMPORTS}/{batch}/undo", json=UNDO),
        "withdrawal": await desk.post(f"{IMPORTS}/{batch}/withdrawal", json=UNDO),
        "list": await desk.get(IMPORTS),
        "find": await desk.get(f"{IMPORTS}/{batch}"),
        "differences": await desk.get(f"{IMPORTS}/{batch}/differences", params={"kind": "new"}),
        "uses": await desk.get(f"{IMPORTS}/{batch}/uses"),
        "left": await desk.get(f"{IMPORTS}/{batch}/left"),
        "rejections": await desk.get(f"{IMPORTS}/{batch}/rejections"),
        "export": await desk.get(f"{ENTRIES}.csv"),
    }
    return {name: answer.status_code for name, answer in answers.items()}


async def test_nobody_comes_near_without_signing_in(bureau: Bureau, client: httpx.AsyncClient) -> None:
    batch = (await bureau.bring(HEADER + SINGLE))["id"]
    assert set((await every_door(client, batch)).values()) == {401}


@pytest.mark.parametrize("role", [Role.CLERK, Role.SECURITY_ADMIN, Role.MACHINE_CLIENT])
async def test_a_role_without_the_business_does_nothing(bureau: Bureau, role: Role) -> None:
    batch = (await bureau.bring(HEADER + SINGLE))["id"]
    assert set((await every_door(await bureau.desk("somebody", role), batch)).values()) == {403}


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.INVESTIGATOR, Role.LEAD_INVESTIGATOR])
async def test_who_only_reads_changes_nothing(bureau: Bureau, role: Role) -> None:
    batch = (await bureau.bring(HEADER + SINGLE))["id"]
    answers = await every_door(await bureau.desk("somebody", role), batch)
    changing = {"send", "commit", "approval", "undo", "withdrawal"}
    assert {name for name, status in answers.items() if status == 403} == changing
    assert {status for name, status in answers.items() if name not in changing} == {200}


async def test_every_act_on_a_batch_is_on_the_trail_also_the_refused(bureau: Bureau, database: Database) -> None:
    batch = (await bureau.bring(HEADER + SINGLE))["id"]
    await bureau.act(batch, "commit", "admin2.wuhan")
    await bureau.act(batch, "commit")
    await bureau.act(batch, "approval", **APPROVE)
    await bureau.act(batch, "approval", "admin2.wuhan", **APPROVE)
    await bureau.act(batch, "undo", "admin2.wuhan", **UNDO)
    await bureau.act(batch, "withdrawal", **UNDO)
    await bureau.act(batch, "withdrawal", "admin2.wuhan", **UNDO)
    await bureau.take_back(batch)
    other = (await bureau.bring(HEADER + RANGE))["id"]
    await bureau.act(other, "undo", **UNDO)
    async with database.transaction() as tx:
        rows = await tx.connection.fetch(
            "SELECT act, officer, succeeded FROM audit_entries WHERE object = 'blacklist_batch' ORDER BY id"
        )
    assert [tuple(row) for row in rows] == [
        ("propose_blacklist_batch", "admin2.wuhan", False),
        ("propose_blacklist_batch", "admin.wuhan", True),
        ("approve_blacklist_batch", "admin.wuhan", False),
        ("approve_blacklist_batch", "admin2.wuhan", True),
        ("put_blacklist_batch_in_force", "admin2.wuhan", True),
        ("undo_blacklist_batch", "admin2.wuhan", True),
        ("withdraw_blacklist_batch_undo", "admin.wuhan", False),
        ("withdraw_blacklist_batch_undo", "admin2.wuhan", True),
        ("undo_blacklist_batch", "admin2.wuhan", True),
        ("approve_blacklist_batch_undo", "admin.wuhan", True),
        ("take_blacklist_batch_back", "admin.wuhan", True),
        ("withdraw_blacklist_batch", "admin.wuhan", True),
    ]
