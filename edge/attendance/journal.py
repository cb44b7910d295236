"""The room's facts of lane 0: replayed at start, stored before they are applied.

Nothing is said of a fact before `record` has returned, and `record` returns after the commit.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from edge.attendance.ports import FactStore
from edge.store import projections
from edge.store.errors import StoreFailedError
from edge.store.stored import Stored
from school.dating import When
from school.facts import Fact, Json
from school.judge import Judgement
from school.moment import Clock, TimeQuality
from school.register import Register
from school.rules import MINUTE_MS
from school.span import Span
from school.timetable import Planned
from sync.wire.event import Lane
from sync.wire.fact import fact_of

KEPT_DAYS = 35
_BREATH = 200  # facts applied before others get their turn


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact as it stands in the store, and of a tap its judgement."""

    fact: Fact
    judgement: Judgement | None


class Journal:
    """Writes facts and keeps the register that they make.

    Attributes:
        room: id of the room.
        register: what all facts so far say.
    """

    def __init__(self, room: str, store: FactStore, clock: Clock, register: Register) -> None:
        self.room = room
        self.register = register
        self._store = store
        self._clock = clock
        self._watchers: list[Callable[[Entry], None]] = []
        self._replayed = asyncio.Event()
        self._forgotten: date | None = None
        self._failure = ""

    def watch(self, call: Callable[["Entry"], None]) -> None:
        """Call this with each fact after it was stored and applied, replayed ones too."""
        self._watchers.append(call)

    def now(self) -> When:
        """The best known time."""
        return self.register.when(self.room, self._clock.now())

    async def replay(self) -> None:
        """Apply what the store holds; until it is done, `record` waits.

        Raises:
            StoreFailedError: the store cannot be read; `record` then refuses.
        """
        self._failure = ""
        span, school = self._kept(), self.register.school
        try:
            for n, stored in enumerate(await self._store.read(_read)):
                fact = fact_of(self.room, stored.incarnation, stored.event)
                self._apply(span.cut(fact, school))
                if n % _BREATH == 0:
                    await asyncio.sleep(0)
        except StoreFailedError as error:
            self._failure = str(error)
            raise
        finally:
            self._replayed.set()

    @property
    def is_replayed(self) -> bool:
        """Whether the register knows what the store holds."""
        return self._replayed.is_set() and not self._failure

    async def replayed(self) -> None:
        """Wait until the register knows what the store holds."""
        await self._replayed.wait()

    async def record(self, kind: str, body: Mapping[str, Json]) -> Entry:
        """Store a fact, then apply it.

        Raises:
            StoreError: it was not stored, and nothing was applied.
        """
        await self._replayed.wait()
        if self._failure:
            raise StoreFailedError(self._failure)
        stored = await self._store.append(Lane.ATTENDANCE, kind, body)
        event = stored.event
        fact = Fact(
            id=stored.id,
            room=self.room,
            kind=kind,
            boot=event.boot,
            mono_ms=event.mono_ms,
            wall_ms=event.wall_ms,
            tq=TimeQuality(event.tq),
            body=body,
        )
        return self._apply(fact)

    def forget_old(self) -> None:
        """Once a day, let go of what is older than the store's own memory."""
        when = self.now()
        first = (self.register.school.local(when.at_ms) - timedelta(days=KEPT_DAYS)).date()
        if when.trusted and first != self._forgotten:
            self._forgotten = first
            self.register.forget_before(first)

    def current_lessons(self) -> tuple[str, ...]:
        """Ids of the lessons the panel speaks of: those of the open run, else what is offered."""
        run = self.register.open_run(self.room)
        if run is not None:
            return tuple(map(self.register.canonical, run.lessons))
        return tuple(planned.id for planned in self.offered() or self._ceremony())

    def offered(self) -> tuple[Planned, ...]:
        """The lessons that the start touch would open; none on a doubtful clock.

        Once a lesson has been held and ended here, the next one takes its place as soon as it is
        near, though the slot may not be over yet.
        """
        when = self.now()
        if not when.dated:
            return ()
        timetable = self.register.timetable
        on = timetable.offered(self.room, when.at_ms)
        ended = {
            self.register.canonical(lesson)
            for run in self.register.runs(self.room)
            if run.ended
            for lesson in run.lessons
        }
        if not on or any(planned.id not in ended for planned in on):
            return on
        soon_ms = when.at_ms + self._open_before_min() * MINUTE_MS
        after = timetable.next_after(self.room, when.at_ms)
        return after if after and after[0].starts_ms <= soon_ms else on

    def _open_before_min(self) -> int:
        register = self.register
        today = register.school.day_of(self.now().at_ms)
        return register.school.rules_on(today, register.timetable.rules).open_before_min

    def _ceremony(self) -> tuple[Planned, ...]:
        """The flag ceremony now: no start touch opens it, but its list can be confirmed here."""
        when = self.now()
        found = self.register.timetable.ceremony(self.room, when.at_ms) if when.dated else None
        return () if found is None else (found,)

    def tapped(self) -> tuple[int, int]:
        """Of the current lessons: how many pupils have tapped in this session, of how many."""
        lessons = self.current_lessons()
        size = sum(self.register.counts(lesson).size for lesson in lessons)
        return sum(map(self.register.tapped, lessons)), size

    def _kept(self) -> Span:
        """The days of which the register is to know all; every day on a doubtful clock."""
        moment = self._clock.now()
        if not moment.tq.trusted:
            return Span(date.min)
        return Span(self.register.school.day_of(moment.wall_ms) - timedelta(days=KEPT_DAYS))

    def _apply(self, fact: Fact) -> Entry:
        entry = Entry(fact, self.register.apply(fact))
        for watcher in self._watchers:
            watcher(entry)
        return entry


def _read(connection: sqlite3.Connection) -> list[Stored]:
    return list(projections.facts(connection))
