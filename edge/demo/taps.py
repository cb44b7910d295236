"""The hands that hold cards to readers, and wait for what the room says."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

ANSWER_WITHIN_S = 5.0
PAUSE_S = 2.2  # the same card within 2 s is one touch to the room: hands wait before the next
NO_ANSWER = "none"
REFUSED = "refused"

Value = bool | int | str | None


class EmulatedDevice(Protocol):
    """What the bench sees of one emulated device."""

    @property
    def id(self) -> str:
        """Its name in the room."""

    @property
    def driver(self) -> str:
        """Name of its driver."""

    @property
    def address(self) -> str:
        """How the room names its place."""

    @property
    def fault(self) -> str:
        """What is wrong with it."""

    async def set_fault(self, fault: str) -> None:
        """Break it, or mend it with `none`."""

    def state(self) -> Mapping[str, Value]:
        """What it believes of itself."""


class EmulatedReader(EmulatedDevice, Protocol):
    """A card reader."""

    async def touch(self, uid: str) -> None:
        """Lay a card on it and take it away.

        Raises:
            ValueError: it cannot read such a card.
        """


@dataclass(frozen=True, slots=True)
class TapAnswer:
    """What the room said to one touch.

    Attributes:
        tap_id: of the stored tap; None where nothing was stored or nothing was heard.
        feedback: the outcome, `refused`, or `none`.
        ms: milliseconds from the card's first frame to the answer.
    """

    tap_id: str | None
    feedback: str
    ms: int


class Hand:
    """The hand at one reader: one card at a time, each touch apart from the one before.

    Args:
        reader: the reader.
        now_s: monotonic seconds.
    """

    def __init__(self, reader: EmulatedReader, now_s: Callable[[], float]) -> None:
        self.reader = reader
        self._now_s = now_s
        self._turn = asyncio.Lock()
        self._answer: asyncio.Future[Mapping[str, object]] | None = None
        self._lifted_s: dict[str, float] = {}

    async def tap(self, uid: str) -> TapAnswer:
        """Hold one card to the reader until the room answers, at most 5 s.

        Raises:
            ValueError: the reader cannot read such a card.
        """
        async with self._turn:
            await asyncio.sleep(self._pause_s(uid.upper()))
            try:
                return await self._touch(uid)
            finally:
                self._lifted_s[uid.upper()] = self._now_s()

    def hear(self, payload: bytes) -> None:
        """What the room published for this reader."""
        try:
            feedback = json.loads(payload)
        except ValueError:
            return
        if self._answer is None or self._answer.done() or not isinstance(feedback, dict):
            return
        number = feedback.get("n")
        if number is None or number == self.reader.state().get("touches"):
            self._answer.set_result(feedback)

    def _pause_s(self, uid: str) -> float:
        horizon_s = self._now_s() - PAUSE_S
        self._lifted_s = {card: at for card, at in self._lifted_s.items() if at > horizon_s}
        return self._lifted_s.get(uid, horizon_s) - horizon_s

    async def _touch(self, uid: str) -> TapAnswer:
        self._answer = asyncio.get_running_loop().create_future()
        started_s = self._now_s()
        touch = asyncio.ensure_future(self.reader.touch(uid))
        try:
            feedback = await self._first_answer(touch, self._answer)
        finally:
            touch.cancel()  # the card is taken away as soon as the room has answered
            await asyncio.gather(touch, return_exceptions=True)
            self._answer = None
        return _told(feedback, round((self._now_s() - started_s) * 1000))

    async def _first_answer(
        self, touch: asyncio.Future[None], answer: asyncio.Future[Mapping[str, object]]
    ) -> Mapping[str, object] | None:
        either: set[asyncio.Future[Any]] = {touch, answer}
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if touch.done():
                    touch.result()  # says where the reader cannot read the card
                return await answer
        except TimeoutError:
            return None


def _told(feedback: Mapping[str, object] | None, ms: int) -> TapAnswer:
    if feedback is None:
        return TapAnswer(None, NO_ANSWER, ms)
    outcome, tap_id = str(feedback.get("outcome", NO_ANSWER)), feedback.get("tap_id")
    stored = isinstance(tap_id, str) and outcome not in (NO_ANSWER, REFUSED)
    return TapAnswer(str(tap_id) if stored else None, outcome, ms)
