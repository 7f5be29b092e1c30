"""The whole life of one number: issued, listed, looked up, used, investigated."""

from collections.abc import Iterator
from datetime import datetime

from birthreg.access.models import Act, Officer, Scope
from birthreg.access.rules import reach_of
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.blacklist import service as blacklist
from birthreg.blacklist.models import BLACKLIST_REASONS, Entry, EntryStatus
from birthreg.blacklist.notice_models import OBJECTION_STATUS_NAMES, ObjectionOfNumber
from birthreg.blacklist.objecting import list_objections_of_number
from birthreg.cases.labels import OUTCOME_NAMES
from birthreg.cases.lead_models import CaseOfNumber
from birthreg.cases.leads import list_cases_of_number
from birthreg.certificates import rules as grammar_rules
from birthreg.certificates import service as certificates
from birthreg.certificates.models import CertificateNumber, Issuance
from birthreg.kernel.database import Transaction
from birthreg.kernel.language import Language, Text
from birthreg.usage import service as usages
from birthreg.usage.models import EndReason, PastUsage, Usage
from birthreg.verification import store
from birthreg.verification.entry_models import Entry as NumberEntry
from birthreg.verification.life_models import CertificateLife, LifeEvent, LookupShown
from birthreg.verification.models import LookupRow
from birthreg.verification.reasons import VERDICT_NAMES

MOST_LOOKUPS = 200

_ISSUED = Text("由{issuer}签发", "Issued by {issuer}")
_USED = Text("办理登记使用", "Used for a registration")
_RESERVED = Text("被待审批的登记占用", "Held by a registration awaiting approval")
_ENDED = {
    EndReason.CONFIRMED: Text("待审批的登记获批准", "The registration awaiting approval was approved"),
    EndReason.REFUSED: Text("审批未通过,释放占用", "Refused; the number is free again"),
    EndReason.WITHDRAWN: Text("申请撤回,释放占用", "Withdrawn; the number is free again"),
    EndReason.CORRECTED: Text("登记更正为其他编号,释放使用", "Corrected to another number; this one is free again"),
    EndReason.REVOKED: Text("登记被撤销,释放使用", "The registration was revoked; the number is free again"),
    EndReason.RELEASED: Text("下级释放占用", "Released by the level below"),
}
_LISTED = Text("列入失效名单:{reason}(文号 {document_number})", "Listed as void: {reason} (document {document_number})")
_HELD = Text("紧急停用:{reason}(文号 {document_number})", "Held as void: {reason} (document {document_number})")
_CORRECTED = Text(
    "更正失效记录:{reason}(文号 {document_number}),仍在失效名单中",
    "The listing was corrected: {reason} (document {document_number}); still void",
)
_LIFTED = Text("解除失效", "Lifted from the blacklist")
_LAPSED = Text("紧急停用未经确认,到期或撤销", "The hold ended without being confirmed")
_OBJECTED = Text("家属对列入失效名单提出异议", "The family objected to the listing")
_OBJECTION_ENDED = Text("异议处理结果:{status}", "The objection: {status}")
_LOOKED_UP = Text("被查询,结论:{verdict}", "Looked up; verdict: {verdict}")
_READ_OTHERWISE = Text(
    "被查询,结论:{verdict};出示的证件上是另一编号 {read}",
    "Looked up; verdict: {verdict}; the paper shown bears another number, {read}",
)
_CASE_OPENED = Text("立案 {number}", "Case {number} was opened")
_CASE_CLOSED = Text("案件 {number} 办结:{outcome}", "Case {number} was closed: {outcome}")


async def read_life(
    tx: Transaction, officer: Officer, *, scope: Scope, number: CertificateNumber, language: Language, terminal: str
) -> CertificateLife:
    """Return what the officer may see of a number; reading it is itself on the trail."""
    grammar = await certificates.load_grammar(tx)
    issuance = await certificates.find_issuance(tx, scope=scope, number=number)
    usage = await usages.find_usage(tx, scope=scope, number=number)
    past = await usages.list_past_usages(tx, scope=scope, number=number)
    entries = await blacklist.list_entries_of_number(tx, scope=scope, number=number)
    lookups = await store.list_lookups_of_number(tx, scope=scope, number=number, limit=MOST_LOOKUPS)
    objections = await list_objections_of_number(tx, scope=reach_of(officer, Act.READ_OBJECTIONS), number=number)
    cases = await list_cases_of_number(tx, scope=reach_of(officer, Act.READ_CASES), number=number)
    await record(
        tx, officer=officer.id, organization=officer.organization, terminal=terminal, operation=Operation.QUERY,
        act="read_certificate", object="certificate_number", key=number,
    )  # fmt: skip
    province = grammar.provinces.get(grammar_rules.province_of(number))
    events = [
        *_of_issuance(issuance, language),
        *_of_usage(usage, language),
        *_of_past_usages(past, language),
        *_of_entries(entries, language),
        *_of_objections(objections, language),
        *_of_lookups(lookups, language),
        *_of_cases(cases.inside, language),
    ]
    return CertificateLife(
        certificate_number=number,
        province=province.name if province else None,
        printed_in=grammar.years.get(number[0]),
        issuance=issuance,
        usage=usage,
        past_usages=past,
        blacklist=entries,
        objections=objections,
        lookups=[_show(lookup) for lookup in lookups],
        cases=cases.inside,
        foreign_cases=cases.foreign,
        timeline=sorted(events, key=lambda event: event.at),
    )


def _show(lookup: LookupRow) -> LookupShown:
    entry = _entry_of(lookup)
    return LookupShown(
        id=lookup.id,
        recorded_at=lookup.recorded_at,
        officer=lookup.officer,
        organization=lookup.organization,
        purpose=lookup.purpose,
        verdict=lookup.verdict,
        entered_by=entry.entered_by if entry else None,
        reading_id=entry.reading_id if entry else None,
        read_number=entry.read_number if entry else None,
    )


def _entry_of(lookup: LookupRow) -> NumberEntry | None:
    return lookup.answer.entry if lookup.answer and isinstance(lookup.answer.entry, NumberEntry) else None


def _of_issuance(issuance: Issuance | None, language: Language) -> Iterator[LifeEvent]:
    if issuance is not None:
        yield LifeEvent(
            at=issuance.delivered_at,
            kind="issued",
            organization=None,
            organization_name=issuance.issuer_name,
            message=_ISSUED.fill(issuer=issuance.issuer_name).speak(language),
        )


def _of_usage(usage: Usage | None, language: Language) -> Iterator[LifeEvent]:
    if usage is not None:
        yield LifeEvent(
            at=usage.used_at,
            kind="reserved" if usage.reserved else "used",
            organization=usage.organization,
            organization_name=usage.organization_name,
            message=(_RESERVED if usage.reserved else _USED).speak(language),
        )


def _of_past_usages(past: list[PastUsage], language: Language) -> Iterator[LifeEvent]:
    for usage in past:
        yield LifeEvent(
            at=usage.used_at,
            kind="reserved" if usage.reserved else "used",
            organization=usage.organization,
            organization_name=usage.organization_name,
            message=(_RESERVED if usage.reserved else _USED).speak(language),
        )
        yield LifeEvent(
            at=usage.ended_at,
            kind="confirmed" if usage.reason is EndReason.CONFIRMED else "freed",
            organization=usage.ended_by_organization,
            organization_name=None,
            message=_ENDED[usage.reason].speak(language),
        )


def _of_entries(entries: list[Entry], language: Language) -> Iterator[LifeEvent]:
    """Tell when a number was listed, what was said of it otherwise later, and when it was lifted.

    That an entry was parted while it held the number is no event of it.
    """
    known = {entry.id for entry in entries}
    successors = {entry.split_from or entry.replaces: entry for entry in entries}
    for entry in entries:
        if (entry.split_from or entry.replaces) not in known:
            yield _of_listing(entry, language)
        if entry.lifted_at is not None:
            yield from _of_end(entry, entry.lifted_at, successors.get(entry.id), language)


def _of_end(entry: Entry, at: datetime, successor: Entry | None, language: Language) -> Iterator[LifeEvent]:
    if successor is not None and successor.split_from:
        return
    if successor is not None:
        message = _CORRECTED.fill(reason=BLACKLIST_REASONS[successor.reason], document_number=successor.document_number)
    else:
        message = _LAPSED if entry.status is EntryStatus.LAPSED else _LIFTED
    yield LifeEvent(
        at=at,
        kind="listing_corrected" if successor else entry.status,
        organization=entry.organization,
        organization_name=entry.organization_name,
        message=message.speak(language),
    )


def _of_listing(entry: Entry, language: Language) -> LifeEvent:
    reason = BLACKLIST_REASONS[entry.reason].speak(language)
    return LifeEvent(
        at=entry.listed_at,
        kind="held" if entry.lapses_at else "listed",
        organization=entry.organization,
        organization_name=entry.organization_name,
        message=(_HELD if entry.lapses_at else _LISTED)
        .fill(reason=reason, document_number=entry.document_number)
        .speak(language),
    )


def _of_objections(objections: list[ObjectionOfNumber], language: Language) -> Iterator[LifeEvent]:
    for objection in objections:
        yield LifeEvent(
            at=objection.received_at,
            kind="objection_received",
            organization=objection.received_by_organization,
            organization_name=objection.received_by_organization_name,
            message=_OBJECTED.speak(language),
        )
        if objection.decided_at is not None:
            yield LifeEvent(
                at=objection.decided_at,
                kind=f"objection_{objection.status}",
                organization=objection.decided_by_organization,
                organization_name=objection.decided_by_organization_name,
                message=_OBJECTION_ENDED.fill(status=OBJECTION_STATUS_NAMES[objection.status]).speak(language),
            )


def _of_lookups(lookups: list[LookupRow], language: Language) -> Iterator[LifeEvent]:
    for lookup in lookups:
        entry = _entry_of(lookup)
        message = _READ_OTHERWISE if entry and entry.read_number else _LOOKED_UP
        yield LifeEvent(
            at=lookup.recorded_at,
            kind="looked_up",
            organization=lookup.organization,
            organization_name=None,
            message=message.fill(
                verdict=VERDICT_NAMES[lookup.verdict], read=entry.read_number if entry else None
            ).speak(language),
        )


def _of_cases(cases: list[CaseOfNumber], language: Language) -> Iterator[LifeEvent]:
    for case in cases:
        yield LifeEvent(
            at=case.opened_at,
            kind="case_opened",
            organization=None,
            organization_name=None,
            message=_CASE_OPENED.fill(number=case.number).speak(language),
        )
        if case.closed_at is not None and case.outcome is not None:
            yield LifeEvent(
                at=case.closed_at,
                kind="case_closed",
                organization=None,
                organization_name=None,
                message=_CASE_CLOSED.fill(number=case.number, outcome=OUTCOME_NAMES[case.outcome]).speak(language),
            )
