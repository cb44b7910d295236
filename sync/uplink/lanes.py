"""The room's outbox: one append-only log per lane, and how far the hub is with each.

Every function takes a connection and leaves the transaction to its caller. A lane's `seq` never
restarts and its newest row is never purged; which incarnation a row belongs to follows from
`incarnation_lane`. Source: design §5, sync protocol v1.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from sync.wire.event import Event, Lane

Row = tuple[int, str, bytes, int, int, str, bytes, bytes]
"""One lane row: seq, kind, boot (16 bytes), mono_ms, wall_ms, tq, body, sha8."""

_COLUMNS = "seq, kind, boot, mono_ms, wall_ms, tq, body, sha8"

_LANE_TABLE = """CREATE TABLE LANE (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, boot BLOB NOT NULL, mono_ms INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL, tq TEXT NOT NULL, body BLOB NOT NULL, sha8 BLOB NOT NULL)"""


def sql(lane: int, text: str) -> str:
    """A statement with the words LANE and ROW replaced by the lane's table and a row's columns."""
    return text.replace("LANE", f"lane_{Lane(lane):d}").replace("ROW", _COLUMNS)


TABLES = (
    *(sql(lane, _LANE_TABLE) for lane in Lane),
    """CREATE TABLE incarnation (
        n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, boot TEXT NOT NULL,
        reason TEXT NOT NULL)""",
    """CREATE TABLE incarnation_lane (
        n INTEGER NOT NULL, lane INTEGER NOT NULL, first_seq INTEGER NOT NULL,
        PRIMARY KEY (n, lane)) WITHOUT ROWID""",
    """CREATE TABLE cursor (
        lane INTEGER NOT NULL, n INTEGER NOT NULL, acked INTEGER NOT NULL,
        settled INTEGER NOT NULL, PRIMARY KEY (lane, n)) WITHOUT ROWID""",
    """CREATE TABLE anchor (
        boot TEXT NOT NULL, mono_ms INTEGER NOT NULL, wall_ms INTEGER NOT NULL,
        err_ms INTEGER NOT NULL, source TEXT NOT NULL,
        PRIMARY KEY (boot, mono_ms)) WITHOUT ROWID""",
    """CREATE TABLE gap (
        lane INTEGER NOT NULL, n INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
        reason TEXT NOT NULL, PRIMARY KEY (lane, n, first)) WITHOUT ROWID""",
    """CREATE TABLE dead (
        lane INTEGER NOT NULL, n INTEGER NOT NULL, seq INTEGER NOT NULL, code TEXT NOT NULL,
        reason TEXT NOT NULL, kind TEXT NOT NULL, body BLOB NOT NULL,
        PRIMARY KEY (lane, n, seq)) WITHOUT ROWID""",
)
"""The tables of the outbox, for a migration to create."""

EVENT_OVERHEAD = 220
"""Bytes of a message around one event's body."""

_INSERT = "INSERT INTO LANE (ROW) VALUES "
_VALUES = "(?,?,?,?,?,?,?,?)"
_CHUNKS = (64, 16, 4, 1)
_INSERTS = {
    (lane, size): sql(lane, _INSERT + ",".join([_VALUES] * size))
    for lane in Lane
    for size in _CHUNKS
}


@dataclass(frozen=True, slots=True)
class Span:
    """What one incarnation holds of one lane, and how far the hub is with it.

    Attributes:
        n: number of the incarnation in this store, 1 = oldest.
        id: its identity, 16 hex digits.
        boot: kernel boot id that it began in.
        reason: why it began.
        lane: the lane.
        first_seq: its first number in the lane.
        last_seq: its last number so far; `first_seq - 1` = nothing yet.
        acked: the hub has committed everything up to here.
        settled: that is also safe elsewhere.
        newest: whether new rows still go here.
    """

    n: int
    id: str
    boot: str
    reason: str
    lane: int
    first_seq: int
    last_seq: int
    acked: int
    settled: int
    newest: bool

    @property
    def waiting(self) -> int:
        """How many numbers the hub has not confirmed."""
        return max(0, self.last_seq - self.acked)


@dataclass(frozen=True, slots=True)
class Hole:
    """Numbers that will never come, and why."""

    first: int
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """A contiguous run of one lane, ready to be sent.

    Attributes:
        span: where it comes from.
        first_seq: the number the hub expects next.
        last_seq: the number of the last event.
        events: the events, in order.
        holes: the numbers between that will never come.
    """

    span: Span
    first_seq: int
    last_seq: int
    events: tuple[Event, ...]
    holes: tuple[Hole, ...]


@dataclass(frozen=True, slots=True)
class Dead:
    """An event the hub would not take.

    Attributes:
        seq: its number.
        code: why, as a word: `rejected`, `fork`, `too_big`, `malformed`, `damaged`.
        reason: why, as the hub said it.
    """

    seq: int
    code: str
    reason: str


def insert_rows(connection: sqlite3.Connection, lane: Lane, rows: Sequence[Row]) -> None:
    """Append rows, with as few statements as can be: each one costs a turn at the interpreter."""
    done = 0
    for size in _CHUNKS:
        while len(rows) - done >= size:
            part = rows[done : done + size]
            values = part[0] if size == 1 else [value for row in part for value in row]
            connection.execute(_INSERTS[lane, size], values)
            done += size


def event_of(row: Row) -> Event:
    """The event in a lane row."""
    return Event(row[0], row[1], row[2].hex(), row[3], row[4], row[5], row[6])


def next_seq(connection: sqlite3.Connection, lane: Lane) -> int:
    """The number the lane's next row gets; above everything ever declared."""
    newest = connection.execute(sql(lane, "SELECT max(seq) FROM LANE")).fetchone()[0] or 0
    declared = connection.execute(
        "SELECT max(first_seq) FROM incarnation_lane WHERE lane = ?", (lane,)
    ).fetchone()[0]
    return int(max(newest + 1, declared or 1))


def begin_incarnation(
    connection: sqlite3.Connection, id_: int, boot: str, reason: str, least_seq: int = 1
) -> int:
    """Begin a new incarnation; numbers go on. Returns its n.

    Args:
        connection: inside a transaction.
        id_: its random 64-bit identity.
        boot: kernel boot id.
        reason: `first`, `boot`, `damaged`, `rollback`.
        least_seq: no lane goes on below this number.
    """
    written = connection.execute(
        "INSERT INTO incarnation (id, boot, reason) VALUES (?, ?, ?)", (f"{id_:016x}", boot, reason)
    )
    n = int(written.lastrowid or 0)
    firsts = [(n, lane, max(least_seq, next_seq(connection, lane))) for lane in Lane]
    connection.executemany("INSERT INTO incarnation_lane VALUES (?, ?, ?)", firsts)
    return n


def newest_incarnation(connection: sqlite3.Connection) -> tuple[int, int, str] | None:
    """The running incarnation: its n, identity and boot id; None in an empty store."""
    row = connection.execute(
        "SELECT n, id, boot FROM incarnation ORDER BY n DESC LIMIT 1"
    ).fetchone()
    return None if row is None else (row[0], int(row[1], 16), row[2])


_SPANS = """SELECT i.n, i.id, i.boot, i.reason, l.lane, l.first_seq,
    lead(l.first_seq) OVER (PARTITION BY l.lane ORDER BY i.n), c.acked, c.settled
    FROM incarnation i JOIN incarnation_lane l ON l.n = i.n
    LEFT JOIN cursor c ON c.n = i.n AND c.lane = l.lane ORDER BY l.lane, i.n"""


def spans(connection: sqlite3.Connection) -> tuple[Span, ...]:
    """Every incarnation's part of every lane, by lane, oldest first."""
    return tuple(_span(connection, row) for row in connection.execute(_SPANS).fetchall())


def _span(
    connection: sqlite3.Connection,
    row: tuple[int, str, str, str, int, int, int | None, int | None, int | None],
) -> Span:
    n, id_, boot, reason, lane, first, following, acked, settled = row
    last = following - 1 if following is not None else next_seq(connection, Lane(lane)) - 1
    nothing = first - 1
    return Span(
        n=n,
        id=id_,
        boot=boot,
        reason=reason,
        lane=lane,
        first_seq=first,
        last_seq=last,
        acked=nothing if acked is None else acked,
        settled=nothing if settled is None else settled,
        newest=following is None,
    )


def ends(connection: sqlite3.Connection) -> tuple[int, dict[int, int]]:
    """The running incarnation's n (0 = none yet) and the newest number of each lane."""
    n = connection.execute("SELECT max(n) FROM incarnation").fetchone()[0] or 0
    newest = {
        int(lane): connection.execute(sql(lane, "SELECT max(seq) FROM LANE")).fetchone()[0] or 0
        for lane in Lane
    }
    return n, newest


def read_run(
    connection: sqlite3.Connection, span: Span, after: int, max_events: int, max_bytes: int
) -> Run | None:
    """The next run above `after`, at least one event; None if only numbers without rows are left.

    Args:
        connection: may be read-only.
        span: the part of the lane to read.
        after: the hub has this number and all below.
        max_events: at most so many events.
        max_bytes: stop before bodies and what is around them exceed this; one event always goes.
    """
    declared = _declared(connection, span, after)
    rows = connection.execute(
        sql(span.lane, "SELECT ROW FROM LANE WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?"),
        (after, span.last_seq, max_events + sum(hole.last - hole.first + 1 for hole in declared)),
    )
    events: list[Event] = []
    holes: list[Hole] = []
    expected, size = after + 1, 0
    for row in rows:
        if any(hole.first <= row[0] <= hole.last for hole in declared):
            continue
        size += len(row[6]) + EVENT_OVERHEAD
        if len(events) == max_events or (events and size > max_bytes):
            break
        if row[0] > expected:
            holes += _holes(declared, expected, row[0] - 1)
        events.append(event_of(row))
        expected = row[0] + 1
    if not events:
        return None
    return Run(span, after + 1, events[-1].seq, tuple(events), tuple(holes))


def _declared(connection: sqlite3.Connection, span: Span, after: int) -> list[Hole]:
    rows = connection.execute(
        "SELECT first, last, reason FROM gap WHERE lane = ? AND n = ? AND last > ? ORDER BY first",
        (span.lane, span.n, after),
    )
    return [Hole(*row) for row in rows]


def _holes(declared: Sequence[Hole], first: int, last: int) -> list[Hole]:
    """Holes that cover first..last: declared ones by their reason, the rest were purged."""
    found: list[Hole] = []
    at = first
    for hole in declared:
        if hole.last < at or hole.first > last:
            continue
        if hole.first > at:
            found.append(Hole(at, hole.first - 1, "purged"))
        found.append(Hole(max(at, hole.first), min(last, hole.last), hole.reason))
        at = hole.last + 1
    if at <= last:
        found.append(Hole(at, last, "purged"))
    return found


def move_cursor(
    connection: sqlite3.Connection, lane: int, n: int, acked: int, settled: int
) -> None:
    """Write how far the hub is; also backwards, when the hub itself lost something."""
    connection.execute(
        "INSERT INTO cursor VALUES (?, ?, ?, ?) ON CONFLICT (lane, n) "
        "DO UPDATE SET acked = excluded.acked, settled = excluded.settled",
        (lane, n, acked, settled),
    )


def declare_gap(connection: sqlite3.Connection, lane: int, n: int, hole: Hole) -> None:
    """Record that these numbers will never come."""
    connection.execute(
        "INSERT INTO gap VALUES (?, ?, ?, ?, ?) ON CONFLICT (lane, n, first) "
        "DO UPDATE SET last = max(last, excluded.last)",
        (lane, n, hole.first, hole.last, hole.reason),
    )


def bury(connection: sqlite3.Connection, lane: int, n: int, letter: Dead) -> None:
    """Copy one event to the dead letters; the row itself stays in its lane."""
    connection.execute(
        sql(
            lane,
            "INSERT OR REPLACE INTO dead (lane, n, seq, code, reason, kind, body) "
            "SELECT ?, ?, seq, ?, ?, kind, body FROM LANE WHERE seq = ?",
        ),
        (lane, n, letter.code, letter.reason, letter.seq),
    )


def oldest_waiting(connection: sqlite3.Connection, span: Span) -> Event | None:
    """The first event of a span that the hub has not confirmed."""
    run = read_run(connection, span, span.acked, 1, 0)
    return None if run is None else run.events[0]


def waiting(connection: sqlite3.Connection, lane: int) -> int:
    """How many events of a lane the hub has not confirmed; numbers that never come do not count."""
    total = 0
    for span in spans(connection):
        if span.lane != lane:
            continue
        total += span.waiting
        for hole in _declared(connection, span, span.acked):
            first, last = max(hole.first, span.acked + 1), min(hole.last, span.last_seq)
            total -= max(0, last - first + 1)
    return total
