"""Everything that stands on the store: attendance, lessons, audit, and the way to the hub.

Opened after the panel's page is served, and opened anew when the store has failed; devices go on
meanwhile.
"""

import asyncio
import contextlib
import errno
import logging
import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from pathlib import Path

from config.load import LoadedRoom
from devices.driving import CardSeen
from drivers.transports.mqtt import MqttLink
from edge.attendance.attendance import Attendance
from edge.attendance.journal import Journal
from edge.attendance.taps import Surroundings
from edge.clock import SystemClock
from edge.lesson.lessons import Lessons, LessonSettings
from edge.room.audit import Audit
from edge.room.health import StoreState
from edge.room.room import Room
from edge.room.view import Json
from edge.room.ways import SceneDevices, TapAnswers
from edge.settings import (
    SchoolUnusableError,
    buzzers_of,
    for_room,
    given_school,
    held_school,
    passed_over_in,
    records_folder,
    rules_of,
    scenes_of,
)
from edge.store.retention import Retention
from edge.store.store import Store
from edge.supervisor import Part, Supervisor
from school.mistakes import SchoolFileError
from school.records import School
from school.register import Register
from school.school_file import empty_school
from school.thresholds import PASSED_OVER_THRESHOLD
from sync.state.records import DAMAGED, PASSED_OVER, RecordsFolder
from sync.uplink.client import HubClient
from sync.uplink.identity import Signer, load_or_make_key, start_id
from sync.uplink.pace import pace_to
from sync.uplink.ports import LinkState, SyncState
from sync.uplink.worker import Report, Setting, Uplink
from sync.wire.event import Lane
from sync.wire.messages import Anchor

log = logging.getLogger(__name__)

LOOK_S = 1.0
STORE_FILE = "room.db"
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True, slots=True)
class Around:
    """What the agent has already.

    Attributes:
        loaded: the room's file.
        state: folder of the room's data.
        clock: the room's clock.
        room: the devices that are here.
        mqtt: the link to the broker, if there is one.
        audit: commands to be stored.
        publish: tells the panel an event.
        part_changed: tells the panel that a part is down or back.
    """

    loaded: LoadedRoom
    state: Path
    clock: SystemClock
    room: Room
    mqtt: MqttLink | None
    audit: Audit
    publish: Callable[[str, Mapping[str, object]], object]
    part_changed: Callable[[Part], None]


class Teaching:
    """The store and the parts that need it; made by `open`.

    Attributes:
        attendance: taps and marks.
        lessons: runs.
        supervisor: runs these parts.
        notes: what is to be put right at leisure, for `/health`.
    """

    def __init__(self, around: Around, store: Store, damage: str) -> None:
        self._around = around
        self._store = store
        self._damage = damage
        self.supervisor = Supervisor(self._now_ms, random.random, around.part_changed)
        self.school = self._load_school()
        self.notes = self._name_passed_over()
        loaded, clock = around.loaded, around.clock
        rules = rules_of(loaded.room.attendance, loaded.room.lesson)
        register = Register(self.school, rules)
        self._journal = Journal(loaded.room.room.id, store, clock, register)
        lesson = loaded.room.lesson
        settings = LessonSettings(
            rules, scenes_of(loaded), lesson.power_return_delay_s, lesson.handover_off_min
        )
        devices = SceneDevices(around.room)
        self.lessons = Lessons(self._journal, self.school, settings, devices, clock, random.random)
        self.lessons.watch(self._lesson_changed)
        here = Surroundings(self._journal, self.school, rules, clock, around.publish, self.lessons)
        answers = TapAnswers(around.room, loaded.room.room.id, around.mqtt)
        self.attendance = Attendance(here, store, answers, buzzers_of(loaded))
        self._sync = SyncState(LinkState.OFF)
        self._renewed = asyncio.Event()
        self._add_parts()

    @classmethod
    async def open(cls, around: Around) -> "Teaching":
        """Open the store and make the parts.

        Raises:
            StoreFailedError: the disk does not let the store be opened.
        """
        new_id = partial(secrets.randbits, 64)
        store = await Store.open(around.state / STORE_FILE, around.clock, new_id)
        health = await store.check()  # a damaged file is set aside before anything is read of it
        damage = "" if health.sound else f"was damaged: {health.reason}"
        if damage:
            log.warning("the store %s; set aside beside a new one: look at the disk", damage)
        return cls(around, store, damage)

    def _now_ms(self) -> int:
        return self._around.clock.now().mono_ms

    def _load_school(self) -> School:
        """The records that hold; no damaged file takes them away."""
        loaded, state = self._around.loaded, self._around.state
        folder = records_folder(loaded, state)
        wrong = []
        try:
            if damage := folder.mend():
                wrong.append(f"{state / damage}: {DAMAGED}")
            if folder.settle():
                log.warning("%s: %s", loaded.room.attendance.school, PASSED_OVER)
        except (OSError, SchoolFileError) as error:
            wrong.append(f"{loaded.room.attendance.school}: {error}")
            if isinstance(error, OSError) and error.errno in NO_ROOM:
                self.supervisor.add("school file", partial(self._settle_later, folder))
        with contextlib.suppress(OSError, SchoolFileError):  # said below, when they are read
            folder.amend(partial(for_room, loaded, state), versions=True)  # an older agent's
        school = None
        for read in (partial(held_school, loaded, state), partial(given_school, loaded)):
            try:
                school = school or read()
            except SchoolUnusableError as error:
                wrong.append(str(error))
        if wrong:
            self.supervisor.add_broken("school", "; ".join(dict.fromkeys(wrong)))
        return school or empty_school()

    async def _settle_later(self, folder: RecordsFolder) -> None:
        """Take the school's file once the disk has room for it; then all is made anew with it."""
        await asyncio.to_thread(folder.settle)
        self.renew()
        await asyncio.Event().wait()

    def _name_passed_over(self) -> list[Json]:
        """Say which thresholds of the room's file the school's records pass over."""
        today = self.school.day_of(self._around.clock.now().wall_ms)
        found = passed_over_in(self._around.loaded, self.school, today)
        for key, (given, holds) in found.items():
            log.warning(PASSED_OVER_THRESHOLD, self._around.loaded.path.name, key, given, holds)
        return [
            {"code": "threshold_passed_over", "key": key, "file": given, "holds": holds}
            for key, (given, holds) in found.items()
        ]

    def _add_parts(self) -> None:
        add = self.supervisor.add
        add("attendance", self.attendance.run)
        add("lesson", self.lessons.run)
        append = partial(self._store.append, Lane.AUDIT)
        add("audit", partial(self._around.audit.run, append))
        retention = Retention(self._store, self._around.clock, asyncio.sleep)
        self._journal.watch(lambda _: retention.touched())
        add("purge", retention.run)
        if (hub := self._around.loaded.room.hub) is not None:
            self._sync = SyncState(LinkState.WAITING)
            add("uplink", self._uplink(hub.url).run)

    def _uplink(self, hub: str) -> Uplink:
        around = self._around
        setting = Setting(
            agent=around.loaded.room.room.id,
            software=f"lophoc {version('lophoc')}",
            jitter=random.random,
            pace=pace_to(hub),
            storage=self._storage,
        )
        report = Report(self._sync_changed, self._hub_time)
        return Uplink(self._store, self._connect, around.clock, setting, report)

    def _connect(self) -> HubClient:
        loaded, hub = self._around.loaded, self._around.loaded.room.hub
        assert hub is not None  # noqa: S101 - the part is added only where there is a hub
        agent = loaded.room.room.id
        key = load_or_make_key(self._around.state / "room.key")
        start = start_id(self._around.clock.boot, secrets.randbits(64))
        return HubClient(hub.url, loaded.beside(hub.root), agent, Signer(agent, key, start))

    def _lesson_changed(self, lesson: Json) -> None:
        self._around.publish("lesson", {"lesson": lesson})

    def _hub_time(self, anchor: Anchor) -> None:
        self._around.clock.learn(anchor.mono_ms, anchor.wall_ms)

    def _sync_changed(self, state: SyncState) -> None:
        self._sync = state
        self._around.publish("sync", {"sync": self.sync()})

    def sync(self) -> Json:
        """The sync object of the room API."""
        state = self._sync

        def iso(at_ms: int | None) -> str | None:
            return None if at_ms is None else self.school.iso(at_ms)

        return {
            "state": state.state.value,
            "waiting": state.waiting,
            "oldest_at": iso(state.oldest_ms),
            "last_ok_at": iso(state.last_ok_ms),
            "delivered": state.delivered,
            "reason": state.reason,
        }

    @property
    def store(self) -> tuple[StoreState, str]:
        """Whether taps are stored, and what a technician should know of it."""
        if self._store.failed is not None:
            return StoreState.FAILED, str(self._store.failed)
        if self._store.full:
            return StoreState.FULL, ""
        if not self._journal.is_replayed:
            return StoreState.STARTING, ""
        return (StoreState.LOW if self._store.low else StoreState.OPEN), self._damage

    def _storage(self) -> str:
        """The store's health in a word, for the hub."""
        state, reason = self.store
        return reason[:200] if reason else ("ok" if state.takes_taps else state.value)

    @property
    def sync_state(self) -> SyncState:
        """How the uplink is."""
        return self._sync

    @property
    def ready(self) -> bool:
        """Whether taps are taken: the store is open and its facts are known."""
        return self._journal.is_replayed and self._store.failed is None

    @property
    def is_read(self) -> bool:
        """Whether the facts in the store are known; until then nobody knows what is on."""
        return self._journal.is_replayed

    async def until_read(self) -> None:
        """Wait until the store has been read, or could not be."""
        await self._journal.replayed()

    async def take(self, reader: str, card: CardSeen) -> None:
        """Take a touch; returns after its commit.

        Raises:
            StoreError: it could not be stored; the pupil was told so.
        """
        await self.attendance.take(reader, card)

    def renew(self) -> None:
        """Other records hold: `run` ends, so that all of this is made anew with them."""
        self._renewed.set()

    async def run(self) -> None:
        """Run the parts until other records hold or the store fails.

        Raises:
            StoreFailedError: the store must be opened anew.
        """
        parts = asyncio.create_task(self.supervisor.run())
        try:
            while self._store.failed is None and not self._renewed.is_set():
                with contextlib.suppress(TimeoutError):  # the store tells nobody: look
                    await asyncio.wait_for(self._renewed.wait(), LOOK_S)
                await self._store.look_at_disk()
            if self._store.failed is not None:
                raise self._store.failed
        finally:
            parts.cancel()
            await asyncio.gather(parts, return_exceptions=True)

    async def close(self) -> None:
        """Store what waits and close the file."""
        await self._store.close()
