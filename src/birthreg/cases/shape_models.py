"""The nouns of how cases hang together: links, merges, splits, and what cases share."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from birthreg.cases.models import Acted, LeadKind, Status
from birthreg.kernel.language import Text
from birthreg.kernel.texts import LongText
from birthreg.screening.models import Severity

LeadIds = Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=500)]


class LinkRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which case belongs with this one, and why."""

    other: UUID
    reason: LongText


class MergeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which case this one becomes part of, and why."""

    into: UUID
    reason: LongText


class UnmergeRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a merged case goes on by itself again."""

    reason: LongText


class SplitRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which leads leave a case, and why."""

    lead_ids: LeadIds
    reason: LongText


class Split(Acted, frozen=True, kw_only=True):
    """How a case stands that leads have left, and where these are now."""

    into: UUID
    is_new: bool
    """Whether a case was opened for them; else they joined the open one of their child or number."""


class CaseLink(msgspec.Struct, frozen=True, kw_only=True):
    """A case that another is linked to."""

    case_id: UUID
    """The case that it is linked to: the one asked for, or one that was merged into it."""
    id: UUID
    number: str
    status: Status
    organization: str
    reason: str
    linked_by: str
    linked_at: datetime


class OpenCase(msgspec.Struct, frozen=True, kw_only=True):
    """The open case of a child or number, and whether an officer sees it."""

    id: UUID
    subject: str
    is_inside: bool


class OpenedCase(msgspec.Struct, frozen=True, kw_only=True):
    """A case that was opened for leads of another."""

    id: UUID
    number: str


class MovingLead(msgspec.Struct, frozen=True, kw_only=True):
    """A lead that is to leave its case, whom it is about as the books stand now, and how many would stay."""

    id: UUID
    kind: LeadKind
    rule: str
    source_id: UUID
    organization: str
    certificate_number: str | None
    found_at: datetime
    subject: str
    registration_id: UUID | None
    child_birth_date: date | None
    household_organization: str
    staying: int


class Tie(StrEnum):
    """What two cases have in common."""

    SAME_NUMBER = "same_number"
    SERIAL_RUN = "serial_run"
    """Numbers of one issuer that lie close together."""
    APPLICANT = "applicant"
    PHONE = "phone"
    ADDRESS = "address"
    MOTHER = "mother"
    CLERK = "clerk"
    """Entered by one officer within a few days."""
    LINK = "link"
    MERGE = "merge"
    SPLIT = "split"


TIE_NAMES = {
    Tie.SAME_NUMBER: Text("同一出生医学证明编号", "the same certificate number"),
    Tie.SERIAL_RUN: Text("同一签发机构,编号相差 {distance}", "the same issuer, numbers {distance} apart"),
    Tie.APPLICANT: Text("同一申请人", "the same applicant"),
    Tie.PHONE: Text("同一联系电话", "the same telephone"),
    Tie.ADDRESS: Text("同一住址", "the same address"),
    Tie.MOTHER: Text("同一母亲", "the same mother"),
    Tie.CLERK: Text("同一登记民警,{days} 日内办理", "entered by the same officer within {days} days"),
    Tie.LINK: Text("侦查员已关联", "linked by an investigator"),
    Tie.MERGE: Text("已并案", "merged"),
    Tie.SPLIT: Text("由该案分出", "split off"),
}


class RelatedRow(msgspec.Struct, frozen=True, kw_only=True):
    """Two cases and one thing that they share."""

    source: UUID
    target: UUID
    kind: Tie
    distance: int | None
    """Of numbers: how far apart."""
    is_cut: bool
    """Whether so many share it that not all were looked at."""


class NodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A case in a graph as kept, and whether it lies inside the scope."""

    id: UUID
    number: str
    certificate_number: str | None
    status: Status
    severity: Severity
    organization: str
    opened_at: datetime
    merged_into: UUID | None
    split_from: UUID | None
    is_inside: bool


class Node(msgspec.Struct, frozen=True, kw_only=True):
    """A case in a graph; `hops` from the one that was asked for."""

    id: UUID
    number: str
    certificate_number: str | None
    status: Status
    severity: Severity
    organization: str
    opened_at: datetime
    hops: int


class Edge(msgspec.Struct, frozen=True, kw_only=True):
    """What two cases share, in words; a merge or split goes from the part to the whole."""

    source: UUID
    target: UUID
    kind: Tie
    reason: str
    distance: int | None


class Graph(msgspec.Struct, frozen=True, kw_only=True):
    """The cases around one, and why each is there."""

    nodes: list[Node]
    edges: list[Edge]
    foreign: int
    """Related cases outside the jurisdiction: counted, not shown."""
    left_out: int
    """Related cases inside the jurisdiction for which there was no room."""
    cut: list[Tie]
    """What so many cases share that only the latest of them were looked at."""
