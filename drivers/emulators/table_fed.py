"""Emulated devices of the families whose protocol has an end here, on serial lines and TCP."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from drivers.emulators.emulator import Fault, Settings, State, spoil
from drivers.emulators.pty_port import SerialDevice
from drivers.emulators.table_model import NotTakenError, TableModel
from drivers.emulators.tcp_port import TcpDevice
from drivers.families.family import Family

_CR, _STX, _ETX = b"\r", b"\x02", b"\x03"
_EPSON_HELLO = b"ESC/VP.net\x10\x03\x00\x00\x00"
_WITH_PASSWORD = b"\x01"
_OK, _WANTS_PASSWORD, _WRONG_PASSWORD = 0x20, 0x41, 0x43


class Talk(Protocol):
    """The device's end of one protocol on one wire."""

    def hear(self, heard: bytes) -> Iterator[bytes]:
        """Take bytes of the caller; the answers to what they complete."""


MakeTalk = Callable[[TableModel, str | None], Talk]
"""Of a device and the password that it wants on a network; None = none."""


@dataclass(slots=True)
class EscVp21Talk:
    """Epson: a line and CR; `KEY=value CR :`, `:` or `ERR CR :`. Source: protocol notes §2.2."""

    model: TableModel
    _heard: bytearray = field(default_factory=bytearray)

    def hear(self, heard: bytes) -> Iterator[bytes]:
        """Answer each whole line; an empty one with the prompt alone."""
        self._heard += heard
        while (end := self._heard.find(_CR)) >= 0:
            line = bytes(self._heard[:end]).strip()
            del self._heard[: end + 1]
            yield self._answer(line) + b":"

    def _answer(self, line: bytes) -> bytes:
        if not line:
            return b""
        try:
            content = self.model.answer(line)
        except NotTakenError:
            return b"ERR\r"
        return line[:-1] + b"=" + content + _CR if line.endswith(b"?") else b""


@dataclass(slots=True)
class EscVpNetTalk:
    """Epson on a network: a hello of 16 bytes first, 18 more where a password comes."""

    model: TableModel
    password: str | None
    _heard: bytearray = field(default_factory=bytearray)
    _line: EscVp21Talk | None = None

    def hear(self, heard: bytes) -> Iterator[bytes]:
        """Let the caller in, then speak as on a serial line."""
        if self._line is not None:
            yield from self._line.hear(heard)
            return
        self._heard += heard
        start = len(_EPSON_HELLO) + 1
        has_password = self._heard[start - 1 : start] == _WITH_PASSWORD
        whole = start + (18 if has_password else 0)
        if len(self._heard) < whole:
            return
        status = self._status(bytes(self._heard[start + 2 : whole]))
        yield _EPSON_HELLO[:14] + bytes((status, 0))
        if status == _OK:
            self._line = EscVp21Talk(self.model)
            yield from self._line.hear(bytes(self._heard[whole:]))

    def _status(self, given: bytes) -> int:
        if self.password is None:
            return _OK
        if not given:
            return _WANTS_PASSWORD
        right = self.password.encode("ascii").ljust(16, b"\x00")
        return _OK if given == right else _WRONG_PASSWORD


@dataclass(slots=True)
class StxEtxTalk:
    """Panasonic: STX, perhaps `ADzz;`, a command, ETX. Source: protocol notes §2.5."""

    model: TableModel
    _heard: bytearray = field(default_factory=bytearray)

    def hear(self, heard: bytes) -> Iterator[bytes]:
        """Answer each whole frame: a question with its value, a command with its echo."""
        self._heard += heard
        while (end := self._heard.find(_ETX)) >= 0:
            frame = bytes(self._heard[:end])
            del self._heard[: end + 1]
            yield _STX + self._answer(frame.rpartition(_STX)[2].rpartition(b";")[2]) + _ETX

    def _answer(self, body: bytes) -> bytes:
        try:
            return self.model.answer(body) or body
        except NotTakenError as error:
            return b"ER401" if error.is_known else b"ER402"


class TableSerialEmulator(SerialDevice):
    """A device behind a pseudo-terminal."""

    def __init__(self, family: Family, talk: MakeTalk, settings: Settings, link: Path) -> None:
        super().__init__(settings, link, self._hear)
        self.model = TableModel(family, settings)
        self._talk = talk(self.model, None)

    def state(self) -> State:
        """What the device believes of itself."""
        return self.model.state()

    def _hear(self, heard: bytes) -> None:
        if self.fault is Fault.SILENT:
            return
        for answer in self._talk.hear(heard):
            self._port.write(spoil(answer, self.fault, self._settings.noise))


class TableTcpEmulator(TcpDevice):
    """A device behind a TCP port."""

    def __init__(self, family: Family, talk: MakeTalk, settings: Settings, port: int) -> None:
        super().__init__(settings, port, self._serve)
        self.model = TableModel(family, settings)
        self._talk = talk

    def state(self) -> State:
        """What the device believes of itself."""
        return self.model.state()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_wrong = self.fault is Fault.WRONG_PASSWORD
        talk = self._talk(self.model, "not this one" if is_wrong else self._settings.password)
        while heard := await reader.read(1024):
            if self.fault is Fault.SILENT:
                continue
            for answer in talk.hear(heard):
                writer.write(spoil(answer, self.fault, self._settings.noise))
            await writer.drain()


def on_serial(family: Family, talk: Callable[[TableModel], Talk]) -> "partial[TableSerialEmulator]":
    """Builds it on a serial line."""
    return partial(TableSerialEmulator, family, lambda model, _: talk(model))


def on_tcp(family: Family, talk: MakeTalk) -> "partial[TableTcpEmulator]":
    """Builds it on a TCP port."""
    return partial(TableTcpEmulator, family, talk)
