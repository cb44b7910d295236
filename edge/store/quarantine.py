"""A damaged store is set aside and its readable rows are carried over, one by one.

Rows keep incarnation and number, so the hub knows those it already has; what cannot be read is
declared as a gap. Source: design §5, sync protocol v1 (start).
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from edge.store.opening import (
    Opened,
    closed_on_error,
    connect_readonly,
    opened,
    prepare,
    sync_to_disk,
)
from school.moment import Moment
from sync.uplink import lanes
from sync.wire.event import Lane, content_hash

_GIVE_UP_AFTER = 1000  # numbers in a row that are not there: the end of an unreadable lane
_HASHES_CHECKED = 50_000  # a month of a busy room; more would keep the first tap waiting
_IDENTITY = ("incarnation", "incarnation_lane")
_BESIDE = ("cursor", "anchor", "gap", "dead")


@dataclass(frozen=True, slots=True)
class Salvage:
    """What became of a damaged file.

    Attributes:
        set_aside: where it is now.
        kept: rows carried over.
        lost: numbers known to be unreadable; they are declared as gaps.
        complete: whether the ends of all lanes could be read, so that `lost` is the whole loss.
    """

    set_aside: Path
    kept: int
    lost: int
    complete: bool


def replace_damaged(
    path: Path,
    now: Moment,
    new_id: Callable[[], int],
    after_rename: Callable[[], None] | None = None,
) -> tuple[Opened, Salvage]:
    """Set a damaged file aside, begin a new one, carry over what can be read.

    Args:
        path: the store's file.
        now: gives the boot id.
        new_id: a random 64-bit number.
        after_rename: called once the file has its new name, such as to close connections to it.

    Raises:
        sqlite3.Error: the new file could not be written.
        OSError: the damaged file could not be renamed.
    """
    aside = _set_aside(path, now.boot)
    if after_rename is not None:
        after_rename()
    connection = prepare(path)
    with closed_on_error(connection):
        connection.execute("BEGIN IMMEDIATE")
        salvage = _carry_over(aside, connection)
        lanes.begin_incarnation(connection, new_id(), now.boot, "damaged")
        connection.execute("COMMIT")
        return opened(connection), salvage


def wrong_row(connection: sqlite3.Connection) -> str:
    """Which row of the newest of each lane does not fit its hash any more; "" = none.

    SQLite's own check does not look into what a row says.
    """
    newest = "SELECT ROW FROM LANE ORDER BY seq DESC LIMIT ?"
    for lane in Lane:
        try:
            for row in connection.execute(lanes.sql(lane, newest), (_HASHES_CHECKED,)):
                if not _sound(row):
                    return f"row {row[0]} of lane {lane:d} does not fit its hash"
        except sqlite3.DatabaseError as error:
            return str(error)
    return ""


def _set_aside(path: Path, boot: str) -> Path:
    """Rename file and log to the first free name; the shared-memory file is dropped."""
    n = 1
    while (aside := path.with_name(f"{path.name}.damaged-{boot[:8]}-{n}")).exists():
        n += 1
    log = Path(f"{path}-wal")
    if log.exists():
        log.rename(f"{aside}-wal")
    path.rename(aside)
    Path(f"{path}-shm").unlink(missing_ok=True)
    sync_to_disk(path.parent)
    return aside


def _carry_over(aside: Path, connection: sqlite3.Connection) -> Salvage:
    nothing = Salvage(aside, kept=0, lost=0, complete=False)
    try:
        old = connect_readonly(aside)
    except sqlite3.Error:
        return nothing
    try:
        if not all(_copy_table(old, connection, table) for table in _IDENTITY):
            connection.execute("DELETE FROM incarnation_lane")
            connection.execute("DELETE FROM incarnation")
            return nothing
        beside = [_copy_table(old, connection, table) for table in _BESIDE]
        tallies = [_carry_lane(old, connection, lane) for lane in Lane]
    finally:
        old.close()
    return Salvage(
        aside,
        kept=sum(kept for kept, _, _ in tallies),
        lost=sum(lost for _, lost, _ in tallies),
        complete=all(beside) and all(end_read for _, _, end_read in tallies),
    )


def _copy_table(old: sqlite3.Connection, new: sqlite3.Connection, table: str) -> bool:
    """Copy a small table as far as it can be read; whether all of it was."""
    try:
        for row in old.execute(f"SELECT * FROM {table}"):  # noqa: S608 - names of this module
            marks = ",".join("?" * len(row))
            new.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)  # noqa: S608 - names of this module
    except sqlite3.DatabaseError:
        return False
    return True


def _carry_lane(
    old: sqlite3.Connection, new: sqlite3.Connection, lane: Lane
) -> tuple[int, int, bool]:
    """Copy one lane; gives rows kept, numbers lost, and whether its end could be read."""
    kept: set[int] = set()
    top = 0
    reader = _LaneReader(old, lane)
    for row in reader.rows():
        top = max(top, row[0])
        if _sound(row):
            lanes.insert_rows(new, lane, [row])
            kept.add(row[0])
    lost = 0
    for span in lanes.spans(new):
        if span.lane != lane:
            continue
        last = top if span.newest else span.last_seq
        for hole in _missing(kept, max(span.acked + 1, span.first_seq), last):
            lanes.declare_gap(new, lane, span.n, hole)
            lost += hole.last - hole.first + 1
    return len(kept), lost, reader.end_read


def _missing(kept: set[int], first: int, last: int) -> Iterator[lanes.Hole]:
    at = first
    for seq in sorted(number for number in kept if first <= number <= last):
        if seq > at:
            yield lanes.Hole(at, seq - 1, "damaged")
        at = seq + 1
    if at <= last:
        yield lanes.Hole(at, last, "damaged")


def _sound(row: lanes.Row) -> bool:
    """Whether the row's content still fits its hash."""
    try:
        return content_hash(row[1], row[2].hex(), row[3], row[6]) == row[7] and bool(
            row[6].decode()
        )
    except (AttributeError, TypeError, ValueError):
        return False


class _LaneReader:
    """Reads what can be read of a lane: upwards, from the end back, then number by number."""

    def __init__(self, old: sqlite3.Connection, lane: Lane) -> None:
        self._old = old
        self._lane = lane
        self._broken = False
        self.end_read = False

    def rows(self) -> Iterator[lanes.Row]:
        """Each readable row once, in no promised order."""
        low = 0
        for row in self._until_broken("seq > ? ORDER BY seq", 0):
            low = row[0]
            yield row
        if not self._broken:
            self.end_read = True
            return
        high = None
        for row in self._until_broken("seq > ? ORDER BY seq DESC", low):
            self.end_read = True
            high = row[0]
            yield row
        yield from self._one_by_one(low + 1, high)

    def _until_broken(self, where: str, low: int) -> Iterator[lanes.Row]:
        self._broken = False
        question = lanes.sql(self._lane, f"SELECT ROW FROM LANE WHERE {where}")  # noqa: S608 - constants
        try:
            yield from self._old.execute(question, (low,))
        except sqlite3.DatabaseError:
            self._broken = True

    def _one_by_one(self, low: int, high: int | None) -> Iterator[lanes.Row]:
        question = lanes.sql(self._lane, "SELECT ROW FROM LANE WHERE seq = ?")
        seq, missed = low, 0
        while missed < _GIVE_UP_AFTER if high is None else seq < high:
            row = None
            with suppress(sqlite3.DatabaseError):
                row = self._old.execute(question, (seq,)).fetchone()
            missed = 0 if row else missed + 1
            if row:
                yield row
            seq += 1
