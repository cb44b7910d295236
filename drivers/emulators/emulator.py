"""What every emulated device shares: its settings, its faults and what it says of itself."""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

State = Mapping[str, "bool | int | str | None"]
"""What an emulated device believes of itself, as flat JSON."""

Noise = Callable[[int], bytes]
"""So many bytes of chance."""

FAST = 20
"""How many times faster a device lives with `--fast`."""


class Fault(StrEnum):
    """What may be wrong with an emulated device."""

    NONE = "none"
    SILENT = "silent"  # the wire is there and nothing comes
    GARBAGE = "garbage"  # bytes come that are not of the protocol
    HALF = "half"  # each message breaks off in its middle
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - every password is refused
    UNPLUGGED = "unplugged"  # the wire is gone until the fault is none again


def spoil(message: bytes, fault: Fault, noise: Noise) -> bytes:
    """What reaches the wire of `message` while `fault` lasts; empty = nothing."""
    if fault in (Fault.SILENT, Fault.UNPLUGGED):
        return b""
    if fault is Fault.GARBAGE:
        return noise(max(len(message), 16))
    if fault is Fault.HALF:
        return message[: len(message) // 2]
    return message


@dataclass(frozen=True, slots=True)
class Settings:
    """How one device is made up.

    Attributes:
        id: its name in MQTT topics, or the number of a Samsung display.
        room: room id, the part of MQTT topics after `lophoc/`.
        password: what it wants of its callers; None = nothing.
        kind: which relay it is: `screen`, `buzzer` or `relay`.
        fast: its times divided by 20.
        now_s: seconds of a clock that never goes back.
        noise: where chance comes from.
    """

    id: str = "1"
    room: str = "a1-05"
    password: str | None = None
    kind: str = "relay"
    fast: bool = False
    now_s: Callable[[], float] = time.monotonic
    noise: Noise = secrets.token_bytes

    def device_s(self) -> float:
        """The device's own seconds: they run 20 times as fast with `fast`."""
        return self.now_s() * self.pace

    @property
    def pace(self) -> int:
        """Device seconds in one second."""
        return FAST if self.fast else 1


class Emulator(Protocol):
    """One emulated device on one wire."""

    @property
    def fault(self) -> Fault:
        """What is wrong with it now."""

    async def start(self) -> str:
        """Open the wire.

        Returns:
            Its address: `127.0.0.1:4352`, a path, or a topic.

        Raises:
            OSError: the port or path cannot be taken.
        """

    async def close(self) -> None:
        """Let go of the wire. May be called twice."""

    async def set_fault(self, fault: Fault) -> None:
        """Break it, or mend it with `Fault.NONE`; a mended wire has the address it had."""

    def state(self) -> State:
        """What the device believes of itself, with `power` where it has one."""


@runtime_checkable
class TouchReader(Protocol):
    """An emulated card reader."""

    async def touch(self, uid: str) -> None:
        """Lay the card with this number (hex, in the order the chip sends) on it for a moment.

        Raises:
            ValueError: it is no number that this reader can read.
        """
