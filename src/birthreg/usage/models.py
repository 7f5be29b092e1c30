"""The nouns of usage."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """A number's one use: when, at which organisation, and for which registration.

    `reserved` means that the registration awaits its approval. The reference is the
    organisation's own; the identifier is set when the registration was made here.
    """

    certificate_number: str
    used_at: datetime
    organization: str
    organization_name: str | None
    registration_reference: str | None
    registration_id: UUID | None
    reserved: bool


class ClaimOutcome(StrEnum):
    """What became of a claim on a number, or of its confirmation."""

    CLAIMED = "claimed"
    TAKEN = "taken"
    """Somebody else holds it."""
    CONFIRMED = "confirmed"
    MISSING = "missing"
    """The registration holds no reservation of it."""
    LIST_CHANGED = "list_changed"
    """The list of void numbers has moved since the number was judged; it is to be judged anew."""


class Claim(msgspec.Struct, frozen=True):
    """A claim on a number, and what became of it."""

    outcome: ClaimOutcome


class Freed(msgspec.Struct, frozen=True):
    """Whether a number was freed."""

    freed: bool


class EndReason(StrEnum):
    """Why a number is no longer what it was."""

    CONFIRMED = "confirmed"
    """A reservation became a use."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    REVOKED = "revoked"
    RELEASED = "released"
    """A level below says that its reservation ended."""


class PastUsage(msgspec.Struct, frozen=True, kw_only=True):
    """What a number was from `used_at` until `ended_at`, who ended it and why.

    `ended_by` is None where the officer lies outside the reader's scope.
    """

    certificate_number: str
    used_at: datetime
    organization: str
    organization_name: str | None
    registration_reference: str | None
    registration_id: UUID | None
    reserved: bool
    ended_at: datetime
    ended_by: str | None
    ended_by_organization: str
    reason: EndReason
