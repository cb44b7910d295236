"""What the room asks of a driver: the contract between `drivers` and `edge/room`."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from devices.address import Address
from devices.capability import Capability, Offer
from devices.reading import Value
from devices.trouble import Remark


@dataclass(frozen=True, slots=True)
class DeviceSettings:
    """What a driver is told of its device; the room's file in neutral form.

    Attributes:
        id: the device's name in this room, `[a-z0-9-]+`.
        driver: name in the catalogue.
        address: where it is.
        password: the secret itself (looked up by name before); None where there is none.
        baud: speed of a serial line; None = the driver's default.
        options: what only this driver understands.
    """

    id: str
    driver: str
    address: Address
    password: str | None = None
    baud: int | None = None
    options: Mapping[str, str | int | bool] = field(default_factory=dict)


Reports = Mapping[Capability, Value]
"""Values that a device reported. A capability that is absent was not heard of this time."""


class Driver(Protocol):
    """One device spoken to in its maker's way. One task uses it; it keeps no task of its own.

    Every method raises only `devices.errors.DeviceError` kinds. After any error the next call
    starts on a clean wire: the driver's Session has closed or drained it.
    """

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What this device can do; may grow after the first `read_all` (class 2, input names)."""

    @property
    def notes(self) -> Mapping[str, str]:
        """Identity as heard: maker, model, serial, software. Empty before the first answer."""

    async def read_all(self) -> Reports:
        """Ask for everything worth showing, after a connect and when settled."""

    async def read_fast(self) -> Reports:
        """Ask only for what moves after a command (power and what was just commanded)."""

    async def write(self, capability: Capability, value: Value) -> None:
        """Send one wish and return when the device took it; the room reads back by itself."""

    async def close(self) -> None:
        """Let go of the wire. May be called twice."""


@runtime_checkable
class Announcer(Protocol):
    """A driver whose device speaks by itself (MQTT state): it wakes the room to read at once."""

    def on_news(self, wake: Callable[[], None]) -> None:
        """Call `wake` whenever `read_fast` would give something new."""


@runtime_checkable
class Teller(Protocol):
    """A driver that is told values rather than asking for them, and gives what it was told last."""

    def saying(self, capability: Capability) -> int | None:
        """Number of the message in which the device itself said the present value; rises.

        None where it was said before we listened: somebody else remembers it.
        """

    def spoke(self) -> bool:
        """Whether the device itself said anything, be it that it is there, since we listen."""

    def signs(self) -> int:
        """How often it did, on all connections together; only rises."""


@runtime_checkable
class GivesWay(Protocol):
    """A driver whose `read_all` is many questions: between two of them it lets a wish go first."""

    def give_way(self, is_wanted: Callable[[], bool]) -> None:
        """End a `read_all` between two questions, with what is known by then, once `is_wanted`.

        Power is asked first and always.
        """


@dataclass(frozen=True, slots=True)
class CardSeen:
    """One touch of one card, before anybody judged it.

    Attributes:
        technology: `em4100`, `mifare`, … as the card-number rules name it.
        uid: canonical bytes, upper-case hex in the order the chip sends.
        device_key: (boot, n) of a reader that numbers its own touches, to drop re-deliveries.
    """

    technology: str
    uid: str
    device_key: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class ShortCardSeen(CardSeen):
    """A touch whose reader left out zeros: only the school's own cards can tell which it was.

    Attributes:
        possible: the numbers that it may have been; `uid` is what came.
    """

    possible: tuple[str, ...] = ()


TakeCard = Callable[[CardSeen], Awaitable[None]]
"""Returns after the touch is committed; raises where it could not be stored."""


@runtime_checkable
class Remarks(Protocol):
    """A reader that notices what is odd about what it sends."""

    def on_remark(self, call: Callable[[Remark | None], None]) -> None:
        """Call with each remark, and with None where it no longer holds."""


class CardReader(Protocol):
    """A reader: it runs until cancelled and hands over each touch."""

    async def run(self, take: TakeCard, heard: Callable[[], None]) -> None:
        """Listen for cards on one connection; returns never.

        `heard` is called whenever the wire proves to be alive. Raises DeviceError when the wire is
        lost: the room calls `run` again after its own pause.
        """

    async def show(self, feedback: Mapping[str, Value]) -> None:
        """Tell the reader what became of a touch, where it can show it; else do nothing."""

    async def close(self) -> None:
        """Let go of the wire. May be called twice."""
