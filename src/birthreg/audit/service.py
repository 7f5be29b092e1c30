"""Acts are written on the trail here, in the transaction that does them, and sealed afterwards."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from birthreg.audit import rules, store
from birthreg.audit.models import Entry, Operation, Purge, Seal, Trail, WholeSeal
from birthreg.kernel import keys
from birthreg.kernel.database import Transaction
from birthreg.kernel.errors import Conflict
from birthreg.kernel.identifiers import new_id
from birthreg.kernel.keys import Signer
from birthreg.kernel.language import Text

ENTRIES_PER_SEAL = 50_000
"""A seal ends after the transaction that reaches this; it bounds the memory of sealing and of checking."""


class NumbersWentBack(Conflict):
    """事务编号小于已封存的编号(现为 {horizon},已封存至 {sealed}),无法继续封存。

    Sealing can't go on: transaction numbers (now {horizon}) are lower than those sealed (up to {sealed}).
    """

    remedy = Text(
        "数据库恢复到新的服务器后,请执行 birthreg migrate。",
        "After restoring the database into another server, run birthreg migrate.",
    )


async def record(
    tx: Transaction,
    *,
    officer: str,
    organization: str,
    terminal: str,
    operation: Operation | int,
    act: str,
    object: str,  # noqa: A002 - the trail's own word for what was acted on
    key: str | None,
    succeeded: bool = True,
    error_code: str | None = None,
    condition: str | None = None,
    count: int = 1,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write an act on the trail; it stands exactly when the act's transaction commits.

    A refused act is recorded with `succeeded=False` and the code of its refusal. `condition`
    is what was asked for, `count` how many things were met, `key` the one thing acted on.
    `detail` holds no personal data.
    """
    await store.insert_entry(
        tx,
        id=new_id(),
        officer=officer,
        organization=organization,
        terminal=terminal,
        operation=int(operation),
        act=act,
        succeeded=succeeded,
        error_code=error_code,
        condition=condition,
        count=count,
        object=object,
        key=key,
        detail=detail or {},
    )


async def list_entries(
    tx: Transaction,
    *,
    scope: Sequence[str],
    since: datetime,
    until: datetime,
    after: UUID | None = None,
    limit: int = 50,
    officer: str | None = None,
    act: str | None = None,
    key: str | None = None,
    succeeded: bool | None = None,
) -> list[Entry]:
    """Return a page of the trail, newest first; `after` is the last entry of the page before.

    The time is asked for because look-ups are kept without an index by officer, which would
    cost every look-up: a month is read in a second or two, all of history is not.
    """
    return await store.list_entries(
        tx, scope=list(scope), since=since, until=until, after=after, limit=limit, officer=officer, act=act,
        key=key, succeeded=succeeded,
    )  # fmt: skip


async def list_seals(tx: Transaction, *, before: int | None = None, limit: int = 50) -> list[Seal]:
    """Return a page of the chain's seals, newest first; `before` is the last number of the page before."""
    return await store.list_seals(tx, before=before, limit=limit)


async def find_last_seal(tx: Transaction) -> Seal | None:
    """Return the newest seal, or None when nothing was ever sealed."""
    return next(iter(await store.list_seals(tx, before=None, limit=1)), None)


async def seal_next(tx: Transaction, *, signer: Signer) -> Seal | None:
    """Seal what ended transactions wrote since the last seal; None when nothing is due, or another seals.

    Every transaction below the horizon has ended, so a sealed range is final: an entry whose
    transaction is still open has a number at or above it and waits for a later seal.

    Raises:
        NumbersWentBack: the database was restored and not migrated.
    """
    if not await store.is_only_sealer(tx):
        return None
    last = await find_last_seal(tx)
    first = last.next_transaction if last else 0
    horizon = await store.find_horizon(tx)
    if horizon < first:
        raise NumbersWentBack(horizon=horizon, sealed=first)
    cut = await store.find_cut(tx, first=first, horizon=horizon, limit=ENTRIES_PER_SEAL)
    if cut is None:
        return None
    seal = await _make_seal(tx, signer=signer, last=last, cut=cut)
    await keys.register(tx, signer)
    await store.insert_seal(tx, seal)
    return seal


async def _make_seal(tx: Transaction, *, signer: Signer, last: Seal | None, cut: int) -> WholeSeal:
    first = last.next_transaction if last else 0
    entries = await store.gather_leaves(tx, trail=Trail.ENTRIES, first=first, next_=cut)
    lookups = await store.gather_leaves(tx, trail=Trail.LOOKUPS, first=first, next_=cut)
    leaves = entries + lookups
    unsigned = WholeSeal(
        number=last.number + 1 if last else 1,
        form=rules.FORM,
        sealed_at=tx.now,
        first_transaction=first,
        next_transaction=cut,
        entries=len(leaves) // rules.LEAF_SIZE,
        lookups=len(lookups) // rules.LEAF_SIZE,
        leaves=leaves,
        root=rules.root_over(leaves, form=rules.FORM),
        previous=last.head if last else rules.GENESIS,
        head=b"",
        key_id=signer.key_id,
        signature=b"",
    )
    head = rules.head_of(unsigned)
    return msgspec.structs.replace(unsigned, head=head, signature=signer.sign(head))


async def certify_purge(tx: Transaction, *, signer: Signer, trail: Trail, before: datetime, reason: str) -> Purge:
    """Certify that retention removes what a table holds from before a moment, so that the chain stays whole.

    In the owner's transaction that removes it: the service's role may not.
    """
    unsigned = Purge(
        id=new_id(),
        trail=trail,
        before=before,
        purged_at=tx.now,
        reason=reason,
        key_id=signer.key_id,
        signature=b"",
    )
    purge = msgspec.structs.replace(unsigned, signature=signer.sign(rules.purge_message(unsigned)))
    await keys.register(tx, signer)
    await store.insert_purge(tx, purge)
    return purge


async def continue_numbers(connection: asyncpg.Connection) -> int | None:
    """Let the trail's numbers grow on where a database was restored into a cluster that counts lower.

    As the owner, after every migration; returns the new base, or None when nothing was to do.
    """
    base: int | None = await connection.fetchval("SELECT continue_trail_numbers()")
    return base
