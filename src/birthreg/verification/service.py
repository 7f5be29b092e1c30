"""One function per act: decide and record a group, tell it, prove it, find it again."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg
import msgspec

from birthreg.access.models import Officer, Role, Scope
from birthreg.certificates import rules as grammar_rules
from birthreg.certificates.models import CertificateNumber, Grammar
from birthreg.certificates.service import load_grammar
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound, field_error
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.language import Language
from birthreg.kernel.metrics import count_group
from birthreg.verification import recording, rules, store
from birthreg.verification.models import (
    RULE_VERSION,
    Asker,
    Asking,
    Decision,
    Fact,
    Lookup,
    LookupRow,
    PresentedCertificate,
    Purpose,
    Verdict,
    VerdictKind,
)
from birthreg.verification.reasons import NEXT_STEPS

_CLIENT = Role.MACHINE_CLIENT  # looked up once: members of an enum are slow to reach in Python 3.11


class Group(msgspec.Struct, frozen=True):
    """What became of a group: a decision per asking, or None where the asker's session no longer stood."""

    decisions: list[Decision | None]
    recorded_at: datetime
    list_version: int


class Grammars:
    """The grammar's tables as last read; a group whose facts carry another version reads them again."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._version = -1
        self._grammar: Grammar | None = None

    async def at(self, tx: Transaction, version: int) -> Grammar:
        """Return the tables of this version."""
        if self._grammar is None or version != self._version:
            self._grammar, self._version = await load_grammar(tx), version
        return self._grammar


def asker_of(
    officer: Officer,
    *,
    purpose: Purpose,
    terminal: str,
    on_behalf_of: str | None = None,
    batch: UUID | None = None,
    in_session: bool = True,
) -> Asker:
    """Say who asks; outside a session (a file's worker, the command line) nobody's sign-out ends the asking.

    Raises:
        FieldsWrong: a machine client names no officer, or an officer names another.
    """
    require_behalf(officer, on_behalf_of)
    return Asker(
        officer=officer.id,
        role=officer.role,
        organization=officer.organization,
        session=officer.session if in_session else None,
        terminal=_storable(terminal),
        purpose=purpose,
        on_behalf_of=on_behalf_of and _storable(on_behalf_of),
        batch=batch,
    )


def ask(
    asker: Asker, typed: str, reference: str | None = None, certificate: PresentedCertificate | None = None
) -> Asking:
    """Make a question ready to be gathered: the number is normalised, a malformed one stays as typed."""
    number = grammar_rules.number_in(typed)
    return Asking(
        asker,
        new_id(),
        typed if typed == number else _storable(typed),
        number,
        reference and _storable(reference),
        certificate,
    )


def require_behalf(officer: Officer, on_behalf_of: str | None) -> None:
    """Make sure that a machine client says for whom it asks, and nobody else does.

    Raises:
        FieldsWrong: it is the other way round.
    """
    if (officer.role is _CLIENT) == (on_behalf_of is not None):
        return
    if officer.role is _CLIENT:
        raise field_error(
            field="on_behalf_of",
            code="on_behalf_of_missing",
            zh="系统客户端须注明代哪位民警查询。",
            en="A machine client names the officer it asks for.",
        )
    raise field_error(
        field="on_behalf_of",
        code="on_behalf_of_not_allowed",
        zh="民警只能以本人名义查询。",
        en="An officer asks in their own name alone.",
    )


def _storable(text: str) -> str:
    """PostgreSQL holds every character but NUL; one such text may not harm its neighbours."""
    return text.replace("\x00", "\ufffd") if "\x00" in text else text


async def verify_group(tx: Transaction, askings: Sequence[Asking], *, grammars: Grammars) -> Group:
    """Decide a group of questions and record every one, with one look at the books.

    Two statements, whatever the size: the facts, then the records; a third where listed numbers were
    shown for a registration, which open cases. The commit that makes the answers durable belongs to
    whoever opened the transaction.
    """
    numbers = sorted({a.certificate_number for a in askings if a.certificate_number is not None})
    sessions = list({a.asker.session for a in askings if a.asker.session is not None})
    records = await store.gather_facts(tx, numbers=numbers, sessions=sessions)
    state = records[0]
    facts = _facts_by_number(numbers, records)
    grammar = await grammars.at(tx, state["grammar_version"])
    ended, day = set(state["ended_sessions"]), rules.local_date(tx.now)
    decisions = [
        _decide(asking, facts, grammar, day) if not ended or asking.asker.session not in ended else None
        for asking in askings
    ]
    await recording.record(
        tx,
        decided=[(a, d) for a, d in zip(askings, decisions, strict=True) if d is not None],
        list_version=state["list_version"],
    )
    return Group(decisions, tx.now, state["list_version"])


def meter(decisions: Sequence[Decision | None], *, seconds: float) -> None:
    """Count a committed group for the metrics."""
    count_group([decision.verdict for decision in decisions if decision is not None], seconds=seconds)


def _facts_by_number(numbers: Sequence[str], records: Sequence[asyncpg.Record]) -> dict[str, asyncpg.Record]:
    """Pair rows with their numbers; the first row of a number counts: its oldest entry, a decided one before a hold."""
    facts: dict[str, asyncpg.Record] = {}
    for record in records:
        ordinal = record["ordinal"]
        if ordinal is not None:
            facts.setdefault(numbers[ordinal - 1], record)
    return facts


def _decide(asking: Asking, facts: dict[str, asyncpg.Record], grammar: Grammar, day: date) -> Decision:
    if asking.entry is not None:
        return rules.with_entry(_decide_number(asking, facts, grammar, day), asking.entry)
    return _decide_number(asking, facts, grammar, day)


def _decide_number(asking: Asking, facts: dict[str, asyncpg.Record], grammar: Grammar, day: date) -> Decision:
    number = asking.certificate_number
    if number is None:
        return rules.explain_flaws(grammar_rules.find_flaws(grammar_rules.normalize(asking.typed)))
    record = facts.get(number)
    return rules.decide(
        CertificateNumber(number),
        fact=None if record is None else Fact(*record),
        presented=asking.certificate,
        grammar=grammar,
        organization=asking.asker.organization,
        day=day,
    )


def lookup_of(asking: Asking, decision: Decision, group: Group) -> Lookup:
    """Return the look-up that a group recorded for one of its questions."""
    asker = asking.asker
    return Lookup(
        id=asking.id,
        recorded_at=group.recorded_at,
        officer=asker.officer,
        organization=asker.organization,
        on_behalf_of=asker.on_behalf_of,
        terminal=asker.terminal,
        purpose=asker.purpose,
        reference=asking.reference,
        typed=asking.typed,
        certificate_number=asking.certificate_number,
        decision=decision,
        list_version=group.list_version,
        rule_version=RULE_VERSION,
    )


def tell(lookup: Lookup, *, language: Language, receipt: str | None) -> Verdict:
    """Say a look-up to the desk, in its language."""
    return _tell(
        lookup, lookup.decision, language, as_of=lookup.recorded_at, list_version=lookup.list_version, receipt=receipt
    )


def tell_group(askings: Sequence[Asking], group: Group, language: Language) -> list[Verdict]:
    """Say a group that was answered whole, without receipts."""
    return [
        _tell(asking, decision, language, as_of=group.recorded_at, list_version=group.list_version)
        for asking, decision in zip(askings, group.decisions, strict=True)
        if decision is not None
    ]


def _tell(
    asked: Asking | Lookup,
    decision: Decision,
    language: Language,
    *,
    as_of: datetime,
    list_version: int,
    receipt: str | None = None,
) -> Verdict:
    return Verdict(
        id=asked.id,
        certificate_number=asked.certificate_number,
        typed=asked.typed,
        verdict=decision.verdict,
        may_register=decision.verdict in rules.MAY_REGISTER,
        reasons=rules.speak(decision.findings, language) if decision.findings else (),
        next_step=NEXT_STEPS[decision.verdict].speak(language),
        usage=decision.usage,
        blacklist=decision.blacklist,
        as_of=as_of,
        list_version=list_version,
        receipt=receipt,
        reference=asked.reference,
        entered_by=decision.entry.entered_by if decision.entry else msgspec.UNSET,
        reading_id=decision.entry.reading_id if decision.entry else msgspec.UNSET,
    )


async def find_lookup(tx: Transaction, *, scope: Scope, lookup: UUID) -> Lookup:
    """Return the record of one look-up.

    Raises:
        NotFound: no such look-up inside the scope.
    """
    row = await store.find_lookup(tx, scope=scope, lookup=lookup)
    if row is None:
        raise NotFound
    return recall(row)


def recall(row: LookupRow) -> Lookup:
    """Turn a kept row back into the look-up that was answered."""
    return Lookup(
        id=row.id,
        recorded_at=row.recorded_at,
        officer=row.officer,
        organization=row.organization,
        on_behalf_of=row.on_behalf_of,
        terminal=row.terminal,
        purpose=row.purpose,
        reference=row.reference,
        typed=row.typed if row.typed is not None else row.certificate_number or "",
        certificate_number=row.certificate_number,
        decision=row.answer or Decision(verdict=VerdictKind.CLEAR),
        list_version=row.list_version,
        rule_version=row.rule_version,
    )
