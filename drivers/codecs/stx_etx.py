"""Panasonic projectors: text between STX and ETX.

Source: protocol notes §2.5 (manuals of PT-VW330, PT-RW330, PT-F100). A question is answered with
its value, a command with its own name; `ER401` = it cannot now, `ER402` = it does not take the
value.
"""

from dataclasses import dataclass

from drivers.codecs.dialect import Dialect, Refusal, Reply
from drivers.codecs.framing import Cut, Framer

LONGEST_TEXT = 256
_STX, _ETX = 0x02, 0x03
_ERROR_DIGITS = 3
_REFUSALS = {"401": Refusal.NOT_NOW, "402": Refusal.VALUE}


@dataclass(frozen=True, slots=True)
class Text:
    """What stood in one frame."""

    text: str


_NEED_MORE: Cut[Text] = Cut(0)


def framer() -> Framer[Text]:
    """A framer for what a projector sends."""
    return Framer(cut_message)


def cut_message(buffer: bytes) -> Cut[Text]:
    """Cut the first message off a non-empty buffer."""
    if buffer[0] != _STX:
        start = buffer.find(_STX)
        return Cut(len(buffer) if start < 0 else start, reason="bytes outside of a frame")
    for place, byte in enumerate(buffer[1:LONGEST_TEXT], start=1):
        if byte == _ETX:
            return Cut(place + 1, Text(buffer[1:place].decode("ascii")))
        if not 0x20 <= byte < 0x7F:
            return Cut(place, reason="a frame with bytes that are no text")
    if len(buffer) >= LONGEST_TEXT:
        return Cut(LONGEST_TEXT, reason="a frame without an end")
    return _NEED_MORE


def _encode(body: bytes, _number: int) -> bytes:
    return bytes((_STX,)) + body + bytes((_ETX,))


def _reply(message: Text, body: bytes, _number: int) -> Reply | None:
    command = body.decode("ascii").partition(":")[0]
    code = message.text.removeprefix("ER")
    if code != message.text and len(code) == _ERROR_DIGITS and code.isdigit():
        refusal = _REFUSALS.get(code, Refusal.UNSAID)
        return Reply(refusal=refusal, said=f"answered {command} with {message.text}")
    if command.startswith("Q"):
        return Reply(message.text.encode("ascii"))
    return Reply() if message.text.partition(":")[0] == command else None


DIALECT = Dialect(framer, _encode, _reply)
"""A body is the text; questions begin with Q."""
