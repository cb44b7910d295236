"""A card reader that prints each card as one line of text on a serial line; it only talks.

Source: protocol notes §5.2. Some print a card once, some again and again while it lies there.
"""

import asyncio
from collections.abc import Callable
from functools import partial

from drivers.card_line import CardLine
from drivers.codecs import ascii_reader as codec
from drivers.codecs.framing import Framer
from drivers.tables.ascii_reader import IDLE_S, technology_of
from drivers.transports.transport import Transport


class AsciiReader(CardLine[codec.Card]):
    """One reader on one line."""

    def __init__(self, wire: Transport, now_ms: Callable[[], int], form: codec.Form) -> None:
        """Listen on `wire`.

        Args:
            wire: the serial line, not yet open.
            now_ms: boot-monotonic milliseconds.
            form: how the reader prints a card.
        """
        framer = partial(codec.framer, form)
        super().__init__(wire, framer, technology_of(form.length), now_ms)

    async def _read(self, framer: Framer[codec.Card]) -> bytes:
        """The next bytes; a line that has begun ends where none come for a while."""
        try:
            async with asyncio.timeout(IDLE_S if framer.pending else None):
                return await super()._read(framer)
        except TimeoutError:
            return codec.IDLE
