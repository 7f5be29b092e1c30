"""The nouns of the policy: what it is told, and what it answers."""

from datetime import date
from typing import TypeAlias
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text
from birthreg.verification.models import Finding, VerdictKind


class PriorRegistration(msgspec.Struct, frozen=True, kw_only=True):
    """A registration that stands or awaits approval under the child's own citizen number."""

    id: UUID
    organization: str
    certificate_number: str | None


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What the policy must know beside the application.

    `verdict` and `reasons` are the look-up's answer; the verdict is None where no
    number was given; `judged_on` is today at the desk; `organization` is the officer's; `prior` are
    registrations under the same citizen number as the child's, where one was given; `faces_alike` says what the
    comparison found that the proof of the child's face names.
    """

    verdict: VerdictKind | None
    judged_on: date
    organization: str
    reasons: tuple[Finding, ...] = ()
    prior: tuple[PriorRegistration, ...] = ()
    faces_alike: bool = False


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
