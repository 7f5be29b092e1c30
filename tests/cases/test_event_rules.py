"""Ids of events come back as they were given, and what isn't one is told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from birthreg.cases.event_models import Cursor, Ending, Position, Snapshot
from birthreg.cases.event_rules import (
    beat,
    begin_cursor,
    covers,
    end,
    greet,
    read_cursor,
    read_snapshot,
    write_cursor,
    write_snapshot,
)


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    oldest = draw(st.integers(3, 50))
    coming = draw(st.integers(oldest, oldest + 20))
    running = draw(st.sets(st.integers(oldest, coming - 1))) if coming > oldest else set()
    return Snapshot(oldest, coming, tuple(sorted(running)))


def sees(snapshot: Snapshot, number: int) -> bool:
    return number < snapshot.oldest or (number < snapshot.next and number not in snapshot.running)


@given(snapshots())
def test_a_snapshot_is_read_as_it_was_written(snapshot: Snapshot) -> None:
    assert read_snapshot(write_snapshot(snapshot)) == snapshot


@given(snapshots(), snapshots())
def test_a_snapshot_covers_another_exactly_when_it_sees_all_that_the_other_sees(one: Snapshot, two: Snapshot) -> None:
    assert covers(one, two) is all(sees(one, number) for number in range(100) if sees(two, number))


@given(snapshots(), snapshots(), st.integers(1, 10**15))
def test_an_id_is_read_as_it_was_written(since: Snapshot, until: Snapshot, after: int) -> None:
    whole = Cursor("7f", since, since)
    assert read_cursor(write_cursor(whole)) == whole
    partly = Cursor("7f", since, until, after)
    assert read_cursor(write_cursor(partly)) == (partly if covers(until, since) else None)


@pytest.mark.parametrize(
    "text",
    ["", "7", "7f/", "7f/5:4:", "7f/0:4:", "7f/3:9:10", "7f/3:9:5,4", "7f/3:9:5,5", "7f/3:9:2", "zz/3:9:", "7f/3:9:/",
     "7f/3:9:/3:9:", "7f/3:9:/3:8:/4", "7f/3:9:/3:9:/x", "7f/3:99999999999999999999:", "7f/3:9:/" * 2000, "①/3:9:"],
)  # fmt: skip
def test_what_is_no_id_of_ours_is_told_apart(text: str) -> None:
    assert read_cursor(text) is None


def test_frames_are_what_a_browser_reads() -> None:
    position = Position("7f", Snapshot(3, 9, (4, 5)), 0)
    assert greet(position) == b"retry: 2000\nid: 7f/3:9:4,5\nevent: ready\ndata: {}\n\n"
    assert greet(None) == b"retry: 2000\nevent: ready\ndata: {}\n\n"
    assert end(Ending.SLOW) == b'event: end\ndata: {"reason":"slow"}\n\n'
    assert beat(position) == b": \nid: 7f/3:9:4,5\n\n"
    assert beat(None) == b": \n\n"
    assert begin_cursor(position).after == 0
