"""Hands for tests of lessons: devices that obey, a room on a store in memory, a moved clock."""

from dataclasses import dataclass, field

from devices.capability import Capability
from devices.errors import SilentError
from devices.reading import Quality, Reading, Value
from edge.attendance.journal import Journal
from edge.lesson.default_scenes import scenes_for
from edge.lesson.lessons import Lessons, LessonSettings
from edge.lesson.start import Start
from edge.store.errors import StoreFullError
from edge.store.stored import Stored
from school.register import Register
from school.rules import Rules
from sync.wire.event import Event, encode_body
from tests.attendance.kit import HandClock
from tests.school.kit import make_school

PROFILE = "projector-and-board"
OFFERS = {
    ("projector", Capability.POWER),
    ("projector", Capability.BLANK),
    ("board", Capability.POWER),
    ("screen", Capability.SCREEN),
}
Asked = tuple[str, Capability, Value]


@dataclass
class Disk:
    """What survives a restart: facts, and the devices' own states."""

    clock: HandClock
    stored: list[Stored] = field(default_factory=list)
    full: bool = False

    async def append(self, lane, kind, body):
        if self.full:
            raise StoreFullError("the disk is full")
        moment = self.clock.now()
        event = Event(
            len(self.stored) + 1, kind, moment.boot, moment.mono_ms, moment.wall_ms,
            moment.tq, encode_body(body),
        )  # fmt: skip
        self.stored.append(Stored(1, event))
        return self.stored[-1]

    async def project(self, change):
        return None

    async def read(self, question):
        return list(self.stored)

    def kinds(self) -> list[str]:
        return [one.event.kind for one in self.stored]


class Devices:
    """Devices that do at once what they are asked, unless they are silent."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self.offered = set(OFFERS)
        self.values: dict[tuple[str, Capability], Value] = {
            ("projector", Capability.POWER): "off",
            ("board", Capability.POWER): "off",
            ("screen", Capability.SCREEN): "up",
        }
        self.asked: list[Asked] = []
        self.asked_after: list[int] = []  # facts on disk at the time of each wish
        self.silent: set[str] = set()
        self.heard_count = 0

    def offers(self, device, capability):
        return (device, capability) in self.offered

    def having(self, capability):
        return tuple(sorted(device for device, can in self.offered if can is capability))

    async def command(self, device, capability, value):
        self.asked.append((device, capability, value))
        self.asked_after.append(len(self._disk.stored))
        if device in self.silent:
            raise SilentError(f"{device} does not answer")
        self.values[device, capability] = value

    def reading(self, device, capability):
        value = self.values.get((device, capability))
        quality = Quality.UNKNOWN if value is None else Quality.CONFIRMED
        return Reading(value, 0, quality)

    async def wait_until(self, device, capability, value, limit_s):
        return self.values.get((device, capability)) == value

    async def heard(self, limit_s):
        self.heard_count += 1

    def power(self) -> tuple[Value, Value]:
        return self.values["projector", Capability.POWER], self.values["board", Capability.POWER]


class Room:
    """One process of the agent; a new one on the same disk is a restart."""

    def __init__(self, disk: Disk, devices: Devices, jitter: float = 0.5, **records) -> None:
        self.disk, self.devices, self.clock = disk, devices, disk.clock
        self.school, self.rules = make_school(**records), Rules()
        self.register = Register(self.school, self.rules)
        self.journal = Journal("a1-05", disk, disk.clock, self.register)
        settings = LessonSettings(self.rules, scenes_for(PROFILE), power_return_s=60.0)
        self.lessons = Lessons(
            self.journal, self.school, settings, devices, disk.clock, lambda: jitter
        )
        self.seen: list[dict[str, object]] = []
        self.lessons.watch(self.seen.append)

    async def start(self, **what):
        return await self.lessons.start(Start(**what))

    def open_runs(self) -> int:
        """Runs that the facts on disk leave open, whoever reads them."""
        started = [f for f in self.disk.stored if f.event.kind == "run.started"]
        ended = [f for f in self.disk.stored if f.event.kind == "run.ended"]
        again = [f for f in self.disk.stored if f.event.kind == "run.continued"]
        return len(started) - len(ended) + len(again)
