"""The OpenAPI document against the served doors: no fault, no status, type or body that it doesn't tell."""

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from tests import make
from tests.access.test_doors import STREAMED
from tests.cases.leads import admit
from tests.filing.conftest import a_filing
from tests.local.instances import find_free_port
from tests.registrations.desks import newborn
from tests.screening.rulings import in_collective
from tests.worlds import own_database

from birthreg.access.models import Role
from birthreg.app import create_app
from birthreg.filing.models import Level
from birthreg.filing.service import owe
from birthreg.kernel.database import Database
from birthreg.local.servers import Postgres, Valkey
from birthreg.settings import Settings

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("BIRTHREG_TEST_EXAMPLES", "25"))
"""Requests per door and kind of data; more of them search longer."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    allow_header_conformance,
    unsupported_method,
]

DOCUMENT = create_app(Settings()).openapi_schema.to_schema()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [operation.ok() for operation in SCHEMA.get_all_operations()]

ROLES = [
    Role.PROVINCE_ADMIN, Role.CLERK, Role.MACHINE_CLIENT, Role.AUDITOR, Role.SECURITY_ADMIN, Role.LEAD_INVESTIGATOR,
]  # fmt: skip


@pytest.fixture(scope="module")
async def database_url_of_the_served(server: Postgres, template: str) -> AsyncIterator[str]:
    """A database with an officer of each kind and a few numbers."""
    async with own_database(server, template) as url:
        database = Database(url)
        await database.open()
        async with database.transaction() as tx:
            for role in ROLES:
                await make.officer(tx, role.value, role=role, organization=make.HUBEI)
            await make.usage(tx)
            await make.listing(tx)
            await make.issuance(tx)
        await database.close()
        yield url


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the served instance keeps keys and files."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def base_url(database_url_of_the_served: str, valkey: Valkey, folder: Path) -> Iterator[str]:
    """The service as its own process."""
    port = find_free_port()
    environment = {
        **os.environ,
        "BIRTHREG_DATABASE_URL": database_url_of_the_served,
        "BIRTHREG_REDIS_URL": valkey.url,
        "BIRTHREG_DATA_DIR": str(folder),
        "BIRTHREG_PORT": str(port),
    }
    command = [sys.executable, "-m", "birthreg", "serve"]
    log = folder / "serve.log"
    with log.open("wb") as output, subprocess.Popen(command, env=environment, stdout=output, stderr=output) as process:
        url = f"http://127.0.0.1:{port}"
        wait_until_ready(url, process, log)
        yield url
        process.terminate()


def wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(600):
        try:
            if requests.get(f"{url}/health/ready", timeout=5).ok:
                return
        except requests.ConnectionError:
            assert process.poll() is None, log.read_text()
        time.sleep(0.1)
    raise AssertionError(log.read_text())


def sign_in(base_url: str, role: str) -> str:
    answer = requests.post(
        f"{base_url}/api/v1/sessions", json={"officer_id": role, "password": make.PASSWORD}, timeout=30
    )
    return f"Bearer {answer.json()['access_token']}"


@pytest.fixture(scope="module")
async def known(base_url: str, people: dict[str, str], database_url_of_the_served: str, folder: Path) -> dict[str, str]:
    """Something that is there behind each door."""

    def post(role: Role, path: str, **content: Any) -> str:
        headers = {"Authorization": people[role.value]}
        answer = requests.post(f"{base_url}/api/v1/{path}", headers=headers, timeout=30, **content)
        assert answer.ok, answer.text
        body = answer.json()
        return str(body.get("proposal", body.get("change", body))["id"])

    question = {"certificate_number": "X420100002", "purpose": "birth_registration"}
    file = {"file": ("numbers.csv", b"certificate_number,used_at,organization\nX420100002,,\n")}
    registration = post(Role.CLERK, "registrations", json=newborn("Z420080001", accepted_at=make.HUBEI))
    correction = {"certificate_number": "Z420080002", "reason": "录入有误"}
    listed = {"file": ("list.csv", b"first,reason,document_number,event_date\nX420700001,stolen,1,2024-01-02\n")}
    found = {
        "lookup_id": post(Role.CLERK, "verifications", json=question),
        "job_id": post(Role.CLERK, "verification-jobs", data={"purpose": "audit"}, files=file),
        "import_id": post(Role.PROVINCE_ADMIN, "imports", data={"kind": "usage"}, files=file),
        "batch_id": post(Role.PROVINCE_ADMIN, "blacklist/imports", files=listed),
        "number": "X420100002",
        "registration_id": registration,
        "change_id": post(Role.CLERK, f"registrations/{registration}/corrections", json=correction),
        "officer_id": "clerk.suspended",
        "code": "collective_household",
    }
    suspicious = post(Role.CLERK, "registrations", json=in_collective("Z420080003", accepted_at=make.HUBEI))
    asked = {"mode": "shadow", "reason": "试行"}
    found["sweep_id"] = post(Role.PROVINCE_ADMIN, "screening/sweeps", json={})
    found["rule_change_id"] = post(Role.PROVINCE_ADMIN, "screening/rules/collective_household/changes", json=asked)
    database = Database(database_url_of_the_served)
    await database.open()
    assert await make.verify_file(database, folder)
    async with database.transaction() as tx:
        await make.officer(tx, "clerk.suspended", organization=make.WUHAN)
        owed = await owe(
            tx,
            level=Level(organization=make.HUBEI, upstream_url="http://above.invalid"),
            filing=a_filing(organization=make.WUHAN),
        )
        assert owed
        found["filing_id"] = str(owed.id)
        found["entry_id"] = str(await make.listing(tx, "X420100004"))
        found["finding_id"] = str(
            await tx.connection.fetchval(
                "SELECT id FROM findings WHERE registration_id = $1 AND rule = 'collective_household'", UUID(suspicious)
            )
        )
        asked_case = "SELECT case_id FROM case_leads WHERE registration_id = $1 LIMIT 1"
        found["case_id"] = str(await tx.connection.fetchval(asked_case, UUID(suspicious)))
        found["evidence_id"] = found["case_id"]
        found["other_id"] = str(await admit(tx))
        found["announcement_id"] = str(await make.announcement(tx, UUID(found["entry_id"])))
    await database.close()
    objection = {
        "certificate_number": "X420100004", "objector": "王桂兰", "relation": "mother", "grounds": "从未遗失",
        "evidence": [],
    }  # fmt: skip
    found["objection_id"] = post(Role.CLERK, f"blacklist/entries/{found['entry_id']}/objections", json=objection)
    lift = {"act": "lift", "entry_id": found["entry_id"], "document_number": "解1号", "note": "误列"}
    found["proposal_id"] = post(Role.PROVINCE_ADMIN, "blacklist/proposals", json=lift)
    letter = {"act": "set", "letter": "A", "year": 2026, "reason": "新印", "document_number": "卫1号"}
    noted = {"act": "note", "text": "记录", "case_ids": [found["case_id"]]}
    found["bulk_id"] = post(Role.LEAD_INVESTIGATOR, "cases/bulk", json=noted)
    found["reading_id"] = found["lookup_id"]
    found["list_name"] = "letters"
    found["list_change_id"] = post(Role.PROVINCE_ADMIN, "screening/lists/letters/changes", json=letter)
    return found


@pytest.fixture(scope="module")
def people(base_url: str) -> dict[str, str]:
    """The `Authorization` of an officer of each kind."""
    return {role.value: sign_in(base_url, role.value) for role in ROLES}


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_a_door_answers_as_the_document_says(
    base_url: str, people: dict[str, str], known: dict[str, str], operation: Any, mode: GenerationMode
) -> None:
    asking = st.sampled_from([*people, ""])
    with requests.Session() as session:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode), role=asking, is_known=st.booleans())
        def ask(case: Case, role: str, is_known: bool) -> None:
            if is_known:
                case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
            if operation.label in STREAMED:
                case.query = {**(case.query or {}), "follow": "false"}
            headers = {"Authorization": people[role]} if role else {}
            answer = case.call(base_url=base_url, session=session, headers=headers, timeout=60)
            case.validate_response(answer, checks=CHECKS)
            if operation.label == "DELETE /api/v1/sessions/current" and role and answer.status_code == 204:
                people[role] = sign_in(base_url, role)

        ask()
