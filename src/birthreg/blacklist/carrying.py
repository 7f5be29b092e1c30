"""What takes its time with a batch: comparing it, putting it in force, taking it back, looking back on its uses.

Each is one transaction, or for the look back one a part. Whoever is killed in it leaves nothing
behind, and the next one begins where the last commit stood. Desks wait for none of it: the list's
version moves, and claims stand still, only from the end of the work to its commit.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg

from birthreg.audit.models import Operation
from birthreg.audit.service import record
from birthreg.blacklist import batch_store as store
from birthreg.blacklist.batch_models import BatchStatus, DecidedBatch, UncomparedBatch
from birthreg.blacklist.proposal_models import ProposedAct
from birthreg.blacklist.store import read_version
from birthreg.kernel.database import CONNECTION_LOST, Database, Transaction
from birthreg.kernel.errors import DatabaseUnavailable
from birthreg.kernel.giving_way import give_way

PART = 20_000
"""Entries looked back on in one transaction."""

_STATEMENT_SECONDS = 600.0
_WORKER = "worker"


@asynccontextmanager
async def _long_transaction(database: Database) -> AsyncIterator[Transaction]:
    """Open a transaction on a connection of its own, in which a statement may take minutes."""
    connection = await database.connect(command_timeout=_STATEMENT_SECONDS)
    give_way(connection)
    try:
        async with connection.transaction():
            tx = Transaction(connection, now=database.clock(), database=database)
            await store.prepare_long_work(tx)
            yield tx
    except CONNECTION_LOST as error:
        raise DatabaseUnavailable from error
    finally:
        connection.terminate()


async def compare(database: Database, *, batch: UUID) -> bool:
    """Compare a staged batch with the list; False when somebody else does, or it was withdrawn."""
    async with _long_transaction(database) as tx:
        held = await store.hold_uncompared(tx, batch=batch)
        if held is not None:
            await _compare(tx, held)
    return held is not None


async def _compare(tx: Transaction, batch: UncomparedBatch | DecidedBatch) -> None:
    # Read first: when the list moves meanwhile, the comparison counts as older than it is.
    version = await read_version(tx)
    await store.compare_rows(tx, batch)
    found = await store.find_uses(tx, batch=batch.id)
    await store.keep_comparison(tx, batch=batch.id, list_version=version, found=found)


async def carry_out_waiting(database: Database) -> bool:
    """Put the batch in force, or take it back, that was approved longest ago; False when none waits.

    What fails is put off, and the fault is raised: the others come before it then.
    """
    async with database.transaction() as tx:
        waiting = await store.find_decided(tx)
    if waiting is None:
        return False
    try:
        async with _long_transaction(database) as tx:
            return await carry_out(tx, terminal=_WORKER, batch=waiting.id)
    except (asyncpg.PostgresError, DatabaseUnavailable):
        await _put_off(database, batch=waiting.id)
        raise


async def _put_off(database: Database, *, batch: UUID) -> None:
    async with database.transaction() as tx:
        failed = await store.keep_failure(tx, batch=batch)
        if failed is None:
            return
        await record(
            tx,
            officer=_WORKER,
            organization=failed.organization,
            terminal=_WORKER,
            operation=Operation.CHANGE,
            act="carry_out_blacklist_batch",
            object="blacklist_batch",
            key=str(batch),
            condition=failed.status,
            succeeded=False,
            error_code="batch_not_carried_out",
            detail={"attempts": failed.attempts},
        )


async def carry_out(tx: Transaction, *, terminal: str, batch: UUID) -> bool:
    """Carry out, in this transaction, what two persons want of a batch; False when another is being carried out."""
    if not await store.take_turn(tx):
        return False
    decided = await store.hold_decided(tx, batch=batch)
    if decided is None:
        return False
    await store.put_off_version(tx)
    if decided.status is BatchStatus.APPROVED:
        await _put_in_force(tx, decided, terminal=terminal)
    else:
        await _take_back(tx, decided, terminal=terminal)
    return True


async def _move_version(tx: Transaction) -> datetime:
    """Move the list's version, and return since when the books know what was written; no claim comes between."""
    await store.move_version(tx)
    moment = tx.database.clock()
    await store.keep_known_since(tx, moment=moment)
    return moment


async def _put_in_force(tx: Transaction, batch: DecidedBatch, *, terminal: str) -> None:
    if await read_version(tx) != batch.list_version:
        await _compare(tx, batch)
    listed = await store.put_in_force(tx, batch)
    await record(
        tx,
        officer=batch.officer,
        organization=batch.officer_organization,
        terminal=terminal,
        operation=Operation.ADD,
        act="put_blacklist_batch_in_force",
        object="blacklist_batch",
        key=str(batch.id),
        count=listed.listed,
        detail={"listed": listed.listed, "replaced": listed.replaced},
    )
    stretch = await store.find_stretch(tx, batch=batch.id)
    moment = await _move_version(tx)
    await store.keep_in_force(tx, batch=batch.id, listed=listed, moment=moment)
    if listed.listed:
        await store.announce_batch(
            tx, batch, act=ProposedAct.ADD, numbers=listed.numbers_listed, stretch=stretch, moment=moment
        )


async def _take_back(tx: Transaction, batch: DecidedBatch, *, terminal: str) -> None:
    taken = await store.take_back(tx, batch=batch.id)
    await record(
        tx,
        officer=batch.officer,
        organization=batch.officer_organization,
        terminal=terminal,
        operation=Operation.CHANGE,
        act="take_blacklist_batch_back",
        object="blacklist_batch",
        key=str(batch.id),
        count=taken.lifted,
        detail={"lifted": taken.lifted, "restored": taken.restored},
    )
    stretch = await store.find_stretch(tx, batch=batch.id)
    moment = await _move_version(tx)
    await store.keep_undone(tx, batch=batch.id, taken=taken, moment=moment)
    if taken.lifted:
        await store.announce_batch(
            tx, batch, act=ProposedAct.LIFT, numbers=taken.numbers_lifted, stretch=stretch, moment=moment
        )


async def look_back(database: Database, *, part: int = PART) -> bool:
    """Make findings of the past uses of a batch's next entries; False when no batch is to be looked back on."""
    async with database.transaction() as tx:
        if await store.find_look_back(tx) is None:
            return False
    async with _long_transaction(database) as tx:
        batch = await store.hold_look_back(tx)
        if batch is None:
            return False
        done = await store.look_back(tx, batch, limit=part)
        await store.advance_look_back(tx, batch=batch.id, part=done, finished=done.entries < part)
    return True
