"""The pure decision: every reason by its facts, the strongest decides, all are told."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests import make

from birthreg.blacklist.models import BLACKLIST_REASONS, BlacklistReason
from birthreg.certificates.models import CertificateNumber, Edition, Flaw, FlawCode, Grammar, Province
from birthreg.certificates.rules import find_flaws, normalize
from birthreg.kernel.language import Language
from birthreg.verification import receipts, rules
from birthreg.verification.entry_models import EnteredBy, Entry
from birthreg.verification.models import (
    Decision,
    Fact,
    Finding,
    PresentedCertificate,
    Severity,
    Verdict,
    VerdictKind,
)
from birthreg.verification.reasons import MEANINGS, NEXT_STEPS

NUMBER = CertificateNumber("X420100001")
GRAMMAR = Grammar(
    years={"W": 2022, "X": 2023},
    editions=(Edition(6, date(2019, 1, 1), date(2023, 3, 31)), Edition(7, date(2023, 4, 1), None)),
    provinces={"42": Province("42", "湖北省", None), "35": Province("35", "福建省", 2020)},
)
ENTRY = UUID(int=7)
REGISTRATION = UUID(int=8)

LISTED = {
    "entry_id": ENTRY,
    "entry_reason": "stolen",
    "entry_document_number": "武公通〔2024〕1号",
    "listed_at": make.NOON,
    "listed_by": make.WUHAN,
    "listed_by_name": "武汉市公安局",
}
USED = {
    "used_at": make.NOON,
    "used_organization": make.FANCHENG,
    "used_organization_name": "樊城分局王寨派出所",
    "registration_id": REGISTRATION,
    "reserved": False,
}
ISSUED = {
    "child_name": "李安然",
    "child_sex": 2,
    "born_at": datetime(2023, 5, 4, 0, 30, tzinfo=UTC),
    "mother_name": "王桂兰",
    "issued_on": date(2023, 5, 6),
    "issuer_division": "420106",
    "issuer_code": "420106001",
}


TODAY = date(2026, 11, 20)
ISSUED_ON = date(2023, 5, 6)
BEFORE = date(2023, 5, 5)


def fact(*parts: dict[str, Any], **changes: Any) -> Fact:
    """What the books say of the number."""
    known: dict[str, Any] = dict.fromkeys(Fact.__struct_fields__)
    known |= {"list_version": 1, "grammar_version": 1, "ended_sessions": [], "ordinal": 1}
    for part in parts:
        known |= part
    return Fact(**(known | changes))


def decide(
    known: Fact | None = None,
    presented: PresentedCertificate | None = None,
    *,
    number: str = NUMBER,
    grammar: Grammar = GRAMMAR,
    organization: str = make.WUHAN,
    day: date = TODAY,
) -> Decision:
    return rules.decide(
        CertificateNumber(number),
        fact=known,
        presented=presented,
        grammar=grammar,
        organization=organization,
        day=day,
    )


def codes(decision: Decision) -> list[str]:
    return [finding.code for finding in decision.findings]


def paper(**fields: Any) -> PresentedCertificate:
    return PresentedCertificate(**fields)


def test_a_number_of_which_nothing_is_known_is_clear() -> None:
    assert decide() == Decision(verdict=VerdictKind.CLEAR)


CASES: list[tuple[str, VerdictKind, Callable[[], Decision]]] = [
    ("number_blacklisted", VerdictKind.BLACKLISTED, lambda: decide(fact(LISTED))),
    ("number_used", VerdictKind.USED, lambda: decide(fact(USED))),
    ("number_reserved", VerdictKind.RESERVED, lambda: decide(fact(USED, reserved=True))),
    ("number_province_unknown", VerdictKind.REVIEW, lambda: decide(number="X990100001")),
    (
        "number_province_differs",
        VerdictKind.REVIEW,
        lambda: decide(fact(ISSUED, issuer_division="350100")),
    ),
    ("number_province_differs", VerdictKind.REVIEW, lambda: decide(presented=paper(issuer_division="350100"))),
    (
        "certificate_date_in_future",
        VerdictKind.REVIEW,
        lambda: decide(presented=paper(issued_on=ISSUED_ON), day=BEFORE),
    ),
    (
        "certificate_date_in_future",
        VerdictKind.REVIEW,
        lambda: decide(presented=paper(born_at="2023-05-06"), day=BEFORE),
    ),
    ("number_not_issued", VerdictKind.REVIEW, lambda: decide(number="X350100001")),
    (
        "number_year_conflict",
        VerdictKind.REVIEW,
        lambda: decide(presented=paper(issued_on=date(2025, 1, 1))),
    ),
    (
        "number_edition_conflict",
        VerdictKind.REVIEW,
        lambda: decide(presented=paper(issued_on=date(2023, 4, 1)), number="W420100001"),
    ),
    (
        "certificate_replaced_number_used",
        VerdictKind.REVIEW,
        lambda: decide(fact(ISSUED, original_number="W420100009", original_used=True)),
    ),
    (
        "certificate_child_differs",
        VerdictKind.MISMATCH,
        lambda: decide(fact(ISSUED), paper(child_name="王小明")),
    ),
    ("certificate_sex_differs", VerdictKind.MISMATCH, lambda: decide(fact(ISSUED), paper(child_sex=1))),
    (
        "certificate_birth_date_differs",
        VerdictKind.MISMATCH,
        lambda: decide(fact(ISSUED), paper(born_at="2023-05-05")),
    ),
    (
        "certificate_mother_differs",
        VerdictKind.MISMATCH,
        lambda: decide(fact(ISSUED), paper(mother_name="王桂花")),
    ),
    (
        "certificate_issuer_differs",
        VerdictKind.REVIEW,
        lambda: decide(fact(ISSUED), paper(issuer_code="420106999")),
    ),
    (
        "certificate_issue_date_differs",
        VerdictKind.REVIEW,
        lambda: decide(fact(ISSUED), paper(issued_on=date(2023, 5, 7))),
    ),
    (
        "certificate_issued_before_birth",
        VerdictKind.REVIEW,
        lambda: decide(presented=paper(born_at="2023-05-04", issued_on=date(2023, 5, 3))),
    ),
    (
        "certificate_issued_late",
        VerdictKind.REVIEW,
        lambda: decide(presented=paper(born_at="2023-05-04", issued_on=date(2023, 11, 4))),
    ),
    (
        "certificate_matches",
        VerdictKind.CLEAR,
        lambda: decide(fact(ISSUED), paper(child_name="李安然", child_sex=2, mother_name="王 桂兰")),
    ),
    (
        "number_differs_from_reading",
        VerdictKind.REVIEW,
        lambda: rules.with_entry(
            decide(), Entry(entered_by=EnteredBy.BOTH, reading_id=UUID(int=9), read_number="X420100002")
        ),
    ),
]


@pytest.mark.parametrize(("code", "verdict", "case"), CASES, ids=[case[0] for case in CASES])
def test_a_reason_is_found_by_its_facts_and_leads_to_its_verdict(
    code: str, verdict: VerdictKind, case: Callable[[], Decision]
) -> None:
    decision = case()
    assert codes(decision) == [code]
    assert decision.verdict is verdict


@pytest.mark.parametrize(("code", "verdict", "case"), CASES, ids=[case[0] for case in CASES])
@pytest.mark.parametrize("language", list(Language))
def test_a_reason_can_be_said_with_what_its_decision_holds(
    code: str, verdict: VerdictKind, case: Callable[[], Decision], language: Language
) -> None:
    [reason] = rules.speak(case().findings, language)
    assert reason.code == code
    assert "{" not in reason.message
    assert (reason.severity is Severity.REFUSE) is (verdict not in rules.MAY_REGISTER)


def test_every_reason_but_the_flaws_has_a_case() -> None:
    assert {case[0] for case in CASES} | {"number_held"} | set(FlawCode) == set(MEANINGS)


def test_that_a_listing_is_a_hold_is_told_beside_it_with_its_end() -> None:
    decision = decide(fact(LISTED, lapses_at=make.NOON))
    assert (codes(decision), decision.verdict) == (["number_blacklisted", "number_held"], VerdictKind.BLACKLISTED)
    assert (
        f"{make.NOON.astimezone(rules.LOCAL):%Y-%m-%d %H:%M}"
        in rules.speak(decision.findings, Language.ENGLISH)[1].message
    )
    assert decision.blacklist is not None
    assert decision.blacklist.lapses_at == make.NOON


@pytest.mark.parametrize("code", MEANINGS)
def test_every_reason_is_told_in_two_languages(code: str) -> None:
    text = MEANINGS[code].text
    assert any("\u4e00" <= character <= "\u9fff" for character in text.zh)
    assert not any("\u4e00" <= character <= "\u9fff" for character in text.en)


def test_every_verdict_has_a_next_step_and_every_void_reason_a_word() -> None:
    assert set(NEXT_STEPS) == set(VerdictKind)
    assert set(BLACKLIST_REASONS) == {reason.value for reason in BlacklistReason}


def test_the_verdicts_stand_in_the_order_of_their_strength() -> None:
    """Written out, since everything else follows from it."""
    order = ["malformed", "blacklisted", "used", "reserved", "mismatch", "review", "clear"]
    assert sorted(rules.STRENGTH, key=rules.STRENGTH.__getitem__) == order
    assert {"clear", "review"} == rules.MAY_REGISTER


@given(st.lists(st.sampled_from(sorted(MEANINGS)), unique=True))
def test_the_strongest_reason_decides_whatever_else_there_is(chosen: list[str]) -> None:
    order = ["malformed", "blacklisted", "used", "reserved", "mismatch", "review", "clear"]
    verdict = rules.strongest(Finding(code=code) for code in chosen)
    assert order.index(verdict) == min((order.index(MEANINGS[code].verdict) for code in chosen), default=6)


BOOKS = {"listed": LISTED, "used": USED, "reserved": {"reserved": True}, "issued": ISSUED}


@given(
    st.sets(st.sampled_from(sorted(BOOKS))),
    st.fixed_dictionaries(
        {},
        optional={
            "child_name": st.sampled_from(["李安然", "王小明"]),
            "child_sex": st.sampled_from([0, 1, 2, 9]),
            "born_at": st.sampled_from(["2023-05-04", "2024-05-04", "2023-05-04T08:30:00+08:00"]),
            "mother_name": st.sampled_from(["王桂兰", "王桂花"]),
            "issued_on": st.dates(date(2020, 1, 1), date(2026, 1, 1)),
            "issuer_code": st.sampled_from(["420106001", "1"]),
        },
    ),
)
def test_all_reasons_are_told_and_the_strongest_gives_the_verdict(books: set[str], fields: dict[str, Any]) -> None:
    known = fact(*(BOOKS[book] for book in sorted(books, reverse=True))) if books - {"reserved"} else None
    decision = decide(known, paper(**fields) if fields else None)
    found = set(codes(decision))
    assert ("number_blacklisted" in found) is ("listed" in books)
    assert bool({"number_used", "number_reserved"} & found) is ("used" in books)
    assert decision.verdict is rules.strongest(decision.findings)
    reasons = rules.speak(decision.findings, Language.ENGLISH)
    strengths = [rules.STRENGTH[MEANINGS[reason.code].verdict] for reason in reasons]
    assert {reason.code for reason in reasons} == found
    assert all(one <= other for one, other in pairwise(strengths))


@pytest.mark.parametrize(("organization", "shown"), [(make.WUCHANG, True), (make.FANCHENG, False)])
def test_the_registration_is_shown_inside_the_jurisdiction_alone(organization: str, shown: bool) -> None:
    usage = decide(fact(USED, used_organization=organization)).usage
    assert usage is not None
    assert (usage.organization, usage.used_at) == (organization, make.NOON)
    assert (usage.registration_id == REGISTRATION) is shown


def test_a_listing_shows_whom_to_call() -> None:
    listing = decide(fact(LISTED)).blacklist
    assert listing is not None
    assert (listing.entry_id, listing.listed_by_name) == (ENTRY, "武汉市公安局")
    assert listing.document_number == "武公通〔2024〕1号"


@pytest.mark.parametrize(
    ("born_at", "agrees"),
    [
        ("2023-05-04", True),
        ("2023-05-04T08:30:00+08:00", True),
        ("2023-05-04T00:30:00Z", True),
        ("2023-05-03T23:00:00Z", True),  # seven in the morning of the 4th, on the wall in China
        ("2023-05-04T08:30", True),  # the wall's own time
        ("2023-05-03", False),
        ("2023-05-04T23:00:00Z", False),  # already the 5th
    ],
)
def test_birth_dates_are_compared_by_the_clock_on_the_wall(born_at: str, agrees: bool) -> None:
    decision = decide(fact(ISSUED), paper(born_at=born_at))
    assert ("certificate_birth_date_differs" in codes(decision)) is not agrees


@pytest.mark.parametrize(
    ("complete_from", "number", "found"),
    [(None, "X350100001", False), (2024, "X350100001", False), (2023, "X350100001", True), (2023, "W350100001", False)],
)
def test_never_issued_is_said_only_where_the_provinces_data_is_complete(
    complete_from: int | None, number: str, found: bool
) -> None:
    grammar = Grammar(GRAMMAR.years, GRAMMAR.editions, {"35": Province("35", "福建省", complete_from)})
    assert ("number_not_issued" in codes(decide(number=number, grammar=grammar))) is found
    issued = decide(fact(ISSUED, issuer_division="350100"), number=number, grammar=grammar)
    assert "number_not_issued" not in codes(issued)


@given(st.from_regex(r"[A-Z](11|35|42|99)[0-9]{7}", fullmatch=True))
def test_the_short_way_for_unknown_numbers_decides_as_the_long_one(number: str) -> None:
    assert decide(number=number) == decide(presented=paper(), number=number)


def test_what_the_desk_leaves_out_is_not_compared() -> None:
    assert decide(fact(ISSUED), paper()).findings == ()
    assert decide(fact(ISSUED), paper(father_name="谁也不知道")).findings == ()
    assert decide(fact(ISSUED, mother_name=None), paper(mother_name="王桂兰")).findings == ()


@given(st.text(max_size=64))
def test_any_text_that_is_no_number_is_explained(text: str) -> None:
    flaws = find_flaws(normalize(text))
    if not flaws:
        return
    decision = rules.explain_flaws(flaws)
    assert decision.verdict is VerdictKind.MALFORMED
    for language in Language:
        reasons = rules.speak(decision.findings, language)
        assert [reason.code for reason in reasons] == [flaw.code for flaw in flaws]


def test_a_wrong_position_is_named_in_the_officers_words() -> None:
    decision = rules.explain_flaws((Flaw(FlawCode.DIGIT, 3, "O"), Flaw(FlawCode.DIGIT, 4, "一")))
    assert [reason.message for reason in rules.speak(decision.findings, Language.CHINESE)] == [
        "第 3 位应为数字,现为字母“O”。",
        "第 4 位应为数字,现为字符“一”。",
    ]
    assert rules.speak(decision.findings, Language.ENGLISH)[0].message == (
        "Character 3 must be a digit; it is the letter “O”."
    )


def verdict(number: str | None = NUMBER, *, kind: VerdictKind = VerdictKind.CLEAR) -> Verdict:
    return Verdict(
        id=UUID(int=1), certificate_number=number, typed="x", verdict=kind, may_register=True, reasons=(),
        next_step="", usage=None, blacklist=None, as_of=make.NOON, list_version=1, receipt=None,
    )  # fmt: skip


def test_the_digest_of_a_batch_is_sm3_over_its_items_as_json() -> None:
    # printf '[["00000000-0000-0000-0000-000000000001","X420100001","x","clear",true,[],"2024-06-01T04:00:00Z",1]]' |
    #     openssl dgst -sm3
    assert receipts.digest_items([verdict()]) == "91e24cc48b5d3344032578979bc64ba73d589d426c333e89753e086c6688fa12"
    assert receipts.digest_items([]) == "653559f7625310a8dcf0cb77c137643a67aedf3f247c66b1b06ff4a04f4c0a8b"


def test_another_order_or_verdict_has_another_digest() -> None:
    one, other = verdict(), verdict("X420100002")
    digests = {
        receipts.digest_items(items)
        for items in ([one, other], [other, one], [one], [verdict(kind=VerdictKind.USED)], [verdict(None)])
    }
    assert len(digests) == 5
