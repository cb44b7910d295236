"""A device that was told to switch on or off, until it says that it did.

Many say nothing while they start or stop, and some are not to be heard at all while they are off.
Source: field reports (home-assistant/core#20510, nodel-recipes#5); the tries are ours.
"""

from dataclasses import dataclass

from devices.capability import Capability
from devices.link import Contact
from devices.power import Power
from devices.reading import Quality
from edge.room.book import Book

GONE_AFTER_TRIES = {True: 3, False: 5}  # by whether the device said that it takes the off

_ON_THE_WAY = {Power.ON: Power.WARMING, Power.OFF: Power.COOLING}


@dataclass(frozen=True, slots=True)
class _Switch:
    """What it was told, until when it may take, whether it said that it takes it."""

    to: Power
    until_ms: int
    taken: bool


class Switching:
    """What is known of the power of a device that does not say.

    Attributes:
        off_was_said: whether it said itself that it is off, before it could not be heard any more.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._told: _Switch | None = None
        self.off_was_said = False

    def sent(self, power: Power, until_ms: int, *, taken: bool) -> None:
        """It was told to be on or off, and has until then."""
        self._told = _Switch(power, until_ms, taken)

    def heard(self, power: Power) -> None:
        """It said how it is: done, or not yet."""
        if self._told is not None and power in {self._told.to, Power.FAULT}:
            self._told = None

    def ended(self) -> None:
        """It had its time; an assumption that it is on its way ends."""
        self._told = None
        if self._is_assumed_to_move():
            self._book.forget(Capability.POWER)

    def is_under_way(self, now_ms: int) -> bool:
        """Whether it may still be starting or stopping, silently."""
        return self._told is not None and now_ms < self._told.until_ms

    def assume(self, now_ms: int) -> bool:
        """Note that it must be on its way, while it does not say; whether that is news."""
        if self._told is None:
            return False
        if not self.is_under_way(now_ms):
            self.ended()
            return True
        return self._book.assume(Capability.POWER, _ON_THE_WAY[self._told.to], now_ms)

    def left(self, contact: Contact, tries: int) -> bool:
        """Whether a device that cannot be heard now is one that leaves when it is off."""
        if self._is_off_by_us():
            return True
        told = self._told
        if told is None or told.to is not Power.OFF or contact is not Contact.NOT_OPENED:
            return False
        return tries >= GONE_AFTER_TRIES[told.taken]

    def went_off(self, now_ms: int) -> bool:
        """Whether it took the off, had its time, and was not heard since."""
        told = self._told
        is_off = told is not None and told.to is Power.OFF and told.taken
        return is_off and not self.is_under_way(now_ms)

    def _is_off_by_us(self) -> bool:
        return (
            self._book.power is Power.OFF
            and self._book.wanted.get(Capability.POWER) == Power.OFF.value
        )

    def _is_assumed_to_move(self) -> bool:
        reading = self._book.reading(Capability.POWER, 0)
        moving = reading.value in {Power.WARMING, Power.COOLING}
        return moving and reading.quality is Quality.ASSUMED

    def go_away(self, now_ms: int) -> None:
        """From now on it counts as off, though it does not say so."""
        said = self._book.reading(Capability.POWER, now_ms)
        self.off_was_said = said.value == Power.OFF and said.quality is not Quality.ASSUMED
        self._told = None
        self._book.assume(Capability.POWER, Power.OFF, now_ms)
