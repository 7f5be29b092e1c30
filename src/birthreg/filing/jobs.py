"""What the worker runs for filing: the warning before minute 30."""

import logging

from birthreg.filing import rules, store
from birthreg.kernel.database import Database

logger = logging.getLogger("birthreg")


MOST_WARNED = 1000


async def warn_of_waiting(database: Database) -> int:
    """Warn, once each, of filings that have waited twenty minutes, at most a thousand; return how many those were."""
    async with database.transaction() as tx:
        soon = tx.now + (rules.ALLOWED - rules.WARNED_AFTER)
        warned = await store.warn_of_waiting(tx, due_before=soon, limit=MOST_WARNED)
        if not warned:
            return 0
        lag = await store.read_lag(tx)
    logger.warning(
        "%d filings wait for the level above and are due within %d minutes, the oldest owed at %s;"
        " %d are past their time; the level above last answered at %s",
        len(warned),
        (rules.ALLOWED - rules.WARNED_AFTER).total_seconds() // 60,
        warned[0].owed_at.isoformat(timespec="seconds"),
        lag.overdue,
        lag.reached_at.isoformat(timespec="seconds") if lag.reached_at else "no time",
    )
    return len(warned)
