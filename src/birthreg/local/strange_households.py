"""What desks of the demonstration entered that should be looked into, and the proofs of children over six."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from msgspec.structs import replace

from birthreg.local.believable import citizen_number, family
from birthreg.local.stories import Odd
from birthreg.registrations.codes import (
    ApplicantRelation,
    CollectiveKind,
    ComparisonResult,
    HouseholdKind,
    KinshipConclusion,
    MaritalStatus,
    ParentHousehold,
    ProofKind,
    UnregisteredKind,
)
from birthreg.registrations.date_rules import born_on
from birthreg.registrations.models import (
    Applicant,
    Application,
    Comparison,
    DnaReport,
    FaceProof,
    LateProofs,
    Parent,
    Proof,
    VisitReport,
)

_VISITORS = ("周敏", "吴建国", "郑丽华", "孙志强", "何秀英", "马晓东")
_AGENT = Applicant(
    name="吕成方", relation=ApplicantRelation.OTHER, citizen_number="420607197905129915", phone="15400000042"
)
"""Stands at the desk for one unrelated child after the other."""


def make_strange(application: Application, odd: Odd, random: Random) -> Application:
    """Return the application with what is odd about it."""
    return _CHANGES[odd](application, random)


def with_late_proofs(application: Application, random: Random) -> Application:
    """Return the application with the four proofs that a child over six needs."""
    on = application.applied_on - timedelta(days=random.randint(4, 25))
    number = f"{on.year}-{random.randrange(10**4):04d}"
    child = application.child.name
    return replace(
        application,
        late_proofs=LateProofs(
            visit_report=VisitReport(
                report_number=f"访字 {number}",
                visited_on=on,
                visitors=random.sample(_VISITORS, 2),
                summary=f"经入户走访,{child}自出生起随父母生活,邻居及社区工作人员均予证实;此前因父母外出务工未及时申报。",
            ),
            face_comparison=FaceProof(report_number=f"像字 {number}", compared_on=on, result=ComparisonResult.NO_MATCH),
            fingerprint_comparison=Comparison(
                report_number=f"指字 {number}", compared_on=on, result=ComparisonResult.NO_MATCH
            ),
            dna_report=DnaReport(
                laboratory="湖北安正司法鉴定所",
                report_number=f"鉴字 {number}",
                concluded_on=on,
                conclusion=KinshipConclusion.SUPPORTED,
                loci=21,
                combined_paternity_index=float(random.randint(10**5, 10**8)),
            ),
        ),
    )


def _elsewhere(parent: Parent | None) -> Parent | None:
    return parent and replace(parent, household=ParentHousehold.ELSEWHERE)


def _collective(application: Application, random: Random) -> Application:
    kind = random.choice((CollectiveKind.POLICE_STATION, CollectiveKind.COMMUNITY))
    household = replace(
        application.household, kind=HouseholdKind.COLLECTIVE, collective_kind=kind, head_name=None, relation=None
    )
    return replace(application, household=household)


def _non_relative(application: Application, random: Random) -> Application:
    relation = random.choice(("97", "99"))
    return replace(
        application,
        household=replace(application.household, head_name=family(random).father, relation=relation),
    )


def _adopted(application: Application, random: Random) -> Application:
    """Taken in as an adopted child by others than its parents, without the certificate of an adoption."""
    relation = "27" if application.child.sex == 1 else "37"
    return replace(
        application,
        household=replace(application.household, head_name=family(random).father, relation=relation),
        mother=_elsewhere(application.mother),
        father=_elsewhere(application.father),
    )


def _neither_parent(application: Application, random: Random) -> Application:
    relation = "41" if application.child.sex == 1 else "42"
    return replace(
        application,
        household=replace(application.household, head_name=family(random).father, relation=relation),
        mother=_elsewhere(application.mother),
        father=_elsewhere(application.father),
    )


def _unmarried_father(application: Application, random: Random) -> Application:
    del random
    return replace(
        application, marital_status=MaritalStatus.UNMARRIED, mother=_elsewhere(application.mother), proofs=[]
    )


def _without_proofs(application: Application, random: Random) -> Application:
    proofs = application.late_proofs or LateProofs()
    missing: dict[str, None] = dict.fromkeys(random.sample(("dna_report", "fingerprint_comparison", "visit_report"), 2))
    return replace(application, late_proofs=replace(proofs, **missing))


def _same_applicant(application: Application, random: Random) -> Application:
    del random
    return replace(application, applicant=_AGENT)


def _age_of_mother(application: Application, random: Random) -> Application:
    """Let the mother have been thirteen, or far over fifty."""
    age = random.choice((13, 13, 56, 59))
    born = born_on(application.child) - timedelta(days=age * 366)
    number = citizen_number(random, born, 2)
    applicant, guardians = application.applicant, application.guardians
    if applicant.relation is ApplicantRelation.MOTHER:
        applicant = replace(applicant, citizen_number=number)
        guardians = [replace(guardian, citizen_number=number) for guardian in guardians]
    mother = application.mother and replace(application.mother, citizen_number=number)
    return replace(application, mother=mother, applicant=applicant, guardians=guardians)


def _other_name(application: Application, random: Random) -> Application:
    return replace(application, child=replace(application.child, name=family(random).child))


def _unregistered(application: Application, random: Random) -> Application:
    booklet = Proof(kind=ProofKind.HOUSEHOLD_BOOKLET, document_number=f"鄂户字 {random.randrange(10**7):07d} 号")
    return replace(
        application,
        unregistered_kind=UnregisteredKind.AGAINST_BIRTH_POLICY,
        proofs=[*application.proofs, booklet],
    )


_CHANGES: dict[Odd, Callable[[Application, Random], Application]] = {
    Odd.COLLECTIVE_HOUSEHOLD: _collective,
    Odd.NON_RELATIVE: _non_relative,
    Odd.PRIVATE_ADOPTION: _adopted,
    Odd.NEITHER_PARENT: _neither_parent,
    Odd.UNMARRIED_FATHER: _unmarried_father,
    Odd.WITHOUT_PROOFS: _without_proofs,
    Odd.SAME_APPLICANT: _same_applicant,
    Odd.AGE_OF_MOTHER: _age_of_mother,
    Odd.OTHER_NAME: _other_name,
    Odd.UNREGISTERED: _unregistered,
}
