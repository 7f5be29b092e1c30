"""Registering a birth: verdict, policy, claim, facts, filing and trail in one transaction.

How the number is held to the list: a claim asks, in its own statement, for the list's version to be the one that the
number was judged by, and keeps the list still until the commit (`claim_number`). So no entry can come into force
between verdict and commit; where one did before the claim, or another desk was faster, the number is judged anew.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from birthreg.access.models import Officer
from birthreg.access.service import SessionEnded, require_standing
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.certificates.models import CertificateNumber
from birthreg.filing import service as filing
from birthreg.filing.models import Kind, Level, NewFiling, Owed
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.language import Language, Text
from birthreg.kernel.vault import Vault
from birthreg.registrations import sealing, store
from birthreg.registrations.book_models import Denied, DenialKind, NoteShown, Registered
from birthreg.registrations.dates import birth_date, local_date
from birthreg.registrations.life_models import RegistrationStatus
from birthreg.registrations.models import Application
from birthreg.registrations.policy_models import (
    Allowed,
    Facts,
    Ground,
    Held,
    Note,
    Outcome,
    PriorRegistration,
    Refusal,
    Refused,
)
from birthreg.registrations.rules import judge
from birthreg.usage import service as usages
from birthreg.usage.models import ClaimOutcome
from birthreg.verification import weighing
from birthreg.verification.models import Asking, PresentedCertificate, Purpose, VerdictKind
from birthreg.verification.service import Grammars, ask
from birthreg.verification.weighing import Weighed

TRIES = 4
"""A lost claim is judged anew: as used, as listed, or, where the number was freed meanwhile, to be claimed again."""

KINDS = {
    VerdictKind.USED: DenialKind.USED,
    VerdictKind.RESERVED: DenialKind.RESERVED,
    VerdictKind.BLACKLISTED: DenialKind.BLACKLISTED,
}


class NumberInMotion(Conflict):
    """该编号正在被反复占用和释放,本次未登记。

    The number is being claimed and freed again and again; nothing was registered.
    """

    remedy = Text("请稍后重试。", "Try again in a moment.")
    retryable = True


class Books(msgspec.Struct, frozen=True):
    """What acts on registrations work with: the vault, the grammar as last read, and the level above."""

    vault: Vault
    grammars: Grammars
    level: Level


class Judged(msgspec.Struct, frozen=True):
    """An application with its verdict, if it has a number, and what the policy says."""

    weighed: Weighed | None
    outcome: Outcome


async def register(
    tx: Transaction, officer: Officer, *, books: Books, application: Application, terminal: str, language: Language
) -> Registered | Denied:
    """Register a birth, hold it for approval, or refuse it; whatever comes of it is recorded.

    Raises:
        SessionEnded: the officer's session no longer stands.
        NumberInMotion: the number changed hands with every try.
    """
    registration = new_id()
    asking = ask_about(officer, application=application, registration=registration, terminal=terminal)
    for _ in range(TRIES):
        judged = await _judge(tx, officer, books=books, application=application, asking=asking)
        if isinstance(judged.outcome, Refused):
            return await _deny(tx, officer, judged, judged.outcome, terminal=terminal)
        claimed = await _claim(tx, officer, judged, application=application, registration=registration)
        if claimed is ClaimOutcome.CLAIMED:
            return await _keep(
                tx, officer, books=books, judged=judged, application=application, registration=registration,
                terminal=terminal, language=language,
            )  # fmt: skip
    raise NumberInMotion


def ask_about(officer: Officer, *, application: Application, registration: UUID, terminal: str) -> Asking | None:
    """Make the question that a registration rests on; None where it has no number."""
    if application.certificate_number is None:
        return None
    paper = application.certificate
    return ask(
        officer,
        typed=application.certificate_number,
        purpose=Purpose.BIRTH_REGISTRATION,
        terminal=terminal,
        reference=str(registration),
        certificate=PresentedCertificate(
            child_name=application.child.name,
            child_sex=application.child.sex,
            born_at=application.child.born_at,
            mother_name=application.mother.name if application.mother else None,
            father_name=application.father.name if application.father else None,
            issued_on=paper.issued_on if paper else None,
            issuer_code=paper.issuer_code if paper else None,
        ),
    )


async def weigh(tx: Transaction, officer: Officer, *, books: Books, asking: Asking | None) -> Weighed | None:
    """Judge a number, or, where there is none, ask at least whether the session still stands."""
    if asking is None:
        await require_standing(tx, session=officer.session)
        return None
    weighed = await weighing.weigh(tx, asking, grammars=books.grammars)
    if weighed is None:
        raise SessionEnded
    return weighed


async def _judge(
    tx: Transaction, officer: Officer, *, books: Books, application: Application, asking: Asking | None
) -> Judged:
    weighed = await weigh(tx, officer, books=books, asking=asking)
    facts = Facts(
        verdict=weighed.verdict if weighed else None,
        reasons=weighed.codes if weighed else (),
        today=local_date(tx.now),
        organization=officer.organization,
        prior=await _find_prior(tx, application, books.vault),
    )
    return Judged(weighed, judge(application, facts))


async def _find_prior(tx: Transaction, application: Application, vault: Vault) -> tuple[PriorRegistration, ...]:
    number = application.child.citizen_number
    if number is None:
        return ()
    rows = await store.list_prior(tx, blinds=sealing.blinds(vault, "citizen_number", number))
    return tuple(
        PriorRegistration(id=row.id, organization=row.organization, certificate_number=row.certificate_number)
        for row in rows
    )


async def _claim(
    tx: Transaction, officer: Officer, judged: Judged, *, application: Application, registration: UUID
) -> ClaimOutcome:
    weighed = judged.weighed
    if weighed is None or weighed.asking.certificate_number is None:
        return ClaimOutcome.CLAIMED
    return await usages.claim(
        tx,
        number=CertificateNumber(weighed.asking.certificate_number),
        used_at=tx.now,
        organization=officer.organization,
        reference=application.reference,
        registration=registration,
        reserved=isinstance(judged.outcome, Held),
        list_version=weighed.list_version,
    )


async def _deny(tx: Transaction, officer: Officer, judged: Judged, refused: Refused, *, terminal: str) -> Denied:
    weighed = judged.weighed
    kind = KINDS.get(weighed.verdict, DenialKind.POLICY) if weighed else DenialKind.POLICY
    return await deny(
        tx, officer, kind=kind, refusals=refused.refusals, weighed=weighed, act="register", terminal=terminal
    )


async def deny(
    tx: Transaction,
    officer: Officer,
    *,
    kind: DenialKind,
    refusals: tuple[Refusal, ...],
    weighed: Weighed | None,
    act: str,
    terminal: str,
    registration: UUID | None = None,
) -> Denied:
    """Record a refused attempt with the look-up that it rests on, and return it; no personal data is kept of it."""
    number = weighed.asking.certificate_number if weighed else None
    lookup = weighed.asking.id if weighed else None
    codes = list(dict.fromkeys(refusal.code for refusal in refusals))
    if weighed is not None:
        await weighing.keep(tx, weighed)
    await store.insert_refusal(
        tx, officer, terminal=terminal, act=act, number=number, registration=registration, lookup=lookup, codes=codes
    )
    await note(
        tx, officer, act=act, operation=Operation.ADD, registration=registration, number=number, terminal=terminal,
        codes=codes,
    )  # fmt: skip
    return Denied(
        kind=kind,
        refusals=refusals,
        usage=weighed.usage if weighed else None,
        blacklist=weighed.listing if weighed else None,
        lookup_id=lookup,
    )


async def note(
    tx: Transaction,
    officer: Officer,
    *,
    act: str,
    operation: Operation,
    registration: UUID | None,
    number: str | None,
    terminal: str,
    codes: list[str] | None = None,
    condition: str | None = None,
    count: int = 1,
) -> None:
    """Write an act on registrations on the trail; `codes` are those of its refusal."""
    await record(
        tx,
        officer=officer.id,
        organization=officer.organization,
        terminal=terminal,
        operation=operation,
        act=act,
        object="registration",
        key=str(registration) if registration else number,
        succeeded=not codes,
        error_code=codes[0] if codes else None,
        condition=condition,
        count=count,
        detail={"certificate_number": number, "codes": codes or []},
    )


async def _keep(
    tx: Transaction,
    officer: Officer,
    *,
    books: Books,
    judged: Judged,
    application: Application,
    registration: UUID,
    terminal: str,
    language: Language,
) -> Registered:
    weighed = judged.weighed
    number = weighed.asking.certificate_number if weighed else None
    status = RegistrationStatus.HELD if isinstance(judged.outcome, Held) else RegistrationStatus.EFFECTIVE
    owed = await owe(
        tx, books=books, registration=registration, number=number, organization=officer.organization,
        kind=Kind.RESERVATION if status is RegistrationStatus.HELD else Kind.REGISTRATION, used_at=tx.now,
    )  # fmt: skip
    if weighed is not None:
        await weighing.keep(tx, weighed)
    await _store(
        tx, officer, books=books, application=application, registration=registration, status=status, judged=judged
    )
    await note(
        tx, officer, act="register", operation=Operation.ADD, registration=registration, number=number,
        terminal=terminal, condition=status,
    )  # fmt: skip
    return Registered(
        id=registration,
        status=status,
        certificate_number=number,
        findings=[],
        case_id=None,
        filing=owed,
        verdict=weighed.verdict if weighed else None,
        lookup_id=weighed.asking.id if weighed else None,
        grounds=[show(ground, language) for ground in _grounds(judged.outcome)],
        notes=[show(noted, language) for noted in _notes(judged.outcome)],
    )


async def owe(
    tx: Transaction,
    *,
    books: Books,
    registration: UUID,
    number: str | None,
    organization: str,
    kind: Kind,
    used_at: datetime | None = None,
    previous: str | None = None,
) -> Owed | None:
    """Owe the level above what happened to a number; a registration without one owes nothing yet."""
    if number is None:
        return None
    return await filing.owe(
        tx,
        level=books.level,
        filing=NewFiling(
            kind=kind,
            registration_id=registration,
            certificate_number=number,
            previous_number=previous,
            organization=organization,
            used_at=used_at,
            occurred_at=tx.now,
        ),
    )


async def _store(
    tx: Transaction,
    officer: Officer,
    *,
    books: Books,
    application: Application,
    registration: UUID,
    status: RegistrationStatus,
    judged: Judged,
) -> None:
    weighed = judged.weighed
    await store.insert_registration(
        tx,
        id=registration,
        status=status,
        certificate_number=weighed.asking.certificate_number if weighed else None,
        lookup_id=weighed.asking.id if weighed else None,
        child_name=application.child.name,
        child_sex=application.child.sex,
        child_birth_date=birth_date(application.child.born_at),
        organization=officer.organization,
        household_organization=application.registered_at,
        officer=officer.id,
        held_for=[ground.code for ground in _grounds(judged.outcome)],
        particulars=sealing.particulars_of(application),
        visit_summary=sealing.seal_summary(books.vault, application),
    )
    await store.insert_people(
        tx, registration=registration, people=sealing.people_of(application), vault=books.vault
    )


def _grounds(outcome: Outcome) -> tuple[Ground, ...]:
    return outcome.grounds if isinstance(outcome, Held) else ()


def _notes(outcome: Outcome) -> tuple[Note, ...]:
    return outcome.notes if isinstance(outcome, Allowed | Held) else ()


def show(said: Note | Ground | Refusal, language: Language) -> NoteShown:
    """Say a note, a ground or a refusal in one language."""
    return NoteShown(
        code=said.code,
        field=getattr(said, "field", ""),
        message=said.message.speak(language),
        paragraph=said.paragraph.speak(language),
        next_step=said.next_step.speak(language),
    )
