"""Samsung MDC: frames to messages and back.

Source: protocol notes §3.1 (vgavro/samsung-mdc and the MDC manual that it ships). A question is
`AA cmd id len data… cks`, an answer `AA FF id len 'A'|'N' cmd data… cks`; `len` counts what stands
between it and the checksum; the checksum is the low byte of the sum of everything after AA.
"""

from dataclasses import dataclass
from enum import IntEnum

from devices.errors import MalformedReplyError
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


@dataclass(frozen=True, slots=True)
class Status:
    """Answer to STATUS: raw codes. Volume 0–100, 255 = no sound; mute 0, 1, 255 = no sound."""

    power: int
    volume: int
    mute: int
    input: int


@dataclass(frozen=True, slots=True)
class Errors:
    """Answer to ERRORS: which parts are at fault, and the temperature in °C."""

    lamp: bool
    temperature: bool
    bright_sensor: bool
    no_sync: bool
    fan: bool
    celsius: int


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


def decode_status(content: bytes) -> Status:
    """Read the answer to STATUS; what follows the input is not used.

    Raises:
        MalformedReplyError: it is too short.
    """
    if len(content) < 4:
        raise MalformedReplyError("the display's status is too short")
    return Status(*content[:4])


def decode_errors(content: bytes) -> Errors:
    """Read the answer to ERRORS.

    Raises:
        MalformedReplyError: it is too short.
    """
    if len(content) < 6:
        raise MalformedReplyError("the display's error state is too short")
    lamp, temperature, bright_sensor, no_sync, celsius, fan = content[:6]
    return Errors(
        lamp=lamp == 1,
        temperature=temperature == 1,
        bright_sensor=bright_sensor == 1,
        no_sync=no_sync == 1,
        fan=fan == 1,
        celsius=celsius,
    )


def decode_text(content: bytes) -> str:
    """Serial number, software or model: printable ASCII, the rest dropped."""
    return "".join(chr(byte) for byte in content if 0x20 <= byte < 0x7F).strip()
