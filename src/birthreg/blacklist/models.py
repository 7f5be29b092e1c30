"""The nouns of the blacklist."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec


class BlacklistReason(StrEnum):
    """Why a number is void."""

    LOST_BY_FAMILY = "lost_by_family"
    LOST_BY_INSTITUTION = "lost_by_institution"
    STOLEN = "stolen"
    VOIDED = "voided"
    MISPRINTED = "misprinted"
    DAMAGED = "damaged"
    EXCHANGED = "exchanged"
    EDITION_ENDED = "edition_ended"
    FORGED = "forged"
    ISSUER_WITHDRAWN = "issuer_withdrawn"
    OTHER = "other"


class EntryStatus(StrEnum):
    """Whether an entry works."""

    IN_FORCE = "in_force"
    LIFTED = "lifted"


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One number (`first` equals `last`) or a range, void from `listed_at` until `lifted_at`."""

    id: UUID
    first: str
    last: str
    count: int
    reason: BlacklistReason
    document_number: str
    event_date: date
    institution: str | None
    note: str | None
    organization: str
    organization_name: str
    listed_at: datetime
    listed_by: str
    lifted_at: datetime | None
    status: EntryStatus


class EntrySeen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As much of an entry as a verdict tells, for whom met it from outside the listing jurisdiction."""

    id: UUID
    reason: BlacklistReason
    document_number: str
    organization: str
    organization_name: str
    listed_at: datetime
    lifted_at: datetime | None
    status: EntryStatus


class ListVersion(msgspec.Struct, frozen=True):
    """The version of the list; it grows with every change."""

    version: int
