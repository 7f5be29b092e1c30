"""The policy: what is refused, what is held, what is only noted, and that every answer explains itself."""

import re
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests import make
from tests.registrations.factories import LATE_PROOFS, child_of, codes, judged, late_proofs, noted, proofs

from birthreg.registrations.models import Application
from birthreg.registrations.policy_models import Allowed, Facts, Held, PriorRegistration, Refused
from birthreg.registrations.refusals import PROOFS
from birthreg.registrations.rules import MEANINGS, judge, presented_certificate
from birthreg.verification.models import Finding, VerdictKind

CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_a_plain_newborn_is_registered_and_nothing_is_noted() -> None:
    assert judged(make.application()) == Allowed()


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (VerdictKind.CLEAR, []),
        (VerdictKind.REVIEW, []),
        (VerdictKind.MALFORMED, ["verdict_malformed"]),
        (VerdictKind.BLACKLISTED, ["verdict_blacklisted"]),
        (VerdictKind.USED, ["verdict_used"]),
        (VerdictKind.RESERVED, ["verdict_reserved"]),
        (VerdictKind.MISMATCH, ["verdict_mismatch"]),
        (None, ["number_unverified"]),
    ],
)
def test_only_a_clear_or_reviewed_number_registers(verdict: VerdictKind | None, expected: list[str]) -> None:
    assert codes(judged(make.application(), verdict=verdict)) == expected


def test_a_mismatch_is_refused_where_the_paper_differs() -> None:
    reasons = tuple(Finding(code=code) for code in ("certificate_child_differs", "certificate_mother_differs"))
    outcome = judged(make.application(), verdict=VerdictKind.MISMATCH, reasons=reasons)
    assert isinstance(outcome, Refused)
    assert [refusal.field for refusal in outcome.refusals] == ["child.name", "mother.name"]


@pytest.mark.parametrize("number", [None, "", "  "])
def test_a_new_registration_without_a_number_is_refused(number: str | None) -> None:
    assert codes(judged(make.application(certificate_number=number), verdict=None)) == ["number_missing"]


def test_a_number_comes_with_what_stands_on_the_certificate() -> None:
    assert codes(judged(make.application(certificate=None))) == ["certificate_missing"]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"applied_on": "2024-06-02"}, "applied_on", "date_in_future"),
        ({"certificate": {"issued_on": "2024-06-02"}}, "certificate.issued_on", "date_in_future"),
        ({"mother": {"birth_date": "2024-06-02"}}, "mother.birth_date", "date_in_future"),
        ({"certificate": {"issued_on": "2024-05-19"}}, "certificate.issued_on", "issued_before_birth"),
        ({"applied_on": "2024-05-21"}, "certificate.issued_on", "issued_after_application"),
        ({"applied_on": "2024-05-19"}, "applied_on", "applied_before_birth"),
        (
            {"certificate": {"original_number": "abc", "issue_kind": 3}},
            "certificate.original_number",
            "original_number_malformed",
        ),
        (
            {"certificate": {"original_number": "x 420100020", "issue_kind": 3}},
            "certificate.original_number",
            "original_number_own",
        ),
        (
            {"certificate": {"original_number": "W420100020"}},
            "certificate.original_number",
            "original_number_of_first_issue",
        ),
        (
            {
                "paternity_report": {
                    "laboratory": "所",
                    "report_number": "1",
                    "concluded_on": "2024-05-19",
                    "conclusion": "supported",
                }
            },
            "paternity_report.concluded_on",
            "report_before_birth",
        ),
        ({"late_proofs": late_proofs("2024-05-19")}, "late_proofs.visit_report.visited_on", "report_before_birth"),
        ({"accepted_at": make.FANCHENG}, "accepted_at", "accepted_elsewhere"),
        ({"household": {"division": "420606"}}, "registered_at", "registered_elsewhere"),
        (
            {"registered_at": "999999999999", "household": {"division": "420106"}},
            "registered_at",
            "registered_elsewhere",
        ),
        ({"guardians": []}, "guardians", "guardian_missing"),
        ({"child": {"ethnic_group": "57"}}, "child.ethnic_group", "ethnic_group_unknown"),
        ({"father": {"ethnic_group": "00"}}, "father.ethnic_group", "ethnic_group_unknown"),
        ({"child": {"citizen_number": "420106202405200017"}}, "child.citizen_number", "citizen_number_sex_differs"),
        (
            {"child": {"citizen_number": "420106199003070040"}},
            "child.citizen_number",
            "citizen_number_birth_date_differs",
        ),
        ({"mother": {"citizen_number": "420106198808120039"}}, "mother.citizen_number", "citizen_number_sex_differs"),
        ({"father": {"citizen_number": "420106199003070040"}}, "father.citizen_number", "citizen_number_sex_differs"),
        ({"mother": {"citizen_number": "420106199003070041"}}, "mother.citizen_number", "citizen_number_check"),
        ({"mother": {"citizen_number": "42010619900307"}}, "mother.citizen_number", "citizen_number_form"),
        ({"mother": {"citizen_number": "420106199002300041"}}, "mother.citizen_number", "citizen_number_birth_date"),
        ({"mother": {"birth_date": "1990-03-08"}}, "mother.citizen_number", "citizen_number_birth_date_differs"),
        ({"mother": {"citizen_number": "420106202405200025"}}, "mother.birth_date", "parent_not_older"),
        (
            {"applicant": {"citizen_number": "420106199003070040"}},
            "applicant.citizen_number",
            "citizen_number_sex_differs",
        ),
        (
            {"guardians": [{"name": "王桂兰", "relation": "mother", "citizen_number": "420106202405200025"}]},
            "guardians[0].citizen_number",
            "citizen_number_not_the_parents",
        ),
    ],
)
def test_impossible_fields_are_refused_where_they_stand(changes: dict[str, Any], field: str, code: str) -> None:
    outcome = judged(make.application(**changes), judged_on=date(2024, 6, 1))
    assert isinstance(outcome, Refused)
    assert (field, code) in {(refusal.field, refusal.code) for refusal in outcome.refusals}


def test_the_number_of_a_child_who_has_one_may_agree_with_its_sex_and_birth() -> None:
    assert judged(make.application(child={"citizen_number": "420106202405200025"})) == Allowed()


def test_all_reasons_are_given_not_only_the_first() -> None:
    outcome = judged(make.application(certificate_number=None, guardians=[], accepted_at=make.FANCHENG))
    assert codes(outcome) == ["number_missing", "guardian_missing", "accepted_elsewhere"]


def test_a_second_registration_under_one_citizen_number_is_refused() -> None:
    prior = PriorRegistration(id=UUID(int=1), organization=make.FANCHENG, certificate_number="X420100002")
    application = make.application(child={"citizen_number": "420106202405200025"})
    assert codes(judged(application, prior=(prior,))) == ["child_registered"]


def test_the_place_of_registration_may_be_another_than_that_of_acceptance() -> None:
    assert judged(make.application(registered_at=make.FANCHENG)) == Allowed()


@pytest.mark.parametrize(
    ("mother", "father", "expected"),
    [
        ({}, None, []),
        (None, {}, []),
        (None, None, ["parent_missing", "neither_parent"]),
        ({"citizen_number": None}, None, ["parent_missing"]),
        ({"citizen_number": None, "other_identity": {"kind": "passport", "number": "E00000001"}}, None, []),
        ({"citizen_number": None}, {}, []),
    ],
)
def test_one_parent_at_least_is_given_by_name_and_paper(
    mother: dict[str, Any] | None, father: dict[str, Any] | None, expected: list[str]
) -> None:
    assert codes(judged(make.application(mother=mother, father=father))) == expected


REPORT = {"laboratory": "湖北中正司法鉴定所", "report_number": "鉴 1", "concluded_on": "2024-05-30"}
ALONE: dict[str, Any] = {"mother": {"household": "elsewhere"}, "marital_status": "out_of_wedlock_stated"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (ALONE, ["paternity_report_missing"]),
        (ALONE | {"marital_status": "unmarried"}, ["paternity_report_missing"]),
        (ALONE | {"mother": None}, ["paternity_report_missing"]),
        (ALONE | {"marital_status": "married"}, []),
        (ALONE | {"mother": {"household": "same"}}, []),
        (ALONE | {"mother": {"household": "same"}, "father": None}, []),
        (ALONE | {"paternity_report": REPORT | {"conclusion": "supported"}}, []),
        (ALONE | {"paternity_report": REPORT | {"conclusion": "excluded"}}, ["paternity_excluded"]),
        (ALONE | {"paternity_report": REPORT | {"conclusion": "inconclusive"}}, ["paternity_inconclusive"]),
        ({"paternity_report": REPORT | {"conclusion": "excluded"}}, ["paternity_excluded"]),
        ({"paternity_report": REPORT | {"conclusion": "inconclusive"}}, []),
    ],
)
def test_an_unmarried_father_alone_needs_a_paternity_report(changes: dict[str, Any], expected: list[str]) -> None:
    assert codes(judged(make.application(**changes))) == expected


@pytest.mark.parametrize(
    ("born", "applied_on", "held"),
    [
        ("2018-06-01", "2024-05-31", False),
        ("2018-06-01", "2024-06-01", False),
        ("2018-06-01", "2024-06-02", True),
        ("2016-02-29", "2022-02-28", False),
        ("2016-02-29", "2022-03-01", True),
        ("2018-02-28", "2024-02-28", False),
        ("2018-02-28", "2024-02-29", True),
        ("2018-05-31T23:59:00+08:00", "2024-05-31", False),
        ("2018-05-31T16:30:00Z", "2024-06-01", False),
        ("2018-05-31T15:30:00Z", "2024-06-01", True),
    ],
)
def test_older_than_six_begins_the_day_after_the_sixth_birthday(born: str, applied_on: str, held: bool) -> None:
    application = child_of(
        born, applied_on, certificate={"issued_on": "2021-06-01"}, late_proofs=late_proofs("2021-06-01")
    )
    outcome = judged(application)
    assert codes(outcome) == (["over_six"] if held else [])


LATE = {"applied_on": "2024-05-22", "child": {"born_at": "2017-01-05"}, "certificate": {"issued_on": "2017-01-07"}}


@pytest.mark.parametrize("missing", list(LATE_PROOFS))
def test_each_proof_that_a_child_over_six_lacks_is_named(missing: str) -> None:
    given_ = {name: proof for name, proof in LATE_PROOFS.items() if name != missing}
    outcome = judged(make.application(**LATE, late_proofs=given_))
    assert isinstance(outcome, Refused)
    assert [(r.code, r.field) for r in outcome.refusals] == [(f"late_{missing}_missing", f"late_proofs.{missing}")]


def test_a_child_over_six_without_any_proof_is_told_of_all_four() -> None:
    assert len(codes(judged(make.application(**LATE)))) == len(LATE_PROOFS)


@pytest.mark.parametrize(
    ("proof", "changes", "code"),
    [
        ("face_comparison", {"result": "match"}, "late_comparison_matched"),
        ("fingerprint_comparison", {"result": "match"}, "late_comparison_matched"),
        ("face_comparison", {"result": "unusable"}, "late_comparison_unusable"),
        ("dna_report", {"conclusion": "excluded"}, "late_dna_excluded"),
        ("dna_report", {"conclusion": "inconclusive"}, "late_dna_inconclusive"),
        ("dna_report", {"loci": None, "combined_paternity_index": None}, "late_dna_bare"),
        ("visit_report", {"visited_on": "2024-05-23"}, "date_in_future"),
    ],
)
def test_a_proof_that_speaks_against_a_child_over_six_refuses(proof: str, changes: dict[str, Any], code: str) -> None:
    given_ = LATE_PROOFS | {proof: LATE_PROOFS[proof] | changes}
    assert codes(judged(make.application(**LATE, late_proofs=given_))) == [code]


def test_a_foundling_over_six_has_no_parents_to_exclude() -> None:
    given_ = LATE_PROOFS | {"dna_report": LATE_PROOFS["dna_report"] | {"conclusion": "inconclusive"}}
    application = make.application(
        **LATE,
        late_proofs=given_,
        mother=None,
        father=None,
        exception="foundling",
        proofs=proofs("foundling_report", "institution_admission"),
        household={"kind": 2, "collective_kind": "welfare_institution"},
    )
    assert codes(judged(application)) == ["over_six"]


@pytest.mark.parametrize(
    ("born", "refused"), [("2010-06-02", False), ("2010-06-01", True), ("2010-05-31", True), ("1985-01-01", True)]
)
def test_a_child_of_fourteen_is_refused_here(born: str, refused: bool) -> None:
    outcome = judged(child_of(born, "2024-06-01", late_proofs=LATE_PROOFS))
    assert ("child_fourteen_or_older" in codes(outcome)) is refused


@pytest.mark.parametrize(
    ("applied_on", "refused"), [("2024-06-01", False), ("2024-05-01", False), ("2024-04-30", True)]
)
def test_an_application_is_not_dated_back(applied_on: str, refused: bool) -> None:
    application = child_of("2018-04-20", applied_on, late_proofs=LATE_PROOFS)
    outcome = judged(application, judged_on=date(2024, 6, 1))
    assert ("applied_long_ago" in codes(outcome)) is refused


@pytest.mark.parametrize(
    ("born", "applied_on", "late"),
    [
        ("2024-05-01", "2024-06-01", False),
        ("2024-05-01", "2024-06-02", True),
        ("2024-01-31", "2024-02-29", False),
        ("2024-01-31", "2024-03-01", True),
    ],
)
def test_a_declaration_after_a_month_is_noted_and_not_refused(born: str, applied_on: str, late: bool) -> None:
    assert noted(judged(child_of(born, applied_on))) == (["declared_late"] if late else [])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"marital_status": "unmarried"}, ["out_of_wedlock_statement_missing"]),
        ({"marital_status": "unmarried", "proofs": proofs("out_of_wedlock_statement")}, []),
        ({"marital_status": "out_of_wedlock_stated"}, []),
        ({"certificate": {"issue_kind": 3}}, ["original_number_missing"]),
        ({"certificate": {"issue_kind": 3, "original_number": "W420100020"}}, []),
    ],
)
def test_what_is_still_to_come_is_noted(changes: dict[str, Any], expected: list[str]) -> None:
    assert noted(judged(make.application(**changes))) == expected


def test_each_warning_of_the_look_up_is_noted_where_it_applies_and_in_its_words() -> None:
    days = {"born_on": "2024-05-20", "issued_on": "2024-05-01"}
    reasons = (
        Finding(code="number_province_unknown", field="certificate_number", values={"province": "00"}),
        Finding(code="certificate_issued_before_birth", field="certificate.issued_on", values=days),
        Finding(code="certificate_matches"),
    )
    outcome = judged(make.application(), verdict=VerdictKind.REVIEW, reasons=reasons)
    assert isinstance(outcome, Allowed)
    assert [(note.code, note.field, note.message.en) for note in outcome.notes] == [
        (
            "verdict_review",
            "certificate_number",
            "The number's look-up warns: Characters 2–3, “00”, are no province code (GB/T 2260).",
        ),
        (
            "verdict_review",
            "certificate.issued_on",
            "The number's look-up warns: The date of issue 2024-05-01 lies before the birth, 2024-05-20.",
        ),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"mother": None}, ["marriage_certificate_missing"]),
        ({"mother": {"household": "elsewhere"}}, ["marriage_certificate_missing"]),
        ({"mother": None, "proofs": proofs("marriage_certificate")}, []),
        ({"mother": None, "paternity_report": REPORT | {"conclusion": "supported"}}, []),
    ],
)
def test_a_married_father_alone_is_asked_for_the_marriage_certificate(
    changes: dict[str, Any], expected: list[str]
) -> None:
    assert noted(judged(make.application(**changes))) == expected


def test_verification_is_shown_the_paper_as_the_application_tells_it() -> None:
    presented = presented_certificate(make.application(father=None))
    assert (presented.child_name, presented.child_sex, presented.mother_name) == ("李安然", 2, "王桂兰")
    assert (presented.father_name, presented.issued_on) == (None, date(2024, 5, 22))


@pytest.mark.parametrize("code", sorted(MEANINGS))
def test_every_answer_explains_itself_in_both_languages(code: str) -> None:
    meaning = MEANINGS[code]
    assert meaning.code == code
    for text in (meaning.paragraph, meaning.message, meaning.next_step):
        assert text.zh
        assert text.en
        assert not CHINESE.search(text.en)
        assert re.findall(r"\{\w+\}", text.zh) or not re.findall(r"\{\w+\}", text.en)
    assert CHINESE.search(meaning.message.zh)


def test_every_proof_has_a_name_in_both_languages() -> None:
    assert all(CHINESE.search(name.zh) and not CHINESE.search(name.en) for name in PROOFS.values())


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, Any]:
    """Applications as strange as the schema lets in, near the places where the rules turn."""
    day = st.dates(date(1900, 1, 1), date(2999, 12, 31)).map(str) | st.sampled_from(["0001-01-01", "9999-12-31"])
    number = st.text(min_size=1, max_size=32).filter(str.strip) | st.just("420106199003070040")
    parent = st.none() | st.fixed_dictionaries(
        {"name": st.just("王"), "household": st.sampled_from(["same", "abroad", "none", "student_collective"])},
        optional={"citizen_number": number, "birth_date": day},
    )
    kinds = st.lists(st.sampled_from(sorted(PROOFS)), max_size=3).map(lambda found: proofs(*found))
    return make.application_body(
        certificate_number=draw(st.none() | st.text(max_size=20)),
        certificate=draw(st.none() | st.builds(dict, issued_on=day)),
        child={
            "sex": draw(st.sampled_from([0, 1, 2, 9])),
            "born_at": draw(st.dates(date(1900, 1, 1), date(2999, 12, 31)).map(str)),
            "ethnic_group": draw(st.from_regex(r"[0-9]{2}", fullmatch=True)),
            "citizen_number": draw(st.none() | number),
        },
        mother=draw(parent),
        father=draw(parent),
        household=draw(
            st.fixed_dictionaries(
                {"kind": st.sampled_from([1, 2]), "relation": st.none() | st.from_regex(r"[0-9]{2}", fullmatch=True)},
                optional={"collective_kind": st.sampled_from(["garrison", "community"])},
            )
        ),
        applied_on=draw(day),
        exception=draw(st.none() | st.sampled_from(["foundling", "legal_adoption", "parents_abroad"])),
        unregistered_kind=draw(st.none() | st.sampled_from(["other", "de_facto_adoption", "no_birth_certificate"])),
        proofs=draw(kinds),
        late_proofs=draw(st.none() | st.just({}) | st.just(LATE_PROOFS)),
        marital_status=draw(st.sampled_from(["married", "unmarried", "out_of_wedlock_stated"])),
    )


@settings(max_examples=400)
@given(bodies(), st.none() | st.sampled_from(VerdictKind), st.dates())
def test_no_application_is_a_fault(body: dict[str, Any], verdict: VerdictKind | None, day: date) -> None:
    application = msgspec.convert(body, Application)
    outcome = judge(application, Facts(verdict=verdict, judged_on=day, organization=make.WUCHANG))
    said = outcome.refusals if isinstance(outcome, Refused) else outcome.grounds if isinstance(outcome, Held) else ()
    for one in said:
        assert "{" not in one.message.zh + one.message.en + one.paragraph.zh + one.paragraph.en
        assert not CHINESE.search(one.message.en + one.paragraph.en + one.next_step.en)


def test_an_application_describes_itself() -> None:
    schema = msgspec.json.schema(Application)
    assert len(schema["$defs"]) > 10
    assert schema["$defs"]["Application"]["additionalProperties"] is False
