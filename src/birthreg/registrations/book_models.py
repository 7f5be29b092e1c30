"""The nouns of the registration books: rows as kept, people with what is sealed, answers to the desk."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec

from birthreg.filing.models import FilingStatus, Owed
from birthreg.registrations.life_models import ChangeKind, ChangeStatus, RegistrationStatus
from birthreg.registrations.models import CitizenNumberText, Phone, ShortText
from birthreg.registrations.policy_models import Refusal
from birthreg.screening.models import Severity
from birthreg.verification.models import ListingShown, TypedNumber, UsageShown, VerdictKind

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"\S")]


class Part(StrEnum):
    """As what somebody stands on an application."""

    CHILD = "child"
    MOTHER = "mother"
    FATHER = "father"
    GUARDIAN = "guardian"
    APPLICANT = "applicant"
    HOUSEHOLD = "household"
    """The head of the household that the child joins, and its address."""


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on an application, in clear; `other_number` is that of a paper beside the citizen number."""

    part: Part
    name: str | None = None
    citizen_number: str | None = None
    other_number: str | None = None
    phone: str | None = None
    address: str | None = None


class SealedPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody on an application as the books hold them."""

    part: Part
    name: str | None
    citizen_number: bytes | None
    other_number: bytes | None
    phone: bytes | None
    address: bytes | None


class RegistrationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A registration as the books hold it, without its people."""

    id: UUID
    version: int
    status: RegistrationStatus
    certificate_number: str | None
    lookup_id: UUID | None
    child_name: str
    child_sex: int
    child_birth_date: date
    organization: str
    household_organization: str
    officer: str
    entered_at: datetime
    held_for: list[str]
    particulars: dict[str, Any]
    visit_summary: bytes | None


class RegistrationListed(msgspec.Struct, frozen=True, kw_only=True):
    """A registration as lists show it."""

    id: UUID
    status: RegistrationStatus
    certificate_number: str | None
    child_name: str
    child_sex: int
    child_birth_date: date
    organization: str
    household_organization: str
    officer: str
    entered_at: datetime


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A correction or revocation: proposed by one officer, decided by another."""

    id: UUID
    registration_id: UUID
    kind: ChangeKind
    status: ChangeStatus
    old_number: str | None
    new_number: str | None
    reason: str
    proposed_by: str
    proposed_by_organization: str
    proposed_at: datetime
    decided_by: str | None
    decided_by_organization: str | None
    decided_at: datetime | None
    decision_reason: str | None


class ActRow(msgspec.Struct, frozen=True, kw_only=True):
    """One act on a registration after it was entered, and the status that it left."""

    id: UUID
    recorded_at: datetime
    act: str
    status: RegistrationStatus
    change_id: UUID | None
    officer: str
    organization: str
    reason: str


class RefusedAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that was refused: who, when, which number, why."""

    id: UUID
    recorded_at: datetime
    officer: str
    organization: str
    terminal: str
    act: str
    certificate_number: str | None
    registration_id: UUID | None
    lookup_id: UUID | None
    codes: list[str]


class PriorRow(msgspec.Struct, frozen=True, kw_only=True):
    """A registration that stands under a child's citizen number."""

    id: UUID
    organization: str
    certificate_number: str | None


class NoteShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the desk should know, or why an application is held: by which paragraph, and what next."""

    code: str
    field: str
    message: str
    paragraph: str
    next_step: str


class FindingShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found of a registration as it was entered: it stands nevertheless, and somebody will look at it."""

    id: UUID
    code: str
    severity: Severity
    title: str
    message: str


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a registration: in effect, or held until somebody else approves it."""

    id: UUID
    status: RegistrationStatus
    certificate_number: str | None
    findings: list[FindingShown]
    case_id: UUID | None
    filing: Owed | None
    verdict: VerdictKind | None
    lookup_id: UUID | None
    grounds: list[NoteShown]
    notes: list[NoteShown]


class StatusReached(msgspec.Struct, frozen=True, kw_only=True):
    """The status that an act led a registration to."""

    id: UUID
    status: RegistrationStatus


class ChangeStanding(msgspec.Struct, frozen=True, kw_only=True):
    """Where a correction or revocation stands; its reasons are read with the registration."""

    id: UUID
    registration_id: UUID
    kind: ChangeKind
    status: ChangeStatus
    old_number: str | None
    new_number: str | None


class DenialKind(StrEnum):
    """What an attempt came to grief on."""

    USED = "used"
    RESERVED = "reserved"
    BLACKLISTED = "blacklisted"
    POLICY = "policy"
    STATE = "state"
    """The registration, or the change, isn't where this act begins."""
    PERSON = "person"
    """Somebody else has to do it."""


class Denied(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt that was refused: a value, recorded, and told to the desk with every reason."""

    kind: DenialKind
    refusals: tuple[Refusal, ...]
    usage: UsageShown | None = None
    blacklist: ListingShown | None = None
    lookup_id: UUID | None = None


class RegistrationShown(msgspec.Struct, frozen=True, kw_only=True):
    """A registration with its later life, as far as the reader may see it.

    `application` is what was entered; `masked` says that personal data in it is covered; `notes` are what whoever
    decides should know.
    """

    id: UUID
    version: int
    status: RegistrationStatus
    certificate_number: str | None
    lookup_id: UUID | None
    organization: str
    household_organization: str
    officer: str
    entered_at: datetime
    held_for: list[str]
    masked: bool
    application: dict[str, Any]
    acts: list[ActRow]
    changes: list[ChangeRow]
    filings: list[FilingStatus]
    notes: list[NoteShown]


class Decided(StrEnum):
    """How somebody else decides."""

    APPROVE = "approve"
    REFUSE = "refuse"


class DecisionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision on what another officer entered or proposed."""

    decision: Decided
    reason: Reason


class ReasonRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why something is withdrawn or proposed."""

    reason: Reason


class CorrectionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The right number of a registration, and how it is known."""

    certificate_number: TypedNumber
    reason: Reason


class SearchRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A search by one kind of personal data; in the body, so that no address or log holds it.

    `name` finds names that begin so, `similar_name` a child's name with at most one other character.
    """

    citizen_number: CitizenNumberText | None = None
    other_number: ShortText | None = None
    phone: Phone | None = None
    address: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    name: Annotated[str, msgspec.Meta(min_length=2, max_length=100)] | None = None
    similar_name: Annotated[str, msgspec.Meta(min_length=3, max_length=20)] | None = None
    part: Part | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class Filter(msgspec.Struct, frozen=True, kw_only=True):
    """Which registrations a list holds; None leaves a column open."""

    number: str | None = None
    organization: str | None = None
    status: RegistrationStatus | None = None
    since: datetime | None = None
    until: datetime | None = None
