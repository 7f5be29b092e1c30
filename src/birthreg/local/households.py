"""Who stands behind the papers of the demonstration: parents, where they live, and what a desk entered of them."""

from datetime import date, datetime, timedelta
from random import Random
from typing import cast

import msgspec

from birthreg.kernel.citizen_numbers import FEMALE, MALE
from birthreg.local.believable import STATIONS, Family, Station, citizen_number, family, hospital, phone
from birthreg.local.stories import LOCAL, Issued, Storyteller, Used
from birthreg.local.strange_households import make_strange, with_late_proofs
from birthreg.registrations.codes import (
    ApplicantRelation,
    HouseholdKind,
    MaritalStatus,
    ParentHousehold,
    ProofKind,
)
from birthreg.registrations.date_rules import is_over_six
from birthreg.registrations.models import (
    Applicant,
    Application,
    CertificateFacts,
    Child,
    Guardian,
    Household,
    IssueKind,
    Parent,
    Proof,
    Sex,
)

_AREAS = {
    "420106": "武汉市武昌区",
    "420102": "武汉市江岸区",
    "420111": "武汉市洪山区",
    "420606": "襄阳市樊城区",
    "420602": "襄阳市襄城区",
    "420607": "襄阳市襄州区",
}
_STREETS = ("安和路", "平湖街", "青柳巷", "长宁路", "东园街", "书院巷", "新桥路", "荷塘街", "仁和里", "北苑路")
_ETHNIC_GROUPS = ("01",) * 46 + ("15", "15", "06", "11")
_RELATIONS = {MALE: ("20", "21", "22", "23"), FEMALE: ("30", "31", "32", "33")}
_GRANDCHILD = {MALE: "41", FEMALE: "42"}


class Couple(msgspec.Struct, frozen=True, kw_only=True):
    """Parents and their home, the same for each of their children."""

    mother_number: str
    father_number: str
    mother_phone: str
    father_phone: str
    address: str
    grandfather: str | None
    """The head of their household, where they live with his."""


def address(random: Random, station: Station) -> str:
    """Return a home in a station's area."""
    house, building, unit = random.randint(1, 180), random.randint(1, 16), random.randint(1, 4)
    room = f"{random.randint(1, 18)}0{random.randint(1, 4)}"
    return f"{_AREAS[station.code[:6]]}{random.choice(_STREETS)} {house} 号 {building} 栋 {unit} 单元 {room} 室"


def _couple(random: Random, parents: Family, born_on: date, station: Station, taken: set[str]) -> Couple:
    """Return a couple with numbers that nobody else has, and note these."""
    age = min(max(random.gauss(28.5, 4.2), 20.0), 44.0)
    mother_born = born_on - timedelta(days=int(age * 365.25))
    father_born = mother_born - timedelta(days=int(min(max(random.gauss(2, 3), -4), 15) * 365.25))
    with_his_parents = random.random() < 0.18
    return Couple(
        mother_number=_own_number(random, mother_born, FEMALE, taken),
        father_number=_own_number(random, min(father_born, born_on - timedelta(days=20 * 366)), MALE, taken),
        mother_phone=phone(random),
        father_phone=phone(random),
        address=address(random, station),
        grandfather=parents.father[0] + random.choice(("国庆", "建设", "德明", "永福", "光荣"))
        if with_his_parents
        else None,
    )


def _own_number(random: Random, born_on: date, sex: int, taken: set[str]) -> str:
    number = citizen_number(random, born_on, sex)
    while number in taken:
        number = citizen_number(random, born_on, sex)
    taken.add(number)
    return number


class Households:
    """Tells of each registration what the desk entered."""

    def __init__(self, *tellers: Storyteller) -> None:
        """Know their papers; couples are met one by one."""
        self._papers = {paper.certificate_number: paper for teller in tellers for paper in teller.issued}
        self._families = {number: parents for teller in tellers for number, parents in teller.families.items()}
        self._stations = {station.code: station for station in STATIONS}
        self._couples: dict[int, Couple] = {}
        self._taken: set[str] = set()

    def apply(self, usage: Used) -> Application:
        """Return the application that a registration rests on."""
        random = Random(usage.registration_reference + usage.paper)  # noqa: S311 - stories, not secrets
        paper, parents = self._find(random, usage)
        station, born_on = self._stations[usage.organization], paper.born_at.astimezone(LOCAL).date()
        if parents.couple not in self._couples:
            self._couples[parents.couple] = _couple(random, parents, born_on, station, self._taken)
        application = _apply(random, usage, paper, self._couples[parents.couple], station)
        if is_over_six(application):
            application = with_late_proofs(application, random)
        return application if usage.odd is None else make_strange(application, usage.odd, random)

    def _find(self, random: Random, usage: Used) -> tuple[Issued, Family]:
        """Return the paper; where the health authority knows of none, what a forger wrote on it."""
        paper = self._papers.get(usage.paper)
        if paper is not None:
            return paper, self._families[usage.paper]
        forger, parents = Storyteller(random, today=usage.used_at.date()), family(random)
        born_at = usage.used_at - timedelta(days=random.randint(20, 200), hours=random.randrange(24))
        issued_on = born_at.date() + timedelta(days=3)
        forger.issue(hospital(random), parents, born_at, issued_on, number=usage.certificate_number)
        return forger.issued[0], parents


def _apply(random: Random, usage: Used, paper: Issued, couple: Couple, station: Station) -> Application:
    mother, father = _parents(random, paper, couple)
    by_mother = paper.mother_name is not None and (paper.father_name is None or random.random() < 0.35)
    person = mother if by_mother else father
    assert person is not None  # noqa: S101 - a paper names one of them
    relation = ApplicantRelation.MOTHER if by_mother else ApplicantRelation.FATHER
    household = _household(random, paper, couple, station)
    return Application(
        certificate_number=usage.certificate_number,
        certificate=_facts(paper),
        child=_child(random, paper),
        mother=mother,
        father=father,
        marital_status=MaritalStatus.MARRIED if random.random() < 0.97 else _unmarried(mother),
        guardians=[
            Guardian(name=person.name, relation=relation, citizen_number=person.citizen_number, phone=person.phone)
        ],
        applicant=Applicant(
            name=person.name, relation=relation, citizen_number=person.citizen_number, phone=person.phone
        ),
        household=household,
        accepted_at=station.code,
        registered_at=station.code,
        applied_on=usage.used_at.astimezone(LOCAL).date(),
        proofs=_proofs(random, usage.used_at, in_booklet=couple.grandfather is not None),
        reference=usage.registration_reference,
    )


def _unmarried(mother: Parent | None) -> MaritalStatus:
    """Unmarried parents come with the mother and their statement; a father alone would need more."""
    joins = mother is not None and mother.household is ParentHousehold.SAME
    return MaritalStatus.OUT_OF_WEDLOCK_STATED if joins else MaritalStatus.MARRIED


def _facts(paper: Issued) -> CertificateFacts:
    return CertificateFacts(
        issued_on=paper.issued_on,
        issuer_name=paper.issuer_name,
        issuer_code=paper.issuer_code,
        issuer_division=paper.issuer_division,
        issue_kind=cast("IssueKind", paper.issue_kind),
        original_number=paper.original_number,
        born_outside_institution=paper.issue_kind > 3,
    )


def _child(random: Random, paper: Issued) -> Child:
    return Child(
        name=paper.child_name,
        sex=cast("Sex", paper.child_sex),
        born_at=paper.born_at.astimezone(LOCAL).isoformat(timespec="minutes"),
        ethnic_group=random.choice(_ETHNIC_GROUPS),
        birth_division=paper.birth_division,
        birth_place=paper.birth_place,
    )


def _parents(random: Random, paper: Issued, couple: Couple) -> tuple[Parent | None, Parent | None]:
    elsewhere = random.random() < 0.2 and paper.mother_name is not None and paper.father_name is not None
    mother = paper.mother_name and Parent(
        name=paper.mother_name,
        household=ParentHousehold.ELSEWHERE if elsewhere else ParentHousehold.SAME,
        citizen_number=couple.mother_number,
        phone=couple.mother_phone,
        address=couple.address,
    )
    father = paper.father_name and Parent(
        name=paper.father_name,
        household=ParentHousehold.SAME,
        citizen_number=couple.father_number,
        phone=couple.father_phone,
        address=couple.address,
    )
    return mother or None, father or None


def _household(random: Random, paper: Issued, couple: Couple, station: Station) -> Household:
    head = couple.grandfather or paper.father_name or paper.mother_name
    relation = _GRANDCHILD[paper.child_sex] if couple.grandfather else random.choice(_RELATIONS[paper.child_sex])
    return Household(
        kind=HouseholdKind.FAMILY,
        address=couple.address,
        division=station.code[:6],
        head_name=head,
        relation=relation,
        household_number=f"{station.code[:6]}{random.randrange(10**6):06d}",
    )


def _proofs(random: Random, at: datetime, *, in_booklet: bool) -> list[Proof]:
    wedding = f"J42{random.randrange(10**4):04d}-{at.year - random.randint(0, 6)}-{random.randrange(10**6):06d}"
    married = Proof(kind=ProofKind.MARRIAGE_CERTIFICATE, document_number=wedding)
    booklet = Proof(kind=ProofKind.HOUSEHOLD_BOOKLET, document_number=f"鄂户字 {random.randrange(10**7):07d} 号")
    return [married, booklet] if in_booklet else [married]
