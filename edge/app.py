"""Puts the agent together: the only file that names concrete parts.

What the first page does not need is imported where it is used, so that the page comes first.
"""

import asyncio
import gc
import importlib
import logging
import os
import random
import secrets
import signal
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache, partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from config.load import LoadedRoom, load_room
from devices.driving import CardSeen
from drivers.catalogue import Surroundings
from edge.api.devices import DeviceRoutes
from edge.api.panel import Panel, Sources
from edge.api.room import RoomRoutes
from edge.api.server import make_app
from edge.clock import LOOK_EVERY_S, SAVE_EVERY_S, OffsetFile, SystemClock
from edge.lesson.start import NOT_READ_YET
from edge.room.audit import Audit
from edge.room.building import build
from edge.room.command import Command
from edge.room.health import Finding, HealthFacts, StoreState, findings, health_json
from edge.room.keeper import Surround
from edge.room.room import Room
from edge.room.view import Json
from edge.store.errors import StoreError
from edge.store.reserve import is_full
from edge.supervisor import Part, PartState, Supervisor
from sync.state.lock import StateLock, StateLockedError
from sync.state.running import Running, tell_running
from sync.uplink.ports import LinkState, SyncState
from web.serving.server import AddressError, WebServer

if TYPE_CHECKING:
    from drivers.transports.mqtt import MqttLink
    from edge.teaching import Teaching

log = logging.getLogger(__name__)

WATCHDOG_S = 10.0
HEALTH_EVERY_S = 1.0
STORE_WITHIN_S = 5.0
VIETNAM = timezone(timedelta(hours=7))  # until the school's file says otherwise
NO_SYNC: Json = {
    "state": "off",
    "waiting": 0,
    "oldest_at": None,
    "last_ok_at": None,
    "delivered": False,
    "reason": "",
}


class AgentError(Exception):
    """The agent cannot start; one sentence that names place and cure."""


async def run(config: Path, state: Path) -> None:
    """Run one room's agent until SIGTERM or SIGINT.

    Raises:
        ConfigError: the room's file cannot be used.
        AgentError: the state folder is in use or unusable, or the panel's port is taken.
    """
    loaded = load_room(config)
    for warning in loaded.warnings:
        log.warning("%s", warning)
    try:
        lock = StateLock.take(state)
    except (StateLockedError, OSError) as error:
        raise AgentError(str(error)) from error
    with lock:
        await App(loaded, state).run()


class App:
    """All parts of one room."""

    def __init__(self, loaded: LoadedRoom, state: Path) -> None:
        self._loaded = loaded
        self._state = state
        offset = os.environ.get("LOPHOC_CLOCK_OFFSET_FILE")
        self._clock = SystemClock(state, OffsetFile(Path(offset)) if offset else None)
        self._teaching: Teaching | None = None
        self._opened = asyncio.Event()
        self._mqtt = self._make_mqtt()
        self._audit = Audit()
        settings = loaded.room.room
        surroundings = Surroundings(settings.id, self._mqtt, self._now_ms, random.random)
        surround = Surround(
            self._now_ms, random.random, self._device_changed, self._command_changed
        )
        built = build(loaded, surroundings, surround, self._reader_changed)
        self._room = Room(built.keepers, built.readers, self._now_ms)
        self._supervisor = Supervisor(self._now_ms, random.random, self._part_changed)
        for name, problem in built.problems.items():
            self._supervisor.add_broken(f"device {name}", problem)
        self._panel = Panel(
            Sources(
                room=self._room,
                settings=settings,
                clock=self._clock,
                iso=self._iso,
                parts=self._parts,
                lesson=self._lesson,
                sync=self._sync,
                health=lambda: health_json(self._findings()),
            )
        )
        self._records_token = secrets.token_urlsafe(32)
        self._server = self._make_server()
        self._add_parts()

    def _now_ms(self) -> int:
        return self._clock.now().mono_ms

    def _make_mqtt(self) -> "MqttLink | None":
        settings = self._loaded.room.mqtt
        if settings is None:
            return None
        from drivers.transports.mqtt import MqttLink
        from edge.broker import EMBEDDED_ADDRESS

        embedded = settings.broker == "embedded"
        host, _, port = (EMBEDDED_ADDRESS if embedded else settings.broker).rpartition(":")
        return MqttLink(
            host=host.strip("[]"),
            port=int(port),
            client_id=f"lophoc-{self._loaded.room.room.id}",
            username=settings.username,
            password=self._loaded.secrets.get(settings.password or ""),
            ca_file=str(self._loaded.beside(settings.ca)) if settings.ca else None,
        )

    def _make_server(self) -> WebServer:
        from edge.api.lessons import LessonRoutes
        from edge.api.marks import MarkRoutes
        from sync.state.records import RecordsFolder
        from sync.state.records_api import RecordsRoutes

        routers = [
            DeviceRoutes(self._room, self._panel.device, self._touched).router(),
            RoomRoutes(
                self._panel.snapshot, self._health, self._panel.stream, self._metrics
            ).router(),
            LessonRoutes(lambda: self._ready().lessons).router(),
            MarkRoutes(lambda: self._ready().attendance.roll, self._touched).router(),
            RecordsRoutes(RecordsFolder(self._state, None, self._for_room), self._renew).router(),
        ]
        return WebServer(
            make_app(routers, self._records_token),
            self._loaded.room.panel.listen,
            before_stop=(self._panel.stream.close,),
        )

    def _ready(self) -> "Teaching":
        from web.serving.errors import ApiError

        if self._teaching is None or not self._teaching.is_read:
            raise ApiError("starting", "The room is reading its store; try again in a second.")
        return self._teaching

    def _touched(self) -> None:
        if self._teaching is not None:
            self._teaching.lessons.touch()

    def _add_parts(self) -> None:
        add = self._supervisor.add
        if self._mqtt is not None:
            if self._loaded.room.mqtt and self._loaded.room.mqtt.broker == "embedded":
                from edge.broker import run_broker

                add("broker", run_broker)
            add("mqtt", self._mqtt.run)
        for keeper in self._room.devices.values():
            add(f"device {keeper.identity.id}", keeper.run)
        for reader in self._room.readers.values():
            add(f"reader {reader.identity.id}", partial(reader.run, self._take))
        add("address", self._tell_address)
        add("store", self._teach)
        add("clock", self._keep_clock)
        add("health", self._watch_health)
        add("watchdog", self._keep_watchdog)

    async def run(self) -> None:
        """Serve the page first, then everything else, until told to stop.

        Raises:
            AgentError: the panel's port is taken.
        """
        over = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, over.set)
        try:
            await self._server.start()
        except AddressError as error:
            raise AgentError(f"the panel {error}; stop what uses it or change [panel]") from error
        gc.freeze()  # what the start made stays: nobody need look through it for rubbish again
        gc.enable()
        log.info("the panel is at %s", self._server.url)
        work = asyncio.create_task(self._supervisor.run())
        await over.wait()
        log.info("stopping")
        await self._server.stop()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        self._clock.save()

    async def _tell_address(self) -> None:
        """Let commands find the agent; tried again and again where the disk is full."""
        tell_running(self._state, Running(self._server.url, self._records_token))
        await asyncio.Event().wait()

    async def _teach(self) -> None:
        """Open the store and do everything that stands on it, until the store fails."""
        await asyncio.to_thread(importlib.import_module, "edge.teaching")  # the page goes on
        from edge.teaching import Around, Teaching

        around = Around(
            loaded=self._loaded,
            state=self._state,
            clock=self._clock,
            room=self._room,
            mqtt=self._mqtt,
            audit=self._audit,
            publish=self._panel.stream.publish,
            part_changed=self._part_changed,
        )
        while True:
            teaching = await Teaching.open(around)
            self._teaching = teaching
            self._opened.set()
            try:
                self._panel.stream.publish("sync", {"sync": teaching.sync()})
                await teaching.run()
            finally:
                self._opened.clear()
                self._teaching = None
                self._panel.stream.publish("lesson", {"lesson": self._lesson()})
                await teaching.close()

    async def _renew(self) -> None:
        """Other records hold: what stands on the store is made anew; touches wait meanwhile."""
        if self._teaching is not None:
            self._opened.clear()
            self._teaching.renew()
        await self._opened.wait()
        if self._teaching is not None:
            await self._teaching.until_read()

    async def _take(self, reader: str, card: CardSeen) -> None:
        """A touch: it waits for the store at the agent's start, and for nothing else.

        Raises:
            StoreError: it could not be stored.
        """
        if not self._opened.is_set():
            await self._until_opened()
        if self._teaching is not None:
            await self._teaching.take(reader, card)

    async def _until_opened(self) -> None:
        try:
            async with asyncio.timeout(STORE_WITHIN_S):
                await self._opened.wait()
        except TimeoutError as error:
            raise StoreError("the store is not open") from error

    async def _keep_clock(self) -> None:
        """Notice a time source, tell the panel the time, keep it for the next power cut."""
        for second in count():
            self._clock.look_again()
            self._panel.tell_clock()
            if second % SAVE_EVERY_S == 0:
                self._clock.save()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _watch_health(self) -> None:
        """Tell the panel within a second what is not as it should be, and when it is again."""
        while True:
            self._panel.tell_health()
            await asyncio.sleep(HEALTH_EVERY_S)

    async def _keep_watchdog(self) -> None:
        """Tell systemd that the page is served, and then that the loop turns."""
        import sdnotify

        systemd = sdnotify.SystemdNotifier()
        systemd.notify("READY=1\nSTATUS=")  # a start before this one may have said what was wrong
        while True:
            systemd.notify("WATCHDOG=1")
            await asyncio.sleep(WATCHDOG_S)

    def _device_changed(self, name: str) -> None:
        self._panel.device_changed(name)

    def _reader_changed(self, name: str) -> None:
        self._panel.reader_changed(name)

    def _command_changed(self, command: Command) -> None:
        self._audit.note(command)
        self._panel.command_changed(command)

    def _part_changed(self, part: Part) -> None:
        self._panel.part_changed(part)

    def _parts(self) -> list[Part]:
        inner = self._teaching.supervisor.parts.values() if self._teaching else ()
        return [*self._supervisor.parts.values(), *inner]

    def _findings(self) -> tuple[Finding, ...]:
        state, reason = self._store_state()
        return findings(
            HealthFacts(
                store=state,
                now_ms=self._now_ms(),
                store_reason=reason,
                sync=self._sync_state(),
                clock=self._clock.now().tq,
                devices=self._room.devices,
                readers=self._room.readers,
                parts=self._parts(),
            )
        )

    def _store_state(self) -> tuple[StoreState, str]:
        if self._teaching is not None:
            return self._teaching.store
        part = self._supervisor.parts["store"]
        if part.state is PartState.UP:
            return StoreState.STARTING, ""
        state = StoreState.FULL if is_full(self._state) else StoreState.FAILED
        return state, part.reason

    def _health(self) -> Json:
        teaching = self._teaching
        ready = teaching is not None and teaching.ready
        health: Json = {"ready": ready, **health_json(self._findings())}
        notes = teaching.notes if teaching is not None else []
        return health | {"notes": notes} if notes else health

    def _for_room(self, raw: bytes) -> bytes:
        from edge.settings import for_room

        return for_room(self._loaded, self._state, raw)

    def _lesson(self) -> Json:
        return self._teaching.lessons.view() if self._teaching else dict(NOT_READ_YET)

    def _sync(self) -> Json:
        if self._teaching is not None:
            return self._teaching.sync()
        return NO_SYNC | {"state": self._sync_state().state.value}

    def _sync_state(self) -> SyncState:
        """How the uplink is; before the store is open nothing is known of the hub."""
        if self._teaching is not None:
            return self._teaching.sync_state
        return SyncState(LinkState.OFF if self._loaded.room.hub is None else LinkState.WAITING)

    def _iso(self, wall_ms: int) -> str:
        zone = self._teaching.school.zone if self._teaching else VIETNAM
        return _iso_second(wall_ms // 1000, zone)

    def _metrics(self) -> bytes:
        from edge.api.metrics import render

        return render(self._room, self._parts(), self._sync(), self._findings())


@lru_cache(maxsize=256)
def _iso_second(second: int, zone: tzinfo) -> str:
    """Told again and again of readings that have not changed since."""
    return datetime.fromtimestamp(second, zone).isoformat()
