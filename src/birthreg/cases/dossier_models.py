"""The nouns of dossiers: a referred case as the criminal police get it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from birthreg.cases.checklist_models import StepState
from birthreg.cases.evidence_models import FileState
from birthreg.cases.models import CaseAct, LeadKind, Outcome, Status
from birthreg.screening.models import Severity

FORMAT = 1
"""Counts up when a reader of dossiers has to know that something is told otherwise."""


class DossierRegistration(msgspec.Struct, frozen=True, kw_only=True):
    """A registration that a case is about; numbers of people, telephones and addresses stay sealed in the books."""

    id: UUID
    status: str
    certificate_number: str | None
    child_name: str
    child_sex: int
    child_birth_date: date
    organization: str
    household_organization: str
    officer: str
    entered_at: datetime
    mother_name: str | None
    father_name: str | None


class DossierLead(msgspec.Struct, frozen=True, kw_only=True):
    """What made the case suspicious."""

    id: UUID
    case_id: UUID
    kind: LeadKind
    rule: str
    severity: Severity
    source_id: UUID
    registration_id: UUID | None
    certificate_number: str | None
    organization: str
    sentence_zh: str
    sentence_en: str
    found_at: datetime


class DossierEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the timeline."""

    id: UUID
    case_id: UUID
    act: CaseAct
    officer: str
    organization: str
    at: datetime
    before: Status | None
    after: Status
    note: str | None
    detail: dict[str, Any]


class DossierStep(msgspec.Struct, frozen=True, kw_only=True):
    """A step of the checklist and how it stood."""

    step: str
    text_zh: str
    text_en: str
    required: bool
    state: StepState
    officer: str | None
    at: datetime | None
    note: str | None
    evidence_ids: list[UUID]


class DossierEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of evidence with the digests of its file, in hexadecimal.

    `state` is what the last check of the file had found when the dossier was made; null where an older one doesn't say.
    """

    id: UUID
    case_id: UUID
    file_name: str
    description: str | None
    media_type: str
    size: int
    sha256: str
    sm3: str
    officer: str
    organization: str
    added_at: datetime
    state: FileState | None = None


class DossierConclusion(msgspec.Struct, frozen=True, kw_only=True):
    """How the case was concluded by two persons."""

    outcome: Outcome
    reason: str
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str
    confirmed_at: datetime


class DossierTrail(msgspec.Struct, frozen=True, kw_only=True):
    """The last seal of the trail when the dossier was made; digest and signature in hexadecimal."""

    number: int
    sealed_at: datetime
    head: str
    key_id: str
    signature: str


class DossierCase(msgspec.Struct, frozen=True, kw_only=True):
    """The case itself; `family` are the cases that were merged into it."""

    id: UUID
    number: str
    subject: str
    certificate_number: str | None
    organization: str
    household_organization: str
    handler: str
    opened_at: datetime
    severity: Severity
    family: list[str]


class DossierName(msgspec.Struct, frozen=True):
    """What a code of a dossier is called: an organisation, or an officer."""

    code: str
    name: str


class DossierNames(msgspec.Struct, frozen=True, kw_only=True):
    """What the codes in a dossier were called when it was made: units, officers by account, rules in Chinese."""

    organizations: dict[str, str]
    officers: dict[str, str]
    rules: dict[str, str]


class Dossier(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A referred case whole: what its signature vouches for (the payload of a JWS, RFC 7515).

    An older one has no `names`.
    """

    iss: str
    jti: UUID
    iat: int
    format: int
    made_by: str
    made_by_organization: str
    made_by_organization_name: str
    case: DossierCase
    conclusion: DossierConclusion
    registrations: list[DossierRegistration]
    leads: list[DossierLead]
    checklist: list[DossierStep]
    evidence: list[DossierEvidence]
    timeline: list[DossierEntry]
    trail: DossierTrail | None
    names: DossierNames | None = None

    def call_officer(self, account: str) -> str:
        """Return an officer's name; the account where it isn't told."""
        return self.names.officers.get(account, account) if self.names else account

    def call_organization(self, code: str) -> str:
        """Return a unit's name; the code where it isn't told."""
        return self.names.organizations.get(code, code) if self.names else code

    def call_rule(self, code: str) -> str:
        """Return what a rule is called; the code where it isn't told."""
        return self.names.rules.get(code, code) if self.names else code


class SealedDossier(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier as it was signed."""

    id: UUID
    case_id: UUID
    made_at: datetime
    jws: str


class DossierAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier to be read, and the same as it was signed; the digest is SHA-256 over what was signed."""

    dossier: Dossier
    jws: str
    sha256: str
