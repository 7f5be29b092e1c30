"""The nouns of a number's life."""

from datetime import datetime
from uuid import UUID

import msgspec

from birthreg.blacklist.models import Entry
from birthreg.blacklist.notice_models import ObjectionOfNumber
from birthreg.cases.lead_models import CaseOfNumber, ForeignCase
from birthreg.certificates.models import Issuance
from birthreg.usage.models import PastUsage, Usage
from birthreg.verification.entry_models import EnteredBy
from birthreg.verification.models import Purpose, VerdictKind


class LifeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to a number."""

    at: datetime
    kind: str
    organization: str | None
    organization_name: str | None
    message: str


class LookupShown(msgspec.Struct, frozen=True, kw_only=True):
    """A look-up as a number's life shows it; its last three are null where it rests on no reading of a paper.

    `read_number` is what was surely read from the paper, where another number was typed.
    """

    id: UUID
    recorded_at: datetime
    officer: str
    organization: str
    purpose: Purpose
    verdict: VerdictKind
    entered_by: EnteredBy | None = None
    reading_id: UUID | None = None
    read_number: str | None = None


class CertificateLife(msgspec.Struct, frozen=True, kw_only=True):
    """All that the officer may see of one number, and its timeline, oldest first.

    `foreign_cases` lie outside the jurisdiction, and were opened or joined by a look-up or registration inside it.
    """

    certificate_number: str
    province: str | None
    printed_in: int | None
    issuance: Issuance | None
    usage: Usage | None
    past_usages: list[PastUsage]
    blacklist: list[Entry]
    objections: list[ObjectionOfNumber]
    lookups: list[LookupShown]
    cases: list[CaseOfNumber]
    foreign_cases: list[ForeignCase]
    timeline: list[LifeEvent]
