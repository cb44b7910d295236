"""How the store's file is opened, created and brought up to date; all of it on the writer's thread.

Source: design §5; pragmas from sync protocol v1.
"""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.store.errors import StoreFailedError
from school.moment import Moment
from sync.uplink import lanes
from sync.wire.event import Lane

SCHEMA = 2
"""How many migration steps there are."""

CHECKPOINT_BACKSTOP_PAGES = 4000
"""SQLite checkpoints by itself at this size of its log; normally the writer does, when idle."""


@dataclass(slots=True)
class Opened:
    """A store ready to be written.

    Attributes:
        connection: the only writing and checkpointing one.
        incarnation: identity of the running incarnation.
        next_seq: number of the next row of each lane.
    """

    connection: sqlite3.Connection
    incarnation: int
    next_seq: dict[Lane, int]


def open_database(path: Path, now: Moment, new_id: Callable[[], int]) -> Opened:
    """Open for writing: create, migrate, begin a new incarnation where one is due.

    Raises:
        sqlite3.DatabaseError: the file is damaged, or the disk refuses.
        StoreFailedError: the file system cannot hold such a database.
    """
    connection = prepare(path)
    with closed_on_error(connection):
        newest = lanes.newest_incarnation(connection)
        if newest is None or newest[2] != now.boot:
            connection.execute("BEGIN IMMEDIATE")
            reason = "first" if newest is None else "boot"
            lanes.begin_incarnation(connection, new_id(), now.boot, reason)
            connection.execute("COMMIT")
        return opened(connection)


@contextmanager
def closed_on_error(connection: sqlite3.Connection) -> Iterator[None]:
    """A damaged file must not stay open behind the one that takes its place."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


def prepare(path: Path) -> sqlite3.Connection:
    """Create the file where there is none, bring its schema up to date, connect for writing.

    A new file and its folder are synced before this returns, or a power cut could undo it.
    """
    pending = not path.exists() or _schema_of(path) < SCHEMA
    if pending:
        _migrate(path)
    connection = connect(path)
    if pending:
        sync_to_disk(path)
        sync_to_disk(path.parent)
    return connection


def _migrate(path: Path) -> None:
    """Run the program that brings the schema up to date; its memory is gone when it ends.

    Raises:
        sqlite3.DatabaseError: a step failed; `sqlite_errorcode` says how.
    """
    program = [sys.executable, "-P", "-m", "edge.store.migrations", str(path)]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    reason = done.stderr.strip().rpartition("\n")[2]
    error = sqlite3.DatabaseError(reason or f"the migration ended with {done.returncode}")
    error.sqlite_errorcode = done.returncode if done.returncode > 0 else sqlite3.SQLITE_ERROR
    raise error


def opened(connection: sqlite3.Connection) -> Opened:
    """What the running incarnation of a prepared file goes on with."""
    newest = lanes.newest_incarnation(connection)
    if newest is None:
        raise StoreFailedError("the store holds no incarnation")
    return Opened(connection, newest[1], {lane: lanes.next_seq(connection, lane) for lane in Lane})


def connect(path: Path) -> sqlite3.Connection:
    """The writing connection: WAL, a sync at each commit.

    Raises:
        StoreFailedError: the file system cannot hold a write-ahead log.
    """
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    with closed_on_error(connection):
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        connection.execute("PRAGMA synchronous = FULL")
        full = connection.execute("PRAGMA synchronous").fetchone()[0]
        if (mode, full) != ("wal", 2):
            raise StoreFailedError(
                f"{path}: this file system gives journal mode {mode}, synchronous {full}; "
                "the store needs WAL and FULL on a local disk"
            )
        for pragma in (
            f"wal_autocheckpoint = {CHECKPOINT_BACKSTOP_PAGES}",
            "foreign_keys = ON",
            "busy_timeout = 5000",
            "temp_store = MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")
    return connection


def connect_readonly(path: Path) -> sqlite3.Connection:
    """A connection that can neither write nor checkpoint."""
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=ro",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    with closed_on_error(connection):
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("PRAGMA busy_timeout = 5000")
    return connection


def sync_to_disk(path: Path) -> None:
    """Flush a file or a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _schema_of(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()
