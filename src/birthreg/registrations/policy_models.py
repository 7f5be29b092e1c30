"""The nouns of the policy: what it is told, and what it answers."""

from datetime import date
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text
from birthreg.verification.models import VerdictKind


class PriorRegistration(msgspec.Struct, frozen=True, kw_only=True):
    """A registration that stands or awaits approval under the child's own citizen number."""

    id: UUID
    organization: str
    certificate_number: str | None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy must know beside the application.

    `verdict` and `reasons` are the look-up's answer and its reason codes, None where no number
    was given; `organization` is the officer's; `prior` are registrations under the same citizen
    number as the child's, where one was given.
    """

    verdict: VerdictKind | None
    today: date
    organization: str
    reasons: tuple[str, ...] = ()
    prior: tuple[PriorRegistration, ...] = ()


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """One reason not to register: where in the application, by which paragraph, and what to do next."""

    code: str
    field: str
    paragraph: Text
    message: Text
    next_step: Text


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the desk should know and that stops nothing."""

    code: str
    field: str
    paragraph: Text
    message: Text
    next_step: Text


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """Why an application waits for an approval."""

    code: str
    paragraph: Text
    message: Text
    next_step: Text


class Allowed(msgspec.Struct, frozen=True, kw_only=True, tag="allowed"):
    """The registration may take effect at once."""

    notes: tuple[Note, ...] = ()


class Held(msgspec.Struct, frozen=True, kw_only=True, tag="held"):
    """The registration waits for the prefecture's approval; the number is reserved meanwhile."""

    grounds: tuple[Ground, ...]
    notes: tuple[Note, ...] = ()


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """The registration must not be made; every reason is given."""

    refusals: tuple[Refusal, ...]


Outcome: TypeAlias = Allowed | Held | Refused


class RegistrationStatus(StrEnum):
    """Where a registration stands in its life."""

    HELD = "held"
    EFFECTIVE = "effective"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


class ChangeKind(StrEnum):
    """What two officers can do to a registration in effect."""

    CORRECTION = "correction"
    REVOCATION = "revocation"


class ChangeStatus(StrEnum):
    """Where a proposed correction or revocation stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class LifeAct(StrEnum):
    """What can be done with a registration, or with a proposed change, after it was entered."""

    APPROVE = "approve"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"
    PROPOSE_CORRECTION = "propose_correction"
    PROPOSE_REVOCATION = "propose_revocation"
    REVOKE = "revoke"


class Who(StrEnum):
    """Who may take a step."""

    DESK = "desk"
    """Who entered it, or a colleague or superior whose jurisdiction holds it."""
    APPROVER = "approver"
    """The household department of the registration's prefecture or above, never who entered or proposed it."""
    PROPOSER = "proposer"
    """Who proposed the change."""
    SERVICE = "service"
    """Follows from the approval of a proposed revocation; nobody does it alone."""


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules of later life must know of a registration and, where there is one, of a proposed change.

    `entered_by` is the officer who entered the registration, `proposed_by` who proposed the change;
    `organization` is the place of registration.
    """

    status: RegistrationStatus
    organization: str
    entered_by: str
    change: ChangeStatus | None = None
    proposed_by: str | None = None


class Objection(msgspec.Struct, frozen=True, kw_only=True):
    """Why a step of later life isn't taken."""

    code: str
    message: Text
    next_step: Text
