"""An emulated RDM6300 card reader (EM4100, 125 kHz) on a serial line. Source: notes §5.1."""

import asyncio
from functools import reduce
from operator import xor
from pathlib import Path

from drivers.emulators.emulator import Fault, Settings, State, spoil
from drivers.emulators.pty_port import SerialDevice, deaf

REPEAT_S = 0.065
TOUCH_S = 0.35  # a card held to the reader by a hand
_CARD_BYTES = 5


def frame_of(card: bytes) -> bytes:
    """The 14 bytes that the reader sends for a card of five bytes."""
    body = card + bytes([reduce(xor, card)])
    return b"\x02" + body.hex().upper().encode() + b"\x03"


class Rdm6300Emulator(SerialDevice):
    """A reader behind a pseudo-terminal. It listens to nobody and has no password.

    While the fault is garbage it sends rubbish without any card too.

    Args:
        settings: times, chance.
        link: path under which the room finds the port.
    """

    def __init__(self, settings: Settings, link: Path) -> None:
        super().__init__(settings, link, deaf)
        self._cards: list[bytes] = []
        self._touches = 0
        self._frames = 0
        self._rubbish: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Take the port and its link away."""
        self._stop_rubbish()
        await super().close()

    async def set_fault(self, fault: Fault) -> None:
        """Break it or mend it."""
        self._stop_rubbish()
        await super().set_fault(fault)
        if fault is Fault.GARBAGE:
            self._rubbish = asyncio.create_task(self._send_rubbish())

    def state(self) -> State:
        """What the reader believes of itself."""
        card = self._cards[-1].hex().upper() if self._cards else None
        return {"card": card, "touches": self._touches, "frames": self._frames}

    async def touch(self, uid: str) -> None:
        """Hold a card to the reader for a moment and take it away again.

        Raises:
            ValueError: the number is not ten hex digits.
        """
        await self.lay(uid, TOUCH_S)

    async def lay(self, uid: str, lie_s: float) -> None:
        """Let a card lie on the reader for `lie_s` seconds: its frame comes again and again.

        Raises:
            ValueError: the number is not ten hex digits.
        """
        card = _card(uid)
        self._touches += 1
        self._cards.append(card)
        end_s = self._settings.now_s() + lie_s
        try:
            while True:
                self._frames += 1
                self._port.write(spoil(frame_of(card), self.fault, self._settings.noise))
                if self._settings.now_s() + REPEAT_S > end_s:
                    return
                await asyncio.sleep(REPEAT_S)
        finally:
            self._cards.remove(card)

    async def _send_rubbish(self) -> None:
        while True:
            self._port.write(self._settings.noise(24))
            await asyncio.sleep(REPEAT_S)

    def _stop_rubbish(self) -> None:
        if self._rubbish is not None:
            self._rubbish.cancel()
            self._rubbish = None


def _card(uid: str) -> bytes:
    try:
        card = bytes.fromhex(uid)
    except ValueError:
        card = b""
    if len(card) != _CARD_BYTES or len(uid) != 2 * _CARD_BYTES:
        raise ValueError(f"an EM4100 card has ten hex digits such as 100086F444, not {uid!r}")
    return card
