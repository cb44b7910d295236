"""An RDM6300 or RDM630 card reader (125 kHz, EM4100) on a serial line; it only talks.

Source: protocol notes §5.1. It sends the card's frame every 50 to 65 ms while the card lies there.
"""

import logging
from collections.abc import Callable, Mapping

from devices.driving import CardSeen, TakeCard
from devices.reading import Value
from drivers.codecs import rdm6300 as codec
from drivers.codecs.framing import MalformedReply
from drivers.tables.rdm6300 import TECHNOLOGY
from drivers.touches import Touches
from drivers.transports.transport import Transport

_log = logging.getLogger(__name__)


class Rdm6300:
    """One reader on one line. It cannot show anything by itself."""

    def __init__(
        self, wire: Transport, now_ms: Callable[[], int], *, frames_per_touch: int = 1
    ) -> None:
        """Listen on `wire`.

        Args:
            wire: the serial line, not yet open.
            now_ms: boot-monotonic milliseconds.
            frames_per_touch: equal frames in a row that make a touch; 2 on a line so noisy that
                a wrong number can pass the 8-bit checksum.
        """
        self._wire = wire
        self._touches = Touches(now_ms)
        self._frames_per_touch = frames_per_touch
        self._in_a_row = ("", 0)
        self._noisy = False

    async def run(self, take: TakeCard, heard: Callable[[], None]) -> None:
        """Hand over each touch, at its first frame, until the port is lost.

        `heard` is called when the port opens and at each good frame: a silent reader with no card
        on it cannot be told from a missing one.

        Raises:
            UnreachableError: the port cannot be opened, or is gone.
        """
        framer = codec.framer()
        try:
            await self._wire.open()
            heard()
            while True:
                for message in framer.feed(await self._wire.read()):
                    if isinstance(message, MalformedReply):
                        self._note_noise(message.reason)
                        continue
                    self._noisy = False
                    heard()
                    await self._touched(message.uid, take)
        finally:
            self._wire.close()

    async def _touched(self, uid: str, take: TakeCard) -> None:
        last, frames = self._in_a_row
        self._in_a_row = (uid, min(frames, self._frames_per_touch) + 1 if uid == last else 1)
        if self._in_a_row[1] < self._frames_per_touch:
            return
        is_new = not self._touches.lies_there(uid)
        self._touches.seen(uid)
        if is_new:
            await take(CardSeen(technology=TECHNOLOGY, uid=uid))
            # Frames that came while the touch was being stored belong to it, however long it took.
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
