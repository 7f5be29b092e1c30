"""The nouns of delivery: what travels between two levels, and what either keeps of it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from birthreg.filing.models import Kind, Message, NewFiling, OrganizationCode


class Claims(Message, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is signed of a filing (the payload of the JWS); `iss` is the organisation whose instance files it."""

    iss: OrganizationCode


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


class Due(NewFiling, frozen=True, kw_only=True):
    """A filing whose turn it is, as the worker that leased it holds it; this attempt is counted in `attempts`."""

    id: UUID
    sequence: int
    attempts: int
    refusals: int
    alone: bool


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A filing with its final answer, and whether that came past its time."""

    id: UUID
    organization: str
    outcome: Outcome
    code: str | None
    late: bool


class Retry(msgspec.Struct, frozen=True, kw_only=True):
    """A filing that is to be tried again; `code` says what went wrong."""

    id: UUID
    next_attempt_at: datetime
    code: str
    refusals: int
    alone: bool
    set_aside: bool


class Warned(msgspec.Struct, frozen=True):
    """When a filing was owed that has waited long enough for a warning."""

    owed_at: datetime


class FoundOutbox(msgspec.Struct, frozen=True):
    """A filing in the outbox, and whether it is set aside."""

    organization: str
    set_aside: bool


class EndedKey(msgspec.Struct, frozen=True):
    """A key that was ended now."""

    key_id: str
    organization: str


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
