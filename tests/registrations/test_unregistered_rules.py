"""The eight kinds of people without registration: held, one person one file, each with what it needs."""

from typing import Any

import pytest
from tests import make
from tests.registrations.factories import LATE_PROOFS, codes, judged, proofs

from birthreg.registrations.codes import UnregisteredKind
from birthreg.registrations.policy_models import Held, Refused
from birthreg.registrations.unregistered_rules import UNREGISTERED

WITH_NUMBER: dict[str, Any] = {}
WITHOUT_NUMBER: dict[str, Any] = {"certificate_number": None, "certificate": None}
REPORT = {
    "laboratory": "湖北中正司法鉴定所",
    "report_number": "鉴 1",
    "concluded_on": "2024-05-30",
    "conclusion": "supported",
}
ADOPTED: dict[str, Any] = WITHOUT_NUMBER | {"mother": None, "father": None, "household": {"relation": "37"}}

COMPLETE: dict[UnregisteredKind, tuple[dict[str, Any], tuple[str, ...]]] = {
    UnregisteredKind.AGAINST_BIRTH_POLICY: (WITH_NUMBER, ("household_booklet", "marriage_certificate")),
    UnregisteredKind.NO_BIRTH_CERTIFICATE: (WITH_NUMBER, ("household_booklet", "out_of_wedlock_statement")),
    UnregisteredKind.DE_FACTO_ADOPTION: (ADOPTED, ("adoption_certificate", "household_booklet")),
    UnregisteredKind.DECLARED_MISSING_OR_DEAD: (WITHOUT_NUMBER, ("declaration_revoked",)),
    UnregisteredKind.CANCELLED_ON_MARRIAGE: (WITHOUT_NUMBER, ("police_inquiry",)),
    UnregisteredKind.MIGRATION_PAPER_LOST: (WITHOUT_NUMBER, ("migration_paper",)),
    UnregisteredKind.FOREIGN_PARENT_OUT_OF_WEDLOCK: (
        WITHOUT_NUMBER | {"paternity_report": REPORT},
        ("out_of_wedlock_statement", "household_booklet"),
    ),
    UnregisteredKind.OTHER: (WITHOUT_NUMBER, ("police_inquiry",)),
}


@pytest.mark.parametrize("kind", UnregisteredKind)
def test_each_kind_with_what_it_needs_is_held(kind: UnregisteredKind) -> None:
    changes, papers = COMPLETE[kind]
    outcome = judged(make.application(**changes, unregistered_kind=kind.value, proofs=proofs(*papers)))
    assert isinstance(outcome, Held)
    without_number = [] if changes is WITH_NUMBER else ["number_absent"]
    assert codes(outcome) == ["unregistered_person", *without_number]
    assert UNREGISTERED[kind].item in outcome.grounds[0].paragraph.zh


@pytest.mark.parametrize(
    ("kind", "missing"), [(kind, paper) for kind, (_, papers) in COMPLETE.items() for paper in papers]
)
def test_each_kind_without_one_of_its_papers_is_refused(kind: UnregisteredKind, missing: str) -> None:
    changes, papers = COMPLETE[kind]
    left = [paper for paper in papers if paper != missing]
    outcome = judged(make.application(**changes, unregistered_kind=kind.value, proofs=proofs(*left)))
    assert isinstance(outcome, Refused)
    assert set(codes(outcome)) == {"unregistered_proof_missing"}


@pytest.mark.parametrize("kind", ["against_birth_policy", "no_birth_certificate"])
def test_who_can_have_a_certificate_applies_for_it_first(kind: str) -> None:
    papers = proofs("household_booklet", "marriage_certificate")
    outcome = judged(make.application(**WITHOUT_NUMBER, unregistered_kind=kind, proofs=papers))
    assert codes(outcome) == ["number_missing", "unregistered_proof_missing"]


@pytest.mark.parametrize(
    ("papers", "expected"),
    [
        (("adoption_notarisation", "household_booklet"), ["unregistered_proof_missing"]),
        (("adoption_notarisation", "police_inquiry", "household_booklet"), ["unregistered_person", "number_absent"]),
    ],
)
def test_a_notarised_adoption_is_inquired_into(papers: tuple[str, ...], expected: list[str]) -> None:
    kind = UnregisteredKind.DE_FACTO_ADOPTION.value
    assert codes(judged(make.application(**ADOPTED, unregistered_kind=kind, proofs=proofs(*papers)))) == expected


def test_a_certificate_stands_in_for_the_paternity_report_of_a_foreigners_child() -> None:
    papers = proofs("out_of_wedlock_statement", "household_booklet")
    application = make.application(unregistered_kind="foreign_parent_out_of_wedlock", proofs=papers)
    assert codes(judged(application)) == ["unregistered_person"]


@pytest.mark.parametrize("exception", ["foundling", "legal_adoption"])
def test_an_exception_that_stands_for_the_certificate_is_held_without_a_number(exception: str) -> None:
    household = {"foundling": {"kind": 2, "collective_kind": "welfare_institution"}}.get(exception, {"relation": "37"})
    application = make.application(
        **WITHOUT_NUMBER,
        mother=None,
        father=None,
        exception=exception,
        household=household,
        proofs=proofs("foundling_report", "institution_admission", "adoption_certificate"),
    )
    assert codes(judged(application)) == ["number_absent"]


def test_one_who_is_also_over_six_is_held_on_both_grounds() -> None:
    application = make.application(
        child={"born_at": "2017-01-05"},
        certificate={"issued_on": "2017-01-07"},
        unregistered_kind="against_birth_policy",
        proofs=proofs("household_booklet", "marriage_certificate"),
        late_proofs=LATE_PROOFS,
    )
    assert codes(judged(application)) == ["over_six", "unregistered_person"]
