"""Watches look-ups for numbers that are carried from station to station until one registers them (number shopping)."""

from datetime import datetime, timedelta

from birthreg.cases import lead_store as store
from birthreg.cases.lead_models import LookupMark
from birthreg.kernel.database import Database, Transaction

STATIONS = 3
"""Shown for a registration at so many stations …"""

WITHIN = timedelta(days=30)
"""… within this time, and registered at none, a number opens a case; once in this time."""

PURPOSES = ("birth_registration", "late_registration")
"""What a family comes for. Back-fill is left out: there every level looks the same numbers up."""

AT_A_TIME = 10_000
_SPREAD = timedelta(days=1)
"""How far apart the making of a look-up's identifier and the end of its transaction may lie; bounds the months read."""

_NOTE_EVERY = timedelta(hours=1)


async def watch_lookups(database: Database) -> bool:
    """Watch the look-ups that ended since the last time; say whether there may be more."""
    async with database.transaction() as tx:
        mark = await store.hold_watch(tx)
        return mark is not None and await watch(tx, mark=mark, since=mark.reached_at - _SPREAD) == AT_A_TIME


async def watch(tx: Transaction, *, mark: LookupMark, since: datetime) -> int:
    """Watch one part, from the mark on, of look-ups not older than `since`; return how many it looked at, at most.

    A part ends before the oldest transaction that still runs: whatever commits later has a higher number.
    """
    cut = await store.find_cut(
        tx, first=mark.next_transaction, since=since, until=tx.now + _SPREAD, limit=AT_A_TIME
    )  # fmt: skip
    if cut.lookups:
        await _admit(tx, first=mark.next_transaction, before=cut.next, since=since)
    if cut.lookups or tx.now - mark.reached_at > _NOTE_EVERY:
        await store.advance_watch(tx, next=cut.next)
    return cut.lookups


async def watch_past(tx: Transaction, *, since: datetime) -> None:
    """Watch all look-ups since a moment that this transaction sees: for books that are brought in whole."""
    await _admit(tx, first=0, before=2**63 - 1, since=since)


async def _admit(tx: Transaction, *, first: int, before: int, since: datetime) -> None:
    await store.admit_shopped(
        tx, first=first, next=before, since=since, until=tx.now + _SPREAD, window=tx.now - WITHIN,
        purposes=PURPOSES, stations=STATIONS,
    )  # fmt: skip
