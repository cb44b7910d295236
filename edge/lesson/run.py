"""A run as the room holds it in mind: states, countdown, hand-over, automatic end. Pure.

The facts `run.started` and `run.ended` are the truth; this is what happens between them.
"""

from dataclasses import dataclass
from enum import StrEnum

from school.rules import MINUTE_MS, Rules


class RunState(StrEnum):
    """Where a run is."""

    STARTING = "starting"
    RUNNING = "running"
    ENDING = "ending"


class EndReason(StrEnum):
    """Why a run ended."""

    TOUCH = "touch"
    NEXT = "next"  # the next lesson began here
    AUTO = "auto"  # some time after its planned end
    IDLE = "idle"  # nobody touched the panel for hours


@dataclass(frozen=True, slots=True)
class Handover:
    """The next lesson here begins soon, so the devices stay on; the run can be continued.

    Attributes:
        slot: its number; None without one.
        slot_name: what the school calls it, where that is not its number.
        at_ms: its start, Unix milliseconds.
        until_ms: boot-monotonic milliseconds from which the devices turn off after a countdown.
    """

    slot: int | None
    slot_name: str
    at_ms: int
    until_ms: int


@dataclass(slots=True)
class RunNow:
    """The run that the panel shows.

    Attributes:
        id: run id.
        lessons: ids of its lessons.
        picture: whether the display was asked for.
        by: who started it.
        started_ms: Unix milliseconds.
        state: where it is.
        touched_ms: boot-monotonic milliseconds of the last touch.
        ends_ms: planned end, Unix milliseconds; None where nobody knows.
        off_at_ms: boot-monotonic milliseconds of the end of the countdown; None without one.
        handover: set after an end that leaves the devices on.
    """

    id: str
    lessons: tuple[str, ...]
    picture: bool
    by: str
    started_ms: int
    state: RunState
    touched_ms: int
    ends_ms: int | None = None
    off_at_ms: int | None = None
    handover: Handover | None = None

    @property
    def is_open(self) -> bool:
        """Whether its end is not stored yet."""
        return self.handover is None

    def count_down(self, now_ms: int, rules: Rules) -> None:
        """Begin the countdown to the end; one that runs goes on."""
        self.state = RunState.ENDING
        if self.off_at_ms is None:
            self.off_at_ms = now_ms + rules.end_countdown_s * 1000

    def keep(self) -> None:
        """Stop the countdown."""
        self.off_at_ms = None
        if self.is_open:
            self.state = RunState.RUNNING

    def go_on(self) -> None:
        """After a hand-over: the run is open again."""
        self.handover = None
        self.keep()

    def is_over(self, now_ms: int) -> bool:
        """Whether the countdown has ended."""
        return self.off_at_ms is not None and now_ms >= self.off_at_ms

    def seconds_left(self, now_ms: int) -> int | None:
        """Whole seconds of the countdown, rounded up; None without one."""
        if self.off_at_ms is None:
            return None
        return max(0, -(-(self.off_at_ms - now_ms) // 1000))

    def auto_end_ms(self, rules: Rules) -> int | None:
        """When it ends by itself, Unix milliseconds; None where its planned end is unknown."""
        return None if self.ends_ms is None else self.ends_ms + rules.auto_end_min * MINUTE_MS

    def auto_end_notice_ms(self, rules: Rules) -> int | None:
        """From when on the panel says that it will end by itself; as `auto_end_ms`."""
        return (
            None if self.ends_ms is None else self.ends_ms + rules.auto_end_notice_min * MINUTE_MS
        )

    def due_end(self, now_ms: int, at_ms: int | None, rules: Rules) -> EndReason | None:
        """Why it has to end now, if it has to.

        Args:
            now_ms: boot-monotonic milliseconds.
            at_ms: Unix milliseconds; None on a doubtful clock.
            rules: settings.
        """
        if not self.is_open:
            return None
        if self.is_over(now_ms):
            return EndReason.TOUCH
        auto_ms = self.auto_end_ms(rules)
        if at_ms is not None and auto_ms is not None and at_ms >= auto_ms:
            return EndReason.AUTO
        if now_ms - self.touched_ms >= rules.idle_end_min * MINUTE_MS:
            return EndReason.IDLE
        return None
