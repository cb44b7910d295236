"""An emulated card reader that prints lines on a serial line. Source: protocol notes §5.2."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from drivers.emulators.emulator import Settings, State, spoil
from drivers.emulators.pty_port import SerialDevice, deaf

TOUCH_S = 0.35  # a card held to the reader by a hand
_CARD_SIZES = (4, 5, 7, 10)  # bytes
_DECIMAL_DIGITS = {4: 10, 5: 13, 7: 17, 10: 25}  # as many as the largest number needs


@dataclass(frozen=True, slots=True)
class Print:
    """How the reader prints a card.

    Attributes:
        before: what stands before the number: a prefix, or 02.
        after: what stands behind it: a suffix and the end of the line.
        decimal: one decimal number with its leading zeros; else hex.
        backwards: the chip's last byte comes first.
    """

    before: bytes = b""
    after: bytes = b"\r\n"
    decimal: bool = False
    backwards: bool = False

    def line_of(self, card: bytes) -> bytes:
        """What the reader sends for a card."""
        number = int.from_bytes(card, "little" if self.backwards else "big")
        if self.decimal:
            digits = f"{number:0{_DECIMAL_DIGITS[len(card)]}d}"
        else:
            digits = f"{number:0{2 * len(card)}X}"
        return self.before + digits.encode() + self.after


AS_DELIVERED = Print()
"""Upper-case hex and CR LF: what most readers print until they are set otherwise."""


class AsciiReaderEmulator(SerialDevice):
    """A reader behind a pseudo-terminal; it prints a card once, when the card is laid on it.

    It listens to nobody and has no password.

    Args:
        settings: chance.
        link: path under which the room finds the port.
        form: how it prints a card.
    """

    def __init__(self, settings: Settings, link: Path, form: Print = AS_DELIVERED) -> None:
        super().__init__(settings, link, deaf)
        self._form = form
        self._cards: list[bytes] = []
        self._touches = 0

    def state(self) -> State:
        """What the reader believes of itself."""
        card = self._cards[-1].hex().upper() if self._cards else None
        return {"card": card, "touches": self._touches}

    async def touch(self, uid: str) -> None:
        """Hold a card to the reader for a moment and take it away again.

        Raises:
            ValueError: the number is not 8, 10, 14 or 20 hex digits.
        """
        card = _card(uid)
        self._touches += 1
        self._cards.append(card)
        self._port.write(spoil(self._form.line_of(card), self.fault, self._settings.noise))
        try:
            await asyncio.sleep(TOUCH_S)
        finally:
            self._cards.remove(card)


def _card(uid: str) -> bytes:
    try:
        card = bytes.fromhex(uid)
    except ValueError:
        card = b""
    if len(card) not in _CARD_SIZES or len(uid) != 2 * len(card):
        raise ValueError(f"this reader's cards have 8, 10, 14 or 20 hex digits, not {uid!r}")
    return card
