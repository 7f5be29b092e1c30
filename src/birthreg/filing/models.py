"""The nouns of filing."""

from datetime import datetime
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


class Claims(Message, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed of a filing (the payload of the JWS); `iss` is the organisation whose instance files it."""

    iss: OrganizationCode


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


class Outcome(StrEnum):
    """What the receiving level answers to one filing; the first two are final."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    OUT_OF_ORDER = "out_of_order"
    """An earlier filing of the registration is missing: to be sent again after it."""
    FAILED = "failed"
    """Something went wrong in the receiving level: to be sent again."""
    REFUSED = "refused"
    """It can't be read, isn't signed by a known key, or is not the sender's to file."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one filing; `id` is None where none could be read."""

    id: UUID | None
    outcome: Outcome
    code: str | None = None
    holder: str | None = None


class Answers(msgspec.Struct, frozen=True):
    """The answers to the filings of one request, in their order."""

    answers: list[Answer]


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A filing whose signature holds: as it was signed, by whose key, and what it says."""

    jws: str
    subordinate: str
    message: Message


class Subordinate(msgspec.Struct, frozen=True, kw_only=True):
    """An instance of the level below, by one of its keys; the key is used no more once it ended."""

    key_id: str
    organization: str
    name: str
    public_key: bytes
    added_at: datetime
    ended_at: datetime | None


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered to a filing that was received before, and what it said."""

    subordinate: str
    kind: Kind
    registration_id: UUID
    sequence: int
    certificate_number: str
    previous_number: str | None
    organization: str
    used_at: datetime | None
    occurred_at: datetime
    outcome: Outcome
    code: str | None
    holder: str | None


class ReceivedSequence(msgspec.Struct, frozen=True):
    """How many filings of a registration were received."""

    received: int


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A filing from below as lists show it, with who holds the number where it was rejected."""

    id: UUID
    subordinate: str
    kind: Kind
    registration_id: UUID
    sequence: int
    certificate_number: str
    previous_number: str | None
    organization: str
    used_at: datetime | None
    occurred_at: datetime
    received_at: datetime
    outcome: Outcome
    code: str | None
    holder: str | None
    holder_registration: UUID | None
