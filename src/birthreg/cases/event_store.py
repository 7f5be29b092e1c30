"""Named queries of live events; touched by this room alone."""

from birthreg.cases.event_models import EventRow, Position, PositionRow, Snapshot
from birthreg.cases.event_rules import MOST, read_snapshot, short_name, write_snapshot
from birthreg.kernel.database import Transaction
from birthreg.kernel.sql import load_queries

_SQL = load_queries("cases_events")


class SnapshotUnreadable(Exception):
    """PostgreSQL told a snapshot that isn't written as it writes them."""


async def read_position(tx: Transaction) -> Position:
    """Return the present moment of the books."""
    row = await tx.one(_SQL["read_position"], PositionRow)
    snapshot = None if row is None else read_snapshot(row.snapshot)
    if row is None or snapshot is None:
        raise SnapshotUnreadable
    return Position(short_name(row.system), snapshot, row.base)


async def list_between(tx: Transaction, *, since: Snapshot, position: Position, after: int = 0) -> list[EventRow]:
    """Return what a moment sees and an earlier one doesn't, oldest first; one more than `MOST` is too much."""
    return await tx.all(
        _SQL["list_between"],
        EventRow,
        first=since.oldest + position.base,
        next=position.snapshot.next + position.base,
        base=position.base,
        since=write_snapshot(since),
        until=write_snapshot(position.snapshot),
        after=after,
        limit=MOST + 1,
    )
