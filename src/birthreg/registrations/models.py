"""The nouns of an application: what a desk enters to have a birth registered."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from birthreg.registrations.codes import (
    ApplicantRelation,
    CollectiveKind,
    ComparisonResult,
    ExceptionCode,
    HouseholdKind,
    IdentityKind,
    KinshipConclusion,
    MaritalStatus,
    ParentHousehold,
    ProofKind,
    UnregisteredKind,
)
from birthreg.verification.models import BirthTime, TypedNumber

_WRITTEN = r"\S"
"""At least one character that isn't blank."""

_INVISIBLE = r"\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
"""Signs that nobody sees and that two spellings of one name may differ by."""

PersonName = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=100,
        pattern=rf"^[^\s{_INVISIBLE}]([^{_INVISIBLE}]*[^\s{_INVISIBLE}])?$",
        description="Without blanks at either end or invisible signs.",
        examples=["李安然"],
    ),
]
ShortText = Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=_WRITTEN)]
Address = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=_WRITTEN)]
Phone = Annotated[str, msgspec.Meta(min_length=1, max_length=32, pattern=r"^[0-9+() -]+$", examples=["13800000000"])]
CitizenNumberText = Annotated[
    str,
    msgspec.Meta(
        min_length=1,
        max_length=32,
        pattern=_WRITTEN,
        description="Citizen number (公民身份号码, GB 11643-1999), as typed.",
        examples=["420106199003070040"],
    ),
]
Division = Annotated[str, msgspec.Meta(max_length=6, pattern=r"^[0-9]{6}$", description="GB/T 2260.")]
OrganizationCode = Annotated[str, msgspec.Meta(max_length=12, pattern=r"^[0-9]{12}$", description="GA 380.")]
EthnicGroup = Annotated[
    str, msgspec.Meta(max_length=2, pattern=r"^[0-9]{2}$", description="GB/T 3304; 97 other, 98 naturalised.")
]
RelationCode = Annotated[
    str, msgspec.Meta(max_length=2, pattern=r"^[0-9]{2}$", description="Relation to the head of household, GB/T 4761.")
]
Sex = Annotated[
    Literal[0, 1, 2, 9], msgspec.Meta(description="GB/T 2261.1: 0 unknown, 1 male, 2 female, 9 not stated.")
]
IssueKind = Annotated[
    Literal[1, 2, 3, 4, 5, 6],
    msgspec.Meta(description="1 first issue, 2 exchange, 3 reissue inside an institution; 4, 5, 6 the same outside."),
]


class CertificateFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands on the paper beside its number; `original_number` is the number that it replaces."""

    issued_on: date
    issuer_name: ShortText
    issuer_code: ShortText | None = None
    issuer_division: Division | None = None
    issue_kind: IssueKind = 1
    original_number: TypedNumber | None = None
    born_outside_institution: bool = False


class Child(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom the registration is about; the citizen number only where one was given already."""

    name: PersonName
    sex: Sex
    born_at: BirthTime
    ethnic_group: EthnicGroup
    citizen_number: CitizenNumberText | None = None
    birth_division: Division | None = None
    birth_place: ShortText | None = None

    def __post_init__(self) -> None:
        """Refuse a day of birth that no calendar has, and years in which no zone's time can be reckoned."""
        try:
            is_near = 1900 <= datetime.fromisoformat(self.born_at).year < 3000
        except ValueError:
            is_near = False
        if not is_near:
            raise ValueError("Invalid RFC3339 encoded datetime in field `born_at`")


class OtherIdentity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paper of identity of somebody without a citizen number."""

    kind: IdentityKind
    number: ShortText


class Parent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Mother or father; `household` says where this parent's own 户口 lies, and with it whom the child follows."""

    name: PersonName
    household: ParentHousehold
    citizen_number: CitizenNumberText | None = None
    other_identity: OtherIdentity | None = None
    birth_date: date | None = None
    ethnic_group: EthnicGroup | None = None
    phone: Phone | None = None
    address: Address | None = None


class Guardian(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who has the child's custody (监护人); an institution goes by its name."""

    name: PersonName
    relation: ApplicantRelation
    citizen_number: CitizenNumberText | None = None
    phone: Phone | None = None


class Applicant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who stands at the desk (申报人)."""

    name: PersonName
    relation: ApplicantRelation
    citizen_number: CitizenNumberText | None = None
    other_identity: OtherIdentity | None = None
    phone: Phone | None = None


class Household(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The household that the child joins; head and relation belong to a family household."""

    kind: HouseholdKind
    address: Address
    division: Division
    head_name: PersonName | None = None
    relation: RelationCode | None = None
    collective_kind: CollectiveKind | None = None
    household_number: ShortText | None = None


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paper handed in: what it proves, its own number, and who issued it."""

    kind: ProofKind
    document_number: ShortText
    issued_by: ShortText | None = None
    issued_on: date | None = None


class PaternityReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A laboratory's report on who the father is (亲子鉴定证明)."""

    laboratory: ShortText
    report_number: ShortText
    concluded_on: date
    conclusion: KinshipConclusion


class VisitReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The written report of a field visit (入户调查报告); `visitors` are the officers who went."""

    report_number: ShortText
    visited_on: date
    visitors: Annotated[list[PersonName], msgspec.Meta(min_length=1, max_length=10)]
    summary: Annotated[str, msgspec.Meta(min_length=1, max_length=4000, pattern=_WRITTEN)]


class Comparison(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comparison of the child's face or fingerprints with the people on record."""

    report_number: ShortText
    compared_on: date
    result: ComparisonResult


class FaceProof(Comparison, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A comparison of the child's face; `comparison_id` names one that was made with this service."""

    comparison_id: UUID | None = None


class DnaReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The DNA comparison of child and parents: how many loci, or the combined paternity index (累积亲权指数)."""

    laboratory: ShortText
    report_number: ShortText
    concluded_on: date
    conclusion: KinshipConclusion
    loci: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    combined_paternity_index: Annotated[float, msgspec.Meta(ge=0, le=1e300)] | None = None


class LateProofs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a child older than six needs at its first registration."""

    visit_report: VisitReport | None = None
    face_comparison: FaceProof | None = None
    fingerprint_comparison: Comparison | None = None
    dna_report: DnaReport | None = None


class Application(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a desk enters to have a birth registered.

    `accepted_at` is the organisation that takes it in (受理地), `registered_at` the one whose
    household registration the child enters (落户地); both twelve digits (GA 380).
    """

    certificate_number: TypedNumber | None = None
    certificate: CertificateFacts | None = None
    child: Child
    mother: Parent | None = None
    father: Parent | None = None
    marital_status: MaritalStatus
    guardians: Annotated[list[Guardian], msgspec.Meta(max_length=4)] = []
    applicant: Applicant
    household: Household
    accepted_at: OrganizationCode
    registered_at: OrganizationCode
    applied_on: date
    exception: ExceptionCode | None = None
    proofs: Annotated[list[Proof], msgspec.Meta(max_length=30)] = []
    paternity_report: PaternityReport | None = None
    late_proofs: LateProofs | None = None
    unregistered_kind: UnregisteredKind | None = None
    reference: ShortText | None = None
    reading_id: UUID | None = None
    """A reading of the certificate, of the own organisation and at most a day old."""
