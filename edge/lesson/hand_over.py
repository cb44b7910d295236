"""After an end near the next lesson: the devices stay on until somebody goes on, or nobody does."""

from dataclasses import replace

from edge.lesson.lesson_view import LessonView
from edge.lesson.room_scenes import RoomScenes
from edge.lesson.run import Handover, RunNow, RunState
from edge.lesson.run_memory import RunMemory
from school.moment import Clock
from school.rules import MINUTE_MS, Rules


class HandOvers:
    """Hand-overs of one room.

    Args:
        view: knows the next lesson.
        memory: knows the last run.
        scenes: what the devices do.
        clock: the room's clock.
        rules: times.
        off_min: devices turn off where nobody goes on for so many minutes.
    """

    def __init__(
        self,
        view: LessonView,
        memory: RunMemory,
        scenes: RoomScenes,
        clock: Clock,
        rules: Rules,
        off_min: int,
    ) -> None:
        self._view = view
        self._memory = memory
        self._scenes = scenes
        self._clock = clock
        self._rules = rules
        self._off_ms = off_min * MINUTE_MS

    def is_due(self, now: RunNow) -> bool:
        """Whether an end now would be a hand-over."""
        return self._view.next_soon(now) is not None and self._scenes.is_anything_on()

    def of(self, now: RunNow, ended_ms: int | None = None) -> RunNow | None:
        """The run as handed over to the next lesson; None where none is near.

        Args:
            now: the run.
            ended_ms: boot-monotonic milliseconds of its end; now where it is left out.
        """
        soon = self._view.next_soon(now)
        if soon is None:
            return None
        until_ms = self._until(self._clock.now().mono_ms if ended_ms is None else ended_ms)
        handover = Handover(soon.slot, soon.slot_name, soon.starts_ms, until_ms)
        return replace(now, handover=handover, state=RunState.ENDING, off_at_ms=None)

    def found(self) -> RunNow | None:
        """The hand-over that an earlier process of this boot left."""
        handed = self._memory.handed_over()
        if handed is None or self._clock.now().mono_ms >= self._until(handed[1]):
            return None
        return self.of(self._memory.run_now(handed[0], RunState.ENDING), handed[1])

    def keep(self, now: RunNow) -> None:
        """Stop the countdown, and wait as long again."""
        now.keep()
        if now.handover is not None:
            now.handover = replace(now.handover, until_ms=self._until(self._clock.now().mono_ms))

    def tend(self, now: RunNow) -> RunNow | None:
        """What time makes of a run: nobody goes on, so count down, then turn off.

        Returns:
            None where it is over, also because somebody has turned everything off.
        """
        now_ms = self._clock.now().mono_ms
        if now.handover is None:
            return now
        if not self._scenes.is_anything_on():
            return None
        if now.is_over(now_ms):
            self._scenes.end()
            return None
        if now_ms >= now.handover.until_ms:
            now.count_down(now_ms, self._rules)
        return now

    def _until(self, from_ms: int) -> int:
        return from_ms + self._off_ms
