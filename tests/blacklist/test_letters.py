"""What the letters of the blacklist say, as their readers find it on paper."""

import io
import re
from datetime import date
from typing import Any

import pytest
from pypdf import PdfReader

from birthreg.blacklist.letters import (
    MOST_RANGES,
    REASON_WORDS,
    ContestedNumber,
    Outcome,
    Sender,
    VoidNumbers,
    write_announcement,
    write_decision_on_objection,
    write_lifting,
    write_receipt_of_objection,
)
from birthreg.blacklist.models import BlacklistReason
from birthreg.blacklist.notice_models import ObjectionStatus
from birthreg.kernel.letters import Letter
from birthreg.kernel.typesetting import typeset
from birthreg.kernel.working_days import LAST_KNOWN_YEAR, add_working_days

REJECTED = Outcome(status=ObjectionStatus.REJECTED)
COMMA = "\uff0c"


def printed(letter: Letter) -> str:
    pages = PdfReader(io.BytesIO(typeset(letter))).pages
    return re.sub(r"\s+|—\d+—", "", "".join(re.sub(r"\s+", "", page.extract_text()) for page in pages))


def make_sender(**fields: Any) -> Sender:
    usual: dict[str, Any] = {
        "organization": "武汉市公安局",
        "document_number": "武公户[2026]12号",
        "dated": date(2026, 3, 5),
        "contact": "王敏",
    }
    return Sender(**usual | fields)


def make_numbers(**fields: Any) -> VoidNumbers:
    usual: dict[str, Any] = {
        "first": "X420100010",
        "last": "X420100019",
        "reason": BlacklistReason.STOLEN,
        "document_number": "武公户(2026)3号",
        "event_date": date(2026, 2, 27),
        "institution": "武汉市江汉妇幼保健院",
    }
    return VoidNumbers(**usual | fields)


def make_contested(**fields: Any) -> ContestedNumber:
    usual: dict[str, Any] = {
        "certificate_number": "X420100012",
        "objector": "李静",
        "grounds": "证件由医院当面签发。",
        "evidence": ("出生医学证明正页", "签发存根复印件"),
        "received_on": date(2026, 3, 3),
    }
    return ContestedNumber(**usual | fields)


def test_an_announcement_says_what_is_void_since_when_why_and_whom_to_call() -> None:
    text = printed(write_announcement(make_sender(), [make_numbers()], listed_on=date(2026, 3, 2), count=10))
    for said in (
        "武公户〔2026〕12号关于将10个出生医学证明编号列入失效名单的通报各有关公安机关",
        "自2026年3月2日起列入失效名单",
        "X420100010至X420100019",
        "被盗",
        "2026年2月27日",
        "武汉市江汉妇幼保健院",
        "武公户〔2026〕3号",
        "特此通报。武汉市公安局2026年3月5日",
        "王敏",
    ):
        assert said in text


def test_an_announcement_of_one_number_names_it_in_its_title() -> None:
    one = make_numbers(last="X420100010", institution=None)
    text = printed(write_announcement(make_sender(contact=None), [one], listed_on=date(2026, 3, 2), count=1))
    assert "关于将出生医学证明编号X420100010列入失效名单的通报" in text
    assert "至X42" not in text
    assert "涉及机构" not in text
    assert "联系人" not in text


def test_an_announcement_of_a_file_lists_its_ranges_in_an_attachment() -> None:
    ranges = [make_numbers(first=f"X42{at:04d}010", last=f"X42{at:04d}019") for at in range(40)]
    text = printed(write_announcement(make_sender(), ranges, listed_on=date(2026, 3, 2), count=400))
    assert "附件\uff1a失效出生医学证明编号清单" in text
    assert "其余" not in text
    for one in ranges:
        assert f"{one.first}至{one.last}10被盗2026-02-27武公户〔2026〕3号" in text


def test_an_announcement_too_long_for_paper_says_what_it_leaves_out() -> None:
    ranges = [make_numbers(first=f"X42{at:04d}010", last=f"X42{at:04d}019") for at in range(MOST_RANGES + 1)]
    letter = write_announcement(make_sender(), ranges, listed_on=date(2026, 3, 2), count=90_000)
    assert len(letter.attachments[0].rows) == MOST_RANGES
    (said,) = letter.sections[1].paragraphs
    assert f"附件列出其中{MOST_RANGES * 10}个" in said


@pytest.mark.parametrize("reason", BlacklistReason)
def test_every_reason_has_its_words(reason: BlacklistReason) -> None:
    assert REASON_WORDS[reason]


def test_a_lifting_notice_says_what_is_lifted_since_when_and_what_it_was() -> None:
    text = printed(write_lifting(make_sender(), [make_numbers()], lifted_on=date(2026, 3, 4), count=10))
    assert "关于将10个出生医学证明编号从失效名单中解除的通知" in text
    assert "自2026年3月4日起从失效名单中解除" in text
    assert "被盗" in text
    assert "特此通知。" in text


def test_a_family_is_told_until_when_their_objection_is_decided() -> None:
    deadline = add_working_days(date(2026, 3, 3), 20)
    text = printed(write_receipt_of_objection(make_sender(), make_contested(), deadline=deadline))
    assert "异议受理通知书李静\uff1a您于2026年3月3日就出生医学证明编号X420100012" in text
    assert "证件由医院当面签发。" in text
    assert "1.出生医学证明正页2.签发存根复印件" in text
    assert "我单位将在2026年3月31日前" in text
    assert "推算" not in text


def test_a_deadline_that_is_not_certain_says_so_to_the_family() -> None:
    deadline = add_working_days(date(LAST_KNOWN_YEAR, 12, 25), 20)
    text = printed(write_receipt_of_objection(make_sender(), make_contested(evidence=()), deadline=deadline))
    assert "该日期按周一至周五为工作日推算" in text
    assert "未提交材料。" in text


def test_a_family_whose_objection_is_rejected_is_told_why_and_what_they_can_do() -> None:
    letter = write_decision_on_objection(
        make_sender(), make_contested(), outcome=REJECTED, reason="签发机构证实该证件在被盗范围内。"
    )
    text = printed(letter)
    assert "异议处理决定书李静" in text
    assert "签发机构证实该证件在被盗范围内。" in text
    assert f"异议不成立{COMMA}维持编号X420100012在失效名单中的记录" in text
    assert "六十日内依法申请行政复议" in text
    assert "六个月内依法向人民法院提起行政诉讼" in text


def test_a_family_whose_objection_is_upheld_is_told_since_when_the_number_is_lifted() -> None:
    lifted = Outcome(status=ObjectionStatus.UPHELD, ended_on=date(2026, 3, 4), lift_document_number="武公户(2026)9号")
    text = printed(
        write_decision_on_objection(make_sender(), make_contested(), outcome=lifted, reason="证件系依法签发。")
    )
    assert "异议成立。编号X420100012自2026年3月4日起从失效名单中解除" in text
    assert "文号\uff1a武公户〔2026〕9号" in text
    assert "以核验结论为准" in text


def test_a_family_whose_number_was_lifted_otherwise_is_told_when_that_was() -> None:
    settled = Outcome(status=ObjectionStatus.SETTLED, ended_on=date(2026, 3, 4))
    text = printed(write_decision_on_objection(make_sender(), make_contested(), outcome=settled, reason="已整批撤销。"))
    assert f"编号X420100012在失效名单中的记录已于2026年3月4日终止{COMMA}异议办结" in text
    assert "异议成立" not in text
    assert "维持" not in text


def test_what_a_family_says_in_several_lines_is_printed_in_several_paragraphs() -> None:
    letter = write_decision_on_objection(
        make_sender(), make_contested(grounds="第一。\n\n  第二。\r\n"), outcome=REJECTED, reason="\n"
    )
    assert letter.sections[0].paragraphs[1:] == ("第一。", "第二。")
    assert letter.sections[1].paragraphs == ("无。",)
