"""Files of void numbers beside other files, proposals and objections that are about the same numbers."""

import asyncio
import re
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from tests import make
from tests.blacklist.files import APPROVE, ENTRIES, HEADER, IMPORTS, REFUSE, UNDO, Bureau
from tests.blacklist.test_letters_api import read
from tests.conftest import SignIn

from birthreg.access.models import Role
from birthreg.blacklist import batches
from birthreg.blacklist.jobs import carry_out_batches
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database

PROPOSALS = "/api/v1/blacklist/proposals"
OBJECTIONS = "/api/v1/blacklist/objections"
GROUNDS = {
    "certificate_number": "X420100901",
    "objector": "王桂兰",
    "relation": "mother",
    "grounds": "证在手中",
    "evidence": [],
}
CHOICES = ("uphold", "reject", "settle")


@pytest.fixture
async def bureau(sign_in: SignIn, database: Database, tmp_path: Path) -> Bureau:
    """Wuhan's administrators; a second one is known from the beginning."""
    bureau = Bureau(sign_in, database, tmp_path)
    await bureau.desk("admin2.wuhan")
    return bureau


def line(number: str, document: str = "武卫〔2024〕7号", note: str = "夜间被盗") -> str:
    """One number in a file."""
    return f"{number},,,stolen,{document},2024-03-01,武汉市第一妇幼保健院,{note}\n"


async def listed(bureau: Bureau) -> list[str]:
    """The numbers in force, in their order."""
    found = (await (await bureau.desk()).get(ENTRIES, params={"status": "in_force"})).json()["items"]
    return sorted(entry["first"] for entry in found)


async def propose(bureau: Bureau, content: str) -> str:
    """Bring and propose a file."""
    batch: str = (await bureau.bring(content))["id"]
    assert (await bureau.act(batch, "commit")).status_code == 200
    return batch


async def left_of(bureau: Bureau, batch: str) -> list[dict[str, Any]]:
    """What an undo left of a batch, or would leave."""
    items: list[dict[str, Any]] = (await (await bureau.desk()).get(f"{IMPORTS}/{batch}/left")).json()["items"]
    return items


async def two_files(bureau: Bureau) -> tuple[str, str]:
    """A file and its correction, which repeats one number, leaves one out and adds one."""
    one = await bureau.put_in_force(HEADER + line("X420100931") + line("X420100932"))
    other = await bureau.put_in_force(HEADER + line("X420100931") + line("X420100933"))
    return one["id"], other["id"]


async def test_what_a_second_batch_says_too_stays_when_the_first_is_undone(bureau: Bureau) -> None:
    one, other = await two_files(bureau)
    undone = (await bureau.take_back(one))["undo"]
    assert await listed(bureau) == ["X420100931", "X420100933"]
    assert (undone["entries_lifted"], undone["entries_left"]) == (1, 1)
    left = await left_of(bureau, one)
    assert [(entry["first"], entry["lifted_at"], entry["left_to"]) for entry in left] == [("X420100931", None, other)]
    undone = (await bureau.take_back(other))["undo"]
    assert await listed(bureau) == []
    assert (undone["entries_lifted"], undone["entries_left"]) == (2, 0)


async def test_what_an_undo_would_leave_is_seen_before_anybody_decides(bureau: Bureau) -> None:
    one, other = await two_files(bureau)
    assert [(entry["first"], entry["left_to"]) for entry in await left_of(bureau, one)] == [("X420100931", other)]
    assert await left_of(bureau, other) == []
    correcting = await bureau.put_in_force(HEADER + line("X420100933", note="已立案"))
    (replaced,) = await left_of(bureau, other)
    assert (replaced["first"], replaced["left_to"]) == ("X420100933", correcting["id"])
    assert replaced["left_to_organization"] == make.WUHAN
    assert replaced["lifted_at"] is not None
    lifting = await lift_of(bureau, await entry_of(bureau, "X420100932"))
    assert (await approve(bureau, lifting)).status_code == 200
    assert [entry["lift_proposal_id"] for entry in await left_of(bureau, one)] == [None, lifting]


async def test_who_wanted_a_batch_taken_back_withdraws_that_and_says_why(bureau: Bureau) -> None:
    batch = (await bureau.put_in_force(HEADER + line("X420100931")))["id"]
    assert (await bureau.act(batch, "withdrawal", **UNDO)).json()["code"] == "batch_elsewhere"
    assert (await bureau.act(batch, "undo", "admin2.wuhan", **UNDO)).status_code == 200
    assert (await bureau.act(batch, "withdrawal", **UNDO)).json()["code"] == "proposer_withdraws"
    withdrawn = (await bureau.act(batch, "withdrawal", "admin2.wuhan", reason="来文无误")).json()
    assert (withdrawn["status"], withdrawn["undo"]["decision"]) == ("in_force", None)
    assert withdrawn["undo"]["withdrawal"]["reason"] == "来文无误"
    assert await listed(bureau) == ["X420100931"]
    undone = await bureau.take_back(batch)
    assert (undone["status"], undone["undo"]["withdrawal"]) == ("undone", None)


async def test_a_batch_that_is_withdrawn_says_why(bureau: Bureau) -> None:
    batch = await propose(bureau, HEADER + line("X420100931"))
    assert (await bureau.act(batch, "withdrawal", "admin2.wuhan", **UNDO)).json()["code"] == "bringer_proposes"
    withdrawn = (await bureau.act(batch, "withdrawal", reason="文件有误")).json()
    assert (withdrawn["status"], withdrawn["withdrawal"]["reason"]) == ("withdrawn", "文件有误")


async def test_a_corrected_entry_goes_on_telling_since_when_its_number_is_void(bureau: Bureau) -> None:
    await bureau.put_in_force(HEADER + line("X420100931"))
    desk = await bureau.desk()
    since = (await desk.get(f"{ENTRIES}/{await entry_of(bureau, 'X420100931')}")).json()["listed_at"]
    correcting = await bureau.put_in_force(HEADER + line("X420100931", note="已立案"))
    asked = {"certificate_number": "X420100931", "purpose": "birth_registration"}
    for expected in (["listed", "listing_corrected"], ["listed", "listing_corrected", "listing_corrected"]):
        entry = (await desk.get(f"{ENTRIES}/{await entry_of(bureau, 'X420100931')}")).json()
        assert (entry["listed_at"], entry["replaces"] is not None) == (since, True)
        told = (await desk.post("/api/v1/verifications", json=asked)).json()
        assert (told["verdict"], told["blacklist"]["listed_at"]) == ("blacklisted", since)
        timeline = (await desk.get("/api/v1/certificates/X420100931")).json()["timeline"]
        assert [event["kind"] for event in timeline if event["kind"] != "looked_up"] == expected
        if len(expected) == 2:
            await bureau.take_back(correcting["id"])
    lifting = await lift_of(bureau, await entry_of(bureau, "X420100931"))
    assert (await approve(bureau, lifting)).status_code == 200
    timeline = (await desk.get("/api/v1/certificates/X420100931")).json()["timeline"]
    assert timeline[-1]["kind"] == "lifted"


async def test_a_batch_of_another_jurisdiction_is_told_by_who_brought_it(bureau: Bureau, database: Database) -> None:
    one, other = await two_files(bureau)
    async with database.transaction() as tx:
        await make.organization(tx, make.HUBEI)
        await tx.connection.execute("UPDATE blacklist_batches SET organization = $1 WHERE id = $2", make.HUBEI, other)
    (left,) = await left_of(bureau, one)
    assert (left["left_to"], left["left_to_organization"]) == (None, make.HUBEI)


async def test_an_entry_is_corrected_by_one_row_of_a_file(bureau: Bureau) -> None:
    await bureau.put_in_force(HEADER + line("X420100931"))
    voided = line("X420100931").replace("stolen", "voided")
    brought = await bureau.bring(
        HEADER + voided + line("X420100931", note="已立案") + voided.replace("voided", "damaged")
    )
    assert (brought["preview"]["changed"], brought["preview"]["new"]) == (1, 2)
    (changed,) = await bureau.list_kind(brought["id"], "changed")
    assert (changed["line"], changed["note"]) == (3, "已立案")
    await bureau.act(brought["id"], "commit")
    assert (await bureau.act(brought["id"], "approval", "admin2.wuhan", **APPROVE)).json()["status"] == "in_force"
    desk = await bureau.desk()
    timeline = (await desk.get("/api/v1/certificates/X420100931")).json()["timeline"]
    assert sorted(event["kind"] for event in timeline) == ["listed", "listed", "listed", "listing_corrected"]


async def test_an_objection_to_a_corrected_entry_is_decided_by_what_it_became(bureau: Bureau) -> None:
    await bureau.put_in_force(HEADER + line("X420100901"))
    desk, other, third = await bureau.desk(), await bureau.desk("admin2.wuhan"), await bureau.desk("admin3.wuhan")
    former = await entry_of(bureau, "X420100901")
    raised = (await desk.post(f"{ENTRIES}/{former}/objections", json=GROUNDS)).json()["id"]
    batch = (await bureau.put_in_force(HEADER + line("X420100901", note="已立案")))["id"]
    current = await entry_of(bureau, "X420100901")
    second = await desk.post(f"{ENTRIES}/{current}/objections", json=GROUNDS)
    assert second.json()["code"] == "objection_open"
    choices = {
        choice: {"decision": choice, "reason": "属实", "document_number": "武卫〔2024〕10号"} for choice in CHOICES
    }
    place = f"{OBJECTIONS}/{raised}/decision"
    assert (await other.post(place, json=choices["settle"])).json()["code"] == "still_listed"
    upheld = (await other.post(place, json=choices["uphold"])).json()
    assert (await third.post(f"{PROPOSALS}/{upheld['proposal_id']}/approval", json=REFUSE)).status_code == 200
    lifting = await lift_of(bureau, current)
    assert (await approve(bureau, lifting)).status_code == 200
    assert (await other.post(place, json=choices["reject"])).json()["code"] == "listing_over"
    settled = (await other.post(place, json=choices["settle"])).json()
    assert settled["status"] == "settled"
    lifted_at = (await desk.get(f"{ENTRIES}/{current}")).json()["lifted_at"]
    day = (datetime.fromisoformat(lifted_at) + timedelta(hours=8)).date()
    said = await read(desk, f"/objections/{raised}/letter", kind="decision")
    assert f"已于{day.year}年{day.month}月{day.day}日终止" in said
    assert (await bureau.look(batch))["status"] == "in_force"


async def test_rows_of_one_file_that_hold_the_same_numbers_are_shown(bureau: Bureau) -> None:
    wide = "X420100940,X420100949,10,stolen,武卫〔2024〕7号,2024-03-01,,\n"
    inside = "X420100945,X420100946,2,stolen,武卫〔2024〕7号,2024-03-01,,\n"
    rows = wide + line("X420100942") + inside + line("X420100950") + line("X420100951") + line("X420100951", "另文1号")
    brought = await bureau.bring(HEADER + rows)
    assert (brought["preview"]["new"], brought["preview"]["overlapping"]) == (6, 5)
    shown = await bureau.list_kind(brought["id"], "overlapping")
    assert [(row["line"], row["overlaps_line"], row["overlaps"]) for row in shown] == [
        (2, 3, []),
        (3, 2, []),
        (4, 2, []),
        (6, 7, []),
        (7, 6, []),
    ]


async def test_the_list_as_it_was_known_names_no_lift_that_came_later(bureau: Bureau) -> None:
    await bureau.put_in_force(HEADER + line("X420100931"))
    entry = await entry_of(bureau, "X420100931")
    before = now_utc().isoformat()
    lifting = await lift_of(bureau, entry)
    assert (await approve(bureau, lifting)).status_code == 200
    desk = await bureau.desk()
    for query in ({"number": "X420100931"}, {}):
        moments = {"as_of": before, "known_at": before}
        (then,) = (await desk.get(ENTRIES, params={**query, **moments})).json()["items"]
        assert (then["id"], then["lift_proposal_id"]) == (entry, None)
        now = (await desk.get(ENTRIES, params=query)).json()["items"]
        assert [one["lift_proposal_id"] for one in now if one["id"] == entry] == [lifting]


async def test_what_the_first_batch_listed_ends_with_it_when_the_second_was_undone_before(bureau: Bureau) -> None:
    one, other = await two_files(bureau)
    undone = (await bureau.take_back(other))["undo"]
    assert await listed(bureau) == ["X420100931", "X420100932"]
    assert (undone["entries_lifted"], undone["entries_left"]) == (1, 0)
    undone = (await bureau.take_back(one))["undo"]
    assert await listed(bureau) == []
    assert (undone["entries_lifted"], undone["entries_left"]) == (2, 0)


async def test_an_entry_ends_with_the_last_of_three_batches_that_say_it(bureau: Bureau) -> None:
    content = HEADER + line("X420100931")
    found = [(await bureau.put_in_force(content + line(number)))["id"] for number in ("X420100932", "X420100933")]
    found.append((await bureau.put_in_force(content + line("X420100934")))["id"])
    remain = (["X420100931", "X420100933", "X420100934"], ["X420100931", "X420100934"], [])
    for batch, expected in zip(found, remain, strict=True):
        await bureau.take_back(batch)
        assert await listed(bureau) == expected


async def test_batches_are_carried_out_one_after_the_other(bureau: Bureau, database: Database) -> None:
    batch = await propose(bureau, HEADER + line("X420100931"))
    async with database.transaction() as busy:
        await busy.connection.execute("SELECT pg_advisory_xact_lock(batches_lock())")
        approved = await bureau.act(batch, "approval", "admin2.wuhan", **APPROVE)
        assert approved.json()["status"] == "approved"
        assert not await carry_out_batches(database)
    assert await carry_out_batches(database)
    assert (await bureau.look(batch))["status"] == "in_force"


async def test_a_row_meets_the_entry_whose_document_is_written_the_same(bureau: Bureau, database: Database) -> None:
    """Of two documents that differ by a blank the older one would be met, and its replacement would say the other."""
    async with database.transaction() as tx:
        for document in ("A  1", "A 1"):
            await make.listing(tx, "X420100905", document_number=document, note="旧")
    found = await bureau.put_in_force(HEADER + line("X420100905", "A 1", "新"))
    assert (found["status"], found["entries_listed"], found["entries_replaced"]) == ("in_force", 1, 1)
    entries = (await (await bureau.desk()).get(ENTRIES, params={"status": "in_force"})).json()["items"]
    assert {(entry["document_number"], entry["note"]) for entry in entries} == {("A  1", "旧"), ("A 1", "新")}


@pytest.fixture
async def failing(bureau: Bureau, database_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An approved batch that the books never take, older than all others."""
    monkeypatch.setattr(batches, "CARRIED_OUT_AT_ONCE", 0)
    owner = await asyncpg.connect(database_url)
    await owner.execute("ALTER TABLE blacklist_entries ADD CONSTRAINT no_such_number CHECK (first <> 'X420100966')")
    await owner.close()
    batch = await propose(bureau, HEADER + line("X420100966"))
    await bureau.act(batch, "approval", "admin2.wuhan", **APPROVE)
    return batch


async def test_a_batch_that_fails_is_passed_over(bureau: Bureau, database: Database, failing: str) -> None:
    other = await propose(bureau, HEADER + line("X420100967"))
    await bureau.act(other, "approval", "admin2.wuhan", **APPROVE)
    with pytest.raises(asyncpg.CheckViolationError):
        await carry_out_batches(database)
    assert await carry_out_batches(database)
    assert [(await bureau.look(batch))["status"] for batch in (failing, other)] == ["approved", "in_force"]
    assert not await carry_out_batches(database), "it waits before it is tried again"
    shown = await bureau.look(failing)
    assert (shown["attempts"], shown["retry_at"] > shown["decision"]["decided_at"]) == (1, True)
    async with database.transaction() as tx:
        acts = await tx.connection.fetch("SELECT key FROM audit_entries WHERE error_code = 'batch_not_carried_out'")
    assert [row["key"] for row in acts] == [failing]


async def test_an_approved_batch_that_is_not_in_force_is_withdrawn(bureau: Bureau, failing: str) -> None:
    assert (await bureau.act(failing, "undo", "admin2.wuhan", **UNDO)).json()["code"] == "bringer_proposes"
    withdrawn = (await bureau.act(failing, "undo", **UNDO)).json()
    assert (withdrawn["status"], withdrawn["decision"]["decided_by"]) == ("withdrawn", "admin2.wuhan")
    await bureau.work()
    assert await listed(bureau) == []


async def entry_of(bureau: Bureau, number: str) -> str:
    """The entry in force of a number."""
    query = {"number": number, "status": "in_force"}
    [entry] = (await (await bureau.desk()).get(ENTRIES, params=query)).json()["items"]
    return str(entry["id"])


async def lift_of(bureau: Bureau, entry: str) -> str:
    """A proposal to lift an entry."""
    wanted = {"act": "lift", "entry_id": entry, "document_number": "武卫〔2024〕9号", "note": "核查无误"}
    proposed = await (await bureau.desk()).post(PROPOSALS, json=wanted)
    assert proposed.status_code == 201, proposed.text
    return str(proposed.json()["proposal"]["id"])


async def approve(bureau: Bureau, proposal: str) -> httpx.Response:
    """The second person approves a proposal."""
    return await (await bureau.desk("admin2.wuhan")).post(f"{PROPOSALS}/{proposal}/approval", json=APPROVE)


async def test_a_lift_finds_the_entry_that_took_the_place_of_its_own(bureau: Bureau) -> None:
    await bureau.put_in_force(HEADER + line("X420100901"))
    lift = await lift_of(bureau, await entry_of(bureau, "X420100901"))
    await bureau.put_in_force(HEADER + line("X420100901", note="已立案"))
    approved = await approve(bureau, lift)
    assert approved.status_code == 200, approved.text
    assert await listed(bureau) == []


async def test_an_objection_stays_open_when_a_batch_changes_its_entry(bureau: Bureau) -> None:
    await bureau.put_in_force(HEADER + line("X420100901"))
    entry = await entry_of(bureau, "X420100901")
    raised = await (await bureau.desk()).post(f"{ENTRIES}/{entry}/objections", json=GROUNDS)
    assert raised.status_code == 201, raised.text
    await bureau.take_back((await bureau.put_in_force(HEADER + line("X420100901", note="已立案")))["id"])
    decision = {"decision": "uphold", "reason": "属实", "document_number": "武卫〔2024〕10号"}
    upheld = await (await bureau.desk("admin2.wuhan")).post(
        f"{OBJECTIONS}/{raised.json()['id']}/decision", json=decision
    )
    assert upheld.status_code == 200, upheld.text
    place = f"{PROPOSALS}/{upheld.json()['proposal_id']}/approval"
    assert (await (await bureau.desk("admin3.wuhan")).post(place, json=APPROVE)).status_code == 200
    assert await listed(bureau) == []


class SlowClock:
    """Each look at it comes ten seconds after the last."""

    def __init__(self) -> None:
        """Begin a while ago."""
        self.now = now_utc() - timedelta(minutes=10)

    def __call__(self) -> datetime:
        """Return the time."""
        self.now += timedelta(seconds=10)
        return self.now


@pytest.fixture
async def slow(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    """The books of a worker whose work takes its time."""
    monkeypatch.setattr(batches, "CARRIED_OUT_AT_ONCE", 0)
    slow = Database(database_url, clock=SlowClock())
    await slow.open()
    yield slow
    await slow.close()


async def test_what_took_long_is_known_since_it_was_done(bureau: Bureau, slow: Database) -> None:
    batch = await propose(bureau, HEADER + line("X420100901"))
    await bureau.act(batch, "approval", "admin2.wuhan", **APPROVE)
    await carry_out_batches(slow)
    desk = await bureau.desk()
    [entry] = (await desk.get(ENTRIES, params={"number": "X420100901"})).json()["items"]
    in_force = (await bureau.look(batch))["in_force_at"]
    began, done = datetime.fromisoformat(entry["listed_at"]), datetime.fromisoformat(in_force)
    assert done - began == timedelta(seconds=10)
    for query in ({"number": "X420100901"}, {}):
        for known, expected in ((done - timedelta(seconds=1), 0), (done, 1)):
            moments = {"as_of": known.isoformat(), "known_at": known.isoformat()}
            found = (await desk.get(ENTRIES, params={**query, **moments})).json()["items"]
            assert len(found) == expected
    [version] = (await desk.get(f"{ENTRIES}/{entry['id']}/versions")).json()
    assert (version["known_from"], version["known_to"]) == (in_force, None)
    [told] = (await desk.get("/api/v1/blacklist/announcements")).json()["items"]
    assert told["announced_at"] == in_force


async def test_an_undo_that_took_long_is_known_since_it_was_done(bureau: Bureau, slow: Database) -> None:
    batch = await propose(bureau, HEADER + line("X420100901"))
    await bureau.act(batch, "approval", "admin2.wuhan", **APPROVE)
    await carry_out_batches(slow)
    assert (await bureau.act(batch, "undo", "admin2.wuhan", **UNDO)).status_code == 200
    assert (await bureau.act(batch, "approval", **APPROVE)).status_code == 200
    await carry_out_batches(slow)
    undone = (await bureau.look(batch))["undo"]["undone_at"]
    desk = await bureau.desk()
    [entry] = (await desk.get(ENTRIES, params={"number": "X420100901"})).json()["items"]
    first, last = (await desk.get(f"{ENTRIES}/{entry['id']}/versions")).json()
    assert (first["known_to"], last["known_from"], last["known_to"]) == (undone, undone, None)
    assert last["valid_to"] < undone
    assert (await desk.get(f"{IMPORTS}/{batch}/left")).json()["items"] == []


LISTS_THE_SAME = """
INSERT INTO blacklist_entries (id, first, last, count, reason, document_number, event_date, organization, listed_at,
                               listed_by)
SELECT gen_random_uuid(), first, last, count, reason, document_number, event_date, organization, now(), proposed_by
  FROM blacklist_proposals WHERE id = $1"""
CLAIMS = """
SELECT claim_number('X420100950', now(), '420106510000', NULL, gen_random_uuid(), false, version)
  FROM blacklist_state"""


@pytest.mark.parametrize("held", [False, True])
async def test_who_approves_what_a_running_batch_lists_too_is_told_and_stops_nobody(
    bureau: Bureau, database: Database, held: bool
) -> None:
    wanted = {
        "first": "X420100911", "reason": "stolen", "document_number": "武卫〔2024〕11号", "event_date": "2024-03-01",
    }  # fmt: skip
    door = "/api/v1/blacklist/holds" if held else PROPOSALS
    asked = await (await bureau.desk()).post(door, json=wanted if held else {"act": "add", **wanted})
    assert asked.status_code == 201, asked.text
    proposal = asked.json()["proposal"]["id"]
    async with database.transaction() as batch:
        await batch.connection.execute("SELECT list_moves_at_the_end()")
        await batch.connection.execute(LISTS_THE_SAME, proposal)
        refused = await asyncio.wait_for(approve(bureau, proposal), timeout=20)
        assert (refused.status_code, refused.json()["code"], refused.json()["retryable"]) == (
            409, "entry_in_motion", True,
        )  # fmt: skip
        async with database.transaction() as tx:
            assert await tx.connection.fetchval(CLAIMS) == "claimed"
        await batch.connection.execute("SELECT list_moves_now()")
    assert (await approve(bureau, proposal)).json()["code"] == "already_listed"
    async with database.transaction() as tx:
        told = await tx.connection.fetch(
            "SELECT error_code FROM audit_entries WHERE key = $1 AND NOT succeeded", proposal
        )
    assert {row["error_code"] for row in told} == {"entry_in_motion", "already_listed"}


async def test_an_auditor_sees_that_numbers_were_used_but_not_which(bureau: Bureau, database: Database) -> None:
    async with database.transaction() as tx:
        for number in ("X420100901", "X420100902", "X420100903"):
            await make.usage(tx, number, organization=make.WUCHANG)
    rows = "X420100900,X420100909,10,voided,武卫〔2024〕8号,2024-03-02,,\n"
    batch = (await bureau.put_in_force(HEADER + rows))["id"]
    entry = await entry_of(bureau, "X420100905")
    auditor = await bureau.desk("auditor", Role.AUDITOR, make.HUBEI)
    for place in (f"{IMPORTS}/{batch}/uses", f"{ENTRIES}/{entry}/uses"):
        clear = (await (await bureau.desk()).get(place)).json()["items"]
        assert [use["certificate_number"] for use in clear] == ["X420100901", "X420100902", "X420100903"]
        seen, query = [], {"limit": "2"}
        for _ in range(2):
            page = (await auditor.get(place, params=query)).json()
            seen += page["items"]
            query["cursor"] = page["next_cursor"]
            shown = str(page) + urlsafe_b64decode((page["next_cursor"] or "") + "==").decode()
            assert not re.search(r"X4201\d{5}", shown)
        assert [use["used_at"] for use in seen] == [use["used_at"] for use in clear]
        assert {use["certificate_number"] for use in seen} == {"X4201*****"}
        assert page["next_cursor"] is None


async def test_an_auditor_reads_why_rows_were_refused_but_not_the_rows(bureau: Bureau) -> None:
    batch = (await bureau.bring(HEADER + line("X42010AAAA", note="王小明 13800000000")))["id"]
    auditor = await bureau.desk("auditor", Role.AUDITOR, make.HUBEI)
    for desk, shown in ((await bureau.desk(), True), (auditor, False)):
        report = (await desk.get(f"{IMPORTS}/{batch}/rejections")).text
        assert ("王小明" in report) is shown
        assert "number_malformed" in report


async def letter_of_newest(bureau: Bureau) -> str:
    """What the newest announcement says on paper, without blanks."""
    desk = await bureau.desk()
    newest = (await desk.get("/api/v1/blacklist/announcements")).json()["items"][-1]
    return await read(desk, f"/announcements/{newest['id']}/letter")


async def test_the_letter_of_a_file_counts_numbers_and_stays_as_it_was_sent(bureau: Bureau) -> None:
    ten = "X420100950,X420100959,10,stolen,武卫〔2024〕7号,2024-03-01,武汉市第一妇幼保健院,夜间被盗\n"
    await bureau.put_in_force(HEADER + ten + line("X420100970"))
    sent = await letter_of_newest(bureau)
    assert "关于将11个出生医学证明编号列入失效名单的通报" in sent
    assert "附件列出其中" not in sent
    desk = await bureau.desk()
    announcement = (await desk.get("/api/v1/blacklist/announcements")).json()["items"][0]["id"]
    (entry,) = (await desk.get(ENTRIES, params={"number": "X420100955"})).json()["items"]
    lift = {
        "act": "lift", "entry_id": entry["id"], "first": "X420100952", "last": "X420100952", "count": 1,
        "reason": "other", "document_number": "武公户〔2026〕9号", "event_date": "2026-01-05", "note": "核实未被盗",
    }  # fmt: skip
    proposed = await desk.post(PROPOSALS, json=lift)
    assert proposed.status_code == 201, proposed.text
    other = await bureau.desk("admin2.wuhan")
    decided = await other.post(f"{PROPOSALS}/{proposed.json()['proposal']['id']}/approval", json=APPROVE)
    assert decided.status_code == 200, decided.text
    assert await read(desk, f"/announcements/{announcement}/letter") == sent


async def test_the_letter_of_an_undone_file_tells_what_an_earlier_file_had_left_to_it(bureau: Bureau) -> None:
    first, second = line("X420100941"), line("X420100942")
    one = (await bureau.put_in_force(HEADER + first + second))["id"]
    other = (await bureau.put_in_force(HEADER + second + first + line("X420100943")))["id"]
    await bureau.take_back(one)
    await bureau.take_back(other)
    assert await listed(bureau) == []
    sent = await letter_of_newest(bureau)
    assert "关于将3个出生医学证明编号从失效名单中解除的通知" in sent
    assert "X420100941" in sent
    assert "X420100942" in sent
