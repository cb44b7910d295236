"""The room's store: facts, projections and questions, for the rest of the agent."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from edge.store.errors import StoreError, StoreFailedError
from edge.store.ledger import Change, Health, Ledger, NewFact
from edge.store.projections import forget_before
from edge.store.reader import Reader
from edge.store.reserve import Reserve
from edge.store.stored import Stored
from edge.store.writer import ChangeJob, Errand, FactJob, Pace, Writer
from school.facts import Json
from school.moment import Clock
from sync.uplink.purge import KEEP_MS, SLICE, forget_incarnations, purge_slice
from sync.wire.event import Lane, content_hash, encode_body

T = TypeVar("T")

MAX_BODY = 65_536
"""The longest body, in bytes; the hub refuses longer ones."""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """What a school rarely changes.

    Attributes:
        reserve_bytes: space kept back for taps when the disk is full; 0 = none.
        pace: when work that may wait is committed.
    """

    reserve_bytes: int = 32 << 20
    pace: Pace = field(default_factory=Pace)


class Store:
    """The one place where a room's facts are kept; made by `Store.open`."""

    def __init__(
        self,
        writer: Writer,
        reader: Reader,
        ledger: Ledger,
        clock: Clock,
        watchers: list[Callable[[], None]],
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._writer = writer
        self._reader = reader
        self._ledger = ledger
        self._clock = clock
        self._closed = False
        self._watchers = watchers
        self._checked: asyncio.Future[Health] = self._errand(Ledger.check)
        self._checked.add_done_callback(_note)

    @classmethod
    async def open(
        cls,
        path: Path,
        clock: Clock,
        new_id: Callable[[], int],
        settings: StoreSettings | None = None,
    ) -> "Store":
        """Open the store: create it, migrate it, begin a new incarnation where one is due.

        Quick: the file is checked behind this, and facts wait for that check by themselves. The
        caller holds the state folder's lock.

        Args:
            path: the database file; a reserve file is kept beside it.
            clock: dates each fact; asked on the loop and on the writing thread.
            new_id: a random 64-bit number for a new incarnation.
            settings: what a school rarely changes.

        Raises:
            StoreFailedError: the disk does not let it be opened or made.
        """
        settings = settings or StoreSettings()
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[Ledger] = loop.create_future()
        watchers: list[Callable[[], None]] = []
        writer = Writer(loop, settings.pace, watchers)
        reserve = Reserve(path.with_name(f"{path.name}.reserve"), settings.reserve_bytes)
        writer.start(lambda: Ledger(path, clock, new_id, reserve), opened)
        ledger = await opened
        reader = Reader(path, lambda: ledger.generation)
        return cls(writer, reader, ledger, clock, watchers)

    @property
    def incarnation(self) -> int:
        """Identity of the running incarnation."""
        return self._ledger.incarnation

    @property
    def failed(self) -> StoreFailedError | None:
        """Why nothing is stored any more until a restart; None while all is well."""
        return self._ledger.failed

    @property
    def full(self) -> bool:
        """Whether taps are refused, as the disk has no room for them."""
        return self._ledger.is_full

    @property
    def low(self) -> bool:
        """Whether the disk is nearly full: the space kept back for taps is not there."""
        return self._ledger.is_low

    async def look_at_disk(self) -> None:
        """See whether the disk is full, or has room again; to be called every second or so."""
        with suppress(StoreError):
            if self._ledger.is_tight:
                await self._errand(Ledger.probe)
            elif self.low:
                await self._errand(Ledger.hold_reserve)

    async def check(self) -> Health:
        """What the quick check at the start found; waits until it has ended.

        Raises:
            StoreFailedError: the file is damaged and could not be replaced.
        """
        return await asyncio.shield(self._checked)

    async def append(self, lane: Lane, kind: str, body: Mapping[str, Json]) -> Stored:
        """Store one fact; returns after its commit and sync. Telemetry may wait 5 s for its group.

        Raises:
            StoreFullError: the disk is full: refuse visibly.
            StoreFailedError: the disk failed: refuse visibly, restart.
            ValueError: the body holds what JSON or the wire cannot carry.
        """
        encoded = encode_body(body)
        if len(encoded) > MAX_BODY:
            raise ValueError(f"the body of a {kind} has {len(encoded)} bytes, at most {MAX_BODY}")
        moment = self._clock.now()
        sha8 = content_hash(kind, moment.boot, moment.mono_ms, encoded)
        future: asyncio.Future[Stored] = self._loop.create_future()
        self._refuse_if_closed()
        self._writer.submit(FactJob(future, NewFact(lane, kind, moment, encoded, sha8)))
        return await future

    async def project(self, change: Change) -> None:
        """Write a projection or a cursor with the next group that may wait (200 ms at most).

        Nobody who is watched by a person should wait for this. Changes are made in the order given;
        one that raises is undone alone, and its error is raised here.

        Raises:
            StoreError: it could not be stored.
        """
        future: asyncio.Future[None] = self._loop.create_future()
        self._refuse_if_closed()
        self._writer.submit(ChangeJob(future, change))
        await future

    async def read(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Ask on a read-only connection, on the reading thread, on one consistent view.

        Raises:
            StoreFailedError: the file cannot be read.
        """
        return await self._reader.ask(question)

    async def begin_incarnation(self, reason: str) -> None:
        """Begin a new incarnation, such as when the hub knows more of us than we do.

        Raises:
            StoreError: it could not be stored.
        """
        await self._errand(lambda ledger: ledger.begin_incarnation(reason))

    async def purge(self, rest: Callable[[], Awaitable[None]] | None = None) -> int:
        """Let go of what is settled and older than 35 days, in small slices; says how many facts.

        Does nothing while the clock is not trusted.

        Args:
            rest: waited for before each slice.

        Raises:
            StoreError: it could not be stored.
        """
        now = self._clock.now()
        if not now.tq.trusted:
            return 0
        before_ms = now.wall_ms - KEEP_MS
        rest = rest or _no_rest
        total = 0
        for lane in Lane:
            total += await self._in_slices(
                rest, partial(purge_slice, lane=lane, before_ms=before_ms)
            )
        await self._in_slices(rest, partial(forget_before, at_ms=before_ms, most=SLICE))
        await rest()
        await self.project(_forget_incarnations)
        await self._errand(Ledger.hold_reserve)
        return total

    async def _in_slices(
        self, rest: Callable[[], Awaitable[None]], drop: Callable[[sqlite3.Connection], int]
    ) -> int:
        """Drop rows, a slice in each transaction, until none is left to go; says how many went."""
        total = 0
        while True:
            await rest()
            gone: list[int] = []
            await self.project(lambda connection: gone.append(drop(connection)))  # noqa: B023 - awaited here
            if not gone[0]:
                return total
            total += gone[0]

    def watch(self, call: Callable[[], None]) -> None:
        """Call this on the loop after every commit that stored facts."""
        self._watchers.append(call)

    async def close(self) -> None:
        """Store what waits, then close the file; may be called twice."""
        if self._closed:
            return
        last = self._errand(lambda _: None, last=True)
        self._closed = True
        await last
        await self._reader.close()
        await asyncio.to_thread(self._writer.join)

    def _errand(self, run: Callable[[Ledger], T], *, last: bool = False) -> "asyncio.Future[T]":
        future: asyncio.Future[T] = self._loop.create_future()
        self._refuse_if_closed()
        self._writer.submit(Errand(future, run, last))
        return future

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoreError("the store is closed")


def _note(future: "asyncio.Future[Health]") -> None:
    """Look at the outcome, so that asyncio does not call it forgotten: `failed` says it too."""
    if not future.cancelled():
        future.exception()


async def _no_rest() -> None:
    return


def _forget_incarnations(connection: sqlite3.Connection) -> None:
    forget_incarnations(connection)
