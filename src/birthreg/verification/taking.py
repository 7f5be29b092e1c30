"""One function per act: take a file to verify, and follow it."""

import asyncio
from typing import IO
from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.uploads import keep_upload
from birthreg.verification import store
from birthreg.verification.job_models import Job
from birthreg.verification.jobs import Files
from birthreg.verification.models import Purpose
from birthreg.verification.service import require_behalf


async def take_file(
    tx: Transaction,
    officer: Officer,
    *,
    files: Files,
    content: IO[bytes],
    file_name: str,
    purpose: Purpose,
    on_behalf_of: str | None,
    terminal: str,
) -> UUID:
    """Keep a file for the worker to verify, and return its job.

    Raises:
        FieldsWrong: a machine client names no officer, or an officer names another.
    """
    require_behalf(officer, on_behalf_of)
    job = new_id()
    await asyncio.to_thread(keep_upload, files.upload(job), content)
    await store.insert_job(
        tx, job=job, asker=officer, terminal=terminal, purpose=purpose, on_behalf_of=on_behalf_of,
        file_name=file_name[:200],
    )  # fmt: skip
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.QUERY,
        act="send_file", object="verification_job", key=str(job), condition=purpose,
    )  # fmt: skip
    return job


async def find_job(tx: Transaction, *, scope: Scope, job: UUID) -> Job:
    """Return one file's verification.

    Raises:
        NotFound: no such file inside the scope.
    """
    found = await store.find_job(tx, scope=scope, job=job)
    if found is None:
        raise NotFound
    return found
