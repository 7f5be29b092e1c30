"""The nouns of live events."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from birthreg.cases.models import CaseAct, Status


class Kind(StrEnum):
    """What a stream tells, as its `event:` field names it."""

    READY = "ready"
    """The stream stands; from here on nothing is missed."""
    CASE = "case"
    RESET = "reset"
    """More was missed than is told one by one: read the lists again."""
    INTERRUPTED = "interrupted"
    """The database is away; nothing new is told until it is back."""
    RESTORED = "restored"
    END = "end"
    """The last one, with its reason."""


class Ending(StrEnum):
    """Why a stream ends, and what its client does then."""

    TOLD = "told"
    """All that was missed is told, and no more was asked for."""
    SLOW = "slow"
    """The client doesn't keep up: it comes back with the last id that it has read."""
    EXPIRED = "expired"
    """As old as a token gets: come back with the present one."""
    SESSION_ENDED = "session_ended"
    """Signed out, suspended or over: sign in."""
    STOPPING = "stopping"
    """This process stops: come back, to another."""


class Reset(StrEnum):
    """Why what was missed isn't told one by one."""

    TOO_MANY = "too_many"
    UNKNOWN_ID = "unknown_id"
    """The id isn't one of this database's."""
    RESTORED = "restored"
    """The database isn't the one that it was, or went back in time."""


class PositionRow(msgspec.Struct, frozen=True):
    """A snapshot as PostgreSQL writes it, of which cluster, and by how much the trail counts higher."""

    snapshot: str
    system: str
    base: int


class Snapshot(msgspec.Struct, frozen=True):
    """Which transactions can be seen: all below `oldest`, and those below `next` that aren't `running`."""

    oldest: int
    next: int
    running: tuple[int, ...] = ()


class Position(msgspec.Struct, frozen=True):
    """A moment of the books: what was seen then, and of which cluster it is."""

    system: str
    snapshot: Snapshot
    base: int


class Cursor(msgspec.Struct, frozen=True):
    """How far a client has read: all that `since` sees, and of what `until` sees beyond it, all up to entry `after`."""

    system: str
    since: Snapshot
    until: Snapshot
    after: int = 0


class EventRow(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a timeline as it is told, and where its case is seen."""

    seq: int
    entry_id: UUID
    case_id: UUID
    number: str
    act: CaseAct
    before: Status | None
    after: Status
    handler: str
    organization: str
    household_organization: str
    at: datetime


class CaseChanged(msgspec.Struct, frozen=True, kw_only=True):
    """What an event of kind `case` holds; no person, no note."""

    entry_id: UUID
    case_id: UUID
    number: str
    act: CaseAct
    before: Status | None
    after: Status
    handler: str
    at: datetime


class EventFields(msgspec.Struct, frozen=True):
    """The fields of one event of a stream; `data` is JSON, of kind `case` a `CaseChanged`."""

    event: Kind
    data: str
    id: str | None = None
    retry: int | None = None
    """Milliseconds after which to come back."""


class Told(msgspec.Struct, frozen=True):
    """One event as it is sent, and the organisations that see it: of the handler, the registration, the household."""

    organizations: tuple[str, str, str]
    frame: bytes
