"""The nouns of the blacklist: entries, and what the books said of them when."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text


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


BLACKLIST_REASONS: dict[str, Text] = {
    "lost_by_family": Text("家长遗失", "lost by the family"),
    "lost_by_institution": Text("医院遗失", "lost by the institution"),
    "stolen": Text("被盗", "stolen"),
    "voided": Text("作废", "voided"),
    "misprinted": Text("打印错误", "misprinted"),
    "damaged": Text("损毁", "damaged"),
    "exchanged": Text("换发收回", "taken back in exchange"),
    "edition_ended": Text("版本停用", "edition ended"),
    "forged": Text("伪造", "forged"),
    "issuer_withdrawn": Text("签发机构撤销", "withdrawn by the issuer"),
    "other": Text("其他", "other"),
}


class EntryStatus(StrEnum):
    """Whether an entry works."""

    IN_FORCE = "in_force"
    """Also while it is only held."""
    LIFTED = "lifted"
    LAPSED = "lapsed"
    """A hold that ended without being confirmed."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One number (`first` equals `last`) or a range, void from `listed_at` until `lifted_at`.

    `lapses_at` is set for a hold: it ends by itself unless its proposal is approved. What remains
    of an entry that was lifted in part names the whole in `split_from`, what took the place of an
    entry that a file corrected names that in `replaces`; both tell in `listed_at` when that was listed.
    """

    id: UUID
    version: int
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
    lapses_at: datetime | None
    lifted_at: datetime | None
    split_from: UUID | None
    replaces: UUID | None
    proposal_id: UUID | None
    lift_proposal_id: UUID | None
    status: EntryStatus


class EntrySeen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As much of an entry as a verdict tells, for whom met it from outside the listing jurisdiction."""

    id: UUID
    reason: BlacklistReason
    document_number: str
    organization: str
    organization_name: str
    listed_at: datetime
    lapses_at: datetime | None
    lifted_at: datetime | None
    status: EntryStatus


class EntryVersion(msgspec.Struct, frozen=True, kw_only=True):
    """What the books said of an entry between `known_from` and `known_to`: in force from `valid_from` to `valid_to`."""

    held: bool
    valid_from: datetime
    valid_to: datetime | None
    known_from: datetime
    known_to: datetime | None


class Maintainer(msgspec.Struct, frozen=True):
    """The organisation whose entry holds a number."""

    organization: str


class Range(msgspec.Struct, frozen=True):
    """Numbers that follow each other, the first and the last included."""

    first: str
    last: str

    @property
    def count(self) -> int:
        """How many numbers it holds."""
        return int(self.last[1:]) - int(self.first[1:]) + 1


class ListVersion(msgspec.Struct, frozen=True):
    """The version of the list; it grows with every change."""

    version: int
