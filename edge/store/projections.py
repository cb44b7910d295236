"""Marks, lessons and runs as tables: derived from lane 0, and rebuilt from it at any time.

What a column means is the business of `school`; here it is written, read back and compared.
"""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields

from edge.store.stored import Stored
from sync.uplink.lanes import event_of, spans, sql
from sync.wire.event import Lane

TABLES = (
    """CREATE TABLE mark (
        lesson_id TEXT NOT NULL, person_id TEXT NOT NULL, presence TEXT NOT NULL,
        excuse TEXT NOT NULL, minutes INTEGER, source TEXT NOT NULL, at_ms INTEGER NOT NULL,
        fact_id TEXT NOT NULL, PRIMARY KEY (lesson_id, person_id)) WITHOUT ROWID""",
    """CREATE TABLE lesson (
        lesson_id TEXT PRIMARY KEY, attendance TEXT NOT NULL, confirmed_at_ms INTEGER,
        body TEXT NOT NULL, fact_id TEXT NOT NULL) WITHOUT ROWID""",
    """CREATE TABLE run (
        run_id TEXT PRIMARY KEY, state TEXT NOT NULL, body TEXT NOT NULL,
        fact_id TEXT NOT NULL) WITHOUT ROWID""",
)
"""The tables, for a migration to create."""


@dataclass(frozen=True, slots=True)
class MarkRow:
    """One person in one lesson.

    Attributes:
        lesson_id: the lesson.
        person_id: the person.
        presence: `present`, `late`, `absent` …
        excuse: `none` or the kind of excuse.
        minutes: how late or how early; None where it has no meaning.
        source: what decided it, such as `tap` or `teacher`.
        at_ms: Unix milliseconds of the deciding fact.
        fact_id: event id of that fact; "" where a rule decided without one.
    """

    lesson_id: str
    person_id: str
    presence: str
    excuse: str
    minutes: int | None
    source: str
    at_ms: int
    fact_id: str


@dataclass(frozen=True, slots=True)
class LessonRow:
    """One lesson. `body` is JSON that its owner understands; `fact_id` the last fact in it."""

    lesson_id: str
    attendance: str
    confirmed_at_ms: int | None
    body: str
    fact_id: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. `body` is JSON that its owner understands; `fact_id` the last fact in it."""

    run_id: str
    state: str
    body: str
    fact_id: str


Row = MarkRow | LessonRow | RunRow

_WRITES = {
    MarkRow: "INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    LessonRow: "INSERT OR REPLACE INTO lesson VALUES (?, ?, ?, ?, ?)",
    RunRow: "INSERT OR REPLACE INTO run VALUES (?, ?, ?, ?)",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One projected row that a rebuild sees otherwise; None = it is not there."""

    table: str
    key: str
    stored: Row | None
    rebuilt: Row | None


def write(connection: sqlite3.Connection, rows: Iterable[Row]) -> None:
    """Insert or replace projected rows."""
    for row in rows:
        connection.execute(_WRITES[type(row)], _values(row))


def marks(connection: sqlite3.Connection, lesson_id: str) -> tuple[MarkRow, ...]:
    """The marks of one lesson, by person id."""
    found = connection.execute(
        "SELECT * FROM mark WHERE lesson_id = ? ORDER BY person_id", (lesson_id,)
    )
    return tuple(MarkRow(*row) for row in found)


def lesson(connection: sqlite3.Connection, lesson_id: str) -> LessonRow | None:
    """One lesson."""
    row = connection.execute("SELECT * FROM lesson WHERE lesson_id = ?", (lesson_id,)).fetchone()
    return None if row is None else LessonRow(*row)


def runs(connection: sqlite3.Connection, state: str | None = None) -> tuple[RunRow, ...]:
    """Runs in a state, or all."""
    found = connection.execute(
        "SELECT * FROM run WHERE ?1 IS NULL OR state = ?1 ORDER BY run_id", (state,)
    )
    return tuple(RunRow(*row) for row in found)


def facts(
    connection: sqlite3.Connection, lane: Lane = Lane.ATTENDANCE, since_ms: int | None = None
) -> Iterator[Stored]:
    """The facts of a lane in order, oldest first.

    Args:
        connection: read-only will do; keep it open while iterating.
        lane: which one.
        since_ms: begin at the first fact believed to be this late (Unix ms); None = at the oldest.
    """
    for span in spans(connection):
        if span.lane != lane:
            continue
        rows = connection.execute(
            sql(lane, "SELECT ROW FROM LANE WHERE seq BETWEEN ? AND ? ORDER BY seq"),
            (span.first_seq, span.last_seq),
        )
        for row in rows:
            if since_ms is None or row[4] >= since_ms:
                since_ms = None
                yield Stored(int(span.id, 16), event_of(row))


def differences(
    connection: sqlite3.Connection, replay: Callable[[Iterator[Stored]], Iterable[Row]]
) -> tuple[Difference, ...]:
    """What a replay of lane 0 sees otherwise than the tables do; empty = they agree.

    Rows whose deciding fact was purged long ago cannot be rebuilt and are not compared.

    Args:
        connection: read-only will do.
        replay: applies the facts in order and gives every row that should be there.
    """
    rebuilt = {_key(row): row for row in replay(facts(connection))}
    kept = {stored.id for stored in facts(connection)}
    stored = {_key(row): row for row in _all(connection)}
    found = []
    for key in sorted(rebuilt.keys() | stored.keys()):
        here, there = stored.get(key), rebuilt.get(key)
        if here == there or (there is None and here is not None and here.fact_id not in kept):
            continue
        found.append(Difference(key[0], " ".join(key[1:]), here, there))
    return tuple(found)


def rebuild(
    connection: sqlite3.Connection, replay: Callable[[Iterator[Stored]], Iterable[Row]]
) -> tuple[Difference, ...]:
    """Put right what `differences` finds, inside the caller's transaction; returns what it was."""
    found = differences(connection, replay)
    for difference in found:
        if difference.rebuilt is None and difference.stored is not None:
            _delete(connection, difference.stored)
    write(connection, (d.rebuilt for d in found if d.rebuilt is not None))
    return found


def forget_before(connection: sqlite3.Connection, at_ms: int, most: int) -> int:
    """Drop marks decided before a Unix time in milliseconds, and lessons left without any.

    Args:
        connection: inside a transaction.
        at_ms: the time.
        most: so many rows go at most.

    Returns:
        How many rows went.
    """
    marks = connection.execute(
        "DELETE FROM mark WHERE (lesson_id, person_id) IN "
        "(SELECT lesson_id, person_id FROM mark WHERE at_ms < ? LIMIT ?)",
        (at_ms, most),
    ).rowcount
    lessons = connection.execute(
        "DELETE FROM lesson WHERE lesson_id IN (SELECT lesson_id FROM lesson WHERE "
        "confirmed_at_ms < ? AND lesson_id NOT IN (SELECT lesson_id FROM mark) LIMIT ?)",
        (at_ms, most - marks),
    ).rowcount
    return marks + lessons


def _all(connection: sqlite3.Connection) -> Iterator[Row]:
    yield from (MarkRow(*row) for row in connection.execute("SELECT * FROM mark"))
    yield from (LessonRow(*row) for row in connection.execute("SELECT * FROM lesson"))
    yield from (RunRow(*row) for row in connection.execute("SELECT * FROM run"))


def _values(row: Row) -> tuple[object, ...]:
    return tuple(getattr(row, field.name) for field in fields(row))


def _key(row: Row) -> tuple[str, ...]:
    match row:
        case MarkRow():
            return ("mark", row.lesson_id, row.person_id)
        case LessonRow():
            return ("lesson", row.lesson_id)
        case RunRow():
            return ("run", row.run_id)


def _delete(connection: sqlite3.Connection, row: Row) -> None:
    match row:
        case MarkRow():
            keys = (row.lesson_id, row.person_id)
            connection.execute("DELETE FROM mark WHERE lesson_id = ? AND person_id = ?", keys)
        case LessonRow():
            connection.execute("DELETE FROM lesson WHERE lesson_id = ?", (row.lesson_id,))
        case RunRow():
            connection.execute("DELETE FROM run WHERE run_id = ?", (row.run_id,))
