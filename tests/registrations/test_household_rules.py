"""Whose household a child may join: parents, exceptions with their proofs, relations with their sex."""

from typing import Any

import pytest
from tests import make
from tests.registrations.factories import codes, judged, proofs

from birthreg.registrations.codes import CollectiveKind, ExceptionCode, ParentHousehold
from birthreg.registrations.ethnic_groups import ETHNIC_GROUPS
from birthreg.registrations.household_rules import EXCEPTIONS
from birthreg.registrations.policy_models import Allowed
from birthreg.registrations.relations import NEEDS_EXCEPTION, RELATIONS, RelationGroup

GROUPS = {
    RelationGroup.OWN_CHILD: "30",
    RelationGroup.ADOPTED_OR_STEP: "37",
    RelationGroup.GRANDCHILD: "42",
    RelationGroup.NEPHEW_OR_NIECE: "94",
    RelationGroup.SIBLING: "77",
    RelationGroup.OTHER_RELATIVE: "91",
    RelationGroup.NON_RELATIVE: "99",
    RelationGroup.HEAD: "02",
}
NOBODY: dict[str, Any] = {"mother": None, "father": None}


def fitting(code: ExceptionCode) -> dict[str, Any]:
    """An application that one exception carries, in the first household that it opens."""
    rule = EXCEPTIONS[code]
    own = {
        ExceptionCode.FOUNDLING: NOBODY,
        ExceptionCode.LEGAL_ADOPTION: NOBODY,
        ExceptionCode.STUDENT_COLLECTIVE: both_at("student_collective"),
        ExceptionCode.PARENTS_ABROAD: both_at("abroad"),
        ExceptionCode.PARENTS_MILITARY: both_at("military"),
        ExceptionCode.PARENTS_WITHOUT_HOUSEHOLD: both_at("none"),
        ExceptionCode.PARENTS_WITHOUT_CUSTODY: both_at("elsewhere"),
    }[code]
    if rule.relations:
        household: dict[str, Any] = {"relation": GROUPS[min(rule.relations)]}
    else:
        household = {"kind": 2, "collective_kind": min(rule.collectives)}
    return {"exception": code.value, "proofs": proofs(*rule.proofs), "household": household} | own


def both_at(place: str) -> dict[str, Any]:
    return {"mother": {"household": place}, "father": {"household": place}}


@pytest.mark.parametrize("code", ExceptionCode)
def test_an_exception_with_its_proof_is_registered(code: ExceptionCode) -> None:
    assert judged(make.application(**fitting(code))) == Allowed()


@pytest.mark.parametrize(
    ("code", "proof"), [(code, proof) for code, rule in EXCEPTIONS.items() for proof in rule.proofs]
)
def test_an_exception_without_its_proof_is_refused_and_the_proof_is_named(code: ExceptionCode, proof: str) -> None:
    application = fitting(code)
    application["proofs"] = [one for one in application["proofs"] if one["kind"] != proof]
    assert codes(judged(make.application(**application))) == ["exception_proof_missing"]


@pytest.mark.parametrize("code", ExceptionCode)
def test_an_exceptions_proof_without_the_exception_is_none(code: ExceptionCode) -> None:
    application = fitting(code) | {"exception": None}
    assert "neither_parent" in codes(judged(make.application(**application)))


@pytest.mark.parametrize(("group", "relation"), GROUPS.items())
@pytest.mark.parametrize("code", ExceptionCode)
def test_an_exception_opens_the_households_of_its_row_alone(
    code: ExceptionCode, group: RelationGroup, relation: str
) -> None:
    application = fitting(code) | {"household": {"relation": relation}}
    opened = group in EXCEPTIONS[code].relations
    assert codes(judged(make.application(**application))) == ([] if opened else ["exception_household_differs"])


@pytest.mark.parametrize("collective", CollectiveKind)
@pytest.mark.parametrize("code", ExceptionCode)
def test_an_exception_opens_the_collective_households_of_its_row_alone(
    code: ExceptionCode, collective: CollectiveKind
) -> None:
    household = {"kind": 2, "collective_kind": collective.value}
    opened = collective in EXCEPTIONS[code].collectives
    outcome = judged(make.application(**fitting(code) | {"household": household}))
    assert codes(outcome) == ([] if opened else ["exception_household_differs"])


@pytest.mark.parametrize("place", ParentHousehold)
@pytest.mark.parametrize("code", [code for code, rule in EXCEPTIONS.items() if rule.parents is not None])
def test_an_exception_holds_for_parents_of_its_row_alone(code: ExceptionCode, place: ParentHousehold) -> None:
    rule = EXCEPTIONS[code]
    outcome = judged(make.application(**fitting(code) | both_at(place.value)))
    fits = place in (rule.parents or ()) and rule.decisive in (None, place)
    assert codes(outcome) == ([] if fits else ["exception_parents_differ"])


def test_the_only_eligible_parent_in_a_student_collective_is_enough() -> None:
    application = fitting(ExceptionCode.STUDENT_COLLECTIVE) | {"father": {"household": "abroad"}}
    assert judged(make.application(**application)) == Allowed()


def test_neither_parents_household_needs_an_exception() -> None:
    assert codes(judged(make.application(**both_at("elsewhere")))) == ["neither_parent"]


@pytest.mark.parametrize(("mother", "father"), [("same", "elsewhere"), ("elsewhere", "same"), ("same", "abroad")])
def test_one_parents_household_is_enough(mother: str, father: str) -> None:
    application = make.application(
        mother={"household": mother}, father={"household": father}, proofs=proofs("marriage_certificate")
    )
    assert judged(application) == Allowed()


@pytest.mark.parametrize(("code", "place"), [("parents_abroad", "abroad"), ("parents_without_household", "none")])
def test_a_foreigner_has_no_household_to_follow(code: str, place: str) -> None:
    application = fitting(ExceptionCode(code)) | {"mother": {"household": place}, "father": {"household": "foreign"}}
    assert judged(make.application(**application)) == Allowed()


@pytest.mark.parametrize("code", sorted(RELATIONS))
@pytest.mark.parametrize("sex", [0, 1, 2, 9])
def test_a_relation_agrees_with_the_childs_sex(code: str, sex: int) -> None:
    relation = RELATIONS[code]
    outcome = judged(make.application(child={"sex": sex}, household={"relation": code}))
    if relation.group is RelationGroup.IMPOSSIBLE:
        expected = ["relation_impossible"]
    else:
        expected = ["relation_sex_differs"] if sex in (1, 2) and relation.sex not in (None, sex) else []
        expected += ["relation_needs_exception"] if relation.group in NEEDS_EXCEPTION else []
    assert codes(outcome) == expected


@pytest.mark.parametrize("code", ["40", "41", "44", "49", "93", "94", "95", "96"])
def test_a_relatives_household_needs_an_exception_or_the_booklet_that_shows_the_parent_in_it(code: str) -> None:
    child, household = {"sex": RELATIONS[code].sex or 1}, {"relation": code}
    assert codes(judged(make.application(child=child, household=household))) == ["relation_needs_exception"]
    booklet = proofs("household_booklet")
    assert judged(make.application(child=child, household=household, proofs=booklet)) == Allowed()
    elsewhere = make.application(child=child, household=household, proofs=booklet, **both_at("elsewhere"))
    assert codes(judged(elsewhere)) == ["neither_parent", "relation_needs_exception"]


@pytest.mark.parametrize("code", ["27", "37", "80", "97", "99"])
def test_what_the_notice_calls_suspicious_is_left_to_screening(code: str) -> None:
    application = make.application(child={"sex": RELATIONS[code].sex or 1}, household={"relation": code})
    assert judged(application) == Allowed()


@pytest.mark.parametrize(
    ("household", "expected"),
    [
        ({"relation": "98"}, ["relation_unknown"]),
        ({"relation": "00"}, ["relation_unknown"]),
        ({"relation": None}, ["relation_missing"]),
        ({"head_name": None}, ["household_head_missing"]),
        ({"collective_kind": "community"}, ["collective_kind_unexpected"]),
        ({"kind": 2}, ["collective_kind_missing"]),
        ({"kind": 2, "collective_kind": "community"}, []),
        ({"kind": 2, "collective_kind": "police_station", "head_name": None, "relation": None}, []),
    ],
)
def test_a_household_is_described_as_its_kind_asks(household: dict[str, Any], expected: list[str]) -> None:
    assert codes(judged(make.application(household=household))) == expected


def test_the_tables_are_whole() -> None:
    assert set(EXCEPTIONS) == set(ExceptionCode)
    assert len(RELATIONS) == 84
    assert set(ETHNIC_GROUPS) == {f"{code:02}" for code in range(1, 57)} | {"97", "98"}
