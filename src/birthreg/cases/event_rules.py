"""Snapshots, the ids of events made of them, and frames of `text/event-stream`. Pure.

An entry has no place in an order that could not be got behind of: transactions take their numbers early and commit
late. So a stream goes from one snapshot of PostgreSQL to the next, and tells what the later sees and the earlier
doesn't. That misses nothing and doubles nothing, and no long transaction holds it up.
"""

import re
from collections.abc import Sequence

import msgspec

from birthreg.cases.event_models import CaseChanged, Cursor, Ending, EventRow, Kind, Position, Reset, Snapshot, Told

MOST = 10_000
"""Events that are told one by one; who missed more reads the lists again."""

RETRY_MS = 2_000
"""How long a client waits before it comes back."""

LONGEST_ID = 8_192

_SNAPSHOT = re.compile(r"(\d{1,18}):(\d{1,18}):((?:\d{1,18}(?:,\d{1,18})*)?)")
_ID = re.compile(r"([0-9a-f]{1,16})/([\d:,]+)(?:/([\d:,]+)/(\d{1,18}))?")


def read_snapshot(text: str) -> Snapshot | None:
    """Read a snapshot as PostgreSQL writes it; None where it is none, or one that can't be."""
    found = _SNAPSHOT.fullmatch(text)
    if found is None:
        return None
    oldest, coming = int(found[1]), int(found[2])
    running = tuple(int(number) for number in found[3].split(",") if number)
    in_order = list(running) == sorted(set(running))
    if not (1 <= oldest <= coming and in_order and all(oldest <= number < coming for number in running)):
        return None
    return Snapshot(oldest, coming, running)


def write_snapshot(snapshot: Snapshot) -> str:
    """Write a snapshot as PostgreSQL reads it."""
    return f"{snapshot.oldest}:{snapshot.next}:{','.join(map(str, snapshot.running))}"


def short_name(system: str) -> str:
    """Return what ids say of a cluster: enough to tell it from the one that a backup was taken of."""
    return f"{int(system) % 2**24:x}"


def covers(later: Snapshot, earlier: Snapshot) -> bool:
    """Say whether a snapshot sees all that another one sees."""
    ahead = sum(number >= later.next for number in earlier.running)
    if earlier.next - later.next > ahead:
        return False
    return all(number >= earlier.next or number in earlier.running for number in later.running)


def begin_cursor(position: Position) -> Cursor:
    """Return the cursor of who has read all up to a moment."""
    return Cursor(position.system, position.snapshot, position.snapshot)


def read_cursor(text: str) -> Cursor | None:
    """Read the id of an event; None where it is none of ours."""
    found = _ID.fullmatch(text) if len(text) <= LONGEST_ID else None
    since = read_snapshot(found[2]) if found else None
    if found is None or since is None:
        return None
    if found[3] is None:
        return Cursor(found[1], since, since)
    until = read_snapshot(found[3])
    return None if until is None or not covers(until, since) else Cursor(found[1], since, until, int(found[4]))


def write_cursor(cursor: Cursor) -> str:
    """Write a cursor as the id of an event."""
    begun = f"{cursor.system}/{write_snapshot(cursor.since)}"
    return f"{begun}/{write_snapshot(cursor.until)}/{cursor.after}" if cursor.after else begun


def frame(kind: Kind, data: object, *, cursor: Cursor | None = None) -> bytes:
    """Return an event as it is sent."""
    lines = [] if cursor is None else [f"id: {write_cursor(cursor)}"]
    return "\n".join((*lines, f"event: {kind}", f"data: {msgspec.json.encode(data).decode()}", "\n")).encode()


def greet(position: Position | None) -> bytes:
    """Return the first event of a stream; who comes back keeps the id that they came with."""
    cursor = None if position is None else begin_cursor(position)
    return f"retry: {RETRY_MS}\n".encode() + frame(Kind.READY, {}, cursor=cursor)


def reset(position: Position, reason: Reset) -> bytes:
    """Return the event that tells to read the lists again; what follows goes on from here."""
    return frame(Kind.RESET, {"reason": reason}, cursor=begin_cursor(position))


def end(reason: Ending) -> bytes:
    """Return the last event of a stream."""
    return frame(Kind.END, {"reason": reason})


def beat(position: Position | None) -> bytes:
    """Return what is sent in quiet times: a comment, and how far the client has now heard everything."""
    return b": \n\n" if position is None else f": \nid: {write_cursor(begin_cursor(position))}\n\n".encode()


def tell(rows: Sequence[EventRow], *, since: Snapshot, position: Position) -> list[Told]:
    """Turn what came between two moments into frames."""
    return [_tell_one(row, since=since, position=position) for row in rows]


def _tell_one(row: EventRow, *, since: Snapshot, position: Position) -> Told:
    changed = CaseChanged(
        entry_id=row.entry_id, case_id=row.case_id, number=row.number, act=row.act, before=row.before,
        after=row.after, handler=row.handler, at=row.at,
    )  # fmt: skip
    cursor = Cursor(position.system, since, position.snapshot, row.seq)
    organizations = (row.handler, row.organization, row.household_organization)
    return Told(organizations, frame(Kind.CASE, changed, cursor=cursor))
