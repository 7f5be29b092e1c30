"""What is answered of a batch is said in words."""

from pathlib import Path

import pytest
from tests.blacklist.files import APPROVE, HEADER, IMPORTS, SINGLE, Bureau
from tests.conftest import SignIn

from birthreg.blacklist.batch_models import BATCH_STATUS_NAMES, BatchStatus
from birthreg.blacklist.notice_models import OBJECTION_STATUS_NAMES, ObjectionStatus
from birthreg.blacklist.proposal_models import PROPOSAL_STATUS_NAMES, ProposalStatus
from birthreg.kernel.database import Database
from birthreg.verification.job_models import JOB_STATUS_NAMES, JobStatus
from birthreg.verification.models import VerdictKind
from birthreg.verification.reasons import VERDICT_NAMES


@pytest.fixture
async def bureau(sign_in: SignIn, database: Database, tmp_path: Path) -> Bureau:
    """Wuhan's administrators; a second one is known from the beginning."""
    bureau = Bureau(sign_in, database, tmp_path)
    await bureau.desk("admin2.wuhan")
    return bureau


def test_every_state_has_a_name_in_both_languages() -> None:
    assert set(BATCH_STATUS_NAMES) == set(BatchStatus)
    assert set(PROPOSAL_STATUS_NAMES) == set(ProposalStatus)
    assert set(OBJECTION_STATUS_NAMES) == set(ObjectionStatus)
    assert set(JOB_STATUS_NAMES) == set(JobStatus)
    assert set(VERDICT_NAMES) == set(VerdictKind)


async def test_a_file_that_could_not_be_read_is_not_proposed_and_says_why(bureau: Bureau, database: Database) -> None:
    found = await bureau.bring("")
    assert (found["status"], found["preview"]) == ("failed", None)
    answer = await (await bureau.desk()).post(f"{IMPORTS}/{found['id']}/commit")
    assert (answer.status_code, answer.json()["code"]) == (409, "batch_file_failed")
    assert answer.json()["detail"] == f"该文件未能读取:{found['error']['message']}"
    async with database.transaction() as tx:
        query = "SELECT count(*) FROM audit_entries WHERE key = $1 AND error_code = 'batch_file_failed'"
        assert await tx.connection.fetchval(query, found["id"]) == 1


async def test_a_batch_says_in_words_what_state_it_is_in(bureau: Bureau) -> None:
    found = await bureau.bring(HEADER + SINGLE)
    other = await bureau.desk("admin2.wuhan")
    answer = await other.post(f"{IMPORTS}/{found['id']}/approval", json=APPROVE)
    assert (answer.status_code, answer.json()["code"]) == (409, "batch_elsewhere")
    assert answer.json()["detail"] == "批次当前状态为“待提交”,不能执行此操作。"
