"""The transactions of the store, on the one writing connection; knows no threads and no loop."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from edge.store.errors import StoreError, StoreFailedError, StoreFullError
from edge.store.opening import Opened, open_database
from edge.store.quarantine import Salvage, replace_damaged, wrong_row
from edge.store.reserve import Reserve, is_full
from edge.store.stored import Stored
from school.moment import Clock, Moment
from sync.uplink import lanes
from sync.wire.event import Event, Lane

Change = Callable[[sqlite3.Connection], None]
T = TypeVar("T")

_DISK_ERRORS = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_BUSY,
}
_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact before it has a number."""

    lane: Lane
    kind: str
    moment: Moment
    body: bytes
    sha8: bytes


@dataclass(frozen=True, slots=True)
class Health:
    """What the quick check found.

    Attributes:
        sound: the file was sound.
        reason: what was wrong with it; "" if nothing.
        salvage: what became of the damaged file's rows; None if nothing was wrong.
    """

    sound: bool
    reason: str = ""
    salvage: Salvage | None = None


class Ledger:
    """The store's file, opened for writing.

    Args:
        path: the database file.
        clock: for the boot id of a new incarnation.
        new_id: a random 64-bit number.
        reserve: space that is given up for taps.

    Raises:
        StoreFailedError: the disk does not let the file be opened or made.
    """

    def __init__(
        self, path: Path, clock: Clock, new_id: Callable[[], int], reserve: Reserve
    ) -> None:
        self._path = path
        self._clock = clock
        self._new_id = new_id
        self._reserve = reserve
        self._boots: tuple[str, bytes] = ("", b"")
        self._health: Health | None = None
        self.generation = 0  # grows when the file is replaced
        self.failed: StoreFailedError | None = None
        self._had_no_room = False  # at the last fact or probe
        self.log_pages = 0  # an estimate of what a checkpoint would have to copy
        try:
            self._opened = self._open()
        except (sqlite3.Error, OSError) as error:
            raise StoreFailedError(
                f"{path} cannot be opened ({error}): look whether it belongs to the user that runs "
                "this, and whether its disk can be written"
            ) from error

    @property
    def incarnation(self) -> int:
        """Identity of the running incarnation."""
        return self._opened.incarnation

    def append(self, facts: Sequence[NewFact]) -> list[Stored]:
        """Commit and sync facts together; all or none.

        Raises:
            StoreFullError: the disk is full, and the reserve could not help.
            StoreFailedError: the disk failed; nothing is stored until a restart.
        """
        try:
            return self._written(lambda: self._insert(facts))
        except StoreFullError:
            only_taps = all(fact.lane == Lane.ATTENDANCE for fact in facts)
            if not (only_taps and self._reserve.free()):
                raise
        return self._written(lambda: self._insert(facts))

    def change(
        self, facts: Sequence[NewFact], changes: Sequence[Change]
    ) -> tuple[list[Stored], list[Exception | None]]:
        """Commit what may wait: grouped facts, projections, cursors. A failing change fails alone.

        Returns:
            the facts as stored, and for each change None or why it failed.

        Raises:
            StoreError: nothing of the group is stored.
        """
        return self._transact(
            lambda: (self._insert(facts), [self._apply(change) for change in changes])
        )

    def probe(self) -> None:
        """Try whether the disk takes a page; `is_full` tells.

        Raises:
            StoreError: it does not.
        """
        connection = self._opened.connection
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        self._written(lambda: connection.execute(f"PRAGMA user_version = {version}"))

    def begin_incarnation(self, reason: str) -> None:
        """Begin a new incarnation in the running boot; numbers go on.

        Raises:
            StoreError: it could not be stored.
        """
        id_, boot = self._new_id(), self._clock.now().boot
        connection = self._opened.connection
        self._transact(lambda: lanes.begin_incarnation(connection, id_, boot, reason))
        self._opened.incarnation = id_

    def check(self) -> Health:
        """Quick check; a damaged file is set aside and a new one takes its place. Runs once.

        Raises:
            StoreFailedError: the damaged file could not be replaced.
        """
        if self._health is None:
            reason = self._damage()
            self._health = Health(sound=True) if not reason else self._replace(reason)
            self.hold_reserve()
        return self._health

    def hold_reserve(self) -> None:
        """Keep the taps' space back again, if the disk has room for it."""
        with suppress(OSError):
            self._reserve.hold()

    @property
    def is_full(self) -> bool:
        """Whether taps are refused: the disk had no room, and what is kept back is given up."""
        return self._had_no_room and not self._reserve.held

    @property
    def is_tight(self) -> bool:
        """Whether the next fact may find no room: worth a probe."""
        return self._had_no_room or is_full(self._path.parent)

    @property
    def is_low(self) -> bool:
        """Whether the space kept back for taps is not there, or soon is all that there is."""
        has_both = self._reserve.held and self._reserve.has_as_much
        return self._reserve.wanted and (self._had_no_room or not has_both)

    def checkpoint(self) -> None:
        """Copy the log into the file, as far as readers allow."""
        self.log_pages = 0
        try:
            self._opened.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        except sqlite3.Error as error:
            if _code(error) == sqlite3.SQLITE_IOERR:
                self._translate(error)

    def close(self) -> None:
        """Close the file; SQLite checkpoints."""
        with suppress(sqlite3.Error):
            self._opened.connection.close()

    def _open(self) -> Opened:
        try:
            return open_database(self._path, self._clock.now(), self._new_id)
        except sqlite3.DatabaseError as error:
            if _code(error) not in _DAMAGE:
                raise
            reason = str(error)
        opened, salvage = replace_damaged(self._path, self._clock.now(), self._new_id)
        self._health = Health(sound=False, reason=reason, salvage=salvage)
        return opened

    def _damage(self) -> str:
        """What is wrong with the file, "" if nothing."""
        try:
            found = self._opened.connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            return str(error)
        return wrong_row(self._opened.connection) if found == "ok" else str(found)

    def _replace(self, reason: str) -> Health:
        old = self._opened.connection
        try:
            opened, salvage = replace_damaged(
                self._path, self._clock.now(), self._new_id, after_rename=old.close
            )
        except (sqlite3.Error, OSError) as error:
            raise self._fail(f"{self._path} is damaged ({reason}) and stays so: {error}") from error
        self._opened = opened
        self.generation += 1
        return Health(sound=False, reason=reason, salvage=salvage)

    def _insert(self, facts: Sequence[NewFact]) -> list[Stored]:
        numbers, incarnation = self._opened.next_seq, self._opened.incarnation
        rows: dict[Lane, list[lanes.Row]] = {}
        stored = []
        for fact in facts:
            seq, at = numbers[fact.lane], fact.moment
            numbers[fact.lane] = seq + 1
            event = Event(seq, fact.kind, at.boot, at.mono_ms, at.wall_ms, at.tq.value, fact.body)
            rows.setdefault(fact.lane, []).append(
                (
                    seq,
                    fact.kind,
                    self._boot(at.boot),
                    at.mono_ms,
                    at.wall_ms,
                    event.tq,
                    fact.body,
                    fact.sha8,
                )
            )
            stored.append(Stored(incarnation, event))
        for lane, lane_rows in rows.items():
            lanes.insert_rows(self._opened.connection, lane, lane_rows)
        self.log_pages += 2 + len(facts) // 16
        return stored

    def _apply(self, change: Change) -> Exception | None:
        """One change in a savepoint of its own; gives its error back, raises only the disk's."""
        connection = self._opened.connection
        connection.execute("SAVEPOINT change")
        try:
            change(connection)
        except Exception as error:  # handed to the caller, who made the change
            if isinstance(error, sqlite3.Error) and _code(error) in _DISK_ERRORS:
                raise
            connection.execute("ROLLBACK TO change")
            connection.execute("RELEASE change")
            return error
        connection.execute("RELEASE change")
        self.log_pages += 1
        return None

    def _written(self, work: Callable[[], T]) -> T:
        """A transaction that needs room on the disk."""
        result = self._transact(work)
        self._had_no_room = False
        return result

    def _transact(self, work: Callable[[], T]) -> T:
        if self.failed is not None:
            raise StoreFailedError(str(self.failed))
        connection, numbers = self._opened.connection, self._opened.next_seq.copy()
        try:
            connection.execute("BEGIN IMMEDIATE")
            result = work()
            connection.execute("COMMIT")
        except Exception as error:
            self._opened.next_seq = numbers
            raise self._translate(error) from error
        return result

    def _translate(self, error: Exception) -> StoreError:
        """Undo the transaction and name the error by what the caller can do."""
        with suppress(sqlite3.Error):
            if self._opened.connection.in_transaction:
                self._opened.connection.execute("ROLLBACK")
        if not isinstance(error, sqlite3.Error):
            return StoreError(f"nothing was stored: {type(error).__name__}: {error}")
        match _code(error):
            case sqlite3.SQLITE_FULL:
                self._had_no_room = True
                return StoreFullError(f"the disk of {self._path} is full; nothing was stored")
            case sqlite3.SQLITE_BUSY:
                return StoreError(f"another program writes to {self._path}; nothing was stored")
        return self._fail(f"{self._path} failed and takes nothing until a restart: {error}")

    def _fail(self, reason: str) -> StoreFailedError:
        self.failed = StoreFailedError(reason)
        return StoreFailedError(reason)

    def _boot(self, boot: str) -> bytes:
        if self._boots[0] != boot:
            self._boots = (boot, bytes.fromhex(boot))
        return self._boots[1]


def _code(error: sqlite3.Error) -> int:
    """The primary result code; errors of the module itself have none."""
    return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF
