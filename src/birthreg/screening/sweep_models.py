"""The nouns of sweeps: who asked for one, its parts, what it found."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text

Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z_]{0,59}$")]


class SweepStatus(StrEnum):
    """Where a sweep stands."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


OVER = (SweepStatus.DONE, SweepStatus.CANCELLED)


class SweepRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked for; without `rules` all that are run, without `since` all of history."""

    rules: Annotated[list[Code], msgspec.Meta(min_length=1, max_length=100)] | None = None
    since: datetime | None = None
    """Registrations entered since."""
    note: Annotated[str, msgspec.Meta(max_length=500)] = ""


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """A sweep as it is kept."""

    id: UUID
    version: int
    status: SweepStatus
    rules: list[str]
    since: datetime | None
    note: str
    requested_at: datetime
    requested_by: str
    organization: str
    parts_cut: int
    parts_done: int
    total: int
    done: int
    found: int
    started_at: datetime | None
    moving_since: datetime | None
    rules_changed_at: datetime | None
    ended_at: datetime | None


class SweepRule(msgspec.Struct, frozen=True):
    """What one version of a rule found in a sweep; shadows are findings of a rule on trial."""

    sweep_id: UUID
    code: str
    version: int
    found: int
    shadows: int
    since: datetime | None
    """When a part was first gone through by this version; None: none was yet."""
    is_off: bool
    """The rule was switched off in this version: parts were gone through without it."""


class SweepRuleShown(msgspec.Struct, frozen=True, kw_only=True):
    """What a rule found in a sweep; more than one version where it was changed meanwhile.

    Where `skipped_since` or `changed_since` is set, not all of the books were searched by the rule as it stands: sweep
    again with it.
    """

    code: str
    title: str
    versions: list[int]
    found: int
    shadows: int
    skipped_since: datetime | None
    """When a part was first gone through without it, since it was switched off."""
    changed_since: datetime | None
    """When a part was first gone through by another version than the one that the sweep was asked for with."""


class SweepShown(msgspec.Struct, frozen=True, kw_only=True):
    """A sweep as it is told; `total` is estimated until it is done, `rate` is of the last minute."""

    id: UUID
    status: SweepStatus
    rules: list[SweepRuleShown]
    since: datetime | None
    note: str
    requested_at: datetime
    requested_by: str
    organization: str
    total: int
    done: int
    found: int
    rate: float | None
    """Registrations a second; None while it doesn't move."""
    seconds_left: float | None
    started_at: datetime | None
    rules_changed_at: datetime | None
    """When a rule was first run in another version than at the request."""
    ended_at: datetime | None


class Pace(msgspec.Struct, frozen=True):
    """How many registrations a sweep went through of late."""

    sweep_id: UUID
    registrations: int


class Example(msgspec.Struct, frozen=True):
    """A finding of a sweep, as it is printed."""

    rule: str
    certificate_number: str | None
    sentence_zh: str
    sentence_en: str

    @property
    def sentence(self) -> Text:
        """Its sentence."""
        return Text(self.sentence_zh, self.sentence_en)


class Span(msgspec.Struct, frozen=True):
    """Where a sweep ends, and about how many registrations lie before."""

    up_to: UUID
    total: int


class SweepPart(msgspec.Struct, frozen=True):
    """A stretch of registrations that one worker goes through."""

    sweep_id: UUID
    number: int
    after: UUID
    up_to: UUID
    registrations: int
    rules: list[str]


class Cut(msgspec.Struct, frozen=True):
    """A part that was cut."""

    sweep_id: UUID
    registrations: int


class RuleCount(msgspec.Struct, frozen=True):
    """What a rule found in one part."""

    code: str
    version: int
    found: int
    shadows: int
    is_off: bool


class Ended(msgspec.Struct, frozen=True):
    """Where a sweep stands after a part."""

    id: UUID
    is_done: bool
    organization: str
    rules: list[str]
    total: int
    found: int


class Traffic(msgspec.Struct, frozen=True):
    """Whether desks are asking."""

    is_busy: bool


class Alone(msgspec.Struct, frozen=True):
    """Whether no other part is run beside desks."""

    is_alone: bool


class Due(msgspec.Struct, frozen=True):
    """A registration by its identifier."""

    registration_id: UUID


class Backfill(msgspec.Struct, frozen=True):
    """How far the facts of older registrations are written."""

    up_to: UUID
    last: UUID
