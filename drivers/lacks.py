"""Questions that a device does not answer, and for how long that is believed.

Nothing is believed for ever: in standby, or while it starts, a device refuses or leaves unanswered
what it answers well once it is on. Source: field reports (home-assistant/core#20510,
samsung-mdc#14, benqprojector#7); the number of reads is ours.
"""

from collections.abc import Hashable
from typing import Generic, TypeVar

from devices.power import Power

RESTS_FOR_READS = 30  # five minutes of settled reads

Q = TypeVar("Q", bound=Hashable)


class Lacks(Generic[Q]):
    """What one device does not answer."""

    def __init__(self) -> None:
        self._power = Power.UNKNOWN
        self._refused: set[Q] = set()
        self._resting: dict[Q, int] = {}

    @property
    def power(self) -> Power:
        """The device's power as it was told last."""
        return self._power

    def begin_read(self, power: Power) -> bool:
        """A read of everything begins; whether the device was switched on since the last one."""
        was, self._power = self._power, power
        if power is not was:
            self._resting.clear()
        self._resting = {question: left - 1 for question, left in self._resting.items() if left > 1}
        is_on_anew = power is Power.ON and was is not Power.ON
        if is_on_anew:
            self._refused.clear()
        return is_on_anew

    def refused(self, question: Q, *, has_none: bool = False) -> None:
        """It said no.

        Args:
            question: what it was asked.
            has_none: the refusal means that it has no such thing, whatever its power.
        """
        if has_none or self._power is Power.ON:
            self._refused.add(question)
        else:
            self._resting[question] = RESTS_FOR_READS

    def unanswered(self, question: Q) -> None:
        """It said nothing, or nothing that can be read: leave it alone with that for a while."""
        self._resting[question] = RESTS_FOR_READS

    def may_ask(self, question: Q) -> bool:
        """Whether it is worth its time to ask."""
        return question not in self._refused and question not in self._resting

    def has(self, question: Q) -> bool:
        """Whether the device is not known to be without it."""
        return question not in self._refused
