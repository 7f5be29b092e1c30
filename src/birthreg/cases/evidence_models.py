"""The nouns of evidence."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from birthreg.cases.models import Acted, Status
from birthreg.kernel.language import Text


class FileState(StrEnum):
    """Whether a file still is what was brought."""

    WHOLE = "whole"
    DAMAGED = "damaged"
    MISSING = "missing"


FILE_STATE_NAMES = {
    FileState.WHOLE: Text("完好", "whole"),
    FileState.DAMAGED: Text("已损坏", "damaged"),
    FileState.MISSING: Text("缺失", "missing"),
}


class EvidenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of evidence as kept: what was brought by whom, and the file that it is."""

    id: UUID
    case_id: UUID
    file_name: str
    description: str | None
    officer: str
    organization: str
    added_at: datetime
    media_type: str
    size: int
    sha256: bytes
    sm3: bytes
    state: FileState
    checked_at: datetime


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of evidence: digests in hexadecimal; `state` is what the last check of the file found."""

    id: UUID
    case_id: UUID
    file_name: str
    description: str | None
    officer: str
    organization: str
    added_at: datetime
    media_type: str
    size: int
    sha256: str
    sm3: str
    state: FileState
    checked_at: datetime


class EvidenceBrought(msgspec.Struct, frozen=True, kw_only=True):
    """What was brought to a case, and how the case stands."""

    evidence: Evidence
    case: Acted


class EvidenceId(msgspec.Struct, frozen=True):
    """Which piece of evidence."""

    id: UUID


class DueFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file whose time to be looked at again has come."""

    sha256: bytes
    sm3: bytes
    state: FileState
    checked_at: datetime


class HeldCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case that has a file among its evidence, and how it stands."""

    id: UUID
    status: Status
    organization: str
    evidence_id: UUID


class EvidenceHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How many files are harmed, and when the one was looked at that waits longest."""

    damaged: int
    missing: int
    oldest_checked_at: datetime | None


class KnownFile(msgspec.Struct, frozen=True):
    """A file that a row names."""

    sha256: bytes
