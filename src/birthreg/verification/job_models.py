"""The nouns of files under way."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from birthreg.access.models import Role
from birthreg.kernel.language import Text
from birthreg.verification.models import Purpose


class JobStatus(StrEnum):
    """Where the verification of a file stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


JOB_STATUS_NAMES = {
    JobStatus.WAITING: Text("排队等待", "waiting"),
    JobStatus.RUNNING: Text("正在核验", "running"),
    JobStatus.DONE: Text("已完成", "done"),
    JobStatus.FAILED: Text("未能完成", "failed"),
}


class JobFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Why a file was not verified to its end, and what to do."""

    code: str
    message: str
    remedy: str


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """The verification of a file; `verdicts` counts them by kind, `rows_total` is None until counted.

    `resumes_at` is set while the file waits for its officer's look-ups to be enough again.
    """

    id: UUID
    officer: str
    organization: str
    terminal: str
    purpose: Purpose
    on_behalf_of: str | None
    file_name: str
    status: JobStatus
    requested_at: datetime
    finished_at: datetime | None
    rows_total: int | None
    rows_done: int
    result_bytes: int
    verdicts: dict[str, int]
    error_code: str | None
    resumes_at: datetime | None


class JobView(msgspec.Struct, frozen=True, kw_only=True):
    """The verification of a file as its door shows it."""

    id: UUID
    officer: str
    organization: str
    terminal: str
    purpose: Purpose
    on_behalf_of: str | None
    file_name: str
    status: JobStatus
    requested_at: datetime
    finished_at: datetime | None
    resumes_at: datetime | None
    rows_total: int | None
    rows_done: int
    result_bytes: int
    verdicts: dict[str, int]
    error_code: str | None
    error: Annotated[JobFailure | None, msgspec.Meta(description="仅在 status 为 failed 时有值 · when failed")]


class KeptJob(msgspec.Struct, frozen=True):
    """A file's verification whose files are still needed: both while it is open, the result when it has ended."""

    id: UUID
    ended: bool


class ClaimedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A file's verification as a worker takes it up, with its officer as they stand now.

    `attempts` counts how often it was taken up since rows were last done, this time included.
    """

    id: UUID
    officer: str
    organization: str
    terminal: str
    purpose: Purpose
    on_behalf_of: str | None
    rows_done: int
    result_bytes: int
    verdicts: dict[str, int]
    attempts: int
    role: Role
    suspended: bool
