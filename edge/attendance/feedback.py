"""How a tap is answered at its reader: light by MQTT, sound by the room's buzzer.

Source: domain reference §3.3. Present and late sound the same, so that nobody is shamed; a repeat
is light only; from some minutes after the start everything but "not stored" is light only.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from devices.errors import DeviceError
from edge.attendance.ports import ReaderAnswers
from school.judge import Outcome

log = logging.getLogger(__name__)

ANSWER_WITHIN_S = 2.0
LIGHT_WITHIN_MS = 5_000
SOUND_WITHIN_MS = 3_000
_WAITING = 256

SOUND: Mapping[Outcome, str | None] = {
    Outcome.PRESENT: "ok",
    Outcome.LATE: "ok",
    Outcome.NOTED: "ok",
    Outcome.STAFF: "ok",
    Outcome.REPEAT: None,
    Outcome.UNKNOWN: "other",
    Outcome.REVOKED: "other",
    Outcome.OTHER_CLASS: "other",
    Outcome.VISIT: "other",
    Outcome.REFUSED: "refused",
}
"""Pattern of the buzzer for each outcome; None is light only."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a reader is told of one tap.

    Attributes:
        reader: id of the reader.
        tap_id: the stored fact; None where nothing was stored.
        outcome: the word.
        quiet: light only, because the lesson is well under way.
        n: the reader's own number of the touch, where it counts them.
        at_ms: boot-monotonic milliseconds of the tap.
    """

    reader: str
    tap_id: str | None
    outcome: Outcome
    quiet: bool
    n: int | None
    at_ms: int


def sound_of(answer: Answer) -> str | None:
    """The buzzer's pattern. A tap that was not stored is heard at any time."""
    if answer.quiet and answer.outcome is not Outcome.REFUSED:
        return None
    return SOUND[answer.outcome]


class Feedback:
    """Answers taps in their order, light and sound apart, so that neither waits for the other.

    Args:
        answers: the way to readers and buzzers.
        buzzers: reader id → device id of its buzzer, for readers that are answered by one.
        now_ms: boot-monotonic milliseconds.
    """

    def __init__(
        self, answers: ReaderAnswers, buzzers: Mapping[str, str], now_ms: Callable[[], int]
    ) -> None:
        self._answers = answers
        self._buzzers = buzzers
        self._now_ms = now_ms
        self._lights: asyncio.Queue[Answer] = asyncio.Queue(_WAITING)
        self._sounds: asyncio.Queue[Answer] = asyncio.Queue(_WAITING)
        self._lost = False

    def say(self, answer: Answer) -> None:
        """Have a tap answered; returns at once. What a stuck wire cannot take is dropped."""
        _put(self._lights, answer)
        if answer.reader in self._buzzers and sound_of(answer) is not None:
            _put(self._sounds, answer)

    async def run(self) -> None:
        """Answer until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._work(self._lights, self._light, LIGHT_WITHIN_MS))
            group.create_task(self._work(self._sounds, self._sound, SOUND_WITHIN_MS))

    async def _work(
        self,
        queue: "asyncio.Queue[Answer]",
        tell: Callable[[Answer], Awaitable[None]],
        within_ms: int,
    ) -> None:
        while True:
            answer = await queue.get()
            if self._now_ms() - answer.at_ms > within_ms:
                continue  # a late beep would be taken for the next pupil's
            try:
                async with asyncio.timeout(ANSWER_WITHIN_S):
                    await tell(answer)
            except (DeviceError, TimeoutError) as error:
                self._note_lost(answer, error)
            else:
                self._lost = False

    async def _light(self, answer: Answer) -> None:
        feedback: dict[str, str | int | None] = {
            "tap_id": answer.tap_id,
            "outcome": answer.outcome.value,
        }
        if answer.n is not None:
            feedback["n"] = answer.n
        await self._answers.show(answer.reader, feedback)

    async def _sound(self, answer: Answer) -> None:
        pattern = sound_of(answer)
        if pattern is not None:
            await self._answers.beep(self._buzzers[answer.reader], pattern)

    def _note_lost(self, answer: Answer, error: Exception) -> None:
        if not self._lost:
            log.warning("reader %s cannot be answered: %s", answer.reader, error)
        self._lost = True


def _put(queue: "asyncio.Queue[Answer]", answer: Answer) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(answer)
