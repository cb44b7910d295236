"""RDM6300 / RDM630 card frames (EM4100, 125 kHz): listen only.

Source: protocol notes §5.1 (ESPHome, Tasmota and forum descriptions agree): 02, 10 hex digits
(version 1 byte, tag 4 bytes), 2 hex digits checksum = XOR of the five bytes, 03. Some clones put
CR LF before 03 or use lower-case hex; some start in the middle of a frame; some send the checksum
as one raw byte, 13 bytes in all (esphome/issues#3610).
"""

from dataclasses import dataclass, field
from functools import reduce
from operator import xor

from drivers.codecs.framing import Cut, Framer

_START, _END = 0x02, 0x03
_HEX = frozenset(b"0123456789abcdefABCDEF")
_CLONE_TAIL = b"\r\n\x03"


@dataclass(frozen=True, slots=True)
class Card:
    """One read of a card.

    Attributes:
        uid: 5 bytes (version, tag) as 10 upper-case hex digits.
        has_raw_check: its checksum came as one raw byte; it is the same card all the same.
    """

    uid: str
    has_raw_check: bool = field(default=False, compare=False)


_NEED_MORE: Cut[Card] = Cut(0)
_NOT_HEX: Cut[Card] = Cut(1, reason="a card frame with signs that are not hex")
_OUTSIDE: Cut[Card] = Cut(1, reason="bytes outside a card frame")


def framer() -> Framer[Card]:
    """A framer for what the reader sends."""
    return Framer(cut_card)


def cut_card(buffer: bytes) -> Cut[Card]:
    """Cut the first frame off a non-empty buffer."""
    if buffer[0] != _START:
        return _OUTSIDE
    if not _HEX.issuperset(buffer[1:11]):
        return _NOT_HEX
    if len(buffer) < 13:
        return _NEED_MORE
    if _is_raw(buffer):
        return Cut(13, Card(buffer[1:11].decode("ascii").upper(), has_raw_check=True))
    return _cut_usual(buffer) if _HEX.issuperset(buffer[11:13]) else _NOT_HEX


def _cut_usual(buffer: bytes) -> Cut[Card]:
    """A frame of 14 bytes, or of 16 in some clones."""
    if len(buffer) < 14:
        return _NEED_MORE
    if buffer[13] == _END:
        return _check_card(buffer[:14])
    tail = buffer[13:16]
    if not _CLONE_TAIL.startswith(tail):
        return Cut(1, reason="a card frame without its end")
    return _check_card(buffer[:16]) if tail == _CLONE_TAIL else _NEED_MORE


def _is_raw(buffer: bytes) -> bool:
    """Whether a frame with one raw check byte ends here; a hex digit is never an end."""
    check = reduce(xor, bytes.fromhex(buffer[1:11].decode("ascii")))
    return buffer[12] == _END and buffer[11] == check


def _check_card(frame: bytes) -> Cut[Card]:
    *number, check = bytes.fromhex(frame[1:13].decode("ascii"))
    if reduce(xor, number) != check:
        return Cut(1, reason="a card frame with a wrong checksum")
    return Cut(len(frame), Card(bytes(number).hex().upper()))


def encode_card(uid: str) -> bytes:
    """The frame that a reader sends for a card number of 10 hex digits (for tests and tools).

    Raises:
        ValueError: the number is not 10 hex digits.
    """
    number = bytes.fromhex(uid)
    if len(number) != 5:
        raise ValueError(f"{uid!r} is not 10 hex digits")
    check = reduce(xor, number)
    return b"\x02" + (number + bytes((check,))).hex().upper().encode() + b"\x03"
