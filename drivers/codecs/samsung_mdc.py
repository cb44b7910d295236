"""Samsung MDC: frames to messages and back.

Source: protocol notes §3.1 (vgavro/samsung-mdc and the MDC manual that it ships). A question is
`AA cmd id len data… cks`, an answer `AA FF id len 'A'|'N' cmd data… cks`; `len` counts what stands
between it and the checksum; the checksum is the low byte of the sum of everything after AA.
"""

from dataclasses import dataclass
from enum import IntEnum

from drivers.codecs.dialect import Dialect, Refusal, Reply
from drivers.codecs.framing import Cut, Framer

SECURED_START = b"MDCSTART<<TLS>>"
_HEADER = 0xAA
_ANSWER_MARK = 0xFF
_ACCEPTED, _REFUSED = ord("A"), ord("N")


class Command(IntEnum):
    """Command bytes that we use."""

    STATUS = 0x00
    SERIAL = 0x0B
    ERRORS = 0x0D
    SOFTWARE = 0x0E
    MODEL = 0x10
    POWER = 0x11
    VOLUME = 0x12
    MUTE = 0x13
    INPUT = 0x14
    PANEL = 0xF9


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of one display; `content` is an error byte where it was not accepted."""

    display_id: int
    command: int
    accepted: bool
    content: bytes


@dataclass(frozen=True, slots=True)
class SecuredStart:
    """The display wants the secured protocol (TLS and PIN) on this connection."""


Message = Answer | SecuredStart

_NEED_MORE: Cut[Message] = Cut(0)
_STRANGE: Cut[Message] = Cut(1, reason="bytes that are not MDC")


def framer() -> Framer[Message]:
    """A framer for what a display sends."""
    return Framer(cut_message)


def cut_message(buffer: bytes) -> Cut[Message]:
    """Cut the first message off a non-empty buffer."""
    if buffer[0] == SECURED_START[0]:
        return _cut_secured_start(buffer)
    if buffer[0] != _HEADER or (len(buffer) > 1 and buffer[1] != _ANSWER_MARK):
        return _STRANGE
    if len(buffer) < 4:
        return _NEED_MORE
    length = buffer[3]
    if length < 2:
        return Cut(1, reason="a frame too short for MDC")
    if len(buffer) < length + 5:
        return _NEED_MORE
    return _cut_answer(buffer[: length + 5])


def _cut_secured_start(buffer: bytes) -> Cut[Message]:
    start = buffer[: len(SECURED_START)]
    if start == SECURED_START:
        return Cut(len(SECURED_START), SecuredStart())
    if SECURED_START.startswith(start):
        return _NEED_MORE
    return _STRANGE


def _cut_answer(frame: bytes) -> Cut[Message]:
    if checksum(frame[1:-1]) != frame[-1]:
        return Cut(1, reason="a wrong checksum")
    if frame[4] not in (_ACCEPTED, _REFUSED):
        return Cut(1, reason="a frame that is neither accepted nor refused")
    answer = Answer(
        display_id=frame[2],
        command=frame[5],
        accepted=frame[4] == _ACCEPTED,
        content=frame[6:-1],
    )
    return Cut(len(frame), answer)


def checksum(counted: bytes) -> int:
    """Low byte of the sum."""
    return sum(counted) & 0xFF


def encode(command: int, display_id: int, content: bytes = b"") -> bytes:
    """One question or command to one display (id 0 to FD; FE = all, nobody answers)."""
    counted = bytes((command, display_id, len(content))) + content
    return bytes((_HEADER,)) + counted + bytes((checksum(counted),))


def _encode_body(body: bytes, number: int) -> bytes:
    return encode(body[0], number, body[1:])


def _reply(message: Message, body: bytes, number: int) -> Reply | None:
    if isinstance(message, SecuredStart):
        return Reply(
            refusal=Refusal.LOGIN,
            said="asks for the secured MDC protocol, which is not supported; "
            "switch it off in the display's menu",
        )
    if (message.display_id, message.command) != (number, body[0]):
        return None
    if message.accepted:
        return Reply(message.content)
    error = message.content[:1].hex() or "none"
    name = Command(message.command).name.lower()
    return Reply(refusal=Refusal.UNKNOWN, said=f"refused the command {name} (error {error})")


DIALECT = Dialect(framer, _encode_body, _reply)
"""A body is the command byte and its content."""
