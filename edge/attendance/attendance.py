"""The attendance part of the agent: taps, the roll by touch, answers to readers, tables."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from devices.driving import CardSeen
from edge.attendance.feedback import Feedback
from edge.attendance.ports import FactStore, ReaderAnswers
from edge.attendance.projecting import Projector
from edge.attendance.roll import Roll
from edge.attendance.taps import Surroundings, Taps


class Attendance:
    """What the agent runs.

    Attributes:
        roll: marks by touch.
    """

    def __init__(
        self,
        here: Surroundings,
        store: FactStore,
        answers: ReaderAnswers,
        buzzers: Mapping[str, str],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._journal = here.journal
        self._feedback = Feedback(answers, buzzers, lambda: here.clock.now().mono_ms)
        self._taps = Taps(here, self._feedback)
        self._projector = Projector(here.journal, store, sleep)
        self.roll = Roll(here.journal, here.school, here.publish, here.opener)

    async def take(self, reader_id: str, card: CardSeen) -> None:
        """Take a touch from a reader; returns after its commit.

        Raises:
            StoreError: it could not be stored; the pupil was told so.
        """
        await self._taps.take(reader_id, card)

    async def run(self) -> None:
        """Replay the facts once, then answer readers and write tables until cancelled."""
        if not self._journal.is_replayed:
            await self._journal.replay()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._feedback.run())
            group.create_task(self._projector.run())
