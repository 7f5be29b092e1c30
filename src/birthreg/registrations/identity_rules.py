"""Whether the numbers and codes of the people named can be theirs. Pure."""

from collections.abc import Iterator
from datetime import date

from birthreg.kernel.citizen_numbers import (
    FEMALE,
    MALE,
    CitizenNumberFlaw,
    birth_date_of,
    normalize_citizen_number,
    parse_citizen_number,
    sex_of,
)
from birthreg.kernel.language import Text
from birthreg.registrations.codes import ApplicantRelation
from birthreg.registrations.date_rules import born_on
from birthreg.registrations.ethnic_groups import ETHNIC_GROUPS
from birthreg.registrations.models import Applicant, Application, Guardian, Parent
from birthreg.registrations.policy_models import Facts, Refusal
from birthreg.registrations.refusals import CHECKS, CITIZEN_NUMBERS, ETHNIC_GROUP_CODES, Meaning

_FROM_THE_PAPER = Text("请对照身份证件更正。", "Correct it from the paper of identity.")

FLAWS = {
    CitizenNumberFlaw.FORM: Meaning(
        CitizenNumberFlaw.FORM,
        CITIZEN_NUMBERS,
        Text("公民身份号码应为 17 位数字加 1 位校验码。", "A citizen number has 17 digits and a check character."),
        _FROM_THE_PAPER,
    ),
    CitizenNumberFlaw.BIRTH_DATE: Meaning(
        CitizenNumberFlaw.BIRTH_DATE,
        CITIZEN_NUMBERS,
        Text("公民身份号码第 7–14 位不是可能的日期。", "Digits 7 to 14 of the citizen number are no possible date."),
        _FROM_THE_PAPER,
    ),
    CitizenNumberFlaw.CHECK: Meaning(
        CitizenNumberFlaw.CHECK,
        CITIZEN_NUMBERS,
        Text("公民身份号码校验码不符。", "The citizen number's check character is wrong."),
        _FROM_THE_PAPER,
    ),
}
NUMBER_BIRTH_DATE_DIFFERS = Meaning(
    "citizen_number_birth_date_differs",
    CITIZEN_NUMBERS,
    Text("公民身份号码与出生日期不符。", "The citizen number speaks of another birth date."),
    _FROM_THE_PAPER,
)
NUMBER_SEX_DIFFERS = Meaning(
    "citizen_number_sex_differs",
    CITIZEN_NUMBERS,
    Text("公民身份号码与性别不符。", "The citizen number speaks of the other sex."),
    _FROM_THE_PAPER,
)
NUMBER_NOT_THE_PARENTS = Meaning(
    "citizen_number_not_the_parents",
    CHECKS,
    Text("号码与所填父(母)的公民身份号码不同。", "This isn't the citizen number of the parent whom it names."),
    Text("请更正关系或号码。", "Correct the relation or the number."),
)
PARENT_NOT_OLDER = Meaning(
    "parent_not_older",
    CHECKS,
    Text("父(母)的出生日期不早于子女。", "The parent wasn't born before the child."),
    _FROM_THE_PAPER,
)
ETHNIC_GROUP_UNKNOWN = Meaning(
    "ethnic_group_unknown",
    ETHNIC_GROUP_CODES,
    Text("没有这个民族代码。", "There is no such code of an ethnic group."),
    Text("请按 01–56、97、98 填写。", "Use 01 to 56, 97 or 98."),
)
CHILD_REGISTERED = Meaning(
    "child_registered",
    CITIZEN_NUMBERS,
    Text("该公民身份号码已有登记。", "A registration stands under this citizen number."),
    Text(
        "请先查询原登记;有误的,由原登记单位更正或撤销。",
        "Look up that registration; its organisation corrects or revokes it.",
    ),
)

MEANINGS = (
    *FLAWS.values(), NUMBER_BIRTH_DATE_DIFFERS, NUMBER_SEX_DIFFERS, NUMBER_NOT_THE_PARENTS, PARENT_NOT_OLDER,
    ETHNIC_GROUP_UNKNOWN, CHILD_REGISTERED,
)  # fmt: skip


def refuse_identities(application: Application, facts: Facts) -> Iterator[Refusal]:
    """Refuse numbers that are none, or that speak of another sex or day of birth than was entered."""
    child = application.child
    yield from _of_number("child", child.citizen_number, sex=child.sex, born=born_on(child))
    yield from _of_ethnic_group("child", child.ethnic_group)
    if facts.prior:
        yield CHILD_REGISTERED.refuse("child.citizen_number")
    yield from _of_parent("mother", application.mother, sex=FEMALE, child_born=born_on(child))
    yield from _of_parent("father", application.father, sex=MALE, child_born=born_on(child))
    yield from _of_relative("applicant", application.applicant, application)
    for place, guardian in enumerate(application.guardians):
        yield from _of_relative(f"guardians[{place}]", guardian, application)


def _of_number(who: str, typed: str | None, *, sex: int | None, born: date | None) -> Iterator[Refusal]:
    """Hold a citizen number against itself, and against the sex and the day of birth where they are known."""
    if typed is None:
        return
    field = f"{who}.citizen_number"
    number = parse_citizen_number(typed)
    if isinstance(number, CitizenNumberFlaw):
        yield FLAWS[number].refuse(field)
        return
    if born is not None and birth_date_of(number) != born:
        yield NUMBER_BIRTH_DATE_DIFFERS.refuse(field)
    if sex in (MALE, FEMALE) and sex_of(number) != sex:
        yield NUMBER_SEX_DIFFERS.refuse(field)


def _of_ethnic_group(who: str, code: str | None) -> Iterator[Refusal]:
    if code is not None and code not in ETHNIC_GROUPS:
        yield ETHNIC_GROUP_UNKNOWN.refuse(f"{who}.ethnic_group")


def _of_parent(who: str, parent: Parent | None, *, sex: int, child_born: date) -> Iterator[Refusal]:
    if parent is None:
        return
    yield from _of_number(who, parent.citizen_number, sex=sex, born=parent.birth_date)
    yield from _of_ethnic_group(who, parent.ethnic_group)
    born = _birth_of(parent)
    if born is not None and born >= child_born:
        yield PARENT_NOT_OLDER.refuse(f"{who}.birth_date")


def _birth_of(parent: Parent) -> date | None:
    number = None if parent.citizen_number is None else parse_citizen_number(parent.citizen_number)
    if number is None or isinstance(number, CitizenNumberFlaw):
        return parent.birth_date
    return parent.birth_date or birth_date_of(number)


def _of_relative(who: str, person: Applicant | Guardian, application: Application) -> Iterator[Refusal]:
    """Hold the applicant's or a guardian's number against itself, and against the parent's whom it names."""
    sex = {ApplicantRelation.MOTHER: FEMALE, ApplicantRelation.FATHER: MALE}.get(person.relation)
    yield from _of_number(who, person.citizen_number, sex=sex, born=None)
    parent = {ApplicantRelation.MOTHER: application.mother, ApplicantRelation.FATHER: application.father}.get(
        person.relation
    )
    if person.citizen_number is None or parent is None or parent.citizen_number is None:
        return
    if normalize_citizen_number(person.citizen_number) != normalize_citizen_number(parent.citizen_number):
        yield NUMBER_NOT_THE_PARENTS.refuse(f"{who}.citizen_number")
