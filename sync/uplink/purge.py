"""Old rows leave the room: settled elsewhere, and older than the room must keep them.

Age is told by rows whose time was trusted; the order of numbers covers the rest, since a row below
an old row is older still. Where nothing trusted is known, rows stay.
"""

import sqlite3

from sync.uplink.lanes import ends, spans, sql
from sync.wire.event import Lane

SLICE = 500
"""Rows that go in one transaction at most."""

KEEP_MS = 35 * 24 * 3600 * 1000
"""A hub that was lost is rebuilt from its rooms: they keep so much."""


def purge_slice(connection: sqlite3.Connection, lane: Lane, before_ms: int) -> int:
    """Delete the oldest settled rows of a lane, a slice at most; the newest row always stays.

    Args:
        connection: inside a transaction.
        lane: which lane.
        before_ms: rows from before this Unix time in milliseconds may go; by a trusted clock.

    Returns:
        How many rows went; 0 = nothing more is old enough.
    """
    first = connection.execute(sql(lane, "SELECT min(seq) FROM LANE")).fetchone()[0]
    if first is None:
        return 0
    newest = ends(connection)[1][lane]
    old = _old_through(connection, lane, first, before_ms)
    through = min(old, _settled_through(connection, lane), newest - 1)
    gone = connection.execute(sql(lane, "DELETE FROM LANE WHERE seq <= ?"), (through,))
    return gone.rowcount


def forget_incarnations(connection: sqlite3.Connection) -> int:
    """Drop the oldest incarnations that hold no row any more, and their anchors; says how many."""
    count = 0
    while (n := _emptied(connection)) is not None:
        for table in ("incarnation", "incarnation_lane", "cursor", "gap"):
            connection.execute(f"DELETE FROM {table} WHERE n = ?", (n,))  # noqa: S608 - names above
        count += 1
    connection.execute("DELETE FROM anchor WHERE boot NOT IN (SELECT boot FROM incarnation)")
    return count


def _old_through(connection: sqlite3.Connection, lane: Lane, first: int, before_ms: int) -> int:
    """The highest number of the first slice that is surely old; `first - 1` = none."""
    trusted = "tq IN ('hub', 'ntp')"
    later = connection.execute(
        sql(lane, f"SELECT wall_ms FROM LANE WHERE seq >= ? AND {trusted} ORDER BY seq LIMIT 1"),  # noqa: S608 - constants
        (first + SLICE - 1,),
    ).fetchone()
    if later is not None and later[0] < before_ms:
        return first + SLICE - 1
    found = connection.execute(
        sql(
            lane,
            f"SELECT max(seq) FROM LANE WHERE seq < ? AND {trusted} AND wall_ms < ?",  # noqa: S608 - constants
        ),
        (first + SLICE, before_ms),
    ).fetchone()[0]
    return first - 1 if found is None else int(found)


def _settled_through(connection: sqlite3.Connection, lane: Lane) -> int:
    """Everything up to here is settled, incarnation after incarnation."""
    through = 0
    for span in spans(connection):
        if span.lane != lane:
            continue
        through = span.settled
        if span.settled < span.last_seq:
            break
    return through


def _emptied(connection: sqlite3.Connection) -> int | None:
    """The oldest incarnation, if none of its rows is left and it is not the running one."""
    two = connection.execute("SELECT n FROM incarnation ORDER BY n LIMIT 2").fetchall()
    if len(two) < 2:
        return None
    following = connection.execute(
        "SELECT lane, first_seq FROM incarnation_lane WHERE n = ?", (two[1][0],)
    ).fetchall()
    for lane, first_seq in following:
        left = connection.execute(
            sql(lane, "SELECT 1 FROM LANE WHERE seq < ? LIMIT 1"), (first_seq,)
        )
        if left.fetchone() is not None:
            return None
    return int(two[0][0])
