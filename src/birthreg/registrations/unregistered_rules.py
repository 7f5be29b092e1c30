"""The eight kinds of people without registration: one person, one file. Pure."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

import msgspec

from birthreg.kernel.language import Text
from birthreg.registrations.codes import ProofKind, UnregisteredKind
from birthreg.registrations.household_rules import has_proof
from birthreg.registrations.models import Application
from birthreg.registrations.number_rules import has_number
from birthreg.registrations.parent_rules import has_statement
from birthreg.registrations.policy_models import Ground, Refusal
from birthreg.registrations.refusals import PROOFS, Meaning

Need: TypeAlias = ProofKind | Literal["certificate", "paternity_report"]


class UnregisteredRule(msgspec.Struct, frozen=True):
    """One kind: its place in the document, its name, and what it needs; one of each group suffices."""

    item: str
    title: Text
    needs: tuple[tuple[Need, ...], ...]


_P, _K = ProofKind, UnregisteredKind
_WEDLOCK: tuple[Need, ...] = (_P.MARRIAGE_CERTIFICATE, _P.OUT_OF_WEDLOCK_STATEMENT)

UNREGISTERED: dict[UnregisteredKind, UnregisteredRule] = {
    _K.AGAINST_BIRTH_POLICY: UnregisteredRule(
        "一",
        Text("不符合计划生育政策", "born against birth policy"),
        (("certificate",), (_P.HOUSEHOLD_BOOKLET,), _WEDLOCK),
    ),
    # The certificate is applied for first; the registration rests on it.
    _K.NO_BIRTH_CERTIFICATE: UnregisteredRule(
        "二",
        Text("未办理出生医学证明", "without a birth certificate"),
        (("certificate",), (_P.HOUSEHOLD_BOOKLET,), _WEDLOCK),
    ),
    # A notarised adoption is registered after the police's inquiry; an adoption certificate speaks for itself.
    _K.DE_FACTO_ADOPTION: UnregisteredRule(
        "三",
        Text("未办理收养手续的事实收养", "a de-facto adoption"),
        (
            (_P.ADOPTION_CERTIFICATE, _P.ADOPTION_NOTARISATION),
            (_P.ADOPTION_CERTIFICATE, _P.POLICE_INQUIRY),
            (_P.HOUSEHOLD_BOOKLET,),
        ),
    ),
    _K.DECLARED_MISSING_OR_DEAD: UnregisteredRule(
        "四",
        Text("被宣告失踪或者死亡后户口被注销", "cancelled after a declaration of disappearance or death"),
        ((_P.DECLARATION_REVOKED,),),
    ),
    _K.CANCELLED_ON_MARRIAGE: UnregisteredRule(
        "五", Text("农村地区因婚嫁被注销户口", "cancelled on marriage in the countryside"), ((_P.POLICE_INQUIRY,),)
    ),
    _K.MIGRATION_PAPER_LOST: UnregisteredRule(
        "六", Text("户口迁移证件遗失或者超过有效期限", "migration paper lost or expired"), ((_P.MIGRATION_PAPER,),)
    ),
    _K.FOREIGN_PARENT_OUT_OF_WEDLOCK: UnregisteredRule(
        "七",
        Text("我国公民与外国人、无国籍人非婚生育", "born out of wedlock with a foreigner or stateless person"),
        (("certificate", "paternity_report"), (_P.OUT_OF_WEDLOCK_STATEMENT,), (_P.HOUSEHOLD_BOOKLET,)),
    ),
    _K.OTHER: UnregisteredRule("八", Text("其他原因", "another reason"), ((_P.POLICE_INQUIRY,),)),
}
"""国办发〔2015〕96号, part 2, in its order."""

BESIDE_PROOFS: dict[str, Text] = {
    "certificate": Text("出生医学证明", "the birth certificate"),
    "paternity_report": Text("亲子鉴定证明", "the paternity report"),
}
"""What an application gives in fields of its own."""

PART_TWO = Text("国办发〔2015〕96号第二条第({item})项", "State Council General Office (2015) No. 96, part 2 ({place})")

PROOF_MISSING = Meaning(
    "unregistered_proof_missing",
    PART_TWO,
    Text("无户口人员({kind}):缺少{proofs}。", "A person without registration ({kind}) lacks {proofs}."),
    Text("请补充后重新申报。", "Add it and apply again."),
)
ONE_PERSON_ONE_FILE = Meaning(
    "unregistered_person",
    PART_TWO,
    Text(
        "无户口人员({kind}),一人一案,须经审批后生效。",
        "A person without registration ({kind}): takes effect once approved.",
    ),
    Text(
        "请立案建档,逐人核实后报地市户政部门审批。",
        "Open a file for this one person, look into it, and await the prefecture's approval.",
    ),
)

MEANINGS = (PROOF_MISSING, ONE_PERSON_ONE_FILE)


def refuse_unregistered(application: Application) -> Iterator[Refusal]:
    """Refuse one of the eight kinds as long as it lacks what the document asks of it."""
    kind = application.unregistered_kind
    if kind is None:
        return
    for group in UNREGISTERED[kind].needs:
        if not any(_has(application, need) for need in group):
            yield _of_kind(PROOF_MISSING, kind).refuse(
                "proofs", kind=UNREGISTERED[kind].title, proofs=_either(tuple(_name(need) for need in group))
            )


def hold_unregistered(application: Application) -> Iterator[Ground]:
    """Hold one of the eight kinds: one person, one file."""
    kind = application.unregistered_kind
    if kind is not None:
        yield _of_kind(ONE_PERSON_ONE_FILE, kind).hold(kind=UNREGISTERED[kind].title)


def _of_kind(meaning: Meaning, kind: UnregisteredKind) -> Meaning:
    """Point at the kind's own item of the document."""
    place = list(UNREGISTERED).index(kind) + 1
    item = UNREGISTERED[kind].item
    return msgspec.structs.replace(meaning, paragraph=meaning.paragraph.fill(item=item, place=place))


def _name(need: Need) -> Text:
    return PROOFS[need] if isinstance(need, ProofKind) else BESIDE_PROOFS[need]


def _either(names: tuple[Text, ...]) -> Text:
    return Text("或".join(name.zh for name in names), " or ".join(name.en for name in names))


def _has(application: Application, need: Need) -> bool:
    if need == "certificate":
        return has_number(application)
    if need == "paternity_report":
        return application.paternity_report is not None
    if need is ProofKind.OUT_OF_WEDLOCK_STATEMENT:
        return has_statement(application)
    return has_proof(application, need)
