"""An emulated PJLink projector on a TCP port. Source: protocol notes §2.1."""

import asyncio
import hashlib
import hmac
import re
from dataclasses import dataclass

from drivers.emulators.emulator import Fault, Settings, State, spoil
from drivers.emulators.pjlink_model import PjlinkModel, Projector
from drivers.emulators.tcp_port import TcpDevice

DEFAULT_PORT = 4352
IDLE_DROP_S = 30.0
_MAX_PACKET = 136
_PACKET = re.compile(r"%([12])([0-9A-Z]{4}) (.{0,128})")
_REFUSAL = b"PJLINK ERRA\r"


@dataclass(slots=True)
class PjlinkTalk:
    """One connection: the greeting, the password once, then commands and answers.

    Attributes:
        model: the projector.
        password: what its caller must know; None = nothing.
        salt: eight hex digits of chance, new for each connection.
        over: the projector closes after what it said last.
    """

    model: PjlinkModel
    password: str | None
    salt: str
    over: bool = False
    _known: bool = False
    _heard: bytes = b""

    def greeting(self) -> bytes:
        """The first line, before the caller has said anything."""
        self._known = self.password is None
        return b"PJLINK 0\r" if self._known else f"PJLINK 1 {self.salt}\r".encode()

    def hear(self, heard: bytes) -> list[bytes]:
        """Take bytes of the caller; gives the answers to the lines that they complete."""
        *lines, self._heard = (self._heard + heard).split(b"\r")
        if len(self._heard) > _MAX_PACKET + 32:
            self._heard = b""
        answers = []
        for line in lines:
            if self.over:
                break
            answers.append(self._answer(line.decode("utf-8", "replace").lstrip("\n")))
        return [answer for answer in answers if answer]

    def _answer(self, line: str) -> bytes:
        if not self._known:
            line, digest = line[32:], line[:32]
            if not self._accepts(digest):
                self.over = True
                return _REFUSAL
            self._known = True
        packet = _PACKET.fullmatch(line)
        if packet is None:
            return b""
        command_class, body, parameter = packet.groups()
        value = self.model.answer(command_class, body, parameter)
        return f"%{command_class}{body}={value}\r".encode()

    def _accepts(self, digest: str) -> bool:
        wanted = hashlib.md5((self.salt + (self.password or "")).encode(), usedforsecurity=False)
        return hmac.compare_digest(wanted.hexdigest().encode(), digest.encode())


class PjlinkEmulator(TcpDevice):
    """A projector behind a TCP port.

    Args:
        settings: password, times, chance.
        port: TCP port; 0 picks a free one.
        projector: what is printed on the box.
        idle_drop_s: it hangs up on a caller that says nothing for so long.
    """

    def __init__(
        self,
        settings: Settings,
        port: int,
        projector: Projector | None = None,
        idle_drop_s: float = IDLE_DROP_S,
    ) -> None:
        super().__init__(settings, port, self._talk)
        self.model = PjlinkModel(settings.device_s, projector or Projector())
        self._idle_drop_s = idle_drop_s

    def state(self) -> State:
        """What the projector believes of itself."""
        return self.model.state()

    def _password(self) -> str | None:
        if self.fault is not Fault.WRONG_PASSWORD:
            return self._settings.password
        return self._settings.noise(16).hex()  # nobody can know it

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        salt = self._settings.noise(4).hex()
        talk = PjlinkTalk(self.model, self._password(), salt)
        await self._say(writer, talk.greeting())
        while not talk.over:
            async with asyncio.timeout(self._idle_drop_s):
                heard = await reader.read(1024)
            if not heard:
                return
            if self.fault is Fault.SILENT:
                continue
            for answer in talk.hear(heard):
                await self._say(writer, answer)

    async def _say(self, writer: asyncio.StreamWriter, line: bytes) -> None:
        writer.write(spoil(line, self.fault, self._settings.noise))
        if self.fault is Fault.GARBAGE:
            writer.write(b"\r")
        await writer.drain()
