"""The nouns of verification.

`gc=False`: a batch makes tens of thousands of them, none can be part of a circle, and so none is looked through.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from birthreg.access.models import Role
from birthreg.certificates.models import Division
from birthreg.verification.entry_models import EnteredBy, Entry

RULE_VERSION = 1
"""Grows with every change of what `rules.decide` answers; every record and receipt carries it."""

MANY = 10_000
"""How many numbers one batch may hold."""


class Purpose(StrEnum):
    """Why a number is looked up; always stated (PIPL 28)."""

    BIRTH_REGISTRATION = "birth_registration"
    LATE_REGISTRATION = "late_registration"
    BACK_FILL = "back_fill"
    INVESTIGATION = "investigation"
    AUDIT = "audit"
    EXCHANGE = "exchange"


class VerdictKind(StrEnum):
    """What the desk is told, strongest first."""

    MALFORMED = "malformed"
    BLACKLISTED = "blacklisted"
    USED = "used"
    RESERVED = "reserved"
    MISMATCH = "mismatch"
    REVIEW = "review"
    CLEAR = "clear"

    __hash__ = str.__hash__  # that of `Enum` is written in Python, and every verdict is looked up in a table or two


class Severity(StrEnum):
    """How much a reason weighs."""

    REFUSE = "refuse"
    WARN = "warn"
    INFO = "info"


TypedNumber = Annotated[str, msgspec.Meta(max_length=64, description="As typed or scanned.", examples=["X420100001"])]
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Sex = Annotated[int, msgspec.Meta(description="GB/T 2261.1.", extra_json_schema={"enum": [0, 1, 2, 9]})]
BirthTime = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$",
        description="A date, or a time as RFC 3339; without offset it is local time.",
        examples=["2023-05-04", "2023-05-04T08:30:00+08:00"],
    ),
]


class PresentedCertificate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As much of the paper as the desk has before it."""

    child_name: ShortText | None = None
    child_sex: Sex | None = None
    born_at: BirthTime | None = None
    mother_name: ShortText | None = None
    father_name: ShortText | None = None
    issued_on: date | None = None
    issuer_code: ShortText | None = None
    issuer_division: Division | None = None
    """County of the issuer, six digits (GB/T 2260)."""

    def __post_init__(self) -> None:
        """Refuse a sex that no table has and a day that no calendar has: compared with nothing, they would pass."""
        if self.child_sex not in (None, 0, 1, 2, 9):
            raise ValueError("Invalid enum value in field `child_sex`")
        try:
            is_near = 1900 <= datetime.fromisoformat(self.born_at or "2000-01-01").year < 3000
        except ValueError:
            is_near = False
        if not is_near:  # at the edges of the calendar another zone's time can't be reckoned
            raise ValueError("Invalid RFC3339 encoded datetime in field `born_at`")


class VerificationRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question of a desk."""

    certificate_number: TypedNumber
    purpose: Purpose
    reference: ShortText | None = None
    terminal: ShortText | None = None
    on_behalf_of: ShortText | None = None
    certificate: PresentedCertificate | None = None
    reading_id: Annotated[
        UUID | None,
        msgspec.Meta(
            description="A reading of the own organisation, at most a day old. With an empty `certificate_number` the"
            " number that it read surely is asked."
        ),
    ] = None


class BatchItem(msgspec.Struct, frozen=True, gc=False, kw_only=True, forbid_unknown_fields=True):
    """One number of a batch."""

    certificate_number: TypedNumber
    reference: ShortText | None = None


class BatchRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Many numbers, one purpose."""

    purpose: Purpose
    items: Annotated[list[BatchItem], msgspec.Meta(min_length=1, max_length=MANY)]
    terminal: ShortText | None = None
    on_behalf_of: ShortText | None = None


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, from where, for whom and why; shared by all questions of a batch."""

    officer: str
    role: Role
    organization: str
    session: UUID | None
    terminal: str
    purpose: Purpose
    on_behalf_of: str | None = None
    batch: UUID | None = None


class Asking(msgspec.Struct, frozen=True, gc=False):
    """One question with who asks; `certificate_number` is None when the typed text is no number."""

    asker: Asker
    id: UUID
    typed: str
    certificate_number: str | None
    reference: str | None = None
    certificate: PresentedCertificate | None = None
    entry: Entry | None = None


class Fact(msgspec.Struct, frozen=True, gc=False):
    """What the books say of one number; the first three columns are the same in every row of a group.

    `ordinal` counts the asked numbers from 1 and is None when nothing is known of any of them. The fields
    stand in the order of the query's columns: a row is taken as it comes, field by field.
    """

    list_version: int
    grammar_version: int
    ended_sessions: list[UUID]
    ordinal: int | None
    used_at: datetime | None
    used_organization: str | None
    used_organization_name: str | None
    registration_id: UUID | None
    reserved: bool | None
    entry_id: UUID | None
    entry_reason: str | None
    entry_document_number: str | None
    listed_at: datetime | None
    lapses_at: datetime | None
    listed_by: str | None
    listed_by_name: str | None
    child_name: str | None
    child_sex: int | None
    born_at: datetime | None
    mother_name: str | None
    issued_on: date | None
    issuer_division: str | None
    issuer_code: str | None
    original_number: str | None
    original_used: bool | None


class Finding(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """One reason as kept: its code, the place it speaks of, and the values its sentence is filled with."""

    code: str
    field: str | None = None
    values: dict[str, str] = {}


class UsageShown(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """When and where a number was used; the registration only inside the officer's jurisdiction."""

    used_at: datetime
    organization: str
    organization_name: str | None
    registration_id: UUID | None = None


class ListingShown(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Why a number is void, by which document, and whom to ask; a hold lapses unless a second person confirms it."""

    entry_id: UUID
    reason: str
    document_number: str
    listed_at: datetime
    listed_by: str
    listed_by_name: str
    lapses_at: datetime | msgspec.UnsetType = msgspec.UNSET


class Decision(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What was decided of one number, in no language yet."""

    verdict: VerdictKind
    findings: tuple[Finding, ...] = ()
    usage: UsageShown | None = None
    blacklist: ListingShown | None = None
    entry: Entry | msgspec.UnsetType = msgspec.UNSET


class Lookup(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One look-up as recorded."""

    id: UUID
    recorded_at: datetime
    officer: str
    organization: str
    on_behalf_of: str | None
    terminal: str
    purpose: Purpose
    reference: str | None
    typed: str
    certificate_number: str | None
    decision: Decision
    list_version: int
    rule_version: int


class LookupRow(msgspec.Struct, frozen=True, kw_only=True):
    """One look-up as its table holds it; `typed` is None where it equals the number, `answer` where all is clear."""

    id: UUID
    recorded_at: datetime
    officer: str
    organization: str
    on_behalf_of: str | None
    terminal: str
    purpose: Purpose
    reference: str | None
    typed: str | None
    certificate_number: str | None
    verdict: VerdictKind
    answer: Decision | None
    list_version: int
    rule_version: int


class Reason(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One reason as an officer reads it."""

    code: str
    severity: Severity
    message: str
    field: str | None = None


class Verdict(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The answer to one look-up."""

    id: UUID
    certificate_number: str | None
    typed: str
    verdict: VerdictKind
    may_register: bool
    reasons: tuple[Reason, ...]
    next_step: str
    usage: UsageShown | None
    blacklist: ListingShown | None
    as_of: datetime
    list_version: int
    receipt: str | None
    reference: str | None = None
    entered_by: EnteredBy | msgspec.UnsetType = msgspec.UNSET
    """Left out, with `reading_id`, where no reading was at hand."""
    reading_id: UUID | msgspec.UnsetType = msgspec.UNSET


class BatchVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """The answers to a batch, in the order asked; one receipt attests all of them by their digest."""

    id: UUID
    items: list[Verdict]
    receipt: str
