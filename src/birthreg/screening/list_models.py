"""The nouns of the lists that rules and the number's grammar read, and of their changes by two persons."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import msgspec

Letter = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]$")]
Year = Annotated[int, msgspec.Meta(ge=2000, le=2099)]
DivisionCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{6}$")]
AnyCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{2}([0-9]{4})?$")]
Word = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=r"\S")]
Long = Annotated[str, msgspec.Meta(min_length=1, max_length=1000, pattern=r"\S")]
Successors = Annotated[list[DivisionCode], msgspec.Meta(max_length=20)]

Unset = msgspec.UnsetType
UNSET = msgspec.UNSET


class ListName(StrEnum):
    """A list that administrators keep."""

    LETTERS = "letters"
    """A number's first letter and its year of printing."""
    EDITIONS = "editions"
    """The editions of the paper and the days on which they were issued."""
    PROVINCES = "provinces"
    """Names and seats of provinces, and from which year their issued certificates are complete."""
    DIVISIONS = "divisions"
    """Prefectures and counties by their codes (GB/T 2260), with their past names and what became of them."""
    WATCHED_ISSUERS = "watched_issuers"
    """Institutions whose certificates are looked into."""


class ListAct(StrEnum):
    """What a change does to a row of a list."""

    SET = "set"
    END = "end"


class ChangeStatus(StrEnum):
    """How far a change has come."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ChangeChoice(StrEnum):
    """What the second person decides."""

    APPROVE = "approve"
    REFUSE = "refuse"


class ListChangeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What an officer wants changed in one row, by the fields of its list; what isn't said stays as it is.

    letters: letter, year. editions: edition, first_day, last_day. provinces: code, name, complete_from, latitude,
    longitude. divisions: code, name, valid_from, valid_to, successors. watched_issuers: at least one of issuer_code,
    issuer_name and issuer_division, all of which have to fit, and issued_from, issued_to; to end one, its id.
    """

    act: ListAct
    reason: Long
    document_number: Word
    letter: Letter | Unset = UNSET
    year: Year | Unset = UNSET
    edition: Annotated[int, msgspec.Meta(ge=1, le=99)] | Unset = UNSET
    first_day: date | Unset = UNSET
    last_day: date | Unset | None = UNSET
    code: AnyCode | Unset = UNSET
    name: Word | Unset = UNSET
    complete_from: Year | Unset | None = UNSET
    latitude: Annotated[float, msgspec.Meta(ge=-90, le=90)] | Unset | None = UNSET
    longitude: Annotated[float, msgspec.Meta(ge=-180, le=180)] | Unset | None = UNSET
    valid_from: date | Unset | None = UNSET
    valid_to: date | Unset | None = UNSET
    successors: Successors | Unset = UNSET
    id: UUID | Unset = UNSET
    issuer_code: Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"\S")] | Unset | None = UNSET
    issuer_name: Word | Unset | None = UNSET
    issuer_division: DivisionCode | Unset | None = UNSET
    issued_from: date | Unset = UNSET
    issued_to: date | Unset | None = UNSET


class ChangeDecisionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the second person decides, and why."""

    decision: ChangeChoice
    reason: Long


class ChangeWithdrawalRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a change is taken back."""

    reason: Long


class ListChange(msgspec.Struct, frozen=True, kw_only=True):
    """A change that one officer proposed: the row before (None: it is new) and after (None: it goes)."""

    id: UUID
    version: int
    list_name: ListName
    key: str
    act: ListAct
    status: ChangeStatus
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str
    document_number: str
    organization: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None


class ChangeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A change as it stands now, and what comes of it, in words."""

    change: ListChange
    effect: str


class ListedKey(msgspec.Struct, frozen=True):
    """A row with its place in the list."""

    key: str
    place: str
    listed: dict[str, Any] | None


class ListedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a list: what names it, and its fields."""

    key: str
    fields: dict[str, Any]


class FoundRow(msgspec.Struct, frozen=True):
    """A row as it stands, or None."""

    listed: dict[str, Any] | None


class Division(msgspec.Struct, frozen=True):
    """What a code stood for, from when until when (None: as far as is known; until now), and what took over."""

    code: str
    name: str
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()


class EditionBegin(msgspec.Struct, frozen=True):
    """The first day on which an edition could be issued."""

    edition: int
    first_day: date


class PastChange(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a row: `change_id` is None where it was written past the service, `written_by` tells by whom."""

    id: int
    list_name: ListName
    key: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    change_id: UUID | None
    reason: str | None
    document_number: str | None
    proposed_by: str | None
    approved_by: str | None
    written_by: str
    changed_at: datetime
