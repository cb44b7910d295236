"""An RDM6300 or RDM630 card reader (125 kHz, EM4100) on a serial line; it only talks.

Source: protocol notes §5.1. It sends the card's frame every 50 to 65 ms while the card lies there.
"""

from collections.abc import Callable

from drivers.card_line import CardLine
from drivers.codecs import rdm6300 as codec
from drivers.tables.rdm6300 import TECHNOLOGY
from drivers.touches import ONE_TOUCH_MS
from drivers.transports.transport import Transport


class Rdm6300(CardLine[codec.Card]):
    """One reader on one line."""

    def __init__(
        self, wire: Transport, now_ms: Callable[[], int], *, frames_per_touch: int = 1
    ) -> None:
        """Listen on `wire`.

        Args:
            wire: the serial line, not yet open.
            now_ms: boot-monotonic milliseconds.
            frames_per_touch: equal frames in a row that make a touch; with 2 a wrong number that
                passes the 8-bit checksum is none (Tasmota#9522, esp-rfid#411).
        """
        super().__init__(wire, codec.framer, TECHNOLOGY, now_ms)
        self._frames_per_touch = frames_per_touch
        self._in_a_row = ("", 0, 0)

    def _has_raw_check(self, message: codec.Card) -> bool:
        return message.has_raw_check

    def _is_sure(self, uid: str) -> bool:
        last, frames, at_ms = self._in_a_row
        now_ms = self._now_ms()
        goes_on = uid == last and now_ms - at_ms <= ONE_TOUCH_MS
        self._in_a_row = (uid, min(frames, self._frames_per_touch) + 1 if goes_on else 1, now_ms)
        return self._in_a_row[1] >= self._frames_per_touch
