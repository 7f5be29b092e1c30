"""The later life of a registration: approval and refusal of a held one, its withdrawal.

Each act holds the row until its transaction ends, so of two that race one finds what the other left.
"""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from birthreg.access.models import Officer, Scope
from birthreg.audit.models import Operation
from birthreg.certificates.models import CertificateNumber
from birthreg.filing.models import Kind
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound, PreconditionFailed
from birthreg.kernel.language import Text
from birthreg.registrations import store
from birthreg.registrations.acting import KINDS, TRIES, Books, NumberInMotion, deny, note, owe, weigh
from birthreg.registrations.book_models import ChangeRow, Decided, DenialKind, Denied, RegistrationRow
from birthreg.registrations.life_models import ChangeStatus, LifeAct, Objection, RegistrationStatus, Standing
from birthreg.registrations.life_rules import OWN_ENTRY, OWN_PROPOSAL, decide_step
from birthreg.registrations.number_rules import DIFFERING_FIELDS, VERDICTS
from birthreg.registrations.policy_models import Refusal
from birthreg.usage import service as usages
from birthreg.usage.models import ClaimOutcome, EndReason
from birthreg.verification.models import Asking, PresentedCertificate, Purpose, VerdictKind
from birthreg.verification.service import ask, asker_of
from birthreg.verification.weighing import Weighed, keep

COURSE = Text("登记审批流程:录入与审批分离,逐级审批", "The course of a registration: one enters, another decides")
"""The paragraph behind an objection of the rules of later life."""

ENDS = {RegistrationStatus.REFUSED: EndReason.REFUSED, RegistrationStatus.WITHDRAWN: EndReason.WITHDRAWN}
PERSONAL = frozenset({OWN_ENTRY.code, OWN_PROPOSAL.code, "not_approver", "not_at_desk", "not_proposer"})


class Locked(msgspec.Struct, frozen=True):
    """A registration that this transaction holds, with its changes."""

    row: RegistrationRow
    changes: list[ChangeRow]

    @property
    def open(self) -> ChangeRow | None:
        """The change that awaits its decision, if any."""
        return next((change for change in self.changes if change.status is ChangeStatus.PROPOSED), None)

    @property
    def standing(self) -> Standing:
        """What the rules of later life ask."""
        change = self.open
        return Standing(
            status=self.row.status,
            accepted_at=self.row.organization,
            registered_at=self.row.household_organization,
            entered_by=self.row.officer,
            certificate_number=self.row.certificate_number,
            proposed_by=change.proposed_by if change else None,
        )


async def hold(tx: Transaction, *, scope: Scope, registration: UUID, version: int | None) -> Locked:
    """Hold a registration for an act.

    Raises:
        NotFound: no such registration inside the scope.
        PreconditionFailed: it has changed since the reader saw `version`.
    """
    row = await store.hold_registration(tx, scope=scope, registration=registration)
    if row is None:
        raise NotFound
    if version is not None and version != row.version:
        raise PreconditionFailed
    return Locked(row, await store.list_changes(tx, registration=registration))


async def object_to(
    tx: Transaction,
    officer: Officer,
    *,
    held: Locked,
    act: str,
    objection: Objection,
    terminal: str,
    weighed: Weighed | None = None,
    kind: DenialKind | None = None,
    field: str = "status",
) -> Denied:
    """Refuse an act on a registration for one reason, and record the attempt."""
    refusal = Refusal(
        code=objection.code, field=field, paragraph=COURSE, message=objection.message, next_step=objection.next_step
    )
    usual = DenialKind.PERSON if objection.code in PERSONAL else DenialKind.STATE
    return await deny(
        tx, officer, kind=kind or usual, refusals=(refusal,), weighed=weighed, act=act, terminal=terminal,
        registration=held.row.id,
    )  # fmt: skip


def ask_for(officer: Officer, *, held: Locked, number: str, terminal: str) -> Asking:
    """Make the question whether a number may stand for a registration: for its child and no other."""
    asker = asker_of(officer, purpose=Purpose.BACK_FILL, terminal=terminal)
    return ask(asker, number, str(held.row.id), _presented(held.row.particulars))


def _presented(particulars: dict[str, Any]) -> PresentedCertificate:
    """Return what the books hold of the paper, to be compared with the record of issue."""
    child, paper = particulars["child"], particulars.get("certificate") or {}
    return PresentedCertificate(
        child_name=child["name"],
        child_sex=child["sex"],
        born_at=child["born_at"],
        mother_name=(particulars.get("mother") or {}).get("name"),
        father_name=(particulars.get("father") or {}).get("name"),
        issued_on=date.fromisoformat(paper["issued_on"]) if paper.get("issued_on") else None,
        issuer_code=paper.get("issuer_code"),
        issuer_division=paper.get("issuer_division"),
    )


async def decide(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    books: Books,
    registration: UUID,
    decision: Decided,
    reason: str,
    terminal: str,
    version: int | None = None,
) -> RegistrationStatus | Denied:
    """Approve or refuse a held registration; by somebody else than who entered it.

    Raises:
        NotFound: no such registration inside the scope.
        PreconditionFailed: it has changed meanwhile.
    """
    held = await hold(tx, scope=scope, registration=registration, version=version)
    act = LifeAct.APPROVE if decision is Decided.APPROVE else LifeAct.REFUSE
    target = decide_step(held.standing, act, officer)
    if isinstance(target, Objection):
        return await object_to(tx, officer, held=held, act=act, objection=target, terminal=terminal)
    if target is RegistrationStatus.EFFECTIVE:
        return await _approve(tx, officer, books=books, held=held, reason=reason, terminal=terminal)
    return await _end(tx, officer, books=books, held=held, act=act, target=target, reason=reason, terminal=terminal)


async def withdraw(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    books: Books,
    registration: UUID,
    reason: str,
    terminal: str,
    version: int | None = None,
) -> RegistrationStatus | Denied:
    """Take a held registration back before anybody decided on it; its number is free again.

    Raises:
        NotFound: no such registration inside the scope.
        PreconditionFailed: it has changed meanwhile.
    """
    held = await hold(tx, scope=scope, registration=registration, version=version)
    target = decide_step(held.standing, LifeAct.WITHDRAW, officer)
    if isinstance(target, Objection):
        return await object_to(tx, officer, held=held, act=LifeAct.WITHDRAW, objection=target, terminal=terminal)
    return await _end(
        tx, officer, books=books, held=held, act=LifeAct.WITHDRAW, target=target, reason=reason, terminal=terminal
    )


async def _approve(
    tx: Transaction, officer: Officer, *, books: Books, held: Locked, reason: str, terminal: str
) -> RegistrationStatus | Denied:
    row = held.row
    confirmed = await confirm(tx, officer, books=books, held=held, number=row.certificate_number, terminal=terminal)
    if isinstance(confirmed, Denied):
        return confirmed
    await store.change_registration(
        tx, registration=row.id, status=RegistrationStatus.EFFECTIVE, certificate_number=row.certificate_number
    )
    await trace(
        tx, officer, held=held, act=LifeAct.APPROVE, status=RegistrationStatus.EFFECTIVE, reason=reason,
        terminal=terminal,
    )  # fmt: skip
    await owe(
        tx, books=books, registration=row.id, number=row.certificate_number, organization=row.organization,
        kind=Kind.REGISTRATION, used_at=tx.now,
    )  # fmt: skip
    return RegistrationStatus.EFFECTIVE


async def confirm(
    tx: Transaction, officer: Officer, *, books: Books, held: Locked, number: str | None, terminal: str
) -> Denied | None:
    """Turn the registration's reservation into its use, unless the number was listed, or told of another child."""
    if number is None:
        return None
    asking = ask_for(officer, held=held, number=number, terminal=terminal)
    for _ in range(TRIES):
        weighed = await weigh(tx, officer, books=books, asking=asking)
        if weighed is None:
            break
        spoilt = _spoilt(weighed)
        if spoilt is not None:
            return await deny(
                tx, officer, kind=KINDS.get(spoilt, DenialKind.POLICY),
                refusals=(VERDICTS[spoilt].refuse("certificate_number"),), weighed=weighed, act=LifeAct.APPROVE,
                terminal=terminal, registration=held.row.id,
            )  # fmt: skip
        outcome = await usages.confirm(
            tx, number=CertificateNumber(number), registration=held.row.id, officer=officer.id,
            organization=officer.organization, list_version=weighed.list_version,
        )  # fmt: skip
        if outcome is ClaimOutcome.CONFIRMED:
            await keep(tx, weighed)
            return None
    raise NumberInMotion


def _spoilt(weighed: Weighed) -> VerdictKind | None:
    """Say what came between a reservation and its use: the number was listed, or told of another child."""
    if weighed.verdict is VerdictKind.BLACKLISTED:
        return VerdictKind.BLACKLISTED
    return VerdictKind.MISMATCH if DIFFERING_FIELDS.keys() & weighed.codes else None


async def _end(
    tx: Transaction,
    officer: Officer,
    *,
    books: Books,
    held: Locked,
    act: LifeAct,
    target: RegistrationStatus,
    reason: str,
    terminal: str,
) -> RegistrationStatus:
    row = held.row
    await store.change_registration(tx, registration=row.id, status=target, certificate_number=row.certificate_number)
    await free(tx, officer, held=held, number=row.certificate_number, reason=ENDS[target])
    await owe(
        tx, books=books, registration=row.id, number=row.certificate_number, organization=row.organization,
        kind=Kind.RELEASE,
    )  # fmt: skip
    await trace(tx, officer, held=held, act=act, status=target, reason=reason, terminal=terminal)
    return target


async def free(tx: Transaction, officer: Officer, *, held: Locked, number: str | None, reason: EndReason) -> None:
    """Free a number that the registration stands on no more."""
    if number is not None:
        await usages.free(
            tx, number=CertificateNumber(number), registration=held.row.id, officer=officer.id,
            organization=officer.organization, reason=reason,
        )  # fmt: skip


async def trace(
    tx: Transaction,
    officer: Officer,
    *,
    held: Locked,
    act: str,
    status: RegistrationStatus,
    reason: str,
    terminal: str,
    change: UUID | None = None,
) -> None:
    """Keep an act in the registration's own history and on the trail; the reason stays in the former."""
    await store.insert_act(tx, officer, registration=held.row.id, act=act, status=status, reason=reason, change=change)
    await note(
        tx, officer, act=act, operation=Operation.CHANGE, registration=held.row.id,
        number=held.row.certificate_number, terminal=terminal, condition=status,
    )  # fmt: skip
