"""What one device reported and what is wanted of it, kept apart."""

from collections.abc import Iterator

from devices.capability import Capability, Offer, ValueKind
from devices.driving import Reports
from devices.power import Power
from devices.reading import Quality, Reading, Value

STALE_AFTER_MS = 35_000  # three settled polls and a little


class Book:
    """Readings and wishes of one device."""

    def __init__(self) -> None:
        self._readings: dict[Capability, Reading] = {}
        self.wanted: dict[Capability, Value] = {}

    @property
    def power(self) -> Power | None:
        """Reported power; None where the device never reported any."""
        reading = self._readings.get(Capability.POWER)
        return Power(str(reading.value)) if reading and reading.value is not None else None

    def reading(self, capability: Capability, now_ms: int) -> Reading:
        """The reading as it must be shown now; `unknown` where nothing was heard."""
        return self._readings.get(capability, Reading()).seen_at(now_ms)

    def heard(self, reports: Reports, offers: tuple[Offer, ...], now_ms: int) -> bool:
        """Take what the device reported; whether anything a person sees has changed."""
        units = {offer.capability: _unit(offer) for offer in offers}
        changed = False
        for capability, value in reports.items():
            before = self._readings.get(capability, Reading()).seen_at(now_ms)
            changed |= (before.value, before.quality) != (value, Quality.CONFIRMED)
            self._readings[capability] = Reading(
                value, now_ms, Quality.CONFIRMED, units.get(capability, ""), STALE_AFTER_MS
            )
        return changed

    def assume(self, capability: Capability, value: Value, now_ms: int) -> None:
        """A wish was sent to a device that cannot report."""
        self._readings[capability] = Reading(value, now_ms, Quality.ASSUMED)

    def agrees(self, capability: Capability, value: Value) -> bool:
        """Whether the last report says what was wished."""
        reading = self._readings.get(capability)
        return reading is not None and reading.value == value

    def shown(self, now_ms: int) -> Iterator[tuple[Capability, Reading]]:
        """All readings as they must be shown now."""
        for capability, reading in self._readings.items():
            yield capability, reading.seen_at(now_ms)


def _unit(offer: Offer) -> str:
    return offer.unit if offer.kind is ValueKind.NUMBER else ""
