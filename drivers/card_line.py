"""What readers share that only talk: they say each card on a serial line and can show nothing."""

import logging
from collections.abc import Callable, Mapping
from typing import Generic, Protocol, TypeVar

from devices.driving import CardSeen, ShortCardSeen, TakeCard
from devices.reading import Value
from devices.trouble import Remark
from drivers.codecs.framing import Framer, MalformedReply
from drivers.remarks import Noticed
from drivers.touches import Gone, Touches, is_phantom
from drivers.transports.transport import Transport

BOOT_TEXT_MS = 2000  # protocol notes §1.1: what a reader says of itself when its port opens

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
        self._now_ms = now_ms
        self._touches = Touches(now_ms)
        self._gone = Gone()
        self._noticed = Noticed()
        self._noisy = False
        self._opened_ms = 0

    def on_remark(self, call: Callable[[Remark | None], None]) -> None:
        """Call with what is odd about what the reader sends, and with None when it is mended."""
        self._noticed.on_remark(call)

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
            self._opened_ms = self._now_ms()
            heard()
            while True:
                for message in framer.feed(await self._read(framer)):
                    if isinstance(message, MalformedReply):
                        self._note_noise(message.reason)
                    else:
                        await self._said(message, take, heard)
                self._remark_noise()
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

    async def _said(self, message: Card, take: TakeCard, heard: Callable[[], None]) -> None:
        if is_phantom(message.uid):
            if not self._gone.is_said(message.uid):
                self._note_noise("a card number of zeros or ones alone")
            return
        self._noisy = False
        if await self._is_short(message, take):
            return
        heard()
        self._gone.card()
        self._noticed.good(has_raw_check=self._has_raw_check(message))
        if self._is_sure(message.uid):
            await self._touched(CardSeen(self._technology, message.uid), take)

    async def _is_short(self, message: Card, take: TakeCard) -> bool:
        """Whether a number wants zeros; a driver whose readers leave them out takes it here."""
        del message, take
        return False

    async def _take_short(
        self, digits: str, of: int, possible: tuple[str, ...], take: TakeCard | None
    ) -> None:
        """A number that wants zeros was read; `take` where the school's cards may prove it."""
        if not self._touches.lies_there(digits):
            self._noticed.short(len(digits), of)
        if take is None:
            self._note_noise(f"a card number of {len(digits)} digits for {of}")
            self._touches.seen(digits)
            return
        await self._touched(ShortCardSeen(self._technology, digits, None, possible), take)

    def _has_raw_check(self, message: Card) -> bool:
        """Whether it came in a variant of the protocol whose checksum is one raw byte."""
        del message
        return False

    def _is_sure(self, uid: str) -> bool:
        """Whether this message, after those before it, makes a touch."""
        del uid
        return True

    async def _touched(self, card: CardSeen, take: TakeCard) -> None:
        is_new = not self._touches.lies_there(card.uid)
        self._touches.seen(card.uid)
        if is_new:
            await take(card)
            # What came while the touch was being stored belongs to it, however long that took.
            self._touches.seen(card.uid)

    def _note_noise(self, reason: str) -> None:
        if not self._noisy:
            _log.warning("%s sent %s", self._wire, reason)
        self._noisy = True

    def _remark_noise(self) -> None:
        """What goes on being noise is remarked, but for what a reader says as its port opens."""
        if self._noisy and self._now_ms() - self._opened_ms > BOOT_TEXT_MS:
            self._noticed.unreadable(str(self._wire))
