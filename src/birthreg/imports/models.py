"""The nouns of imports."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text


class Kind(StrEnum):
    """What the rows of a file are."""

    USAGE = "usage"
    ISSUANCES = "issuances"
    BLACKLIST = "blacklist"
    """The operator's, at set-up."""
    BLACKLIST_BATCH = "blacklist_batch"
    """Of void numbers that two officers decide on."""


class ImportStatus(StrEnum):
    """Where an import stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is brought in: progress by byte and line, and what became of its rows.

    `bytes_done` and `lines_done` stand where the last block was committed. Of a spreadsheet,
    bytes are those of its text. `columns_not_kept` are columns that were read past.
    """

    id: UUID
    kind: Kind
    officer: str
    organization: str
    terminal: str
    reach: list[str]
    file_name: str
    file_digest: bytes | None
    uploaded: bool
    status: ImportStatus
    requested_at: datetime
    finished_at: datetime | None
    lease_until: datetime | None
    bytes_total: int
    bytes_done: int
    lines_done: int
    rows_new: int
    rows_same: int
    rows_rejected: int
    columns_not_kept: list[str]
    error_code: str | None
    error_message: Text | None


class NewImport(msgspec.Struct, frozen=True, kw_only=True):
    """A file that somebody asks to bring in.

    `organization` is the importing officer's; void numbers are listed in its name. `reach` holds
    LIKE patterns of the organisations whose rows the officer may bring. An `uploaded` file is one
    that any worker finds under the import's identifier; `file_digest` (SHA-256) tells a file
    that is read where it lies.
    """

    id: UUID
    kind: Kind
    officer: str
    organization: str
    terminal: str
    reach: tuple[str, ...]
    file_name: str
    file_digest: bytes | None = None
    uploaded: bool = False
    bytes_total: int


class OpenImport(msgspec.Struct, frozen=True):
    """An import that has not ended."""

    id: UUID


class Rejection(msgspec.Struct, frozen=True):
    """A line that was not taken, with the field and the code of the reason, as it stands in the file."""

    line: int
    field: str
    code: str
    raw: str


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A text file as it was found: its size in bytes, its encoding, and where its text begins."""

    size: int
    encoding: str
    text_begins: int


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Whole lines of a file as UTF-8 with plain line ends; `end` is where they end in the file, in bytes."""

    text: bytes
    begin: int
    end: int
    lines: int
