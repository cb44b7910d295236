"""What a lesson needs of the room's devices."""

from typing import Protocol

from devices.capability import Capability
from devices.reading import Reading, Value


class StepFailedError(Exception):
    """The room would not take a step's wish. The text is a word or a sentence for the panel."""


class Devices(Protocol):
    """The devices of this room, as scenes speak to them."""

    def offers(self, device: str, capability: Capability) -> bool:
        """Whether the room has this device and it takes wishes for this capability."""

    def having(self, capability: Capability) -> tuple[str, ...]:
        """Ids of the devices that take wishes for this capability."""

    async def command(self, device: str, capability: Capability, value: Value) -> None:
        """Ask for a value; returns when the wish is on its way.

        Raises:
            StepFailedError: the wish was refused.
            devices.errors.DeviceError: the device could not be asked.
        """

    def reading(self, device: str, capability: Capability) -> Reading:
        """What the device reported last, as it may be shown now."""

    async def wait_until(
        self, device: str, capability: Capability, value: Value, limit_s: float
    ) -> bool:
        """Wait until the device reports a value; False when the limit passed.

        Returns at once, and True, where the device can never confirm it.
        """

    async def heard(self, limit_s: float) -> None:
        """Wait until every device has answered once since this start, or the limit passed."""
