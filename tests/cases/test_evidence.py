"""Evidence: on disk before it is in the books, once, under its digests; looked at again in time."""

import asyncio
import hashlib
import io
import os
import time
import zipfile
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.hashes import SM3, Hash
from tests import make
from tests.cases.held import CASES, LEAD, PNG, Desks
from tests.worlds import XIANGYANG, World

from birthreg.access.models import Role
from birthreg.cases import evidence_files, gauges
from birthreg.cases.evidence_checking import check_due_file, sweep_evidence
from birthreg.cases.evidence_files import EvidenceFolder
from birthreg.cases.evidence_models import EvidenceHealth
from birthreg.cases.evidence_types import ENDINGS, name_to_save
from birthreg.kernel.identifiers import new_id

PDF = b"%PDF-1.7\n1 0 obj\n%%EOF"
DAY = 86400


@pytest.fixture
def desks(world: World) -> Desks:
    return Desks(world, series="Z4231")


@pytest.fixture
def folder(world: World) -> EvidenceFolder:
    return EvidenceFolder(world.settings.data_dir / "evidence")


def some_png() -> bytes:
    """A picture that no other test has."""
    return PNG + os.urandom(16)


def sm3_of(content: bytes) -> str:
    digest = Hash(SM3())
    digest.update(content)
    return digest.finalize().hex()


def packed(*names: str) -> bytes:
    """A zip with these files."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        for name in names:
            archive.writestr(name, "<x/>" * 20)
    return kept.getvalue()


async def test_a_file_is_kept_under_its_digest_with_both_digests_told(desks: Desks, folder: EvidenceFolder) -> None:
    case, content = await desks.case(), some_png()
    answer = await desks.bring(case, content, description="证件正面")
    assert answer.status_code == 201, answer.text
    told = answer.json()["evidence"]
    assert (told["sha256"], told["sm3"]) == (hashlib.sha256(content).hexdigest(), sm3_of(content))
    assert (told["media_type"], told["size"], told["file_name"]) == ("image/png", len(content), "现场.png")
    assert folder.place_of(bytes.fromhex(told["sha256"])).read_bytes() == content
    assert answer.json()["case"]["version"] > 1
    assert await desks.left(case, "evidence") == (1, 1)


async def test_nothing_stays_on_its_way_in(desks: Desks, world: World) -> None:
    await desks.bring(await desks.case(), some_png())
    await desks.bring(await desks.case(), b"")
    assert not list((world.settings.data_dir / "evidence" / "incoming").iterdir())


async def test_the_same_file_of_two_cases_lies_there_once(desks: Desks) -> None:
    content = some_png()
    first, second = [(await desks.bring(await desks.case(), content)).json()["evidence"] for _ in range(2)]
    assert first["sha256"] == second["sha256"]
    assert first["id"] != second["id"]
    digest = bytes.fromhex(first["sha256"])
    assert await desks.world.ask("SELECT count(*) FROM evidence_files WHERE sha256 = $1", digest) == 1


async def test_a_file_that_a_case_has_is_not_brought_twice(desks: Desks) -> None:
    case, content = await desks.case(), some_png()
    first = (await desks.bring(case, content)).json()["evidence"]["id"]
    again = await desks.bring(case, content, "另一个名字.png")
    assert (again.status_code, again.json()["code"]) == (409, "evidence_there")
    assert first in again.json()["detail"]
    assert await desks.left(case, "evidence") == (1, 1)


async def test_a_repeated_request_gets_the_first_answer(desks: Desks) -> None:
    case, content = await desks.case(), some_png()
    first, again = [await desks.bring(case, content, key=f"evidence {case}") for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    other = await desks.bring(case, some_png(), key=f"evidence {case}")
    assert other.json()["code"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("空.png", b"", "evidence_empty"),
        ("程序.bin", b"MZ\x90\0\x03\0\0\0" + bytes(64), "evidence_type_unknown"),
        ("压缩.zip", packed("a.txt"), "evidence_type_unknown"),
        ("乱码", bytes(range(256)), "evidence_type_unknown"),
        ("照片.jpg", PDF, "evidence_type_differs"),
        ("合同.pdf", PNG, "evidence_type_differs"),
        ("页面.html", "<script>一</script>".encode(), "evidence_type_differs"),
        ("工具.exe", "文字".encode(), "evidence_type_differs"),
    ],
)
async def test_empty_lying_and_strange_files_are_refused(desks: Desks, name: str, content: bytes, code: str) -> None:
    case = await desks.case()
    answer = await desks.bring(case, content, name)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await desks.left(case, "evidence") == (0, 0)


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("报告.pdf", PDF, "application/pdf"),
        ("没有扩展名", PDF, "application/pdf"),
        ("笔录 2024.5.3", "询问笔录".encode(), "text/plain"),
        ("旧笔录.txt", "询问笔录".encode("gb18030"), "text/plain"),
        ("照片.JPG", b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(30), "image/jpeg"),
        ("旧.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "application/x-ole-storage"),
        ("录音.wav", b"RIFF\x24\0\0\0WAVEfmt " + bytes(30), "audio/x-wav"),
        (
            "表.docx",
            packed("[Content_Types].xml", "word/document.xml"),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
    ],
)
async def test_what_a_file_is_its_bytes_say(desks: Desks, name: str, content: bytes, media_type: str) -> None:
    answer = await desks.bring(await desks.case(), content, name)
    assert answer.status_code == 201, answer.text
    assert answer.json()["evidence"]["media_type"] == media_type


async def test_a_file_over_the_limit_is_refused_before_all_of_it_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence_files, "LARGEST_BYTES", 3 * 1024**2)
    with pytest.raises(evidence_files.EvidenceTooLarge):
        EvidenceFolder(tmp_path).stage(io.BytesIO(bytes(5 * 1024**2)), name=new_id(), file_name="录像.mp4")
    assert not list((tmp_path / "incoming").iterdir())


def test_a_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    class Sent(io.BytesIO):
        largest = 0

        def read(self, size: int | None = -1, /) -> bytes:
            assert size is not None
            assert size > 0
            self.largest = max(self.largest, size)
            return super().read(size)

    sent = Sent(PNG + bytes(4 * 1024**2))
    staged = EvidenceFolder(tmp_path).stage(sent, name=new_id(), file_name="大.png")
    assert staged.size == len(PNG) + 4 * 1024**2
    assert sent.largest <= 1024**2


@pytest.mark.parametrize(
    ("given", "saved"),
    [
        ("../../etc/passwd", "_.._etc_passwd.png"),
        ("a\r\nX: y.png", "a__X_ y.png"),
        ("现场.png", "现场.png"),
        ("现场.exe", "现场.exe.png"),
        ("", "evidence.png"),
    ],
)
def test_a_name_is_a_text_and_never_a_path(given: str, saved: str) -> None:
    assert name_to_save(given, "image/png") == saved


def test_every_kind_that_is_taken_has_an_ending() -> None:
    assert all(endings and all(ending.startswith(".") for ending in endings) for endings in ENDINGS.values())


async def test_evidence_is_listed_in_the_order_in_which_it_was_brought(desks: Desks) -> None:
    case = await desks.case()
    brought = [(await desks.bring(case, some_png())).json()["evidence"]["id"] for _ in range(3)]
    desk = await desks.investigator()
    first = (await desk.get(f"{CASES}/{case}/evidence", params={"limit": 2})).json()
    rest = (await desk.get(f"{CASES}/{case}/evidence", params={"cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in (*first["items"], *rest["items"])] == brought


async def test_evidence_of_a_merged_case_is_evidence_of_the_case(desks: Desks) -> None:
    case, part = await desks.case(), await desks.case()
    brought = (await desks.bring(part, some_png())).json()["evidence"]["id"]
    await desks.merge(part, case)
    desk = await desks.investigator()
    assert [one["id"] for one in (await desk.get(f"{CASES}/{case}/evidence")).json()["items"]] == [brought]
    assert (await desk.get(f"{CASES}/{case}/evidence/{brought}")).status_code == 200


async def test_an_auditor_sees_digests_and_no_names_of_files(desks: Desks) -> None:
    case = await desks.case()
    await desks.bring(case, some_png(), "王桂兰笔录.png", description="王桂兰所述")
    auditor = await desks.world.desk(Role.AUDITOR, make.WUHAN)
    answer = await auditor.get(f"{CASES}/{case}/evidence")
    assert answer.json()["items"][0]["sha256"]
    assert "王桂兰" not in answer.text


async def test_what_was_taken_out_is_what_was_brought_and_stands_on_the_timeline(desks: Desks) -> None:
    case, content = await desks.case(), some_png()
    evidence = (await desks.bring(case, content, "王桂兰.png")).json()["evidence"]["id"]
    answer = await (await desks.investigator()).get(f"{CASES}/{case}/evidence/{evidence}")
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "image/png"
    assert await desks.left(case, "evidence_view") == (1, 1)


async def test_no_name_of_a_file_comes_into_timeline_or_trail(desks: Desks) -> None:
    case = await desks.case()
    evidence = (await desks.bring(case, some_png(), "王桂兰.png")).json()["evidence"]["id"]
    await (await desks.investigator()).get(f"{CASES}/{case}/evidence/{evidence}")
    timeline = "SELECT string_agg(detail::text, ' ') FROM case_entries WHERE case_id = $1"
    trail = "SELECT string_agg(detail::text, ' ') FROM audit_entries WHERE key = $1"
    for told in (await desks.world.ask(timeline, case), await desks.world.ask(trail, str(case))):
        assert "王桂兰" not in told
        assert evidence in told


async def test_evidence_of_another_case_is_not_handed_out(desks: Desks) -> None:
    case, other = await desks.case(), await desks.case()
    foreign = (await desks.bring(other, some_png())).json()["evidence"]["id"]
    assert (await (await desks.investigator()).get(f"{CASES}/{case}/evidence/{foreign}")).status_code == 404


async def test_a_closed_case_takes_no_more_evidence(desks: Desks) -> None:
    case = await desks.case()
    await desks.close(case)
    answer = await desks.bring(case, some_png())
    assert (answer.status_code, answer.json()["code"]) == (409, "case_elsewhere")


async def test_evidence_is_brought_by_who_holds_the_case_or_a_lead(desks: Desks) -> None:
    case = await desks.case()
    assert (await desks.bring(case, some_png(), desk=await desks.lead())).status_code == 201
    await desks.give(case, LEAD)
    refused = await desks.bring(case, some_png())
    assert (refused.status_code, refused.json()["code"]) == (403, "case_not_yours")
    strange = await desks.world.desk(Role.INVESTIGATOR, XIANGYANG)
    assert (await desks.bring(case, some_png(), desk=strange)).status_code == 404


async def test_power_cut_between_file_and_commit_leaves_a_file_that_is_swept(
    desks: Desks, folder: EvidenceFolder
) -> None:
    """What the service did up to the cut, in its order: the file is kept, the row never comes."""
    staged = await asyncio.to_thread(folder.stage, io.BytesIO(some_png()), name=new_id(), file_name="a.png")
    folder.keep(staged)
    left = folder.stage(io.BytesIO(some_png()), name=new_id(), file_name="b.png")
    kept = bytes.fromhex((await desks.bring(await desks.case(), some_png())).json()["evidence"]["sha256"])
    orphan = folder.place_of(staged.sha256)
    await sweep_evidence(desks.world.database, folder=folder)
    assert orphan.exists()
    for place in (orphan, left.place, folder.place_of(kept)):
        os.utime(place, times=(time.time() - 2 * DAY,) * 2)
    await sweep_evidence(desks.world.database, folder=folder)
    assert not orphan.exists()
    assert not left.place.exists()
    assert folder.place_of(kept).exists()


async def test_a_file_that_is_brought_while_it_is_swept_stays(desks: Desks, folder: EvidenceFolder) -> None:
    content = some_png()
    staged = folder.stage(io.BytesIO(content), name=new_id(), file_name="a.png")
    folder.keep(staged)
    cases = [await desks.case() for _ in range(4)]
    place = folder.place_of(staged.sha256)
    os.utime(place, times=(time.time() - 2 * DAY,) * 2)
    brought, _, _ = await asyncio.gather(
        desks.bring(cases[0], content),
        sweep_evidence(desks.world.database, folder=folder),
        sweep_evidence(desks.world.database, folder=folder),
    )
    assert brought.status_code == 201
    assert place.read_bytes() == content


async def test_one_file_brought_to_many_cases_at_once_lies_there_once(desks: Desks, folder: EvidenceFolder) -> None:
    content = some_png()
    cases = [await desks.case() for _ in range(6)]
    answers = await asyncio.gather(*(desks.bring(case, content) for case in cases))
    assert {answer.status_code for answer in answers} == {201}
    assert folder.place_of(hashlib.sha256(content).digest()).read_bytes() == content


async def test_a_file_brought_twice_at_once_to_one_case_is_there_once(desks: Desks) -> None:
    case, content = await desks.case(), some_png()
    answers = await asyncio.gather(*(desks.bring(case, content) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert await desks.left(case, "evidence") == (1, 1)


async def overdue(desks: Desks, evidence: dict[str, str], days: int = 29) -> None:
    """Let the time of a file's next look come, and of no other."""
    await desks.run("UPDATE evidence_files SET checked_at = now(), state = 'whole' WHERE state <> 'whole'")
    await desks.run(
        "UPDATE evidence_files SET checked_at = now() - make_interval(days => $2) WHERE sha256 = $1",
        bytes.fromhex(evidence["sha256"]), days,
    )  # fmt: skip


async def state_of(desks: Desks, case: UUID) -> list[str]:
    found = (await (await desks.investigator()).get(f"{CASES}/{case}/evidence")).json()["items"]
    return [one["state"] for one in found]


@pytest.mark.parametrize("days", [0, 27])
async def test_a_file_is_left_alone_until_its_time(desks: Desks, folder: EvidenceFolder, days: int) -> None:
    evidence = (await desks.bring(await desks.case(), some_png())).json()["evidence"]
    await overdue(desks, evidence, days)
    assert not await check_due_file(desks.world.database, folder=folder)


async def test_a_whole_file_is_found_whole_and_nobody_is_told(desks: Desks, folder: EvidenceFolder) -> None:
    case = await desks.case()
    await overdue(desks, (await desks.bring(case, some_png())).json()["evidence"])
    assert await check_due_file(desks.world.database, folder=folder)
    assert not await check_due_file(desks.world.database, folder=folder)
    assert await state_of(desks, case) == ["whole"]
    assert await desks.left(case, "evidence_check") == (0, 0)


@pytest.mark.parametrize("harm", ["damaged", "missing"])
async def test_a_harmed_file_raises_the_alarm_once_in_every_case_that_has_it(
    desks: Desks, folder: EvidenceFolder, harm: str
) -> None:
    cases, content = [await desks.case(), await desks.case()], some_png()
    brought = [(await desks.bring(case, content)).json()["evidence"] for case in cases]
    place = folder.place_of(bytes.fromhex(brought[0]["sha256"]))
    if harm == "missing":
        place.unlink()
    else:
        place.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    for _ in range(2):
        await desks.run(
            "UPDATE evidence_files SET checked_at = now() - interval '29 days' WHERE sha256 = $1",
            bytes.fromhex(brought[0]["sha256"]),
        )
        assert await check_due_file(desks.world.database, folder=folder)
    for case, evidence in zip(cases, brought, strict=True):
        assert await state_of(desks, case) == [harm]
        told = "SELECT detail FROM case_entries WHERE case_id = $1 AND act = 'evidence_check'"
        assert (await desks.world.ask(told, case))["evidence"] == evidence["id"]
        assert (await desks.left(case, "evidence_check"))[0] == 1
        refused = await (await desks.investigator()).get(f"{CASES}/{case}/evidence/{evidence['id']}")
        assert (refused.status_code, refused.json()["code"]) == (409, "evidence_harmed")
    alarms = "SELECT count(*) FROM audit_entries WHERE act = 'case_evidence_check' AND key = ANY ($1) AND NOT succeeded"
    assert await desks.world.ask(alarms, [str(case) for case in cases]) == 2
    assert await desks.world.ask("SELECT count(*) FROM evidence_files WHERE state = $1", harm) >= 1


async def test_a_file_that_the_disk_cannot_read_is_damaged_and_holds_up_no_other(
    desks: Desks, folder: EvidenceFolder
) -> None:
    case = await desks.case()
    evidence = (await desks.bring(case, some_png())).json()["evidence"]
    place = folder.place_of(bytes.fromhex(evidence["sha256"]))
    place.unlink()
    place.mkdir()  # what stands there can't be read as a file
    await overdue(desks, evidence)
    assert await check_due_file(desks.world.database, folder=folder)
    assert not await check_due_file(desks.world.database, folder=folder)
    assert await state_of(desks, case) == ["damaged"]


async def test_a_harmed_file_is_whole_again_when_it_is_brought_anew(desks: Desks, folder: EvidenceFolder) -> None:
    case, content = await desks.case(), some_png()
    evidence = (await desks.bring(case, content)).json()["evidence"]
    await overdue(desks, evidence)
    folder.place_of(bytes.fromhex(evidence["sha256"])).unlink()
    assert await check_due_file(desks.world.database, folder=folder)
    mended = await desks.bring(case, content)
    assert (mended.status_code, mended.json()["evidence"]["id"]) == (201, evidence["id"])
    assert await state_of(desks, case) == ["whole"]
    answer = await (await desks.investigator()).get(f"{CASES}/{case}/evidence/{evidence['id']}")
    assert answer.content == content


async def test_a_file_restored_from_a_backup_is_found_whole_and_told(desks: Desks, folder: EvidenceFolder) -> None:
    case, content = await desks.case(), some_png()
    evidence = (await desks.bring(case, content)).json()["evidence"]
    digest = bytes.fromhex(evidence["sha256"])
    await overdue(desks, evidence)
    folder.place_of(digest).unlink()
    assert await check_due_file(desks.world.database, folder=folder)
    folder.place_of(digest).write_bytes(content)
    await desks.run("UPDATE evidence_files SET checked_at = now() - interval '2 hours' WHERE sha256 = $1", digest)
    assert await check_due_file(desks.world.database, folder=folder)
    assert await state_of(desks, case) == ["whole"]
    assert (await desks.left(case, "evidence_check"))[0] == 2


async def test_a_file_cut_short_is_not_handed_out_even_before_it_is_checked(
    desks: Desks, folder: EvidenceFolder
) -> None:
    case = await desks.case()
    evidence = (await desks.bring(case, some_png())).json()["evidence"]
    folder.place_of(bytes.fromhex(evidence["sha256"])).write_bytes(b"\x89PNG")
    answer = await (await desks.investigator()).get(f"{CASES}/{case}/evidence/{evidence['id']}")
    assert answer.json()["code"] == "evidence_harmed"


@pytest.mark.parametrize("harm", ["damaged", "missing"])
async def test_a_harmed_file_raises_the_alarm_when_it_is_taken_out(
    desks: Desks, folder: EvidenceFolder, harm: str
) -> None:
    cases, content = [await desks.case(), await desks.case()], some_png()
    evidence, _ = [(await desks.bring(case, content)).json()["evidence"] for case in cases]
    place = folder.place_of(bytes.fromhex(evidence["sha256"]))
    if harm == "missing":
        place.unlink()
    else:
        place.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    desk = await desks.investigator()
    for _ in range(2):
        answer = await desk.get(f"{CASES}/{cases[0]}/evidence/{evidence['id']}")
        assert (answer.status_code, answer.json()["code"]) == (409, "evidence_harmed")
    for case in cases:
        assert await state_of(desks, case) == [harm]
        assert (await desks.left(case, "evidence_check"))[0] == 1
    place.write_bytes(content)
    assert (await desk.get(f"{CASES}/{cases[0]}/evidence/{evidence['id']}")).content == content
    assert await state_of(desks, cases[1]) == ["whole"]


async def test_bringing_evidence_and_ticking_steps_keep_the_case(desks: Desks) -> None:
    case = await desks.case()
    short = "UPDATE cases SET lease_until = now() + interval '1 minute' WHERE id = $1"
    left = "SELECT lease_until - now() > interval '1 hour' FROM cases WHERE id = $1"
    await desks.run(short, case)
    assert (await desks.bring(case, some_png())).status_code == 201
    assert await desks.world.ask(left, case)
    await desks.run(short, case)
    await desks.tick_all(case)
    assert await desks.world.ask(left, case)


async def test_a_description_of_which_nothing_can_be_seen_is_none(desks: Desks) -> None:
    brought = await desks.bring(await desks.case(), some_png(), description="\u200b ")
    assert brought.json()["evidence"]["description"] is None


async def test_a_harmed_file_is_told_to_whoever_asks_whether_the_service_is_well(desks: Desks) -> None:
    evidence = (await desks.bring(await desks.case(), some_png())).json()["evidence"]
    digest = bytes.fromhex(evidence["sha256"])
    await desks.run("UPDATE evidence_files SET state = 'whole'")
    desk = await desks.investigator()
    assert (await desk.get("/health/ready")).json()["harmed"] == []
    await desks.run("UPDATE evidence_files SET state = 'missing' WHERE sha256 = $1", digest)
    answer = await desk.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["harmed"] == ["evidence: 1 missing"]
    await desks.run("UPDATE evidence_files SET state = 'whole'")
    assert (await desk.get("/health/ready")).json()["status"] == "ready"


async def test_the_gauges_tell_how_evidence_is(desks: Desks) -> None:
    gauges.show(EvidenceHealth(damaged=2, missing=1, oldest_checked_at=None), oldest_seconds=7)
    told = (await (await desks.investigator()).get("/metrics")).text
    assert "birthreg_evidence_damaged 2.0" in told
    assert "birthreg_evidence_missing 1.0" in told
    assert "birthreg_evidence_oldest_check_seconds 7.0" in told
