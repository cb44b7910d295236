"""The devices and readers that are here, and the one way to ask something of them."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from devices.capability import Capability
from devices.link import Link
from devices.reading import Reading, Value
from edge.room.command import Command
from edge.room.keeper import Keeper
from edge.room.reader import ReaderKeeper

KEPT_COMMANDS = 500


class NoSuchDeviceError(Exception):
    """This room has no device of that id, or the device lacks the capability."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A wish as it comes from a person or a scene, not checked yet.

    Attributes:
        device: device id.
        capability: name of the capability.
        value: what is wished, as JSON or the command line gave it.
        by: who asks.
        audited: whether the audit lane keeps it.
    """

    device: str
    capability: str
    value: object
    by: str
    audited: bool = True


class Room:
    """Devices by id, readers by id, recent commands, and a feed of changes."""

    def __init__(
        self,
        keepers: Iterable[Keeper],
        readers: Iterable[ReaderKeeper],
        now_ms: Callable[[], int],
    ) -> None:
        self.devices: Mapping[str, Keeper] = {one.identity.id: one for one in keepers}
        self.readers: Mapping[str, ReaderKeeper] = {one.identity.id: one for one in readers}
        self._now_ms = now_ms
        self._commands: OrderedDict[str, Command] = OrderedDict()
        self._watchers: set[asyncio.Event] = set()

    def command(self, wish: Wish, command_id: str) -> Command:
        """Take a wish; it is on its way to the device when this returns.

        Raises:
            NoSuchDeviceError: nothing here can do it.
            ValueError: the value does not fit; the message names what would.
        """
        known = self._commands.get(command_id)
        if known is not None:
            return known
        keeper = self.devices.get(wish.device)
        if keeper is None:
            known_ids = ", ".join(sorted(self.devices)) or "none"
            raise NoSuchDeviceError(f'no device "{wish.device}" here; devices are: {known_ids}')
        offers = {offer.capability.value: offer for offer in keeper.driver.offers if offer.writable}
        offer = offers.get(wish.capability)
        if offer is None:
            can = ", ".join(offers) or "nothing"
            raise NoSuchDeviceError(f'"{wish.device}" has no "{wish.capability}"; it can: {can}')
        value = offer.parse(wish.value)
        deadline_ms = self._now_ms() + int(offer.settles_within_s * 1000)
        command = Command(
            id=command_id,
            device=wish.device,
            capability=offer.capability,
            value=value,
            asked=wish.value,
            by=wish.by,
            deadline_ms=deadline_ms,
            audited=wish.audited,
        )
        self._remember(command)
        keeper.ask(command)
        return command

    def _remember(self, command: Command) -> None:
        self._commands[command.id] = command
        while len(self._commands) > KEPT_COMMANDS:
            self._commands.popitem(last=False)

    def known_command(self, command_id: str) -> Command | None:
        """A recent command."""
        return self._commands.get(command_id)

    def reading(self, device: str, capability: Capability) -> Reading:
        """What a device reported; `unknown` where there is no such device or report."""
        keeper = self.devices.get(device)
        return keeper.book.reading(capability, self._now_ms()) if keeper else Reading()

    def online(self, device: str) -> bool:
        """Whether a device answers."""
        keeper = self.devices.get(device)
        return keeper is not None and keeper.link is Link.ONLINE

    @property
    def safe_to_cut(self) -> bool:
        """Whether the breaker may be cut: every lamp is off and cold, as far as devices tell.

        False where a display's power is unknown or its report is stale: unknown is not off.
        """
        displays = [one for one in self.devices.values() if one.offer(Capability.POWER)]
        return bool(displays) and all(one.is_off for one in displays)

    def tell_changed(self) -> None:
        """Something about a device or a command has changed: wake who waits for it."""
        for watcher in self._watchers:
            watcher.set()

    async def wait_until(self, is_so: Callable[[], bool], limit_s: float) -> bool:
        """Wait until `is_so()`, looked at after each change; False when the limit passed."""
        watcher = asyncio.Event()
        self._watchers.add(watcher)
        try:
            async with asyncio.timeout(limit_s):
                while not is_so():
                    await watcher.wait()
                    watcher.clear()
        except TimeoutError:
            return is_so()
        finally:
            self._watchers.discard(watcher)
        return True

    def value(self, device: str, capability: Capability) -> Value | None:
        """The last reported value, however old; None where nothing was heard."""
        return self.reading(device, capability).value
