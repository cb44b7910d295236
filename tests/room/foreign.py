"""Devices of others, as reports describe them: small ends on real sockets, no emulators of ours."""

import asyncio
from collections.abc import Awaitable, Callable

from devices.address import TcpAddress
from devices.capability import Capability
from edge.room.keeper import Identity, Keeper, Surround
from edge.room.room import Room, Wish
from tests.drivers.ends import HandClock

SOON_S = 0.4
"""Answer limit where a test waits for a silence; others give loopback all the time it wants."""


class Foreign:
    """A TCP device that serves each connection by `_serve` and can drop its address."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.greetings = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._port = 0

    @property
    def address(self) -> TcpAddress:
        return TcpAddress("127.0.0.1", self._port)

    async def plug_in(self) -> None:
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def drop_address(self) -> None:
        """Nobody is at its address any more, as of a board that switched its LAN off."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # also where the test ends first
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        raise NotImplementedError


class ForeignPjlink(Foreign):
    """Answers by `answers`: key `POWR ?`, else `POWR`; None is silence, "" hangs up.

    `does` is called with each command that was taken, such as `POWR 1`.
    """

    def __init__(self, **answers: str | None) -> None:
        super().__init__()
        self.answers: dict[str, str | None] = {
            "POWR ?": "0", "CLSS": "1", "NAME": "n", "INF1": "m", "INF2": "o", "INST": "31 32",
            "INPT ?": "31", "AVMT ?": "30", "LAMP": "7 0", "ERST": "000000", **answers,
        }  # fmt: skip
        self.greeting = b"PJLINK 0\r"
        self.delay_s = 0.0
        self.does: Callable[[str], Awaitable[None]] | None = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.greetings += 1
        writer.write(self.greeting)
        while True:
            line = (await reader.readuntil(b"\r"))[:-1].decode()
            self.asked.append(line)
            await asyncio.sleep(self.delay_s)
            key, body = line[2:], line[2:6]
            answer = self.answers.get(line, self.answers.get(key, self.answers.get(body, "ERR1")))
            if not key.endswith("?") and self.does is not None:
                await self.does(key)
            if answer == "":
                return
            if answer is not None:
                writer.write(f"%{line[1]}{body}=".encode() + _bytes(answer) + b"\r")

    def sent(self, command: str) -> int:
        """How often it got this command."""
        return sum(line[2:] == command for line in self.asked)


def _bytes(answer: str) -> bytes:
    return answer.encode("latin-1")


class ForeignMdc(Foreign):
    """Answers by `answers`, command byte → content; None is silence, a `Nak` refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.power = 1
        self.obeys = True
        self.answers: dict[int, bytes | None] = {0x0D: bytes(6), 0x0B: b"S", 0x0E: b"F", 0x10: b"M"}
        self.naks: set[int] = set()
        self.does: Callable[[int], Awaitable[None]] | None = None

    def content_of(self, command: int) -> bytes | None:
        if command == 0x00:
            return bytes([self.power, 20, 0, 0x21, 0, 0, 0])
        if command == 0x11:
            return bytes([self.power])
        return self.answers.get(command)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readexactly(4)
            content = (await reader.readexactly(head[3] + 1))[:-1]
            command = head[1]
            self.asked.append(f"{command:02X} {content.hex()}".strip())
            if command == 0x11 and content and self.obeys:
                self.power = content[0]
            if content and self.does is not None:
                await self.does(content[0])
            answer = content or self.content_of(command)
            if command in self.naks:
                writer.write(frame(b"N" + bytes([command, 1])))
            elif answer is not None:
                writer.write(frame(b"A" + bytes([command]) + answer))

    def sent(self, command: str) -> int:
        """How often it got this command."""
        return self.asked.count(command)


def frame(tail: bytes) -> bytes:
    """An answer of display 0."""
    counted = bytes([0xFF, 0, len(tail)]) + tail
    return b"\xaa" + counted + bytes([sum(counted) & 0xFF])


class Hand:
    """One keeper and its real driver; the test runs its rounds and its clock by hand."""

    def __init__(self, driver, clock: HandClock) -> None:
        self.clock = clock
        self.commands = []
        self._ids = iter(range(1000))
        surround = Surround(clock, lambda: 0.0, self._changed, self._command)
        self.keeper = Keeper(Identity("it", "It", "projector", "x", "y"), driver, surround)
        self.room = Room([self.keeper], [], clock)

    def _changed(self, _device: str) -> None:
        self.room.tell_changed()

    def _command(self, command) -> None:
        self.commands.append(command)
        self.room.tell_changed()

    async def rounds(self, n: int = 1, seconds: float = 0.0) -> None:
        for _ in range(n):
            self.clock.pass_s(seconds)
            self.wait_s = await self.keeper._round()

    async def settle(self) -> None:
        """Rounds until it would rest."""
        await self.rounds()
        while self.wait_s == 0.0:
            await self.rounds()

    def ask(self, value, capability: str = "power"):
        return self.room.command(Wish("it", capability, value, "panel"), f"c{next(self._ids)}")

    def reading(self, capability: str = "power"):
        return self.room.reading("it", Capability(capability))

    @property
    def power(self) -> tuple[object, str]:
        one = self.reading()
        return one.value, one.quality.value
