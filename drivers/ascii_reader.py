"""A card reader that prints each card as one line of text on a serial line; it only talks.

Source: protocol notes §5.2. Some print a card once, some again and again while it lies there.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping

from devices.driving import CardSeen, TakeCard
from devices.reading import Value
from drivers.codecs import ascii_reader as codec
from drivers.codecs.framing import Framer, MalformedReply
from drivers.tables.ascii_reader import IDLE_S, technology_of
from drivers.touches import Touches
from drivers.transports.transport import Transport

_log = logging.getLogger(__name__)


class AsciiReader:
    """One reader on one line. It cannot show anything by itself."""

    def __init__(self, wire: Transport, now_ms: Callable[[], int], form: codec.Form) -> None:
        """Listen on `wire`.

        Args:
            wire: the serial line, not yet open.
            now_ms: boot-monotonic milliseconds.
            form: how the reader prints a card.
        """
        self._wire = wire
        self._form = form
        self._touches = Touches(now_ms)
        self._noisy = False

    async def run(self, take: TakeCard, heard: Callable[[], None]) -> None:
        """Hand over each touch, at its first line, until the port is lost.

        `heard` is called when the port opens and at each good line: a silent reader with no card
        on it cannot be told from a missing one.

        Raises:
            UnreachableError: the port cannot be opened, or is gone.
        """
        framer = codec.framer(self._form)
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
                    await self._touched(message.uid, take)
        finally:
            self._wire.close()

    async def _read(self, framer: Framer[codec.Card]) -> bytes:
        """Wait for bytes; a line that has begun ends where none come for a while."""
        try:
            async with asyncio.timeout(IDLE_S if framer.pending else None):
                return await self._wire.read()
        except TimeoutError:
            return codec.IDLE

    async def _touched(self, uid: str, take: TakeCard) -> None:
        is_new = not self._touches.lies_there(uid)
        self._touches.seen(uid)
        if is_new:
            await take(CardSeen(technology=technology_of(self._form.length), uid=uid))
            # Lines that came while the touch was being stored belong to it, however long it took.
            self._touches.seen(uid)

    def _note_noise(self, reason: str) -> None:
        if not self._noisy:
            _log.warning("%s sent %s", self._wire, reason)
        self._noisy = True

    async def show(self, feedback: Mapping[str, Value]) -> None:
        """Nothing: this reader has neither lamp nor buzzer that we could drive."""

    async def close(self) -> None:
        """Let go of the port."""
        self._wire.close()
