"""A value that a device reported, with its unit, its moment and how far it can be trusted."""

from dataclasses import dataclass, replace
from enum import StrEnum

Value = bool | int | str


class Quality(StrEnum):
    """How far a reading can be trusted."""

    CONFIRMED = "confirmed"  # the device said so
    ASSUMED = "assumed"  # we sent it and the device cannot say
    STALE = "stale"  # confirmed once, not heard again in time
    UNKNOWN = "unknown"  # never heard


@dataclass(frozen=True, slots=True)
class Reading:
    """One reported value.

    Attributes:
        value: what was reported; None only while the quality is unknown.
        at_ms: boot-monotonic milliseconds of the report; None where nobody knows when it was.
        quality: how far it can be trusted.
        unit: unit of a number ("h", "°C", "%"), empty for words.
        stale_after_ms: how long a confirmed value stays confirmed.
    """

    value: Value | None = None
    at_ms: int | None = 0
    quality: Quality = Quality.UNKNOWN
    unit: str = ""
    stale_after_ms: int = 30_000

    @property
    def is_current(self) -> bool:
        """Whether the device says so, or nothing speaks against it: neither stale nor unknown."""
        return self.quality in {Quality.CONFIRMED, Quality.ASSUMED}

    def seen_at(self, now_ms: int) -> "Reading":
        """The same reading as it must be shown at `now_ms`: stale past its deadline."""
        if self.quality is not Quality.CONFIRMED or self.at_ms is None:
            return self
        is_stale = now_ms - self.at_ms > self.stale_after_ms
        return replace(self, quality=Quality.STALE) if is_stale else self
