"""What every act on a registration shares: judging a number, refusing, owing a filing, the trail."""

from datetime import datetime
from uuid import UUID

import msgspec

from birthreg.access.models import Officer
from birthreg.access.service import SessionEnded, require_standing
from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.filing import service as filing
from birthreg.filing.models import Kind, Level, NewFiling, Owed
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict
from birthreg.kernel.language import Text
from birthreg.kernel.vault import Vault
from birthreg.registrations import store
from birthreg.registrations.book_models import DenialKind, Denied
from birthreg.registrations.policy_models import Refusal
from birthreg.screening.rulebook import Rulebook
from birthreg.verification import weighing
from birthreg.verification.models import Asking, VerdictKind
from birthreg.verification.service import Grammars
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
    """What acts on registrations work with: the vault, grammar and rules as last read, and the level above."""

    vault: Vault
    grammars: Grammars
    level: Level
    rulebook: Rulebook


async def weigh(tx: Transaction, officer: Officer, *, books: Books, asking: Asking | None) -> Weighed | None:
    """Judge a number, or, where there is none, ask at least whether the session still stands."""
    if asking is None:
        await require_standing(tx, session=officer.session)
        return None
    weighed = await weighing.weigh(tx, asking, grammars=books.grammars)
    if weighed is None:
        raise SessionEnded
    return weighed


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
