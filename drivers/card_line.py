"""What readers share that only talk: they say each card on a serial line and can show nothing."""

import logging
from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from devices.driving import CardSeen, TakeCard
from devices.reading import Value
from drivers.codecs.framing import Framer, MalformedReply
from drivers.touches import Touches
from drivers.transports.transport import Transport

_log = logging.getLogger(__name__)


class SaidCard(Protocol):
    """A message of a codec that names a card."""

    @property
    def uid(self) -> str:
        """The canonical number."""


Card = TypeVar("Card", bound=SaidCard)


class CardLine(Generic[Card]):
    """One reader on one line.

    Args:
        wire: the serial line, not yet open.
        framer: makes the codec's framer.
        technology: of every card that it reads.
        now_ms: boot-monotonic milliseconds.
    """

    def __init__(
        self,
        wire: Transport,
        framer: Callable[[], Framer[Card]],
        technology: str,
        now_ms: Callable[[], int],
    ) -> None:
        self._wire = wire
        self._framer = framer
        self._technology = technology
        self._touches = Touches(now_ms)
        self._noisy = False

    async def run(self, take: TakeCard, heard: Callable[[], None]) -> None:
        """Hand over each touch, as soon as it is one, until the port is lost.

        `heard` is called when the port opens and at each good message: a silent reader with no
        card on it cannot be told from a missing one.

        Raises:
            UnreachableError: the port cannot be opened, or is gone.
        """
        framer = self._framer()
        try:
            await self._wire.open()
            heard()
            while True:
                for message in framer.feed(await self._read(framer)):
                    if isinstance(message, MalformedReply):
                        self._note_noise(message.reason)
                        continue
                    self._noisy = False
                    heard()
                    if self._is_sure(message.uid):
                        await self._touched(message.uid, take)
        finally:
            self._wire.close()

    async def show(self, feedback: Mapping[str, Value]) -> None:
        """Nothing: these readers have neither lamp nor buzzer that we could drive."""

    async def close(self) -> None:
        """Let go of the port."""
        self._wire.close()

    async def _read(self, framer: Framer[Card]) -> bytes:
        """The next bytes, whenever they come."""
        del framer
        return await self._wire.read()

    def _is_sure(self, uid: str) -> bool:
        """Whether this message, after those before it, makes a touch."""
        del uid
        return True

    async def _touched(self, uid: str, take: TakeCard) -> None:
        is_new = not self._touches.lies_there(uid)
        self._touches.seen(uid)
        if is_new:
            await take(CardSeen(technology=self._technology, uid=uid))
            # What came while the touch was being stored belongs to it, however long that took.
            self._touches.seen(uid)

    def _note_noise(self, reason: str) -> None:
        if not self._noisy:
            _log.warning("%s sent %s", self._wire, reason)
        self._noisy = True
