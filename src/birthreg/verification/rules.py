"""The pure decision: facts in, verdict out. One table (`reasons.MEANINGS`) gives the precedence."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta, timezone

import msgspec

from birthreg.access.rules import jurisdiction_prefix
from birthreg.blacklist.models import BLACKLIST_REASONS
from birthreg.certificates import rules as grammar_rules
from birthreg.certificates.models import CertificateNumber, Flaw, FlawCode, Grammar
from birthreg.kernel.language import Language
from birthreg.kernel.masking import mask_number, mask_numbers
from birthreg.verification.entry_models import Entry
from birthreg.verification.models import (
    Decision,
    Fact,
    Finding,
    ListingShown,
    PresentedCertificate,
    Reason,
    UsageShown,
    Verdict,
    VerdictKind,
)
from birthreg.verification.reasons import MEANINGS

LOCAL = timezone(timedelta(hours=8))
"""Papers carry the wall time of China, which has one zone and no summer time since 1992."""

STRENGTH = {kind: place for place, kind in enumerate(VerdictKind)}
MAY_REGISTER = frozenset({VerdictKind.CLEAR, VerdictKind.REVIEW})
CLEAR = Decision(verdict=VerdictKind.CLEAR)


def decide(
    number: CertificateNumber,
    *,
    fact: Fact | None,
    presented: PresentedCertificate | None,
    grammar: Grammar,
    organization: str,
    day: date,
) -> Decision:
    """Decide one well-formed number.

    `fact` is None when the books know nothing of the number; `organization` is the officer's,
    in whose jurisdiction they may see registrations; `day` is that of the question, by China's clocks.
    """
    if fact is None and presented is None and _nothing_expected(number, grammar):
        return CLEAR  # most numbers of a batch: no reason can apply
    findings = (
        *_of_books(fact),
        *_of_province(number, fact, presented, grammar),
        *_of_future(presented, day),
        *_of_paper(number, fact, presented, grammar),
    )
    usage = _show_usage(fact, organization)
    listing = _show_listing(fact)
    if not findings:
        return CLEAR
    return Decision(verdict=strongest(findings), findings=findings, usage=usage, blacklist=listing)


def with_entry(decision: Decision, entry: Entry) -> Decision:
    """Add to a decision how the number was entered; where the paper was surely read otherwise, a warning."""
    if entry.read_number is None:
        return msgspec.structs.replace(decision, entry=entry)
    findings = (*decision.findings, _finding("number_differs_from_reading", read_number=entry.read_number))
    return msgspec.structs.replace(decision, verdict=strongest(findings), findings=findings, entry=entry)


def _nothing_expected(number: CertificateNumber, grammar: Grammar) -> bool:
    """Say whether an unknown number of this province is in order."""
    province = grammar.provinces.get(grammar_rules.province_of(number))
    return province is not None and province.complete_from is None


def strongest(findings: Iterable[Finding]) -> VerdictKind:
    """Return the verdict that the strongest of these reasons leads to; `clear` for none."""
    verdicts = (MEANINGS[finding.code].verdict for finding in findings)
    return min(verdicts, key=STRENGTH.__getitem__, default=VerdictKind.CLEAR)


def explain_flaws(flaws: tuple[Flaw, ...]) -> Decision:
    """Decide a text that is no number: malformed, with each wrong position."""
    findings = tuple(
        Finding(
            code=flaw.code,
            field="certificate_number",
            values={"position": str(flaw.position), "found": flaw.found, **_kind_of(flaw)},
        )
        for flaw in flaws
    )
    return Decision(verdict=VerdictKind.MALFORMED, findings=findings)


def _kind_of(flaw: Flaw) -> dict[str, str]:
    if flaw.code is not FlawCode.DIGIT:
        return {}
    if flaw.found.isalpha() and flaw.found.isascii():
        return {"kind": "字母", "kind_en": "the letter"}
    return {"kind": "字符", "kind_en": "the character"}


def _of_books(fact: Fact | None) -> Iterator[Finding]:
    """What usage and blacklist say of the number itself."""
    if fact is not None and fact.entry_id is not None and fact.listed_at is not None:
        reason = BLACKLIST_REASONS[fact.entry_reason or "other"]
        yield _finding(
            "number_blacklisted",
            reason=reason.zh,
            reason_en=reason.en,
            document_number=fact.entry_document_number or "",
            listed_by_name=fact.listed_by_name or fact.listed_by or "",
            listed_on=local_date(fact.listed_at).isoformat(),
        )
        if fact.lapses_at is not None:
            yield _finding("number_held", until=_local_minute(fact.lapses_at))
    if fact is not None and fact.used_at is not None:
        yield _finding(
            "number_reserved" if fact.reserved else "number_used",
            used_on=local_date(fact.used_at).isoformat(),
            organization_name=fact.used_organization_name or fact.used_organization or "",
        )
    if fact is not None and fact.original_used:
        yield _finding("certificate_replaced_number_used", original_number=fact.original_number or "")


def _of_province(
    number: CertificateNumber, fact: Fact | None, presented: PresentedCertificate | None, grammar: Grammar
) -> Iterator[Finding]:
    """Whether the number's province is the issuer's, by the record of issue or, where there is none, by the paper."""
    code = grammar_rules.province_of(number)
    province = grammar.provinces.get(code)
    if province is None:
        yield _finding("number_province_unknown", province=code)
        return
    recorded = fact.issuer_division if fact is not None else None
    issuer = recorded or (presented.issuer_division if presented is not None else None)
    if issuer is not None and issuer[:2] != code:
        yield _finding("number_province_differs", province=code, name=province.name, issuer_province=issuer[:2])
    if recorded is None and province.complete_from is not None:
        year = grammar.years.get(number[0])
        if year is not None and year >= province.complete_from:
            yield _finding("number_not_issued", name=province.name, year=str(province.complete_from))


def _of_future(presented: PresentedCertificate | None, asked_on: date) -> Iterator[Finding]:
    """What the paper says to have happened on a day that is yet to come."""
    days = {
        "certificate.born_at": _presented_birth(presented),
        "certificate.issued_on": presented.issued_on if presented is not None else None,
    }
    for field, day in days.items():
        if day is not None and day > asked_on:
            yield _finding("certificate_date_in_future", field=field, day=day.isoformat())


def _of_paper(
    number: CertificateNumber, fact: Fact | None, presented: PresentedCertificate | None, grammar: Grammar
) -> Iterator[Finding]:
    """What the paper at the desk says, against the record of issue and against itself."""
    issued = fact if fact is not None and fact.child_name is not None else None
    if presented is not None and issued is not None:
        differing = tuple(_differences(presented, issued))
        yield from differing
        if not differing and presented.child_name is not None:
            yield _finding("certificate_matches", field="certificate")
    issued_on = presented.issued_on if presented is not None and presented.issued_on else None
    issued_on = issued_on or (issued.issued_on if issued is not None else None)
    if issued_on is None:
        return
    yield from _of_issue_date(number, issued_on, grammar)
    born_on = _presented_birth(presented) or (local_date(issued.born_at) if issued and issued.born_at else None)
    if born_on is not None:
        yield from _of_gap(born_on, issued_on)


def _differences(presented: PresentedCertificate, issued: Fact) -> Iterator[Finding]:
    if presented.child_name and not grammar_rules.same_name(presented.child_name, issued.child_name or ""):
        yield _finding("certificate_child_differs", field="certificate.child_name")
    if {presented.child_sex, issued.child_sex} == {1, 2}:  # 0 and 9 say that it isn't known
        yield _finding("certificate_sex_differs", field="certificate.child_sex")
    born_on = _presented_birth(presented)
    if born_on and issued.born_at and born_on != local_date(issued.born_at):
        yield _finding("certificate_birth_date_differs", field="certificate.born_at")
    if (
        presented.mother_name
        and issued.mother_name
        and not grammar_rules.same_name(presented.mother_name, issued.mother_name)
    ):
        yield _finding("certificate_mother_differs", field="certificate.mother_name")
    if presented.issuer_code and issued.issuer_code and presented.issuer_code != issued.issuer_code:
        yield _finding("certificate_issuer_differs", field="certificate.issuer_code")
    if presented.issued_on and issued.issued_on and presented.issued_on != issued.issued_on:
        yield _finding("certificate_issue_date_differs", field="certificate.issued_on")


def _of_issue_date(number: CertificateNumber, issued_on: date, grammar: Grammar) -> Iterator[Finding]:
    year = grammar_rules.letter_year_conflicts(number, issued_on, grammar)
    if year is not None:
        yield _finding(
            "number_year_conflict",
            field="certificate.issued_on",
            letter=number[0],
            year=str(year),
            issued_on=issued_on.isoformat(),
        )
    edition = grammar_rules.ended_edition(number, issued_on, grammar)
    if edition is not None and edition.last_day is not None:
        yield _finding(
            "number_edition_conflict",
            field="certificate.issued_on",
            edition=str(edition.edition),
            last_day=edition.last_day.isoformat(),
            issued_on=issued_on.isoformat(),
        )


def _of_gap(born_on: date, issued_on: date) -> Iterator[Finding]:
    if issued_on < born_on:
        code = "certificate_issued_before_birth"
    elif grammar_rules.issued_late(born_on, issued_on):
        code = "certificate_issued_late"
    else:
        return
    yield _finding(code, field="certificate.issued_on", born_on=born_on.isoformat(), issued_on=issued_on.isoformat())


def _finding(code: str, field: str | None = "certificate_number", **values: str) -> Finding:
    return Finding(code=code, field=field, values=values)


def local_date(moment: datetime) -> date:
    """Return the day that a moment lies in, by China's clocks."""
    return moment.astimezone(LOCAL).date()


def _local_minute(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%Y-%m-%d %H:%M}"


def _presented_birth(presented: PresentedCertificate | None) -> date | None:
    """Return the day of birth on the paper, by the clock on the wall where the child was born."""
    if presented is None or presented.born_at is None:
        return None
    moment = datetime.fromisoformat(presented.born_at)
    return moment.date() if moment.tzinfo is None else local_date(moment)


def _show_usage(fact: Fact | None, organization: str) -> UsageShown | None:
    if fact is None or fact.used_at is None or fact.used_organization is None:
        return None
    inside = fact.used_organization.startswith(jurisdiction_prefix(organization))
    return UsageShown(
        used_at=fact.used_at,
        organization=fact.used_organization,
        organization_name=fact.used_organization_name,
        registration_id=fact.registration_id if inside else None,
    )


def _show_listing(fact: Fact | None) -> ListingShown | None:
    if fact is None or fact.entry_id is None or fact.listed_at is None:
        return None
    return ListingShown(
        entry_id=fact.entry_id,
        reason=fact.entry_reason or "other",
        document_number=fact.entry_document_number or "",
        listed_at=fact.listed_at,
        listed_by=fact.listed_by or "",
        listed_by_name=fact.listed_by_name or "",
        lapses_at=fact.lapses_at or msgspec.UNSET,
    )


def speak(findings: tuple[Finding, ...], language: Language) -> tuple[Reason, ...]:
    """Say each reason in one language, strongest first."""
    reasons = []
    for finding in sorted(findings, key=lambda f: STRENGTH[MEANINGS[f.code].verdict]):
        meaning = MEANINGS[finding.code]
        sentence = meaning.text.speak(language).format(**finding.values)
        reasons.append(Reason(code=finding.code, severity=meaning.severity, message=sentence, field=finding.field))
    return tuple(reasons)


def mask(verdict: Verdict) -> Verdict:
    """Hide the number of a verdict wherever it stands; the receipt, which holds it, is left out."""
    return msgspec.structs.replace(
        verdict,
        certificate_number=verdict.certificate_number and mask_number(verdict.certificate_number),
        typed=mask_number(verdict.typed),
        reasons=tuple(msgspec.structs.replace(r, message=mask_numbers(r.message)) for r in verdict.reasons),
        receipt=None,
        reference=None,
    )
