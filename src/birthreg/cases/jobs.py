"""What the worker runs for cases: leases and suspensions end, deadlines are reckoned and warned of."""

from collections.abc import Awaitable
from typing import Protocol

from birthreg.cases import keeping, leads
from birthreg.kernel.database import Database, Transaction

AT_A_TIME = 40
"""Cases in one transaction, each with an entry on its timeline and one on the trail."""

ADMITTED_AT_A_TIME = 200
RECKONED_AT_A_TIME = 2000


class _Step(Protocol):
    def __call__(self, tx: Transaction, *, limit: int) -> Awaitable[int]: ...


async def _go(database: Database, step: _Step, *, limit: int) -> bool:
    async with database.transaction() as tx:
        return await step(tx, limit=limit) == limit


async def admit_attempts(database: Database) -> bool:
    """Let listed numbers that were shown at desks open cases; say whether there may be more."""
    return await _go(database, leads.admit_attempts, limit=ADMITTED_AT_A_TIME)


async def return_lapsed(database: Database) -> bool:
    """Return cases whose lease ended; say whether there may be more."""
    return await _go(database, keeping.return_lapsed, limit=AT_A_TIME)


async def resume_due(database: Database) -> bool:
    """Resume cases whose suspension ended; say whether there may be more."""
    return await _go(database, keeping.resume_due, limit=AT_A_TIME)


async def reckon_deadlines(database: Database) -> bool:
    """Reckon deadlines; say whether there may be more."""
    return await _go(database, keeping.reckon_deadlines, limit=RECKONED_AT_A_TIME)


async def sound_alarms(database: Database) -> bool:
    """Warn of deadlines and hand on what missed its own; say whether there are more, of the same case perhaps."""
    async with database.transaction() as tx:
        return await keeping.sound_alarms(tx, limit=AT_A_TIME) > 0
