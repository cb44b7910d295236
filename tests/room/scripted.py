"""A driver that plays a device by script."""

from collections.abc import Mapping

from devices.capability import Capability, Offer, ValueKind
from devices.errors import DeviceError
from devices.reading import Value

POWER = Offer(
    Capability.POWER,
    ValueKind.CHOICE,
    writable=True,
    choices={"on": "", "off": ""},
    settles_within_s=90,
)
INPUTS = Offer(
    Capability.INPUTS, ValueKind.CHOICE, writable=True, choices={"31": "HDMI 1", "32": ""}
)
BEEPER = Offer(
    Capability.BEEPER, ValueKind.CHOICE, writable=True, choices={"ok": ""}, confirms=False
)


class ScriptedDriver:
    """Answers what `state` says; raises `fault` while it is set; keeps every write."""

    def __init__(self) -> None:
        self.offers: tuple[Offer, ...] = (POWER, INPUTS, BEEPER)
        self.notes: Mapping[str, str] = {"maker": "Acme"}
        self.state: dict[Capability, Value] = {Capability.POWER: "off", Capability.INPUTS: "31"}
        self.fault: DeviceError | None = None
        self.write_fault: DeviceError | None = None
        self.writes: list[tuple[Capability, Value]] = []
        self.closed = 0

    async def read_all(self):
        if self.fault is not None:
            raise self.fault
        return dict(self.state)

    async def read_fast(self):
        return await self.read_all()

    async def write(self, capability, value):
        fault, self.write_fault = self.write_fault or self.fault, None
        if fault is not None:
            raise fault
        self.writes.append((capability, value))

    async def close(self):
        self.closed += 1
