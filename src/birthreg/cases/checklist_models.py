"""The nouns of checklists."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from birthreg.kernel.language import Text
from birthreg.kernel.texts import VISIBLE


class Step(msgspec.Struct, frozen=True):
    """Something to look into: its code, what it asks, and where that is asked for."""

    code: str
    text: Text
    source: str | None


class StepState(StrEnum):
    """How a step stands."""

    OPEN = "open"
    DONE = "done"
    NOT_APPLICABLE = "not_applicable"


class LeadKinds(msgspec.Struct, frozen=True):
    """Which kinds of leads a case has: rules, and what no rule found."""

    kinds: list[str]


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """How a step stands since when, by whom, and on what evidence; and whether that was said inside the scope.

    `said` is what was said of it; it is open all the same where the case was opened again since.
    """

    step: str
    state: StepState
    said: StepState
    officer: str
    at: datetime
    evidence: list[UUID]
    note: str | None
    is_inside: bool


class StepRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step is done, or isn't after all; `not_applicable` says with a note why it can't or needn't be done."""

    step: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    done: bool
    not_applicable: bool = False
    note: Annotated[str, msgspec.Meta(min_length=1, max_length=2000, pattern=VISIBLE)] | None = None
    evidence_ids: Annotated[list[UUID], msgspec.Meta(max_length=50)] = []


class ChecklistStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of a case's checklist and how it stands; `asked_by` are the kinds of leads that bring it.

    `was` is how it stood when the case was opened again, which opened it too: who said so when and why is still told.
    Of a step that was done in a merged case outside the jurisdiction, only that it is done is told.
    """

    step: str
    text: str
    source: str | None
    required: bool
    asked_by: list[str]
    state: StepState
    was: StepState | None
    officer: str | None
    at: datetime | None
    note: str | None
    evidence_ids: list[UUID]


class Checklist(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be looked into in a case, and how many of the required steps are still open."""

    required_open: int
    items: list[ChecklistStep]


class FoundIds(msgspec.Struct, frozen=True):
    """Which of some identifiers there are."""

    ids: list[UUID]
