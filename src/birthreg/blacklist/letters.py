"""What the blacklist's official letters say (通报, 解除通知, 异议受理通知书, 异议处理决定书). Pure.

They are in Chinese alone, as official letters are.
"""

from collections.abc import Sequence
from datetime import date

import msgspec

from birthreg.blacklist.models import BlacklistReason
from birthreg.blacklist.notice_models import ObjectionStatus
from birthreg.kernel.letters import Letter, Section, Table, word, write_day, write_number
from birthreg.kernel.working_days import Deadline

MOST_RANGES = 1000
"""So many fill some forty pages; who needs more of a file reads the list itself."""

REASON_WORDS = {
    BlacklistReason.LOST_BY_FAMILY: "家长遗失",
    BlacklistReason.LOST_BY_INSTITUTION: "医院遗失",
    BlacklistReason.STOLEN: "被盗",
    BlacklistReason.VOIDED: "作废",
    BlacklistReason.MISPRINTED: "打印错误",
    BlacklistReason.DAMAGED: "损毁",
    BlacklistReason.EXCHANGED: "换发收回",
    BlacklistReason.EDITION_ENDED: "版本停用",
    BlacklistReason.FORGED: "伪造",
    BlacklistReason.ISSUER_WITHDRAWN: "签发机构撤销",
    BlacklistReason.OTHER: "其他",
}

# 行政复议法第二十条、行政诉讼法第四十六条.
_REMEDY = (
    "如不服本决定,可以自收到本决定书之日起六十日内依法申请行政复议,"
    "也可以自收到本决定书之日起六个月内依法向人民法院提起行政诉讼。"
)


class VoidNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """A number or a range that a letter is about, with why and by which document it is void."""

    first: str
    last: str
    reason: BlacklistReason
    document_number: str
    event_date: date
    institution: str | None = None

    @property
    def count(self) -> int:
        """How many numbers it holds."""
        return int(self.last[1:]) - int(self.first[1:]) + 1


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs a letter, under which number and on which day, and whom to call."""

    organization: str
    document_number: str | None
    dated: date
    contact: str | None = None


class ContestedNumber(msgspec.Struct, frozen=True, kw_only=True):
    """What a family said against an entry: who, of which number, why and with which papers."""

    certificate_number: str
    objector: str
    grounds: str
    evidence: tuple[str, ...]
    received_on: date


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided on an objection; unless it was rejected, the day on which the number's listing ended."""

    status: ObjectionStatus
    ended_on: date | None = None
    lift_document_number: str | None = None


def write_announcement(sender: Sender, numbers: Sequence[VoidNumbers], *, listed_on: date, count: int) -> Letter:
    """Tell other prefectures that numbers are void from a day on; `count` is of all, also those not given here."""
    opening = word(
        "经审核,下列{count}个出生医学证明编号自{day}起列入失效名单,任何单位不得凭相应证件办理出生登记。",
        count=count,
        day=write_day(listed_on),
    )
    duties = word(
        "各地办理出生登记时,应当先行核验编号。发现持用上述编号证件的,不予办理,如实登记经过,并及时与我单位联系;"
        "此前已凭上述编号办理登记的,应当逐一核查。"
    )
    return _letter(
        sender,
        title=("关于将" + _named(numbers, count), "列入失效名单的", "通报"),
        addressee="各有关公安机关",
        sections=(
            Section(paragraphs=(opening,)),
            Section(heading="一、编号及失效原因", paragraphs=_particulars(numbers, count)),
            Section(heading="二、工作要求", paragraphs=(duties, "特此通报。")),
        ),
        attachments=_inventory(numbers, "失效出生医学证明编号清单"),
    )


def write_lifting(sender: Sender, numbers: Sequence[VoidNumbers], *, lifted_on: date, count: int) -> Letter:
    """Tell other prefectures that numbers are no longer void from a day on."""
    opening = word(
        "经审核,下列{count}个出生医学证明编号自{day}起从失效名单中解除,恢复正常核验。",
        count=count,
        day=write_day(lifted_on),
    )
    duties = word(
        "各地办理出生登记时,仍应当先行核验编号,以核验结论为准。此前因上述编号列入失效名单而未予办理的,"
        "应当告知当事人可以重新申请。"
    )
    return _letter(
        sender,
        title=("关于将" + _named(numbers, count), "从失效名单中解除的", "通知"),
        addressee="各有关公安机关",
        sections=(
            Section(paragraphs=(opening,)),
            Section(heading="一、编号及原列入情况", paragraphs=_particulars(numbers, count)),
            Section(heading="二、工作要求", paragraphs=(duties, "特此通知。")),
        ),
        attachments=_inventory(numbers, "解除的出生医学证明编号清单"),
    )


def write_receipt_of_objection(sender: Sender, contested: ContestedNumber, *, deadline: Deadline) -> Letter:
    """Tell a family that their objection was received, and until when it is decided."""
    opening = word(
        "您于{day}就出生医学证明编号{number}列入失效名单一事提出的异议,我单位已经受理。",
        day=write_day(contested.received_on),
        number=contested.certificate_number,
    )
    return _letter(
        sender,
        title=("异议受理通知书",),
        addressee=contested.objector,
        sections=(
            Section(paragraphs=(opening,)),
            Section(heading="一、异议理由", paragraphs=_paragraphs(contested.grounds)),
            Section(heading="二、提交的材料", paragraphs=_listed(contested.evidence)),
            Section(heading="三、办理期限", paragraphs=(*_term(deadline), "特此通知。")),
        ),
    )


def write_decision_on_objection(sender: Sender, contested: ContestedNumber, *, outcome: Outcome, reason: str) -> Letter:
    """Tell a family what was decided on their objection, why, and what they can do."""
    matter = word(
        "您于{day}就出生医学证明编号{number}列入失效名单一事提出异议。您的理由是:",
        day=write_day(contested.received_on),
        number=contested.certificate_number,
    )
    return _letter(
        sender,
        title=("异议处理决定书",),
        addressee=contested.objector,
        sections=(
            Section(heading="一、异议事项", paragraphs=(matter, *_paragraphs(contested.grounds))),
            Section(heading="二、查明的情况和理由", paragraphs=_paragraphs(reason)),
            Section(heading="三、处理决定", paragraphs=_decision(contested, outcome)),
            Section(heading="四、救济途径", paragraphs=(word(_REMEDY),)),
        ),
    )


def _letter(
    sender: Sender,
    *,
    title: tuple[str, ...],
    addressee: str,
    sections: tuple[Section, ...],
    attachments: tuple[Table, ...] = (),
) -> Letter:
    return Letter(
        organization=sender.organization,
        document_number=sender.document_number,
        title=title,
        addressee=addressee,
        sections=sections,
        dated=sender.dated,
        attachments=attachments,
        note=sender.contact and word("联系单位:{contact}", contact=sender.contact),
    )


def _named(numbers: Sequence[VoidNumbers], count: int) -> str:
    return f"出生医学证明编号{numbers[0].first}" if count == 1 else f"{count}个出生医学证明编号"


def _particulars(numbers: Sequence[VoidNumbers], count: int) -> tuple[str, ...]:
    if len(numbers) > 1:
        given = sum(one.count for one in numbers[:MOST_RANGES])
        left_out = "" if given == count else word("附件列出其中{given}个,其余在失效名单中查询。", given=given)
        return (word("编号、原因和依据见附件。") + left_out,)
    (one,) = numbers
    where = word("编号:{range}。", range=_range(one, " 至 "))
    why = word("原因:{reason}。事件日期:{day}。", reason=REASON_WORDS[one.reason], day=write_day(one.event_date))
    who = word("涉及机构:{institution}。", institution=one.institution) if one.institution else ""
    document = write_number(one.document_number, year=one.event_date.year)
    return (where, why + who, word("依据文号:{document}。", document=document))


def _range(one: VoidNumbers, between: str) -> str:
    return one.first if one.first == one.last else f"{one.first}{between}{one.last}"


def _inventory(numbers: Sequence[VoidNumbers], title: str) -> tuple[Table, ...]:
    if len(numbers) == 1:
        return ()
    rows = tuple(
        (
            str(place),
            _range(one, "至"),
            str(one.count),
            REASON_WORDS[one.reason],
            one.event_date.isoformat(),
            write_number(one.document_number, year=one.event_date.year),
        )
        for place, one in enumerate(numbers[:MOST_RANGES], start=1)
    )
    columns = ("序号", "编号", "数量", "原因", "事件日期", "依据文号")
    return (Table(title=title, columns=columns, widths=(32, 138, 42, 53, 68, 109), rows=rows),)


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip()) or ("无。",)


def _listed(papers: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{place}. {paper}" for place, paper in enumerate(papers, start=1)) or ("未提交材料。",)


def _term(deadline: Deadline) -> tuple[str, ...]:
    day = word("我单位将在{day}前(含当日)作出处理决定,并书面告知您。", day=write_day(deadline.day))
    if deadline.is_certain:
        return (day,)
    uncertain = word("该日期按周一至周五为工作日推算;节假日和调休安排公布后如有变化,我单位将另行告知。")
    return day, uncertain


def _decision(contested: ContestedNumber, outcome: Outcome) -> tuple[str, ...]:
    number = contested.certificate_number
    if outcome.status is ObjectionStatus.REJECTED:
        return (word("异议不成立,维持编号{number}在失效名单中的记录。", number=number),)
    if outcome.ended_on is None:
        raise ValueError(f"{outcome.status} without the day on which the listing ended")
    day, verified = write_day(outcome.ended_on), word("办理登记时该编号能否使用,以核验结论为准。")
    if outcome.status is ObjectionStatus.SETTLED:
        return (
            word("您所异议的编号{number}在失效名单中的记录已于{day}终止,异议办结。", number=number, day=day),
            verified,
        )
    document = outcome.lift_document_number and word(
        "(文号:{document})", document=write_number(outcome.lift_document_number, year=outcome.ended_on.year)
    )
    return (
        word(
            "异议成立。编号{number}自{day}起从失效名单中解除{document}。",
            number=number,
            day=day,
            document=document or "",
        ),
        verified,
    )
