"""What the panel shows: one snapshot, and small events as parts of it change."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from config.room import RoomSection
from edge.room.command import Command
from edge.room.room import Room
from edge.room.view import Json, command_json, device_json, reader_json
from edge.supervisor import Part
from school.moment import Clock, Moment
from web.serving.events import EventStream

UNDER_WAY_S = 0.02
CLOCK_TOLD_EVERY_MS = 60_000
CLOCK_JUMP_MS = 500


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the panel's picture comes from.

    Attributes:
        room: the devices that are here.
        settings: the room's own settings.
        clock: the room's clock.
        iso: turns Unix milliseconds into local ISO time.
        parts: the agent's parts.
        lesson: the lesson object of the room API.
        sync: the sync object of the room API.
        health: what is not as it should be.
    """

    room: Room
    settings: RoomSection
    clock: Clock
    iso: Callable[[int], str]
    parts: Callable[[], list[Part]]
    lesson: Callable[[], Json]
    sync: Callable[[], Json]
    health: Callable[[], Json]


class Panel:
    """Snapshot and events of one room.

    Attributes:
        stream: the events; its listeners get the snapshot first.
    """

    def __init__(self, sources: Sources) -> None:
        self._from = sources
        self.stream = EventStream(self.snapshot)
        self._due_devices: dict[str, None] = {}
        self._due_commands: dict[str, Command] = {}
        self._due: asyncio.Handle | None = None
        self._is_soon = False
        self._clock_told: Moment | None = None
        self._health_told: Json | None = None

    def snapshot(self) -> Json:
        """Everything the panel shows."""
        moment = self._from.clock.now()
        settings = self._from.settings
        return {
            "boot": moment.boot,
            "room": {
                "id": settings.id,
                "name": settings.name,
                "language": settings.language,
                "help": {"person": settings.help_person, "phone": settings.help_phone},
                "main_display": settings.main_display,
            },
            "clock": self._clock(moment),
            "safe_to_cut": self._from.room.safe_to_cut,
            "lesson": self._from.lesson(),
            "parts": [self._part(part) for part in self._from.parts()],
            "sync": self._from.sync(),
            "health": self._from.health(),
            "devices": [self.device(name) for name in self._from.room.devices],
            "readers": [reader_json(one) for one in self._from.room.readers.values()],
        }

    def _clock(self, moment: Moment) -> Json:
        return {
            "at": self._from.iso(moment.wall_ms),
            "quality": moment.tq.value,
            "trusted": moment.tq.trusted,
        }

    def tell_clock(self) -> None:
        """Tell the room's time where it has jumped or is known better now, and once a minute."""
        moment, told = self._from.clock.now(), self._clock_told
        if told is not None and not _is_news(told, moment):
            return
        self._clock_told = moment
        self.stream.publish("clock", {"clock": self._clock(moment)})

    def tell_health(self) -> None:
        """Tell what is not as it should be, where that has changed."""
        health = self._from.health()
        if health != self._health_told:
            self._health_told = health
            self.stream.publish("health", {"health": health})

    def device(self, name: str) -> Json:
        """One device."""
        moment = self._from.clock.now()
        behind_ms = moment.wall_ms - moment.mono_ms

        def at(mono_ms: int) -> str:
            return self._from.iso(mono_ms + behind_ms)

        return device_json(self._from.room.devices[name], moment.mono_ms, at)

    def _part(self, part: Part) -> Json:
        moment = self._from.clock.now()
        since = self._from.iso(part.since_ms + moment.wall_ms - moment.mono_ms)
        return {"name": part.name, "state": part.state.value, "since": since, "reason": part.reason}

    def device_changed(self, name: str) -> None:
        """Tell the panel of a device, and who waits for one."""
        self._from.room.tell_changed()
        self._due_devices[name] = None
        self._soon()

    def command_changed(self, command: Command) -> None:
        """Tell the panel how a command stands; a reader's beep is none of its business.

        What has not ended is told a moment later: of a device that answers at once the panel
        hears once, and the answer does not wait for the news that it was asked.
        """
        self._from.room.tell_changed()
        self._due_devices[command.device] = None
        if command.audited:
            self._due_commands[command.id] = command
        if command.ended:
            self._soon()
        elif self._due is None:
            self._due = asyncio.get_running_loop().call_later(UNDER_WAY_S, self._flush)

    def _soon(self) -> None:
        """Publish after what runs now: no wire waits for a page, and many changes go as one."""
        if self._is_soon:
            return
        if self._due is not None:
            self._due.cancel()
        self._is_soon = True
        self._due = asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._due, self._is_soon = None, False
        commands, self._due_commands = self._due_commands, {}
        for command in commands.values():
            self.stream.publish("command", {"command": command_json(command)})
        names, self._due_devices = self._due_devices, {}
        safe = self._from.room.safe_to_cut
        for name in names:
            self.stream.publish("device", {"device": self.device(name), "safe_to_cut": safe})

    def reader_changed(self, name: str) -> None:
        """Tell the panel of a reader."""
        self.stream.publish("reader", {"reader": reader_json(self._from.room.readers[name])})

    def part_changed(self, part: Part) -> None:
        """Tell the panel that a part of the agent is down or back."""
        self.stream.publish("part", {"part": self._part(part)})

    def sync_changed(self) -> None:
        """Tell the panel how far the hub is."""
        self.stream.publish("sync", {"sync": self._from.sync()})


def _is_news(told: Moment, now: Moment) -> bool:
    """Whether a page that moved on from what it was told shows something else by now."""
    passed_ms = now.mono_ms - told.mono_ms
    jumped_ms = now.wall_ms - told.wall_ms - passed_ms
    is_other = now.tq is not told.tq or abs(jumped_ms) >= CLOCK_JUMP_MS
    return is_other or passed_ms >= CLOCK_TOLD_EVERY_MS
