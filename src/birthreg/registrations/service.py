"""Registering a birth: verdict, policy, claim, facts, filing and trail in one transaction.

How the number is held to the list: a claim asks, in its own statement, for the list's version to be the one that the
number was judged by, and keeps the list still until the commit (`claim_number`). So no entry can come into force
between verdict and commit; where one did before the claim, or another desk was faster, the number is judged anew.
"""

from uuid import UUID

import msgspec

from birthreg.access.models import Officer
from birthreg.audit.models import Operation
from birthreg.cases.leads import find_case_of
from birthreg.certificates.models import CertificateNumber
from birthreg.filing.models import Kind
from birthreg.kernel.database import Transaction
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.language import Language
from birthreg.kernel.vault import Vault
from birthreg.registrations import sealing, store
from birthreg.registrations.acting import KINDS, TRIES, Books, NumberInMotion, deny, note, owe, weigh
from birthreg.registrations.book_models import DenialKind, Denied, FindingShown, NoteShown, Registered
from birthreg.registrations.date_rules import born_on
from birthreg.registrations.life_models import RegistrationStatus
from birthreg.registrations.models import Application
from birthreg.registrations.number_rules import has_number
from birthreg.registrations.pictures import are_faces_alike, comparison_of, rest_on_pictures
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
from birthreg.registrations.rules import judge, presented_certificate
from birthreg.registrations.screened import fact_of
from birthreg.screening import service as screening
from birthreg.screening.models import Found
from birthreg.usage import service as usages
from birthreg.usage.models import ClaimOutcome
from birthreg.verification.models import Asking, Purpose
from birthreg.verification.rules import LOCAL
from birthreg.verification.service import ask, asker_of
from birthreg.verification.weighing import Weighed, keep


class Judged(msgspec.Struct, frozen=True):
    """An application with its verdict, if it has a number, and what the policy says."""

    weighed: Weighed | None
    outcome: Outcome

    @property
    def number(self) -> str | None:
        """The number as normalised."""
        return self.weighed.asking.certificate_number if self.weighed else None


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
    asking = await rest_on_pictures(tx, officer, application=application, asking=asking)
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
    if application.certificate_number is None or not has_number(application):
        return None
    asker = asker_of(officer, purpose=Purpose.BIRTH_REGISTRATION, terminal=terminal)
    return ask(asker, application.certificate_number, str(registration), presented_certificate(application))


async def _judge(
    tx: Transaction, officer: Officer, *, books: Books, application: Application, asking: Asking | None
) -> Judged:
    weighed = await weigh(tx, officer, books=books, asking=asking)
    facts = Facts(
        verdict=weighed.verdict if weighed else None,
        reasons=weighed.reasons if weighed else (),
        judged_on=tx.now.astimezone(LOCAL).date(),
        organization=officer.organization,
        prior=await _find_prior(tx, application, books.vault),
        faces_alike=await are_faces_alike(
            tx, organization=officer.organization, comparison=comparison_of(application.late_proofs)
        ),
    )
    return Judged(weighed, judge(application, facts))


async def _find_prior(tx: Transaction, application: Application, vault: Vault) -> tuple[PriorRegistration, ...]:
    number = application.child.citizen_number
    if number is None:
        return ()
    blinds = sealing.blinds(vault, "citizen_number", number)
    await store.lock_child(tx, blinds=blinds)
    rows = await store.list_prior(tx, blinds=blinds)
    return tuple(
        PriorRegistration(id=row.id, organization=row.organization, certificate_number=row.certificate_number)
        for row in rows
    )


async def _claim(
    tx: Transaction, officer: Officer, judged: Judged, *, application: Application, registration: UUID
) -> ClaimOutcome:
    if judged.weighed is None or judged.number is None:
        return ClaimOutcome.CLAIMED
    return await usages.claim(
        tx,
        number=CertificateNumber(judged.number),
        used_at=tx.now,
        organization=officer.organization,
        reference=application.reference,
        registration=registration,
        reserved=isinstance(judged.outcome, Held),
        list_version=judged.weighed.list_version,
    )


async def _deny(tx: Transaction, officer: Officer, judged: Judged, refused: Refused, *, terminal: str) -> Denied:
    weighed = judged.weighed
    kind = KINDS.get(weighed.verdict, DenialKind.POLICY) if weighed else DenialKind.POLICY
    return await deny(
        tx, officer, kind=kind, refusals=refused.refusals, weighed=weighed, act="register", terminal=terminal
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
    status = RegistrationStatus.HELD if isinstance(judged.outcome, Held) else RegistrationStatus.EFFECTIVE
    owed = await owe(
        tx, books=books, registration=registration, number=judged.number, organization=officer.organization,
        kind=Kind.RESERVATION if status is RegistrationStatus.HELD else Kind.REGISTRATION, used_at=tx.now,
    )  # fmt: skip
    if judged.weighed is not None:
        await keep(tx, judged.weighed)
    await _store(
        tx, officer, books=books, application=application, registration=registration, status=status, judged=judged
    )
    await note(
        tx, officer, act="register", operation=Operation.ADD, registration=registration, number=judged.number,
        terminal=terminal, condition=status,
    )  # fmt: skip
    findings = await screening.screen(tx, rulebook=books.rulebook, registrations=[registration])
    return Registered(
        id=registration,
        status=status,
        certificate_number=judged.number,
        findings=[show_finding(found, language) for found in findings],
        case_id=await find_case_of(tx, findings=[found.id for found in findings]),
        filing=owed,
        verdict=judged.weighed.verdict if judged.weighed else None,
        lookup_id=judged.weighed.asking.id if judged.weighed else None,
        grounds=[show(ground, language) for ground in _grounds(judged.outcome)],
        notes=[show(noted, language) for noted in _notes(judged.outcome)],
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
    await store.insert_registration(
        tx,
        id=registration,
        status=status,
        certificate_number=judged.number,
        lookup_id=judged.weighed.asking.id if judged.weighed else None,
        child_name=application.child.name,
        child_sex=application.child.sex,
        child_birth_date=born_on(application.child),
        organization=officer.organization,
        household_organization=application.registered_at,
        officer=officer.id,
        held_for=[ground.code for ground in _grounds(judged.outcome)],
        particulars=sealing.particulars_of(application),
        visit_summary=sealing.seal_summary(books.vault, application),
    )
    await store.insert_people(tx, registration=registration, people=sealing.people_of(application), vault=books.vault)
    fact = fact_of(
        application, registration=registration, status=status, number=judged.number, officer=officer.id,
        entered_at=tx.now, vault=books.vault,
    )  # fmt: skip
    await screening.note_fact(tx, fact=fact)


def _grounds(outcome: Outcome) -> tuple[Ground, ...]:
    return outcome.grounds if isinstance(outcome, Held) else ()


def _notes(outcome: Outcome) -> tuple[Note, ...]:
    return outcome.notes if isinstance(outcome, Allowed | Held) else ()


def show_finding(found: Found, language: Language) -> FindingShown:
    """Say a finding in one language."""
    return FindingShown(
        id=found.id, code=found.rule, severity=found.severity, title=found.title.speak(language),
        message=found.sentence.speak(language),
    )  # fmt: skip


def show(said: Note | Ground | Refusal, language: Language) -> NoteShown:
    """Say a note, a ground or a refusal in one language."""
    return NoteShown(
        code=said.code,
        field=getattr(said, "field", ""),
        message=said.message.speak(language),
        paragraph=said.paragraph.speak(language),
        next_step=said.next_step.speak(language),
    )
