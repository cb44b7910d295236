"""Hands for tests of a whole room's attendance."""

import asyncio
from collections.abc import Mapping
from typing import Any

from devices.driving import CardSeen
from devices.errors import UnreachableError
from edge.attendance.attendance import Attendance
from edge.attendance.journal import Journal
from edge.attendance.ports import FactStore
from edge.attendance.taps import Surroundings
from school.moment import Moment, TimeQuality
from school.records import School
from school.register import Register
from school.rules import Rules
from tests.school.kit import BOOT, at, make_school, uid_of

T1, T2 = "20261123-S-1-10a1", "20261123-S-2-10a1"
AM3, PM = "20261123-S-1-10a3", "20261123-C-1-10a3"


class HandClock:
    """Stands still until it is told a time; a millisecond a look, so that order shows."""

    def __init__(self, time: str) -> None:
        self.boot = BOOT
        self.tq = TimeQuality.NTP
        self.behind_ms = at("06:00")
        self.wall_ms = at(time)

    def now(self) -> Moment:
        self.wall_ms += 1
        return Moment(self.boot, self.wall_ms - self.behind_ms, self.wall_ms, self.tq)

    def set(self, time: str) -> None:
        self.wall_ms = max(self.wall_ms, at(time))

    def pass_s(self, seconds: float) -> None:
        self.wall_ms += int(seconds * 1000)


class Readers:
    """What readers and buzzers were told, in order."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, Mapping[str, Any]]] = []
        self.beeps: list[tuple[str, str]] = []
        self.dead = False
        self.hangs = False
        self.changed = asyncio.Event()

    async def show(self, reader_id: str, feedback: Mapping[str, Any]) -> None:
        await self._wire()
        self.shown.append((reader_id, feedback))
        self.changed.set()

    async def beep(self, device_id: str, pattern: str) -> None:
        await self._wire()
        self.beeps.append((device_id, pattern))
        self.changed.set()

    async def _wire(self) -> None:
        if self.dead:
            raise UnreachableError("the broker is away")
        if self.hangs:
            await asyncio.Event().wait()

    async def told(self, count: int) -> list[Mapping[str, Any]]:
        """Wait until so many lights were shown."""
        async with asyncio.timeout(10):
            while len(self.shown) < count:
                self.changed.clear()
                await self.changed.wait()
        return [feedback for _, feedback in self.shown]


class Opener:
    """Notes what attendance would open."""

    def __init__(self) -> None:
        self.marks: list[str] = []
        self.cards: list[str] = []

    async def open_by_mark(self, lesson_id: str) -> None:
        self.marks.append(lesson_id)

    async def open_by_card(self, person_id: str) -> None:
        self.cards.append(person_id)


class Room:
    """Attendance of room a1-05, and everything around it."""

    def __init__(self, store: FactStore, clock: HandClock, school: School | None = None) -> None:
        self.store, self.clock = store, clock
        self.school = school or make_school()
        self.rules = Rules()
        self.register = Register(self.school, self.rules)
        self.journal = Journal("a1-05", store, clock, self.register)
        self.readers, self.opener = Readers(), Opener()
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        here = Surroundings(
            self.journal,
            self.school,
            self.rules,
            clock,
            lambda name, data: self.events.append((name, data)),
            self.opener,
        )
        self.attendance = Attendance(here, store, self.readers, {"door": "buzzer"})
        self.roll = self.attendance.roll

    async def tap(
        self, person: str, reader: str = "door", key: tuple[str, int] | None = None
    ) -> None:
        await self.attendance.take(reader, CardSeen("mifare", uid_of(person), key))

    async def start(self, *lessons: str, run: str = "b00000000-1") -> None:
        body = {"run": run, "lessons": list(lessons), "picture": True, "by": "panel"}
        await self.journal.record("run.started", body)

    def heard(self, name: str) -> list[Mapping[str, Any]]:
        return [data for event, data in self.events if event == name]
