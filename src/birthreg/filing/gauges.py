"""What Prometheus reads of filing. The worker delivers, the service shows: the database is between them."""

import asyncio

from prometheus_client import Gauge

from birthreg.filing import store
from birthreg.filing.models import Lag
from birthreg.kernel.database import Database
from birthreg.kernel.errors import Unavailable

OWED = Gauge("birthreg_filings_owed", "Filings ever owed to the level above.")
DELIVERED = Gauge("birthreg_filings_delivered", "Filings that the level above answered for good.")
REJECTED = Gauge("birthreg_filings_rejected", "Filings that the level above rejected.")
WAITING = Gauge("birthreg_filings_waiting", "Filings that wait for the level above.")
SET_ASIDE = Gauge("birthreg_filings_set_aside", "Filings that the level above can't take.")
WARNED = Gauge("birthreg_filings_warned", "Filings that ever waited twenty minutes.")
BREACHED = Gauge("birthreg_filings_breached", "Filings delivered past their time, or waiting past it.")
OLDEST = Gauge("birthreg_filings_oldest_waiting_seconds", "How long the oldest filing waits.")
REACHABLE = Gauge("birthreg_filings_upstream_reachable", "1 when the level above answered the last request.")

_EVERY_SECONDS = 10


async def keep_gauges(database: Database) -> None:
    """Read the lag again and again, until cancelled."""
    while True:
        try:
            async with database.transaction() as tx:
                lag = await store.read_lag(tx)
                waited = (tx.now - lag.oldest_owed_at).total_seconds() if lag.oldest_owed_at else 0
            show(lag, oldest_seconds=waited)
        except Unavailable:
            pass  # /health/ready tells it; the gauges stay as they were
        await asyncio.sleep(_EVERY_SECONDS)


def show(lag: Lag, *, oldest_seconds: float) -> None:
    """Set the gauges."""
    settled, still_open = lag.accepted + lag.rejected, lag.waiting + lag.set_aside
    OWED.set(settled + still_open)
    DELIVERED.set(settled)
    REJECTED.set(lag.rejected)
    WAITING.set(lag.waiting)
    SET_ASIDE.set(lag.set_aside)
    WARNED.set(lag.warned)
    BREACHED.set(lag.late + lag.overdue)
    OLDEST.set(oldest_seconds)
    REACHABLE.set(lag.failed_at is None)
