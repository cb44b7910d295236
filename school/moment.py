"""One moment as a room knows it: exact order within a boot, and the wall time believed then."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class TimeQuality(StrEnum):
    """Where the believed wall time came from, worst first."""

    NONE = "none"  # nothing known since power on
    SAVED = "saved"  # the last good time before the power cut, moved on
    HUB = "hub"
    NTP = "ntp"

    @property
    def trusted(self) -> bool:
        """Whether somebody may be called late on this clock."""
        return self in (TimeQuality.HUB, TimeQuality.NTP)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment.

    Attributes:
        boot: the kernel's boot id, 32 hex digits.
        mono_ms: milliseconds since boot, suspend included (CLOCK_BOOTTIME).
        wall_ms: Unix milliseconds as believed then.
        tq: quality of `wall_ms`.
    """

    boot: str
    mono_ms: int
    wall_ms: int
    tq: TimeQuality


class Clock(Protocol):
    """Gives the present moment; an argument everywhere, so that tests can move it."""

    def now(self) -> Moment:
        """The present moment."""
