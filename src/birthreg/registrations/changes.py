"""Corrections of a number and revocations: proposed by one officer, decided by another.

The new number is reserved for its registration from the proposal on; the old one is free only with the approval.
"""

from uuid import UUID

from birthreg.access.models import Officer, Scope
from birthreg.certificates.rules import number_in
from birthreg.filing.models import Kind
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import NotFound
from birthreg.kernel.identifiers import new_id
from birthreg.registrations import store
from birthreg.registrations.acting import KINDS, TRIES, Books, NumberInMotion, owe, weigh
from birthreg.registrations.book_models import ChangeRow, Decided, DenialKind, Denied
from birthreg.registrations.later import Locked, ask_for, confirm, free, hold, object_to, trace
from birthreg.registrations.life_models import ChangeKind, ChangeStatus, LifeAct, Objection, RegistrationStatus
from birthreg.registrations.life_rules import decide_change_step, object_to_number, object_to_proposal
from birthreg.usage import service as usages
from birthreg.usage.models import ClaimOutcome, EndReason
from birthreg.verification.weighing import Weighed, keep

ACTS = {
    ChangeStatus.APPROVED: LifeAct.APPROVE,
    ChangeStatus.REFUSED: LifeAct.REFUSE,
    ChangeStatus.WITHDRAWN: LifeAct.WITHDRAW,
}


async def propose_correction(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    books: Books,
    registration: UUID,
    typed: str,
    reason: str,
    terminal: str,
    version: int | None = None,
) -> ChangeRow | Denied:
    """Propose the right number of a registration; it is reserved until somebody else decides.

    Raises:
        NotFound: no such registration inside the scope.
        PreconditionFailed: it has changed meanwhile.
    """
    act = LifeAct.PROPOSE_CORRECTION
    held = await hold(tx, scope=scope, registration=registration, version=version)
    objection = object_to_proposal(held.standing, act, officer)
    if objection is not None:
        return await object_to(tx, officer, held=held, act=act, objection=objection, terminal=terminal)
    claimed = await _reserve(tx, officer, books=books, held=held, typed=typed, terminal=terminal)
    if isinstance(claimed, Denied):
        return claimed
    await keep(tx, claimed)
    number = claimed.asking.certificate_number
    await owe(
        tx, books=books, registration=registration, number=number, organization=held.row.organization,
        kind=Kind.RESERVATION, used_at=tx.now,
    )  # fmt: skip
    return await _propose(
        tx, officer, held=held, kind=ChangeKind.CORRECTION, act=act, number=number, reason=reason, terminal=terminal
    )


async def _reserve(
    tx: Transaction, officer: Officer, *, books: Books, held: Locked, typed: str, terminal: str
) -> Weighed | Denied:
    asking = ask_for(officer, held=held, number=typed, terminal=terminal)
    number = number_in(typed)
    for _ in range(TRIES):
        weighed = await weigh(tx, officer, books=books, asking=asking)
        if weighed is None:
            break
        objection = object_to_number(held.standing, new_number=number, verdict=weighed.verdict)
        if objection is not None or number is None:
            return await _refuse_number(tx, officer, held=held, weighed=weighed, objection=objection, terminal=terminal)
        outcome = await usages.claim(
            tx, number=number, used_at=tx.now, organization=held.row.organization, reference=None,
            registration=held.row.id, reserved=True, list_version=weighed.list_version,
        )  # fmt: skip
        if outcome is ClaimOutcome.CLAIMED:
            return weighed
    raise NumberInMotion


async def _refuse_number(
    tx: Transaction, officer: Officer, *, held: Locked, weighed: Weighed, objection: Objection | None, terminal: str
) -> Denied:
    assert objection is not None  # noqa: S101 - a text that is no number is malformed, and objected to
    return await object_to(
        tx, officer, held=held, act=LifeAct.PROPOSE_CORRECTION, objection=objection, terminal=terminal,
        weighed=weighed, kind=KINDS.get(weighed.verdict, DenialKind.POLICY), field="certificate_number",
    )  # fmt: skip


async def propose_revocation(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    registration: UUID,
    reason: str,
    terminal: str,
    version: int | None = None,
) -> ChangeRow | Denied:
    """Propose that a registration be revoked; nothing changes until somebody else decides.

    Raises:
        NotFound: no such registration inside the scope.
        PreconditionFailed: it has changed meanwhile.
    """
    act = LifeAct.PROPOSE_REVOCATION
    held = await hold(tx, scope=scope, registration=registration, version=version)
    objection = object_to_proposal(held.standing, act, officer)
    if objection is not None:
        return await object_to(tx, officer, held=held, act=act, objection=objection, terminal=terminal)
    return await _propose(
        tx, officer, held=held, kind=ChangeKind.REVOCATION, act=act, number=None, reason=reason, terminal=terminal
    )


async def _propose(
    tx: Transaction,
    officer: Officer,
    *,
    held: Locked,
    kind: ChangeKind,
    act: LifeAct,
    number: str | None,
    reason: str,
    terminal: str,
) -> ChangeRow:
    change, row = new_id(), held.row
    await store.insert_change(
        tx, officer, id=change, registration=row.id, kind=kind, old_number=row.certificate_number,
        new_number=number, reason=reason,
    )  # fmt: skip
    await store.change_registration(
        tx, registration=row.id, status=row.status, certificate_number=row.certificate_number
    )
    await trace(tx, officer, held=held, act=act, status=row.status, reason=reason, terminal=terminal, change=change)
    return await _read(tx, held=held, change=change)


async def decide_change(
    tx: Transaction,
    officer: Officer,
    *,
    scope: Scope,
    books: Books,
    registration: UUID,
    kind: ChangeKind,
    act: LifeAct,
    reason: str,
    terminal: str,
    change: UUID | None = None,
    version: int | None = None,
) -> ChangeRow | Denied:
    """Approve, refuse or withdraw a proposed change; without `change` the one that is open.

    Raises:
        NotFound: no such change of a registration inside the scope.
        PreconditionFailed: the registration has changed meanwhile.
    """
    held = await hold(tx, scope=scope, registration=registration, version=version)
    found = _find(held, kind=kind, change=change)
    target = decide_change_step(held.standing, found.status, act, officer)
    if isinstance(target, Objection):
        return await object_to(tx, officer, held=held, act=f"{act}_{kind}", objection=target, terminal=terminal)
    if target is ChangeStatus.APPROVED:
        return await _approve(tx, officer, books=books, held=held, change=found, reason=reason, terminal=terminal)
    return await _drop(
        tx, officer, books=books, held=held, change=found, target=target, reason=reason, terminal=terminal
    )


def decided(decision: Decided) -> LifeAct:
    """Return the act that a decision is."""
    return LifeAct.APPROVE if decision is Decided.APPROVE else LifeAct.REFUSE


def _find(held: Locked, *, kind: ChangeKind, change: UUID | None) -> ChangeRow:
    """Return a change by its identifier, or the last one of its kind."""
    of_kind = [row for row in held.changes if row.kind is kind and change in (None, row.id)]
    if not of_kind:
        raise NotFound
    return of_kind[-1]


async def _approve(
    tx: Transaction, officer: Officer, *, books: Books, held: Locked, change: ChangeRow, reason: str, terminal: str
) -> ChangeRow | Denied:
    row = held.row
    corrects = change.kind is ChangeKind.CORRECTION
    if corrects:
        confirmed = await confirm(tx, officer, books=books, held=held, number=change.new_number, terminal=terminal)
        if isinstance(confirmed, Denied):
            return confirmed
    await store.decide_change(tx, officer, change=change.id, status=ChangeStatus.APPROVED, reason=reason)
    status = RegistrationStatus.EFFECTIVE if corrects else RegistrationStatus.REVOKED
    await store.change_registration(
        tx, registration=row.id, status=status,
        certificate_number=change.new_number if corrects else row.certificate_number,
    )  # fmt: skip
    await free(
        tx, officer, held=held, number=row.certificate_number,
        reason=EndReason.CORRECTED if corrects else EndReason.REVOKED,
    )  # fmt: skip
    await _file(tx, books=books, held=held, change=change)
    await trace(
        tx, officer, held=held, act=f"approve_{change.kind}", status=status, reason=reason, terminal=terminal,
        change=change.id,
    )  # fmt: skip
    return await _read(tx, held=held, change=change.id)


async def _file(tx: Transaction, *, books: Books, held: Locked, change: ChangeRow) -> None:
    """Owe the level above the approved change; a number that was missing until now is filed as a registration."""
    row = held.row
    if change.kind is ChangeKind.REVOCATION:
        await owe(
            tx, books=books, registration=row.id, number=row.certificate_number, organization=row.organization,
            kind=Kind.REVOCATION,
        )  # fmt: skip
        return
    await owe(
        tx, books=books, registration=row.id, number=change.new_number, organization=row.organization,
        kind=Kind.CORRECTION if row.certificate_number else Kind.REGISTRATION, used_at=tx.now,
        previous=row.certificate_number,
    )  # fmt: skip


async def _drop(
    tx: Transaction,
    officer: Officer,
    *,
    books: Books,
    held: Locked,
    change: ChangeRow,
    target: ChangeStatus,
    reason: str,
    terminal: str,
) -> ChangeRow:
    row = held.row
    await store.decide_change(tx, officer, change=change.id, status=target, reason=reason)
    await store.change_registration(
        tx, registration=row.id, status=row.status, certificate_number=row.certificate_number
    )
    if change.new_number is not None:
        end = EndReason.REFUSED if target is ChangeStatus.REFUSED else EndReason.WITHDRAWN
        await free(tx, officer, held=held, number=change.new_number, reason=end)
        await owe(
            tx, books=books, registration=row.id, number=change.new_number, organization=row.organization,
            kind=Kind.RELEASE,
        )  # fmt: skip
    await trace(
        tx, officer, held=held, act=f"{ACTS[target]}_{change.kind}", status=row.status, reason=reason,
        terminal=terminal, change=change.id,
    )  # fmt: skip
    return await _read(tx, held=held, change=change.id)


async def _read(tx: Transaction, *, held: Locked, change: UUID) -> ChangeRow:
    changes = await store.list_changes(tx, registration=held.row.id)
    return next(row for row in changes if row.id == change)
