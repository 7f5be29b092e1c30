"""The nouns of concluding a case."""

from enum import StrEnum
from uuid import UUID

import msgspec

from birthreg.cases.models import Outcome
from birthreg.kernel.texts import Paragraphs


class ConclusionRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How an investigator thinks that a case ends, and why."""

    outcome: Outcome
    reason: Paragraphs


class Decision(StrEnum):
    """What a lead says to a conclusion."""

    APPROVE = "approve"
    REFUSE = "refuse"


class ConfirmationRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lead confirms a conclusion, or gives the case back, and says why."""

    decision: Decision
    reason: Paragraphs


class WithdrawalRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why an investigator takes the own conclusion back."""

    reason: Paragraphs


class ReopeningRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a closed case is opened again."""

    reason: Paragraphs


class RegistrationsEnded(msgspec.Struct, frozen=True):
    """What became of the registrations that a case is about, since it was opened."""

    is_corrected: bool
    is_revoked: bool


class CaseNumber(msgspec.Struct, frozen=True):
    """A case by its number."""

    number: str


class LeadSource(msgspec.Struct, frozen=True):
    """What a lead is: a finding, a look-up, a filing."""

    source_id: UUID
