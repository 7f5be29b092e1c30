"""Files of numbers: read whatever their kind, answered in their order, and never half or twice."""

import asyncio
import csv
import io
import os
import time
import zipfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import openpyxl
import pytest
from redis.asyncio import Redis
from tests import make
from tests.conftest import SignIn
from tests.story.desks import BOOKS, fill_books
from tests.story.sheets import CSV, JOBS, find, free, has_done, result, send

from birthreg.access.models import Role
from birthreg.access.rules import LOOKUPS_PER_HOUR
from birthreg.kernel.budgets import WINDOW
from birthreg.kernel.clock import now_utc
from birthreg.kernel.database import Database
from birthreg.settings import Settings
from birthreg.verification import store
from birthreg.verification.jobs import MOST_ATTEMPTS, Files, sweep_files

Work = Callable[[], Awaitable[bool]]


@pytest.fixture
def files(settings: Settings) -> Files:
    return Files(settings.data_dir / "files")


@pytest.fixture
def work(database: Database, settings: Settings) -> Work:
    """What the worker does once a second."""

    async def act() -> bool:
        return await make.verify_file(database, settings.data_dir, redis_url=settings.redis_url)

    return act


def workbook(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


NUMBERS = ["X420100002", "X420100001", "X420100003"]
PLAIN = "X420100002,甲\nX420100001,乙\nX420100003,丙\n"
HEADED = "reference,certificate_number\n甲,X420100002\n乙,X420100001\n丙,X420100003\n"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(PLAIN.encode(), id="utf-8"),
        pytest.param(HEADED.encode(), id="headed"),
        pytest.param(HEADED.encode("utf-8-sig"), id="byte-order-mark"),
        pytest.param(PLAIN.encode("utf-8-sig"), id="byte-order-mark-without-header"),
        pytest.param(HEADED.encode("gb18030"), id="gb18030"),
        pytest.param(PLAIN.replace("\n", "\r\n").encode(), id="windows-lines"),
        pytest.param(PLAIN.replace("\n", "\n\n , \n").rstrip().encode(), id="blank-rows"),
        pytest.param(workbook(*(tuple(row.split(",")) for row in PLAIN.split())), id="workbook"),
        pytest.param(workbook(*(tuple(row.split(",")) for row in HEADED.split())), id="headed-workbook"),
    ],
)
async def test_a_file_of_any_kind_is_answered_in_its_order(
    sign_in: SignIn, database: Database, work: Work, content: bytes
) -> None:
    await fill_books(database)
    desk = await sign_in()
    job = await send(desk, content)
    assert await work()
    rows = await result(desk, job)
    assert [row["line"] for row in rows] == ["1", "2", "3"]
    assert [row["typed"] for row in rows] == NUMBERS
    assert [row["reference"] for row in rows] == ["甲", "乙", "丙"]
    assert [row["verdict"] for row in rows] == [BOOKS[number] for number in NUMBERS]
    assert [row["may_register"] for row in rows] == ["false", "true", "false"]


async def test_a_result_tells_reasons_and_refers_to_its_records(
    sign_in: SignIn, database: Database, work: Work
) -> None:
    await fill_books(database)
    desk = await sign_in()
    job = await send(desk, "X420100003\n x-420100001 \n12\n")
    await work()
    listed, clear, malformed = await result(desk, job)
    assert (listed["reasons"], listed["certificate_number"]) == ("number_blacklisted", "X420100003")
    assert "武公通〔2024〕1号" in listed["messages"]
    assert (clear["typed"], clear["certificate_number"], clear["next_step"]) == (
        " x-420100001 ",
        "X420100001",
        "可以办理登记。",
    )
    assert (malformed["verdict"], malformed["certificate_number"]) == ("malformed", "")
    record = (await desk.get(f"/api/v1/verifications/{listed['verification_id']}")).json()
    assert (record["verdict"], record["list_version"]) == ("blacklisted", int(listed["list_version"]))


async def test_progress_is_told_from_waiting_to_done(sign_in: SignIn, database: Database, work: Work) -> None:
    await fill_books(database)
    desk = await sign_in()
    job = await send(desk, PLAIN)
    assert (job["status"], job["rows_done"], job["rows_total"]) == ("waiting", 0, None)
    await work()
    job = await find(desk, job)
    assert (job["status"], job["rows_done"], job["rows_total"]) == ("done", 3, 3)
    assert job["verdicts"] == {"used": 1, "clear": 1, "blacklisted": 1}
    assert job["finished_at"] is not None
    assert not await work()


async def test_a_file_of_many_parts_is_answered_whole(sign_in: SignIn, work: Work) -> None:
    desk = await sign_in()
    numbers = [f"X4201{place:05}" for place in range(2_500)]
    job = await send(desk, "\n".join(numbers))
    await work()
    rows = await result(desk, job)
    assert [(row["line"], row["typed"]) for row in rows] == [(str(n), typed) for n, typed in enumerate(numbers, 1)]


async def test_an_empty_file_has_an_empty_result(sign_in: SignIn, work: Work) -> None:
    desk = await sign_in()
    job = await send(desk, "certificate_number,reference\n")
    await work()
    assert (await find(desk, job))["rows_total"] == 0
    assert await result(desk, job) == []


@pytest.mark.parametrize("typed", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\tX", "\rX"])
async def test_what_was_typed_never_becomes_a_formula(sign_in: SignIn, work: Work, typed: str) -> None:
    desk = await sign_in()
    content = io.StringIO()
    csv.writer(content).writerow([typed, typed])
    job = await send(desk, content.getvalue())
    await work()
    (row,) = await result(desk, job)
    assert (row["typed"], row["reference"]) == (f"'{typed}", f"'{typed}")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xff\xfe\x00X\x004", id="no-text"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", id="image"),
        pytest.param(b"PK\x03\x04 and no more", id="broken-archive"),
        pytest.param(workbook(("X420100001",))[:-200], id="cut-workbook"),
        pytest.param(b"PK\x03\x04", id="archive-mark-alone"),
    ],
)
async def test_a_broken_file_ends_with_its_reason(sign_in: SignIn, work: Work, content: bytes) -> None:
    desk = await sign_in()
    job = await send(desk, content)
    await work()
    job = await find(desk, job)
    assert (job["status"], job["error_code"]) == ("failed", "file_unreadable")
    assert job["error"]["code"] == "file_unreadable"
    assert "GB18030" in job["error"]["message"]
    assert job["error"]["remedy"]
    assert not await work()


async def test_the_result_of_a_broken_file_says_why_there_is_none_and_not_to_wait(sign_in: SignIn, work: Work) -> None:
    desk = await sign_in()
    job = await send(desk, b"PK\x03\x04")
    await work()
    answer = await desk.get(f"{JOBS}/{job['id']}/result")
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (409, "file_not_verified", False)
    assert "GB18030" in answer.json()["detail"]


async def test_a_file_that_was_lost_ends_with_its_reason(sign_in: SignIn, work: Work, files: Files) -> None:
    desk = await sign_in()
    job = await send(desk, PLAIN)
    files.upload(UUID(job["id"])).unlink()
    await work()
    assert (await find(desk, job))["error_code"] == "file_missing"


async def test_a_broken_file_does_not_hold_up_the_next(sign_in: SignIn, work: Work) -> None:
    desk = await sign_in()
    await send(desk, b"PK\x03\x04")
    job = await send(desk, PLAIN)
    await work()
    await work()
    assert (await find(desk, job))["status"] == "done"


async def test_a_result_before_the_end_is_a_conflict(sign_in: SignIn) -> None:
    desk = await sign_in()
    job = await send(desk, PLAIN)
    answer = await desk.get(f"{JOBS}/{job['id']}/result")
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (409, "result_not_ready", True)


async def test_the_file_of_another_clerk_is_not_found(sign_in: SignIn, work: Work) -> None:
    desk, other = await sign_in(), await sign_in("clerk2.wuchang")
    job = await send(desk, PLAIN)
    await work()
    assert (await other.get(f"{JOBS}/{job['id']}")).status_code == 404
    assert (await other.get(f"{JOBS}/{job['id']}/result")).status_code == 404


async def test_the_file_of_another_prefecture_is_not_found(sign_in: SignIn, work: Work) -> None:
    desk = await sign_in()
    own = await sign_in("admin.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
    foreign = await sign_in("admin.xiangyang", role=Role.PREFECTURE_ADMIN, organization="420600000000")
    job = await send(desk, PLAIN)
    await work()
    assert (await own.get(f"{JOBS}/{job['id']}/result")).status_code == 200
    assert (await foreign.get(f"{JOBS}/{job['id']}/result")).status_code == 404


async def test_nobody_sends_a_file_without_signing_in(client: httpx.AsyncClient) -> None:
    form = {"purpose": "birth_registration"}
    answer = await client.post(JOBS, files={"file": ("numbers.csv", b"X420100001", CSV)}, data=form)
    assert answer.status_code == 401


async def test_an_auditor_may_send_no_file(sign_in: SignIn) -> None:
    desk = await sign_in("auditor.hubei", role=Role.AUDITOR, organization=make.HUBEI)
    form = {"purpose": "audit"}
    answer = await desk.post(JOBS, files={"file": ("numbers.csv", b"X420100001", CSV)}, data=form)
    assert answer.status_code == 403


async def suspend(database: Database, officer: str) -> None:
    async with database.transaction() as tx:
        await tx.connection.execute("UPDATE officers SET suspended_at = now() WHERE id = $1", officer)


async def test_the_file_of_an_officer_suspended_meanwhile_is_not_verified(
    sign_in: SignIn, database: Database, work: Work
) -> None:
    desk = await sign_in()
    supervisor = await sign_in("admin.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
    job = await send(desk, PLAIN)
    await suspend(database, "clerk.wuchang")
    await work()
    job = await find(supervisor, job)
    assert (job["status"], job["error_code"], job["rows_done"]) == ("failed", "officer_suspended", 0)
    assert await count_lookups(database, job) == 0


async def test_a_suspension_ends_a_file_that_is_being_verified(sign_in: SignIn, database: Database, work: Work) -> None:
    desk = await sign_in()
    supervisor = await sign_in("admin.wuhan", role=Role.PREFECTURE_ADMIN, organization=make.WUHAN)
    job = await send(desk, "X420100001\n" * 40_000)
    working = asyncio.ensure_future(work())
    await has_done(supervisor, job, rows=1)
    await suspend(database, "clerk.wuchang")
    await working
    job = await find(supervisor, job)
    assert (job["status"], job["error_code"]) == ("failed", "officer_suspended")
    assert 0 < job["rows_done"] < 40_000
    assert await count_lookups(database, job) == job["rows_done"]


async def count_lookups(database: Database, job: dict[str, Any]) -> int:
    async with database.transaction() as tx:
        count: int = await tx.connection.fetchval("SELECT count(*) FROM lookups WHERE batch_id = $1", UUID(job["id"]))
    return count


async def test_workers_that_take_a_file_from_each_other_answer_it_once(
    sign_in: SignIn, database: Database, work: Work
) -> None:
    desk = await sign_in()
    numbers = [f"X4201{place:05}" for place in range(12_000)]
    job = await send(desk, "\n".join(numbers))
    working = [asyncio.ensure_future(work())]
    while (await find(desk, job))["status"] != "done":
        await free(database)
        working.append(asyncio.ensure_future(work()))
        await asyncio.sleep(0.05)
    await asyncio.gather(*working)
    rows = await result(desk, job)
    assert [row["typed"] for row in rows] == numbers
    assert await count_lookups(database, job) == len(numbers)
    assert (await find(desk, job))["verdicts"] == {"clear": len(numbers)}
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM trail WHERE act = 'verify_file'") == 1


async def test_workers_that_end_a_file_at_once_keep_its_result(
    sign_in: SignIn, database: Database, settings: Settings
) -> None:
    desk = await sign_in()
    for _ in range(12):
        job = await send(desk, "X420100001\n" * 3_000)
        working = []
        for _ in range(MOST_ATTEMPTS):
            working.append(asyncio.ensure_future(make.verify_file(database, settings.data_dir)))
            await asyncio.sleep(0.03)
            await free(database)
        await asyncio.gather(*working)
        await make.verify_file(database, settings.data_dir)
        assert (await find(desk, job))["status"] == "done"
        assert len(await result(desk, job)) == 3_000


async def test_a_worker_that_was_overtaken_writes_nothing(sign_in: SignIn, database: Database, work: Work) -> None:
    desk = await sign_in()
    await send(desk, PLAIN)
    async with database.transaction() as tx:
        claimed = await store.claim_job(tx, lease_until=now_utc() - timedelta(seconds=1))
    assert claimed is not None
    await work()
    async with database.transaction() as tx:
        assert await store.hold_job(tx, job=claimed.id, rows_done=claimed.rows_done) is None


async def set_spent(redis: "Redis", officer: str, amount: int) -> None:
    """Let an officer have asked so many numbers in this hour, and in the next should it strike."""
    hour = int(time.time() // WINDOW)
    for which in (hour, hour + 1):
        await redis.set(f"budget:{officer}:{which}", amount)


async def test_a_file_spends_look_ups_and_waits_where_there_are_none_left(
    sign_in: SignIn, settings: Settings, database: Database, work: Work
) -> None:
    desk = await sign_in()
    async with Redis.from_url(settings.redis_url) as redis:
        await set_spent(redis, "clerk.wuchang", LOOKUPS_PER_HOUR[Role.CLERK] - 1_000)
        job = await send(desk, "X420100001\n" * 1_500)
        assert await work()
        job = await find(desk, job)
        assert (job["status"], job["rows_done"], await count_lookups(database, job)) == ("waiting", 1_000, 1_000)
        assert job["resumes_at"] is not None
        assert not await work()
        await set_spent(redis, "clerk.wuchang", 0)
        async with database.transaction() as tx:
            await tx.connection.execute("UPDATE verification_jobs SET resumes_at = now() - interval '1 second'")
        assert await work()
        job = await find(desk, job)
        assert (job["status"], job["rows_done"], job["resumes_at"]) == ("done", 1_500, None)
        assert sum([int(await redis.get(key)) for key in await redis.keys("budget:clerk.wuchang:*")]) == 500


async def test_a_file_that_waits_for_look_ups_does_not_hold_up_the_next(
    sign_in: SignIn, settings: Settings, work: Work
) -> None:
    greedy, modest = await sign_in(), await sign_in("clerk2.wuchang")
    async with Redis.from_url(settings.redis_url) as redis:
        await set_spent(redis, "clerk.wuchang", LOOKUPS_PER_HOUR[Role.CLERK])
    first, second = await send(greedy, PLAIN), await send(modest, PLAIN)
    await work()
    await work()
    assert [(await find(greedy, first))["status"], (await find(modest, second))["status"]] == ["waiting", "done"]


async def test_a_file_whose_worker_dies_of_it_is_given_up_after_some_tries(
    sign_in: SignIn, database: Database, work: Work
) -> None:
    desk = await sign_in()
    job = await send(desk, PLAIN)
    for _ in range(5):
        async with database.transaction() as tx:
            assert await store.claim_job(tx, lease_until=now_utc() - timedelta(seconds=1))
    await work()
    desk.headers["Accept-Language"] = "en"
    job = await find(desk, job)
    assert (job["status"], job["error_code"], job["error"]["code"]) == ("failed", "given_up", "given_up")
    assert "again and again" in job["error"]["message"]
    assert not await work()


async def test_a_file_that_gets_on_is_not_given_up_for_its_breaks(
    sign_in: SignIn, database: Database, work: Work
) -> None:
    desk = await sign_in()
    job = await send(desk, PLAIN)
    for _ in range(4):
        async with database.transaction() as tx:
            assert await store.claim_job(tx, lease_until=now_utc() - timedelta(seconds=1))
    await work()
    assert (await find(desk, job))["status"] == "done"


async def test_a_spreadsheet_that_unpacks_to_too_much_is_told_and_harms_no_worker(sign_in: SignIn, work: Work) -> None:
    desk = await sign_in()
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w") as sheet,
    ):
        for _ in range(1025):
            sheet.write(bytes(1 << 20))
    job = await send(desk, bomb.getvalue())
    await work()
    job = await find(desk, job)
    assert (job["status"], job["error_code"]) == ("failed", "spreadsheet_too_large")
    assert "CSV" in job["error"]["message"]


async def test_an_upload_goes_when_its_file_has_ended(sign_in: SignIn, work: Work, files: Files) -> None:
    desk = await sign_in()
    sound, broken = await send(desk, PLAIN), await send(desk, b"PK\x03\x04")
    await work()
    await work()
    assert [path.name for path in files.folder.iterdir()] == [f"{sound['id']}.csv"]
    assert (await find(desk, broken))["status"] == "failed"


def age(path: Path, *, days: int) -> None:
    moment = time.time() - days * 86400
    os.utime(path, (moment, moment))


async def test_what_nobody_needs_is_swept_and_nothing_else(
    sign_in: SignIn, database: Database, work: Work, files: Files
) -> None:
    desk = await sign_in()
    done, old = await send(desk, PLAIN), await send(desk, PLAIN)
    await work()
    await work()
    waiting = await send(desk, PLAIN)
    orphan, fresh = files.upload(UUID(int=1)), files.upload(UUID(int=2))
    for path in (orphan, fresh, files.folder / "README"):
        path.write_bytes(b"")
    async with database.transaction() as tx:
        await tx.connection.execute(
            "UPDATE verification_jobs SET finished_at = now() - interval '31 days' WHERE id = $1", UUID(old["id"])
        )
    for path in files.folder.iterdir():
        if path != fresh:
            age(path, days=2)
    await sweep_files(database, files=files)
    kept = {f"{done['id']}.csv", f"{waiting['id']}.upload", fresh.name, "README"}
    assert {path.name for path in files.folder.iterdir()} == kept
    answer = await desk.get(f"{JOBS}/{old['id']}/result")
    assert (answer.status_code, answer.json()["code"]) == (404, "result_expired")
    assert (await desk.get(f"{JOBS}/{done['id']}/result")).status_code == 200
