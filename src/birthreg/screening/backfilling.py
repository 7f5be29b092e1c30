"""What rules read of registrations from before there were rules, written stretch by stretch."""

from collections.abc import Sequence
from uuid import UUID

from birthreg.kernel.database import Transaction
from birthreg.screening import store, sweep_store
from birthreg.screening.models import Fact
from birthreg.screening.sweep_models import Backfill


async def hold_stretch(tx: Transaction) -> Backfill | None:
    """Return what is left to write, for who goes on with it; None when nothing is, or another goes on."""
    return await sweep_store.hold_backfill(tx)


async def note_stretch(tx: Transaction, *, facts: Sequence[Fact], up_to: UUID) -> None:
    """Keep what rules read of registrations up to one of them; who has entered theirs since keeps them."""
    known = await sweep_store.list_known(tx, registrations=[fact.registration_id for fact in facts])
    missing = [fact for fact in facts if fact.registration_id not in known]
    if missing:
        await store.copy_facts(tx, facts=missing)
    await sweep_store.move_backfill(tx, up_to=up_to)
