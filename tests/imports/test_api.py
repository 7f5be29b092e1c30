"""The doors of imports, as an administrator uses them."""

import os
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests import make
from tests.conftest import SignIn
from tests.imports.test_issuance_files import SOUND as ISSUANCE
from tests.imports.test_issuance_files import file_of
from tests.imports.test_usage_files import HEADER, SOUND

from birthreg.access.models import Role
from birthreg.imports.jobs import run_waiting_imports, sweep_uploads
from birthreg.kernel.database import Database

IMPORTS = "/api/v1/imports"
PREFECTURE = {"role": Role.PREFECTURE_ADMIN, "organization": make.WUHAN}


async def send(desk: httpx.AsyncClient, content: str, kind: str = "usage", *, key: str | None = None) -> httpx.Response:
    """Send a file."""
    headers = {"Idempotency-Key": key} if key else {}
    return await desk.post(IMPORTS, files={"file": ("usage.csv", content)}, data={"kind": kind}, headers=headers)


async def test_a_file_is_taken_imported_and_reported(sign_in: SignIn, database: Database, tmp_path: Path) -> None:
    desk = await sign_in("admin.wuhan", **PREFECTURE)
    answer = await send(desk, HEADER + SOUND + SOUND.replace("K", "L").replace("2020", "2999"))
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
    assert await run_waiting_imports(database, uploads=tmp_path / "imports")
    place = f"{IMPORTS}/{answer.json()['id']}"
    found = (await desk.get(place)).json()
    assert (found["status"], found["rows_new"], found["rows_rejected"], found["error"]) == ("done", 1, 1, None)
    assert found["bytes_done"] == found["bytes_total"]
    report = await desk.get(f"{place}/rejections")
    assert report.headers["content-type"].startswith("text/csv")
    lines = report.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "line,field,code,reason_zh,reason_en,raw"
    assert lines[1].startswith("3,used_at,moment_in_future,时间晚于当前时间。,The time lies in the future.,")
    assert [item["id"] for item in (await desk.get(IMPORTS)).json()["items"]] == [found["id"]]


async def test_a_refused_row_does_not_become_a_formula(sign_in: SignIn, database: Database, tmp_path: Path) -> None:
    desk = await sign_in("admin.wuhan", **PREFECTURE)
    sent = await send(desk, HEADER + "=1+1,,,\n")
    await run_waiting_imports(database, uploads=tmp_path / "imports")
    report = await desk.get(f"{IMPORTS}/{sent.json()['id']}/rejections")
    assert report.content.decode("utf-8-sig").splitlines()[1].endswith(',"\'=1+1,,,"')


async def test_a_file_that_cannot_be_taken_says_why_in_both_languages(
    sign_in: SignIn, database: Database, tmp_path: Path
) -> None:
    desk = await sign_in("admin.wuhan", **PREFECTURE)
    place = f"{IMPORTS}/{(await send(desk, 'number,when')).json()['id']}"
    await run_waiting_imports(database, uploads=tmp_path / "imports")
    chinese = (await desk.get(place)).json()["error"]
    english = (await desk.get(place, headers={"Accept-Language": "en"})).json()["error"]
    assert chinese["code"] == english["code"] == "columns_wrong"
    assert "缺少列 certificate_number" in chinese["message"]
    assert "missing certificate_number" in english["message"]


async def test_rows_of_another_prefecture_are_refused(sign_in: SignIn, database: Database, tmp_path: Path) -> None:
    desk = await sign_in("admin.wuhan", **PREFECTURE)
    sent = await send(desk, HEADER + SOUND.replace("4201065", "4206065"))
    await run_waiting_imports(database, uploads=tmp_path / "imports")
    report = await desk.get(f"{IMPORTS}/{sent.json()['id']}/rejections")
    assert "outside_reach" in report.text


async def test_a_health_authority_brings_issuances_and_sees_its_own_imports(
    sign_in: SignIn, database: Database, tmp_path: Path
) -> None:
    desk = await sign_in("health.hubei", role=Role.MACHINE_CLIENT, organization=make.HUBEI)
    sent = await send(desk, file_of(ISSUANCE), "issuances")
    await run_waiting_imports(database, uploads=tmp_path / "imports")
    assert (await desk.get(f"{IMPORTS}/{sent.json()['id']}")).json()["rows_new"] == 1
    other = await sign_in("health2.hubei", role=Role.MACHINE_CLIENT, organization=make.HUBEI)
    assert (await other.get(f"{IMPORTS}/{sent.json()['id']}")).status_code == 404


async def test_the_same_key_and_file_are_one_import(sign_in: SignIn, database: Database) -> None:
    desk = await sign_in("admin.wuhan", **PREFECTURE)
    answers = [await send(desk, HEADER + SOUND, key="one") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    async with database.transaction() as tx:
        assert await tx.connection.fetchval("SELECT count(*) FROM imports") == 1
    assert (await send(desk, HEADER, key="one")).status_code == 409


@pytest.mark.parametrize("fields", [{}, {"kind": "blacklist"}, {"kind": "usage", "colour": "red"}])
async def test_a_wrong_request_is_told_field_by_field(sign_in: SignIn, fields: dict[str, Any]) -> None:
    desk = await sign_in("admin.wuhan", **PREFECTURE)
    answer = await desk.post(IMPORTS, files={"file": ("usage.csv", HEADER)}, data=fields)
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_nobody_imports_without_signing_in(client: httpx.AsyncClient) -> None:
    assert (await send(client, HEADER)).status_code == 401


@pytest.mark.parametrize(
    ("role", "kind"),
    [
        (Role.CLERK, "usage"),
        (Role.AUDITOR, "usage"),
        (Role.MACHINE_CLIENT, "usage"),
        (Role.PREFECTURE_ADMIN, "issuances"),
    ],
)
async def test_a_role_without_the_business_imports_nothing(sign_in: SignIn, role: Role, kind: str) -> None:
    desk = await sign_in("somebody", role=role, organization=make.WUHAN)
    assert (await send(desk, HEADER, kind)).status_code == 403


async def test_an_import_of_another_jurisdiction_is_not_found(sign_in: SignIn) -> None:
    desk = await sign_in("admin.wuhan", **PREFECTURE)
    place = f"{IMPORTS}/{(await send(desk, HEADER)).json()['id']}"
    other = await sign_in("admin.xiangyang", role=Role.PREFECTURE_ADMIN, organization="420600000000")
    assert (await other.get(place)).status_code == 404
    assert (await other.get(f"{place}/rejections")).status_code == 404
    assert (await other.get(IMPORTS)).json()["items"] == []


async def test_uploads_that_no_open_import_waits_for_are_swept(
    sign_in: SignIn, database: Database, tmp_path: Path
) -> None:
    desk = await sign_in("admin.wuhan", **PREFECTURE)
    sent = await send(desk, HEADER + SOUND)
    uploads = tmp_path / "imports"
    (uploads / str(UUID(int=1))).write_bytes(b"")
    (uploads / str(UUID(int=2))).write_bytes(b"")
    for path in uploads.iterdir():
        if path.name != str(UUID(int=2)):
            os.utime(path, (0, 0))
    await sweep_uploads(database, uploads=uploads)
    assert {path.name for path in uploads.iterdir()} == {sent.json()["id"], str(UUID(int=2))}
