"""What one device reported and what is wanted of it, kept apart."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from devices.capability import Capability, Offer, ValueKind
from devices.driving import Reports
from devices.power import Power
from devices.reading import Quality, Reading, Value

STALE_AFTER_MS = 35_000  # three settled polls and a little

Saying = Callable[[Capability], int | None]
"""Number of the message in which a device said a value by itself; None = before we listened."""


class Book:
    """Readings and wishes of one device.

    Attributes:
        wanted: what was asked for and not taken back since.
        exchange: number of the last exchange that was begun; each report carries its own, so that
            a wish can tell what was asked after it from what was asked before.
    """

    def __init__(self) -> None:
        self._readings: dict[Capability, Reading] = {}
        self._heard_in: dict[Capability, int] = {}
        self._sayings: dict[Capability, int | None] = {}
        self.wanted: dict[Capability, Value] = {}
        self.exchange = 0

    @property
    def power(self) -> Power | None:
        """Reported or assumed power; None where the device never reported any."""
        reading = self._readings.get(Capability.POWER)
        return Power(str(reading.value)) if reading and reading.value is not None else None

    def reading(self, capability: Capability, now_ms: int) -> Reading:
        """The reading as it must be shown now; `unknown` where nothing was heard."""
        return self._readings.get(capability, Reading()).seen_at(now_ms)

    def begin(self) -> None:
        """The device is asked now: what it answers is newer than every wish so far."""
        self.exchange += 1

    def heard(
        self,
        reports: Reports,
        offers: tuple[Offer, ...],
        now_ms: int,
        saying: Saying | None = None,
    ) -> bool:
        """Take what the device reported; whether anything a person sees has changed.

        Args:
            reports: the values.
            offers: what the device offers, for units.
            now_ms: boot-monotonic milliseconds.
            saying: for a device that speaks by itself: what it said once is given again and again,
                and is no new report; None where it was asked.
        """
        units = {offer.capability: _unit(offer) for offer in offers}
        changed = False
        for capability, value in reports.items():
            before = self._readings.get(capability, Reading()).seen_at(now_ms)
            plain = Reading(
                value, now_ms, Quality.CONFIRMED, units.get(capability, ""), STALE_AFTER_MS
            )
            after = plain if saying is None else self._said(capability, plain, saying(capability))
            if after is plain:
                self._heard_in[capability] = self.exchange
            changed |= (before.value, before.quality) != (after.value, after.quality)
            self._readings[capability] = after
        return changed

    def _said(self, capability: Capability, plain: Reading, number: int | None) -> Reading:
        """The reading of a value that was said by itself, the plain one where it is a new one."""
        earlier, known = self._readings.get(capability), capability in self._sayings
        is_known = known and self._sayings[capability] == number
        self._sayings[capability] = number
        is_same = earlier is not None and earlier.value == plain.value
        if number is None:  # the broker kept it: nobody knows since when, nor whether it still is
            at_ms = earlier.at_ms if earlier is not None and is_same else None
            return replace(plain, at_ms=at_ms, quality=Quality.STALE)
        if earlier is None or not is_known:
            return plain
        stale_after_ms = (plain.at_ms or 0) - (earlier.at_ms or 0) + STALE_AFTER_MS
        return replace(plain, at_ms=earlier.at_ms, stale_after_ms=stale_after_ms)

    def assume(self, capability: Capability, value: Value, now_ms: int) -> bool:
        """What must be so though the device does not say it; whether that is news."""
        before = self._readings.get(capability, Reading())
        if (before.value, before.quality) == (value, Quality.ASSUMED):
            return False
        self._readings[capability] = Reading(value, now_ms, Quality.ASSUMED)
        return True

    def doubt(self, capability: Capability) -> bool:
        """It may have changed since the device said it; whether that is news."""
        before = self._readings.get(capability)
        if before is None or before.quality is not Quality.CONFIRMED:
            return False
        self._readings[capability] = replace(before, quality=Quality.STALE)
        return True

    def forget(self, capability: Capability) -> bool:
        """Nothing is known of it any more; whether that is news."""
        return self._readings.pop(capability, None) is not None

    def is_after(self, capability: Capability, after: int) -> bool:
        """Whether the device reported it in an exchange that began after `after`."""
        return self._heard_in.get(capability, -1) > after

    def agrees(
        self, capability: Capability, values: tuple[Value, ...], *, after: int | None = None
    ) -> bool:
        """Whether the last report, one newer than the exchange `after`, says one of `values`."""
        reading = self._readings.get(capability)
        is_so = reading is not None and reading.value in values
        return is_so and (after is None or self.is_after(capability, after))

    def shown(self, now_ms: int) -> Iterator[tuple[Capability, Reading]]:
        """All readings as they must be shown now."""
        for capability, reading in self._readings.items():
            yield capability, reading.seen_at(now_ms)


def _unit(offer: Offer) -> str:
    return offer.unit if offer.kind is ValueKind.NUMBER else ""
