"""An emulated MQTT relay: a screen with its travel, a buzzer that counts, or a plain relay.

Source: our own topics, design §4 and §11, protocol notes §6.1.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from drivers.emulators.emulator import Fault, Settings, State, spoil
from drivers.emulators.mqtt_client import Broker, DeviceMqtt, Heard

TRAVEL_S = 20.0  # of a projection screen, from one end to the other
_REMEMBERED = 64  # command ids, because QoS 1 may bring one twice
BEEPS = {"ok": 1, "again": 0, "other": 2, "refused": 3}
"""How often the buzzer sounds for each pattern; a repeat gets light alone."""


class Load(Protocol):
    """What hangs on the relay."""

    def take(self, value: str) -> bool:
        """Obey one command; false where it is none of this load's."""

    def value(self) -> str:
        """What it reports now; empty = nothing."""

    def settles_in_s(self) -> float:
        """Device seconds until its value changes by itself; 0 = it does not."""

    def state(self) -> State:
        """What it believes of itself."""


@dataclass(slots=True)
class Switch:
    """A plain relay: `on` or `off`."""

    on: bool = False

    def take(self, value: str) -> bool:
        """Obey `on` or `off`."""
        if value not in ("on", "off"):
            return False
        self.on = value == "on"
        return True

    def value(self) -> str:
        """`on` or `off`."""
        return "on" if self.on else "off"

    def settles_in_s(self) -> float:
        """At once."""
        return 0.0

    def state(self) -> State:
        """Its position, as power."""
        return {"power": self.value()}


@dataclass(slots=True)
class Buzzer:
    """A buzzer that sounds patterns and counts them."""

    last: str = ""
    patterns: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BEEPS, 0))

    def take(self, value: str) -> bool:
        """Sound one pattern."""
        if value not in BEEPS:
            return False
        self.last = value
        self.patterns[value] += 1
        return True

    def value(self) -> str:
        """The pattern that it sounded last; nothing before the first."""
        return self.last

    def settles_in_s(self) -> float:
        """At once."""
        return 0.0

    def state(self) -> State:
        """How often it sounded, in all and for each pattern."""
        beeps = sum(BEEPS[pattern] * count for pattern, count in self.patterns.items())
        return {"beeps": beeps, "last": self.last or None, **self.patterns}


class Screen:
    """A projection screen that needs its time from one end to the other.

    Args:
        now_s: seconds of the device's own clock.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._way = 0  # 1 = going down, -1 = going up
        self._from, self._since_s = 0.0, now_s()

    @property
    def down(self) -> float:
        """How far it is let down: 0.0 is up, 1.0 is down."""
        moved = self._way * (self._now_s() - self._since_s) / TRAVEL_S
        return min(1.0, max(0.0, self._from + moved))

    def take(self, value: str) -> bool:
        """Obey `up`, `down` or `stop`."""
        if value not in _WAYS:
            return False
        self._from, self._since_s = self.down, self._now_s()
        self._way = _WAYS[value]
        return True

    def value(self) -> str:
        """`up`, `down`, `moving` or `stopped`."""
        if self.settles_in_s() > 0:
            return "moving"
        return {0.0: "up", 1.0: "down"}.get(self.down, "stopped")

    def settles_in_s(self) -> float:
        """Device seconds until it reaches the end of its way."""
        if not self._way:
            return 0.0
        return TRAVEL_S * (1.0 - self.down if self._way > 0 else self.down)

    def state(self) -> State:
        """Where it is."""
        return {"screen": self.value(), "down_percent": round(100 * self.down)}


_WAYS = {"up": -1, "down": 1, "stop": 0}


class MqttRelayEmulator:
    """A relay behind the room's broker.

    With `wrong_password` the broker would not let it in, so it stays away as if unplugged.

    Args:
        settings: room, id, kind, times, chance.
        broker: the room's broker.

    Raises:
        ValueError: the kind is none of `screen`, `buzzer` and `relay`.
    """

    def __init__(self, settings: Settings, broker: Broker) -> None:
        self.fault = Fault.NONE
        self.load: Load = _load(settings)
        self._settings = settings
        self._taken: deque[str] = deque(maxlen=_REMEMBERED)
        self._settling: asyncio.TimerHandle | None = None
        self._topic = f"lophoc/{settings.room}/relays/{settings.id}"
        self._mqtt = DeviceMqtt(broker, self._topic, "set", self._take, self._report)

    async def start(self) -> str:
        """Connect and stay connected; gives the relay's topic."""
        self._mqtt.plug_in()
        return self._topic

    async def close(self) -> None:
        """Leave the broker in order."""
        if self._settling is not None:
            self._settling.cancel()
        await self._mqtt.leave()

    async def set_fault(self, fault: Fault) -> None:
        """Break it or mend it; a mended relay reports itself."""
        self.fault = fault
        if fault in (Fault.UNPLUGGED, Fault.WRONG_PASSWORD):
            await self._mqtt.pull_out()
            return
        self._mqtt.plug_in()
        self._report()

    def state(self) -> State:
        """What the relay and its load believe of themselves."""
        return {"online": self._mqtt.up, **self.load.state()}

    def _take(self, heard: Heard) -> None:
        if heard.retain or self.fault is Fault.SILENT:
            return  # a retained command is an old one
        command = _command(heard.payload)
        if command is None or command.id in self._taken or command.expires_in_ms <= 0:
            return
        self._taken.append(command.id)
        if self.load.take(command.value):
            self._report()

    def _report(self) -> None:
        value = self.load.value()
        report = json.dumps({"value": value}).encode()
        payload = spoil(report, self.fault, self._settings.noise)
        if payload and value:
            self._mqtt.publish("state", payload, retain=True)
        if self._settling is not None:
            self._settling.cancel()
        left_s = self.load.settles_in_s() / self._settings.pace
        if left_s > 0:
            loop = asyncio.get_running_loop()
            self._settling = loop.call_later(left_s, self._report)


@dataclass(frozen=True, slots=True)
class _Command:
    id: str
    value: str
    expires_in_ms: int


def _command(payload: bytes) -> _Command | None:
    try:
        raw = json.loads(payload)
        expires_in_ms = raw.get("expires_in_ms", 5000)
        command = _Command(raw["id"], raw["value"], expires_in_ms)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    texts = isinstance(command.id, str) and isinstance(command.value, str)
    return command if texts and isinstance(expires_in_ms, int) else None


def _load(settings: Settings) -> Load:
    if settings.kind == "screen":
        return Screen(settings.device_s)
    if settings.kind == "buzzer":
        return Buzzer()
    if settings.kind == "relay":
        return Switch()
    raise ValueError(f"a relay is a screen, a buzzer or a relay, not {settings.kind!r}")
