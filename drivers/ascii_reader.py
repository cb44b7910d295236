"""A card reader that prints each card as one line of text on a serial line; it only talks.

Source: protocol notes §5.2. Some print a card once, some again and again while it lies there.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from devices.driving import TakeCard
from drivers.card_line import CardLine
from drivers.codecs import ascii_reader as codec
from drivers.codecs.framing import Framer
from drivers.tables.ascii_reader import IDLE_S, technology_of
from drivers.transports.transport import Transport


class AsciiReader(CardLine[codec.Card]):
    """One reader on one line."""

    def __init__(
        self,
        wire: Transport,
        now_ms: Callable[[], int],
        form: codec.Form,
        *,
        pads: bool = False,
    ) -> None:
        """Listen on `wire`.

        Args:
            wire: the serial line, not yet open.
            now_ms: boot-monotonic milliseconds.
            form: how the reader prints a card.
            pads: a number without its zeros is handed over, for the school's cards to prove.
        """
        self._digits = form.digits
        self._pads = pads
        framer = partial(codec.framer, replace(form, tells_short=True))
        super().__init__(wire, framer, technology_of(form.length), now_ms)

    async def _is_short(self, message: codec.Card, take: TakeCard) -> bool:
        if not message.possible:
            return False
        pads = take if self._pads else None
        await self._take_short(message.uid, self._digits, message.possible, pads)
        return True

    async def _read(self, framer: Framer[codec.Card]) -> bytes:
        """The next bytes; a line that has begun ends where none come for a while."""
        try:
            async with asyncio.timeout(IDLE_S if framer.pending else None):
                return await super()._read(framer)
        except TimeoutError:
            return codec.IDLE
