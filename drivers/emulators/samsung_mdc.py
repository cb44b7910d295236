"""An emulated Samsung display on a serial line or a TCP port. Source: protocol notes §3.1."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from drivers.emulators.emulator import Fault, Settings, State, spoil
from drivers.emulators.pty_port import SerialDevice
from drivers.emulators.samsung_mdc_model import MdcModel, NotTakenError
from drivers.emulators.tcp_port import TcpDevice

DEFAULT_PORT = 1515
_START, _ANSWER, _EVERYBODY = 0xAA, 0xFF, 0xFE
_NO_REASON = 0x01
_SECURED = b"MDCSTART<<TLS>>"


@dataclass(slots=True)
class MdcTalk:
    """Frames of one wire, cut and answered.

    Attributes:
        model: the display.
        number: its id, 0 to 253; commands for another are not answered.
    """

    model: MdcModel
    number: int
    _heard: bytearray = field(default_factory=bytearray)

    def hear(self, heard: bytes) -> list[bytes]:
        """Take bytes of the caller; gives the answers to the frames that they complete."""
        self._heard += heard
        answers = []
        while (frame := self._cut()) is not None:
            answers.append(self._answer(frame))
        return [answer for answer in answers if answer]

    def _cut(self) -> bytes | None:
        """The next whole frame with a good checksum; rubbish before it is dropped."""
        while len(self._heard) >= 5:
            size = 5 + self._heard[3]
            if self._heard[0] == _START and len(self._heard) < size:
                return None
            frame = bytes(self._heard[:size])
            if frame[0] == _START and frame[-1] == _checksum(frame[1:-1]):
                del self._heard[:size]
                return frame
            del self._heard[0]
        return None

    def _answer(self, frame: bytes) -> bytes:
        command, number, values = frame[1], frame[2], frame[4:-1]
        if number not in (self.number, _EVERYBODY):
            return b""
        try:
            body = bytes([ord("A"), command, *self.model.answer(command, values)])
        except NotTakenError:
            body = bytes([ord("N"), command, _NO_REASON])
        if number == _EVERYBODY:
            return b""
        inner = bytes([_ANSWER, self.number, len(body), *body])
        return bytes([_START, *inner, _checksum(inner)])


def _checksum(inner: bytes) -> int:
    return sum(inner) & 0xFF


class MdcSerialEmulator(SerialDevice):
    """A display behind a pseudo-terminal. It has no password, so none can be wrong.

    Args:
        settings: id, times, chance.
        link: path under which the room finds the port.
    """

    def __init__(self, settings: Settings, link: Path) -> None:
        super().__init__(settings, link, self._hear)
        self.model = MdcModel(settings.device_s)
        self._talk = MdcTalk(self.model, _number(settings))

    def state(self) -> State:
        """What the display believes of itself."""
        return self.model.state()

    def _hear(self, heard: bytes) -> None:
        if self.fault is Fault.SILENT:
            return
        for answer in self._talk.hear(heard):
            self._port.write(spoil(answer, self.fault, self._settings.noise))


class MdcTcpEmulator(TcpDevice):
    """A display behind a TCP port.

    With `wrong_password` it wants the secured protocol and its PIN, so plain frames get nothing.

    Args:
        settings: id, times, chance.
        port: TCP port; 0 picks a free one.
    """

    def __init__(self, settings: Settings, port: int) -> None:
        super().__init__(settings, port, self._serve)
        self.model = MdcModel(settings.device_s)
        self._number = _number(settings)

    def state(self) -> State:
        """What the display believes of itself."""
        return self.model.state()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = MdcTalk(self.model, self._number)
        if self.fault is Fault.WRONG_PASSWORD:
            writer.write(_SECURED)
        while heard := await reader.read(1024):
            if self.fault in (Fault.SILENT, Fault.WRONG_PASSWORD):
                continue
            for answer in talk.hear(heard):
                writer.write(spoil(answer, self.fault, self._settings.noise))
            await writer.drain()


def _number(settings: Settings) -> int:
    """The display's number from the device's id.

    Raises:
        ValueError: it is no number from 0 to 253.
    """
    if settings.id.isascii() and settings.id.isdigit() and int(settings.id) < 254:
        return int(settings.id)
    raise ValueError(f"a display's id is a number from 0 to 253, not {settings.id!r}")
