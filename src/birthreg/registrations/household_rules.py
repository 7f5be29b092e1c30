"""Which household a child may join: a parent's, or another on an exception and its proof. Pure."""

from collections.abc import Iterator

import msgspec

from birthreg.kernel.citizen_numbers import FEMALE, MALE
from birthreg.kernel.language import Text
from birthreg.registrations.codes import (
    CollectiveKind,
    ExceptionCode,
    HouseholdKind,
    ParentHousehold,
    ProofKind,
    UnregisteredKind,
)
from birthreg.registrations.models import Application
from birthreg.registrations.parent_rules import is_with, named_parents
from birthreg.registrations.policy_models import Refusal
from birthreg.registrations.refusals import (
    CHECKS,
    FOLLOWS_A_PARENT,
    PROOFS,
    RELATION_CODES,
    Meaning,
    both,
)
from birthreg.registrations.relations import NEEDS_EXCEPTION, RELATIONS, RelationGroup

_G, _C, _P, _H = RelationGroup, CollectiveKind, ProofKind, ParentHousehold


class ExceptionRule(msgspec.Struct, frozen=True, kw_only=True):
    """One exception: whose household it opens, what proves it, and where the parents' own must lie.

    `relations` are what the child may be to the head of a family household, `collectives` the
    collective households that it opens. Each named parent's household is one of `parents`, and,
    where `decisive` is given, at least one parent's is that; None means that any will do.
    """

    title: Text
    relations: frozenset[RelationGroup]
    collectives: frozenset[CollectiveKind]
    proofs: tuple[ProofKind, ...]
    parents: frozenset[ParentHousehold] | None = None
    decisive: ParentHousehold | None = None


_KIN = frozenset({_G.GRANDCHILD})
_CARERS = frozenset({_G.GRANDCHILD, _G.NEPHEW_OR_NIECE, _G.SIBLING, _G.OTHER_RELATIVE, _G.NON_RELATIVE})
_NOT_ELIGIBLE = frozenset({_H.STUDENT_COLLECTIVE, _H.ABROAD, _H.MILITARY, _H.NONE, _H.FOREIGN})

EXCEPTIONS: dict[ExceptionCode, ExceptionRule] = {
    ExceptionCode.STUDENT_COLLECTIVE: ExceptionRule(
        title=Text("父母双方(或唯一可随的一方)为学生集体户", "the parents are in a student collective household"),
        relations=_KIN,
        collectives=frozenset(),
        proofs=(_P.STUDENT_STATUS,),
        parents=_NOT_ELIGIBLE,
        decisive=_H.STUDENT_COLLECTIVE,
    ),
    # A parent's former place may be a collective household as well as a family's; a foreigner has no 户口 to follow.
    ExceptionCode.PARENTS_ABROAD: ExceptionRule(
        title=Text("父母双方定居境外或为华侨", "both parents are abroad or overseas Chinese"),
        relations=_CARERS | {_G.HEAD},
        collectives=frozenset(_C) - {_C.GARRISON, _C.WELFARE_INSTITUTION},
        proofs=(_P.RESIDENCE_ABROAD,),
        parents=frozenset({_H.ABROAD, _H.FOREIGN}),
        decisive=_H.ABROAD,
    ),
    ExceptionCode.PARENTS_MILITARY: ExceptionRule(
        title=Text("父母双方均为现役军人", "both parents are serving soldiers"),
        relations=_KIN,
        collectives=frozenset({_C.GARRISON}),
        proofs=(_P.MILITARY_SERVICE,),
        parents=frozenset({_H.MILITARY}),
    ),
    ExceptionCode.PARENTS_WITHOUT_HOUSEHOLD: ExceptionRule(
        title=Text("父母双方均无户口", "neither parent is registered"),
        relations=_CARERS | {_G.HEAD},
        collectives=frozenset(_C) - {_C.GARRISON},
        proofs=(_P.PARENTS_WITHOUT_HOUSEHOLD,),
        parents=frozenset({_H.NONE, _H.FOREIGN}),
        decisive=_H.NONE,
    ),
    ExceptionCode.PARENTS_WITHOUT_CUSTODY: ExceptionRule(
        title=Text("父母双方均无监护权", "neither parent has custody"),
        relations=_CARERS | {_G.ADOPTED_OR_STEP, _G.HEAD},
        collectives=frozenset(_C) - {_C.GARRISON},
        proofs=(_P.CUSTODY_RULING,),
        parents=frozenset(_H) - {_H.SAME},
    ),
    ExceptionCode.FOUNDLING: ExceptionRule(
        title=Text("弃婴", "a foundling"),
        relations=frozenset(),
        collectives=frozenset({_C.WELFARE_INSTITUTION}),
        proofs=(_P.FOUNDLING_REPORT, _P.INSTITUTION_ADMISSION),
        parents=frozenset(),
    ),
    ExceptionCode.LEGAL_ADOPTION: ExceptionRule(
        title=Text("依法收养", "a legal adoption"),
        relations=frozenset({_G.OWN_CHILD, _G.ADOPTED_OR_STEP, _G.GRANDCHILD}),
        collectives=frozenset(_C) - {_C.GARRISON, _C.WELFARE_INSTITUTION},
        proofs=(_P.ADOPTION_CERTIFICATE,),
    ),
}
"""Nothing else is an exception."""

OWN_GROUNDS = frozenset({UnregisteredKind.DE_FACTO_ADOPTION})
"""Kinds of unregistered people whose own papers name the household."""

NEITHER_PARENT = Meaning(
    "neither_parent",
    FOLLOWS_A_PARENT,
    Text("未随父或母落户,且未填写例外情形。", "The child joins neither parent's household, and no exception is given."),
    Text(
        "请随父或母落户;符合例外情形的,填写情形并附证明。",
        "Register with a parent, or give the exception and its proof.",
    ),
)
RELATION_NEEDS_EXCEPTION = Meaning(
    "relation_needs_exception",
    FOLLOWS_A_PARENT,
    Text("与户主关系 {relation}({name})须有例外情形。", "The relation {relation} to the head needs an exception."),
    Text(
        "请填写例外情形并附证明;父或母为本户成员的,附能证明其为本户成员的户口簿。",
        "Give the exception and its proof; where a parent is a member of this household, hand in its booklet.",
    ),
)
PROOF_MISSING = Meaning(
    "exception_proof_missing",
    FOLLOWS_A_PARENT,
    Text("例外情形“{exception}”缺少{proof}。", "The exception ({exception}) lacks {proof}."),
    Text("请补充该证明。", "Hand in this proof."),
)
PARENTS_DIFFER = Meaning(
    "exception_parents_differ",
    FOLLOWS_A_PARENT,
    Text("父母户口情况不符合例外情形“{exception}”。", "The parents' households don't fit the exception ({exception})."),
    Text("请核对父母户口情况或例外情形。", "Check the parents' households, or the exception."),
)
HOUSEHOLD_DIFFERS = Meaning(
    "exception_household_differs",
    FOLLOWS_A_PARENT,
    Text("例外情形“{exception}”不能落入该户。", "The exception ({exception}) doesn't open this household."),
    Text("请核对户别、集体户类型和与户主关系。", "Check the household's kind and the relation to its head."),
)
HEAD_MISSING = Meaning(
    "household_head_missing",
    CHECKS,
    Text("家庭户须填写户主姓名。", "A family household has a head."),
    Text("请对照户口簿补录户主姓名。", "Add the head's name from the booklet."),
)
RELATION_MISSING = Meaning(
    "relation_missing",
    RELATION_CODES,
    Text("家庭户须填写与户主关系。", "In a family household the relation to its head is given."),
    Text("请按 GB/T 4761 填写。", "Give it by GB/T 4761."),
)
RELATION_UNKNOWN = Meaning(
    "relation_unknown",
    RELATION_CODES,
    Text("没有这个家庭关系代码。", "There is no such code of a family relation."),
    Text("请按 GB/T 4761 填写。", "Give it by GB/T 4761."),
)
RELATION_IMPOSSIBLE = Meaning(
    "relation_impossible",
    RELATION_CODES,
    Text(
        "未满十四周岁的儿童不可能是户主的“{name}”。", "No child under fourteen has the relation {relation} to a head."
    ),
    Text("请更正与户主关系。", "Correct the relation."),
)
RELATION_SEX_DIFFERS = Meaning(
    "relation_sex_differs",
    RELATION_CODES,
    Text("与户主关系“{name}”与性别不符。", "The relation {relation} presumes the other sex."),
    Text("请更正性别或与户主关系。", "Correct the sex or the relation."),
)
COLLECTIVE_KIND_MISSING = Meaning(
    "collective_kind_missing",
    CHECKS,
    Text("集体户须填写集体户类型。", "A collective household names its kind."),
    Text("请补录集体户类型。", "Add its kind."),
)
COLLECTIVE_KIND_UNEXPECTED = Meaning(
    "collective_kind_unexpected",
    CHECKS,
    Text("家庭户不填写集体户类型。", "A family household has no kind of collective household."),
    Text("请更正户别,或删除集体户类型。", "Correct the household's kind, or remove the other."),
)

MEANINGS = (
    NEITHER_PARENT, RELATION_NEEDS_EXCEPTION, PROOF_MISSING, PARENTS_DIFFER, HOUSEHOLD_DIFFERS, HEAD_MISSING,
    RELATION_MISSING, RELATION_UNKNOWN, RELATION_IMPOSSIBLE, RELATION_SEX_DIFFERS, COLLECTIVE_KIND_MISSING,
    COLLECTIVE_KIND_UNEXPECTED,
)  # fmt: skip


def refuse_household(application: Application) -> Iterator[Refusal]:
    """Refuse a household that is badly described, and one that the child may not join."""
    yield from _refuse_description(application)
    yield from _refuse_relation(application)
    if application.exception is not None:
        yield from _refuse_exception(application, application.exception)
    elif application.unregistered_kind not in OWN_GROUNDS:
        yield from _refuse_without_exception(application)


def joins_a_parent(application: Application) -> bool:
    """Say whether the child is registered with mother or father."""
    return any(is_with(parent) for parent in named_parents(application))


def has_proof(application: Application, kind: ProofKind) -> bool:
    """Say whether such a paper was handed in."""
    return any(proof.kind is kind for proof in application.proofs)


def _refuse_description(application: Application) -> Iterator[Refusal]:
    household = application.household
    if household.kind is HouseholdKind.COLLECTIVE:
        if household.collective_kind is None:
            yield COLLECTIVE_KIND_MISSING.refuse("household.collective_kind")
        return
    if household.collective_kind is not None:
        yield COLLECTIVE_KIND_UNEXPECTED.refuse("household.collective_kind")
    if household.head_name is None:
        yield HEAD_MISSING.refuse("household.head_name")
    if household.relation is None:
        yield RELATION_MISSING.refuse("household.relation")


def _refuse_relation(application: Application) -> Iterator[Refusal]:
    code, sex = application.household.relation, application.child.sex
    if code is None:
        return
    relation = RELATIONS.get(code)
    if relation is None:
        yield RELATION_UNKNOWN.refuse("household.relation")
        return
    named = {"relation": both(code), "name": both(relation.name)}
    if relation.group is RelationGroup.IMPOSSIBLE:
        yield RELATION_IMPOSSIBLE.refuse("household.relation", **named)
    elif relation.sex is not None and sex in (MALE, FEMALE) and relation.sex != sex:
        yield RELATION_SEX_DIFFERS.refuse("household.relation", **named)


def _group_in_family(application: Application) -> RelationGroup | None:
    """Return what the child is to the head of a family household; None in a collective one or when it isn't known."""
    household = application.household
    relation = RELATIONS.get(household.relation or "")
    return relation.group if relation is not None and household.kind is HouseholdKind.FAMILY else None


def _refuse_without_exception(application: Application) -> Iterator[Refusal]:
    joins = joins_a_parent(application)
    if not joins:
        yield NEITHER_PARENT.refuse("exception")
    # The booklet shows that a parent belongs to the grandparents' or the relative's household.
    proved = joins and has_proof(application, ProofKind.HOUSEHOLD_BOOKLET)
    code = application.household.relation or ""
    if _group_in_family(application) in NEEDS_EXCEPTION and not proved:
        yield RELATION_NEEDS_EXCEPTION.refuse(
            "household.relation", relation=both(code), name=both(RELATIONS[code].name)
        )


def _refuse_exception(application: Application, code: ExceptionCode) -> Iterator[Refusal]:
    """Hold an exception to its row of the table."""
    rule = EXCEPTIONS[code]
    for proof in rule.proofs:
        if not has_proof(application, proof):
            yield PROOF_MISSING.refuse("proofs", exception=rule.title, proof=PROOFS[proof])
    if not _fits_parents(application, rule):
        yield PARENTS_DIFFER.refuse("exception", exception=rule.title)
    if not _opens_household(application, rule):
        yield HOUSEHOLD_DIFFERS.refuse("household", exception=rule.title)


def _fits_parents(application: Application, rule: ExceptionRule) -> bool:
    households = {parent.household for parent in named_parents(application)}
    if rule.parents is not None and not households <= rule.parents:
        return False
    return rule.decisive is None or rule.decisive in households


def _opens_household(application: Application, rule: ExceptionRule) -> bool:
    """Say whether the household is one of those; what isn't described yet is refused for that alone."""
    household = application.household
    if household.kind is HouseholdKind.COLLECTIVE:
        return household.collective_kind is None or household.collective_kind in rule.collectives
    group = _group_in_family(application)
    if group is None or group is RelationGroup.IMPOSSIBLE:
        return True
    return group in rule.relations
