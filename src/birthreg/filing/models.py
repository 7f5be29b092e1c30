"""The nouns of filing."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

Number = Annotated[str, msgspec.Meta(pattern=r"^[A-Z][0-9]{9}$", max_length=10)]
OrganizationCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{12}$", max_length=12)]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class Kind(StrEnum):
    """What is filed; the number is claimed by the first two and by a correction, freed by the others."""

    REGISTRATION = "registration"
    RESERVATION = "reservation"
    """An application that awaits approval claimed the number."""
    RELEASE = "release"
    """Such an application was refused or withdrawn."""
    CORRECTION = "correction"
    """The previous number is freed, the new one claimed."""
    REVOCATION = "revocation"


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """This instance's place among the levels: its own organisation, and where the level above is reached.

    Both are empty where there is no level above; nothing is owed then.
    """

    organization: str = ""
    upstream_url: str = ""


class NewFiling(msgspec.Struct, frozen=True, kw_only=True):
    """What an act on a registration owes the level above; no personal data.

    `organization` is the one that registered, `used_at` when the number was claimed (None where
    it is only freed), `occurred_at` when the act took effect. `previous_number` belongs to corrections.
    """

    kind: Kind
    registration_id: UUID
    certificate_number: Number
    previous_number: Number | None = None
    organization: OrganizationCode
    used_at: Moment | None = None
    occurred_at: Moment


class Message(NewFiling, frozen=True, kw_only=True):
    """A filing as it travels; `sequence` counts the filings of one registration from 1, in their order."""

    id: UUID
    sequence: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class Owed(msgspec.Struct, frozen=True, kw_only=True):
    """A filing that waits in the outbox, and until when it is to be delivered."""

    id: UUID
    sequence: int
    due_at: datetime


class Accepted(msgspec.Struct, frozen=True, tag="accepted", tag_field="outcome"):
    """The level above keeps the filing in its books."""


class Rejected(msgspec.Struct, frozen=True, kw_only=True, tag="rejected", tag_field="outcome"):
    """The books of the level above contradict a filing, by a stable code such as `certificate_used`.

    `holder` is the organisation that holds the number or listed it. The registration that holds
    it stays with the level above: it may lie outside the jurisdiction of who filed.
    """

    code: str
    holder: str | None = None
    holder_registration: UUID | None = None


Taken = Accepted | Rejected


class Status(StrEnum):
    """Where a filing stands."""

    WAITING = "waiting"
    SET_ASIDE = "set_aside"
    """The level above can't read it, or doesn't know our signature; it is tried hourly."""
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class FilingStatus(msgspec.Struct, frozen=True, kw_only=True):
    """One filing and where it stands; `code` says why it was rejected, or what went wrong last."""

    id: UUID
    kind: Kind
    registration_id: UUID
    sequence: int
    certificate_number: str
    previous_number: str | None
    organization: str
    occurred_at: datetime
    owed_at: datetime
    due_at: datetime
    status: Status
    attempts: int
    next_attempt_at: datetime | None
    warned_at: datetime | None
    settled_at: datetime | None
    code: str | None
    holder: str | None


class Lag(msgspec.Struct, frozen=True, kw_only=True):
    """How it stands with the level above: since when it answers or doesn't, what waits, what was ever settled.

    `overdue` still waits past its time, `late` was settled past it, `warned` had waited twenty minutes.
    """

    reached_at: datetime | None
    failed_at: datetime | None
    failure: str | None
    waiting: int
    set_aside: int
    overdue: int
    oldest_owed_at: datetime | None
    accepted: int
    rejected: int
    late: int
    warned: int


class DayRow(msgspec.Struct, frozen=True, kw_only=True):
    """How an organisation filed what it owed on one day; days are China's.

    `late` is past its time, settled or not; `warned` had waited twenty minutes.
    Seconds are from owing to the final answer, None where none came yet.
    """

    day: date
    organization: str
    organization_name: str | None
    owed: int
    delivered: int
    in_time: int
    late: int
    warned: int
    waiting: int
    rejected: int
    set_aside: int
    oldest_waiting_at: datetime | None
    median_seconds: float | None
    p95_seconds: float | None


class Upstream(msgspec.Struct, frozen=True, kw_only=True):
    """The level above: whether there is one, whether it answered last time, and what waits for it.

    `reachable` is None where nothing was ever sent, `failing_since` the first failure since it last answered.
    """

    configured: bool
    reachable: bool | None
    reached_at: datetime | None
    failing_since: datetime | None
    failure: str | None
    waiting: int
    set_aside: int
    overdue: int
    oldest_waiting_at: datetime | None


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """Lag and timeliness by day and organisation, newest day first, and the level above."""

    upstream: Upstream
    items: list[DayRow]
    next_cursor: str | None
