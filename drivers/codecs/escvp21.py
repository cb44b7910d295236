"""Epson ESC/VP21: lines to replies, and the greeting of ESC/VP.net.

Source: protocol notes §2.2 and, where they differ, the second notes §1 (Epson's "ESC/VP21 command
guide for business projector", Rev. W). A command is text and CR. The projector answers `:` when it
is ready for the next, before it `KEY=value CR` to a question and `ERR CR` to what it does not take.
On the network it may say `IMEVENT=…` unasked, which is passed over.

A connection (TCP 3629) begins with 16 bytes, `ESC/VP.net`, 10 03 00 00 00 and 01 where a password
follows: 01 01 and 16 bytes. The answer repeats the first ten and has its status in byte 14, from 0.
Sources disagree on how a short password is filled up: zero bytes first, then blanks.
"""

import re
from dataclasses import dataclass, field

from devices.errors import MalformedReplyError, PasswordRefusedError, UnreachableError
from drivers.codecs.dialect import Dialect, Refusal, Reply
from drivers.codecs.framing import Cut, Framer

LONGEST_LINE = 1024
_HELLO = b"ESC/VP.net"
_HELLO_BYTES = 16
_STATUS_AT = 14
_PASSWORD_BYTES = 16
_OK, _NEEDS_PASSWORD, _WRONG_PASSWORD, _BUSY = 0x20, 0x41, 0x43, 0x53
_PROMPT = b":"
_END = re.compile(rb"(?<![^\r\n]):|[^\x20-\x7e\r\n]+")
"""A prompt at the beginning of a line, or bytes that no line has."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What stood before one prompt, line by line, without events."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Greeting:
    """Answer to our hello: 20 = welcome, else why not."""

    status: int


Message = Lines | Greeting

_NEED_MORE: Cut[Message] = Cut(0)


def framer() -> Framer[Message]:
    """A framer for what a projector sends."""
    return Framer(cut_message)


def cut_message(buffer: bytes) -> Cut[Message]:
    """Cut the first message off a non-empty buffer."""
    if buffer.startswith(_HELLO):
        whole = len(buffer) >= _HELLO_BYTES
        return Cut(_HELLO_BYTES, Greeting(buffer[_STATUS_AT])) if whole else _NEED_MORE
    end = _END.search(buffer, 0, LONGEST_LINE)
    if end is not None and end[0] == _PROMPT:
        return Cut(end.end(), _lines(buffer[: end.start()]))
    if end is not None:
        return Cut(end.end(), reason="bytes that are not ESC/VP21")
    if len(buffer) >= LONGEST_LINE:
        return Cut(LONGEST_LINE, reason="a line without an end")
    return _NEED_MORE


def _lines(text: bytes) -> Lines:
    lines = (line.strip() for line in text.decode("ascii").replace("\n", "\r").split("\r"))
    return Lines(tuple(line for line in lines if line and not line.startswith("IMEVENT=")))


def _encode(body: bytes, _number: int) -> bytes:
    return body + b"\r"


def _reply(message: Message, body: bytes, _number: int) -> Reply | None:
    if isinstance(message, Greeting):
        return None
    if message.lines[-1:] == ("ERR",):
        command = body.decode("ascii", errors="replace")
        return Reply(refusal=Refusal.UNSAID, said=f"answered {command} with ERR")
    if not body.endswith(b"?"):
        return None if message.lines else Reply()
    key = body[:-1].decode("ascii") + "="
    found = (line.removeprefix(key) for line in message.lines if line.startswith(key))
    said = next(found, None)
    return None if said is None else Reply(said.encode("ascii"))


@dataclass(slots=True)
class NetLogin:
    """The beginning of a connection with ESC/VP.net.

    Attributes:
        password: at most 16 ASCII signs; None = none is set on the projector.
    """

    password: str | None
    _fills: list[bytes] = field(default_factory=lambda: [b"\x00", b" "])

    def hello(self) -> bytes:
        """Our first bytes."""
        start = _HELLO + bytes((0x10, 0x03, 0, 0, 0))
        if self.password is None:
            return start + b"\x00"
        word = self.password.encode("ascii", errors="replace")[:_PASSWORD_BYTES]
        return start + b"\x01\x01\x01" + word.ljust(_PASSWORD_BYTES, self._fills[0])

    def greet(self, message: Message) -> bytes:
        """Read the answer to it; nothing goes before the first question.

        Raises:
            PasswordRefusedError: it wants a password, or another one.
            UnreachableError: another controller has its only session.
            MalformedReplyError: it greets in another way.
        """
        if not isinstance(message, Greeting):
            raise MalformedReplyError("the projector did not greet as ESC/VP.net")
        if message.status in (_NEEDS_PASSWORD, _WRONG_PASSWORD):
            wants = "asks for a password" if self.password is None else "refused the password"
            raise PasswordRefusedError(f"the projector {wants} (ESC/VP.net)")
        if message.status == _BUSY:
            raise UnreachableError("the projector serves another controller (ESC/VP.net is busy)")
        if message.status != _OK:
            raise UnreachableError(
                f"the projector refused ESC/VP.net (status {message.status:02x})"
            )
        return b""

    def another_way(self) -> bool:
        """Fill the password up with blanks from now on, unless that was tried."""
        if self.password is None or len(self._fills) == 1:
            return False
        self._fills.pop(0)
        return True


DIALECT = Dialect(framer, _encode, _reply, NetLogin)
"""A body is the text of a command; that of a question ends with `?`."""
