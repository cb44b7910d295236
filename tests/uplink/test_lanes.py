"""The outbox tables: numbers go on for ever, runs are contiguous, holes are declared."""

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.uplink import lanes
from sync.wire.event import Lane, content_hash

BOOT = "b0" * 16


def row(seq: int, size: int = 10) -> lanes.Row:
    body = b'{"x":"' + b"y" * size + b'"}'
    return (
        seq,
        "tap",
        bytes.fromhex(BOOT),
        seq,
        10 + seq,
        "ntp",
        body,
        content_hash("tap", BOOT, seq, body),
    )


def fresh() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for statement in lanes.TABLES:
        connection.execute(statement)
    lanes.begin_incarnation(connection, 0xA, BOOT, "first")
    return connection


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    connection = fresh()
    yield connection
    connection.close()


def span_of(connection: sqlite3.Connection, lane: int = 0, n: int = 1) -> lanes.Span:
    return next(s for s in lanes.spans(connection) if (s.lane, s.n) == (lane, n))


@given(st.integers(1, 300))
def test_any_number_of_rows_is_inserted_whole(count: int) -> None:
    connection = fresh()
    rows = [row(seq) for seq in range(1, count + 1)]
    lanes.insert_rows(connection, Lane.ATTENDANCE, rows)
    found = connection.execute("SELECT * FROM lane_0 ORDER BY seq").fetchall()
    connection.close()
    assert found == rows


def test_numbers_go_on_in_a_new_incarnation_and_spans_part_there(connection) -> None:
    lanes.insert_rows(connection, Lane.ATTENDANCE, [row(1), row(2)])
    lanes.begin_incarnation(connection, 0xB, "b1" * 16, "boot")
    assert lanes.next_seq(connection, Lane.ATTENDANCE) == 3
    lanes.insert_rows(connection, Lane.ATTENDANCE, [row(3)])
    old, new = span_of(connection, n=1), span_of(connection, n=2)
    assert (old.first_seq, old.last_seq, old.newest) == (1, 2, False)
    assert (new.first_seq, new.last_seq, new.newest) == (3, 3, True)
    assert lanes.newest_incarnation(connection) == (2, 0xB, "b1" * 16)
    assert lanes.ends(connection) == (2, {0: 3, 1: 0, 2: 0, 3: 0})


def test_an_incarnation_without_rows_is_empty(connection) -> None:
    lanes.begin_incarnation(connection, 0xB, "b1" * 16, "boot")
    for span in lanes.spans(connection):
        assert span.last_seq == span.first_seq - 1 == 0
        assert span.waiting == 0


def test_a_run_ends_at_its_limits(connection) -> None:
    lanes.insert_rows(connection, Lane.ATTENDANCE, [row(seq) for seq in range(1, 11)])
    span = span_of(connection)
    run = lanes.read_run(connection, span, 3, 4, 1 << 20)
    assert run is not None
    assert [event.seq for event in run.events] == [4, 5, 6, 7]
    assert (run.first_seq, run.last_seq, run.holes) == (4, 7, ())
    one = lanes.read_run(connection, span, 0, 500, 1)
    assert one is not None
    assert len(one.events) == 1
    assert lanes.read_run(connection, span, 10, 500, 1 << 20) is None


def test_a_run_never_leaves_its_incarnation(connection) -> None:
    lanes.insert_rows(connection, Lane.ATTENDANCE, [row(1), row(2)])
    lanes.begin_incarnation(connection, 0xB, "b1" * 16, "boot")
    lanes.insert_rows(connection, Lane.ATTENDANCE, [row(3)])
    run = lanes.read_run(connection, span_of(connection, n=1), 0, 500, 1 << 20)
    assert run is not None
    assert run.last_seq == 2


def test_purged_and_declared_holes_are_told_apart(connection) -> None:
    lanes.insert_rows(connection, Lane.ATTENDANCE, [row(seq) for seq in (3, 4, 5, 8)])
    lanes.declare_gap(connection, 0, 1, lanes.Hole(4, 4, "malformed"))
    lanes.declare_gap(connection, 0, 1, lanes.Hole(7, 7, "damaged"))
    run = lanes.read_run(connection, span_of(connection), 0, 500, 1 << 20)
    assert run is not None
    assert [event.seq for event in run.events] == [3, 5, 8]
    assert run.holes == (
        lanes.Hole(1, 2, "purged"),
        lanes.Hole(4, 4, "malformed"),
        lanes.Hole(6, 6, "purged"),
        lanes.Hole(7, 7, "damaged"),
    )
    assert run.first_seq == 1


@given(st.sets(st.integers(1, 40), min_size=1), st.sets(st.integers(1, 40)), st.integers(0, 40))
def test_events_and_holes_cover_a_run_exactly(present, declared, after) -> None:
    connection = fresh()
    lanes.insert_rows(connection, Lane.ATTENDANCE, [row(seq) for seq in sorted(present)])
    for seq in declared:
        lanes.declare_gap(connection, 0, 1, lanes.Hole(seq, seq, "damaged"))
    run = lanes.read_run(connection, span_of(connection), after, 7, 1 << 20)
    waiting = lanes.waiting(connection, 0)
    connection.close()
    left = sorted(seq for seq in present - declared if seq > after)
    if run is None:
        assert not left
        return
    numbers = [event.seq for event in run.events]
    assert numbers == left[:7]
    for hole in run.holes:
        numbers += range(hole.first, hole.last + 1)
    assert sorted(numbers) == list(range(after + 1, run.last_seq + 1))
    assert waiting == max(present) - len(declared & set(range(1, max(present) + 1)))


def test_a_dead_letter_keeps_the_whole_event(connection) -> None:
    lanes.insert_rows(connection, Lane.ATTENDANCE, [row(1)])
    lanes.bury(connection, 0, 1, lanes.Dead(1, "rejected", "why"))
    lanes.bury(connection, 0, 1, lanes.Dead(1, "rejected", "why again"))
    found = connection.execute("SELECT * FROM dead").fetchall()
    assert found == [(0, 1, 1, "rejected", "why again", "tap", row(1)[6])]


def test_the_cursor_moves_both_ways(connection) -> None:
    lanes.insert_rows(connection, Lane.ATTENDANCE, [row(seq) for seq in range(1, 6)])
    lanes.move_cursor(connection, 0, 1, 4, 2)
    assert lanes.waiting(connection, 0) == 1
    assert lanes.oldest_waiting(connection, span_of(connection)) == lanes.event_of(row(5))
    lanes.move_cursor(connection, 0, 1, 1, 1)
    assert lanes.waiting(connection, 0) == 4
