"""Files of numbers, as a desk sends them, watches them and fetches their results."""

import asyncio
import csv
import io
from typing import Any

import httpx
from tests.local.instances import GENEROUSLY

from birthreg.kernel.database import Database

JOBS = "/api/v1/verification-jobs"
CSV = "text/csv"


async def send(desk: httpx.AsyncClient, content: bytes | str, **changes: Any) -> dict[str, Any]:
    content = content.encode() if isinstance(content, str) else content
    form = {"purpose": "birth_registration"} | changes
    answer = await desk.post(JOBS, files={"file": ("numbers.csv", content, CSV)}, data=form)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    return job


async def find(desk: httpx.AsyncClient, job: dict[str, Any]) -> dict[str, Any]:
    answer = await desk.get(f"{JOBS}/{job['id']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def result(desk: httpx.AsyncClient, job: dict[str, Any]) -> list[dict[str, str]]:
    answer = await desk.get(f"{JOBS}/{job['id']}/result")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return rows_of(answer.content)


async def has_done(desk: httpx.AsyncClient, job: dict[str, Any], *, rows: int) -> dict[str, Any]:
    """Wait until so many rows of a file are verified."""
    async with asyncio.timeout(GENEROUSLY):
        while (found := await find(desk, job))["rows_done"] < rows:  # noqa: ASYNC110 - another process works
            await asyncio.sleep(0.02)
    return found


async def has_ended(desk: httpx.AsyncClient, job: dict[str, Any]) -> None:
    """Wait until a file is done."""
    async with asyncio.timeout(GENEROUSLY):
        while (await find(desk, job))["status"] != "done":  # noqa: ASYNC110 - another process works
            await asyncio.sleep(0.02)


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


async def free(database: Database) -> None:
    """Let a minute pass for whoever holds a file."""
    async with database.transaction() as tx:
        await tx.connection.execute("UPDATE verification_jobs SET lease_until = now() WHERE status = 'running'")
