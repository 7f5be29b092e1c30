"""What Prometheus and balancers read of evidence.

The worker looks at files, the service shows: the database is between them.
"""

import asyncio

from prometheus_client import Gauge

from birthreg.cases import evidence_store
from birthreg.cases.evidence_models import EvidenceHealth
from birthreg.kernel.database import Database, Transaction
from birthreg.kernel.errors import Unavailable

DAMAGED = Gauge("birthreg_evidence_damaged", "Files of evidence whose content isn't what was brought.")
MISSING = Gauge("birthreg_evidence_missing", "Files of evidence that are gone.")
UNCHECKED = Gauge("birthreg_evidence_oldest_check_seconds", "How long ago the file was read that waits longest.")

_EVERY_SECONDS = 30


async def keep_gauges(database: Database) -> None:
    """Read how evidence is again and again, until cancelled."""
    while True:
        try:
            async with database.transaction() as tx:
                health = await evidence_store.weigh_evidence(tx)
                now = tx.now
            if health is not None:
                waited = (now - health.oldest_checked_at).total_seconds() if health.oldest_checked_at else 0
                show(health, oldest_seconds=waited)
        except Unavailable:
            pass  # /health/ready tells it; the gauges stay as they were
        await asyncio.sleep(_EVERY_SECONDS)


async def list_harmed(tx: Transaction) -> list[str]:
    """Say how much evidence isn't what was brought any more, for who asks whether the service is well."""
    health = await evidence_store.weigh_evidence(tx)
    counts = {} if health is None else {"damaged": health.damaged, "missing": health.missing}
    return [f"evidence: {count} {state}" for state, count in counts.items() if count]


def show(health: EvidenceHealth, *, oldest_seconds: float) -> None:
    """Set the gauges."""
    DAMAGED.set(health.damaged)
    MISSING.set(health.missing)
    UNCHECKED.set(oldest_seconds)
