"""The numbers that readers and prints give for one card, and the way back to the chip's bytes.

Source: domain reference §3.6; protocols §5.1 to §5.3. Canonical = upper-case hex of the bytes in
the order in which the chip sends them. Numbers are texts, never integers: leading zeros matter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from school.cards import canonical_uid, is_random_uid


class Decode(StrEnum):
    """How a reader writes a number; a setting of each reader."""

    HEX = "hex"
    HEX_REVERSED = "hex-reversed"
    DECIMAL_BE = "decimal-be"
    DECIMAL_LE = "decimal-le"
    WIEGAND26 = "wiegand26"
    WIEGAND26_REVERSED = "wiegand26-reversed"
    WIEGAND34 = "wiegand34"
    WIEGAND34_REVERSED = "wiegand34-reversed"
    FACILITY = "facility"  # "077,30211": byte 2 of 4, then bytes 3 and 4
    FACILITY_REVERSED = "facility-reversed"
    FACILITY8 = "facility8"  # "07730211": the same without the comma
    EM_PRINT = "em-print"  # the last 4 of the 5 bytes as 10 digits


class Trust(StrEnum):
    """Whether a number may be bound to a person."""

    WHOLE = "whole"
    TRUNCATED = "truncated"  # some bytes are missing: two cards may share it
    RANDOM = "random"  # a phone or identity chip made it up for this touch


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text means under one decode.

    Attributes:
        decode: the way it was read.
        uid: canonical hex; of a truncated number only the bytes that are known.
        trust: whether it may be bound.
    """

    decode: Decode
    uid: str
    trust: Trust


DIGITS_OF = {3: 8, 4: 10, 5: 13, 7: 17, 10: 25}
"""Decimal digits that hold so many bytes, with leading zeros."""

PARTIAL = frozenset(
    {
        Decode.WIEGAND26,
        Decode.WIEGAND26_REVERSED,
        Decode.FACILITY,
        Decode.FACILITY_REVERSED,
        Decode.FACILITY8,
        Decode.EM_PRINT,
    }
)
"""Decodes that carry fewer bytes than any card has."""


def encode(uid: str, decode: Decode) -> str:
    """The text that a reader of this setting gives for a card.

    Raises:
        ValueError: the card has too few or too many bytes for this form.
    """
    return _ENCODERS[decode](bytes.fromhex(canonical_uid(uid)))


def read(text: str, decode: Decode, size: int | None = None) -> str:
    """The canonical bytes in a text; of a partial decode the 3 or 4 bytes it carries.

    Args:
        text: as the reader sent it.
        decode: the reader's setting.
        size: bytes of the card, where a decimal number does not tell.

    Raises:
        ValueError: the text is not of this form; the message says what is.
    """
    text = text.strip()
    if decode in (Decode.DECIMAL_BE, Decode.DECIMAL_LE):
        raw = _from_decimal(text, size)
        return _hex(raw if decode is Decode.DECIMAL_BE else raw[::-1])
    return _hex(_DECODERS[decode](text))


def trust_of(uid: str, technology: str, decode: Decode) -> Trust:
    """Whether a number may be bound to a person.

    Wiegand 26 and the printed forms drop bytes; Wiegand 34 and decimals of 4 bytes are whole only
    for a card of 4 bytes, which a number that was cut cannot tell, so a reader's setting must.
    """
    if is_random_uid(technology, uid):
        return Trust.RANDOM
    too_short = technology == "em4100" and len(uid) < 10
    # 88 is the cascade tag: the first part of a 7-byte number, cut at 4 bytes.
    cascade = technology == "mifare" and len(uid) == 8 and uid.startswith("88")
    if decode in PARTIAL or len(uid) < 8 or too_short or cascade:
        return Trust.TRUNCATED
    return Trust.WHOLE


def readings(text: str, technology: str = "") -> tuple[Reading, ...]:
    """Everything that a text may mean, for the test page; empty where it is no card number."""
    found = []
    for decode in Decode:
        try:
            uid = read(text, decode)
        except ValueError:
            continue
        found.append(Reading(decode, uid, trust_of(uid, technology, decode)))
    return tuple(found)


def forms(uid: str) -> Mapping[Decode, str]:
    """One touch in all the forms that readers and prints may give for it."""
    shown = {}
    for decode in Decode:
        try:
            shown[decode] = encode(uid, decode)
        except ValueError:
            continue
    return shown


def decodes_between(seen: str, uid: str) -> tuple[Decode, ...]:
    """The settings under which a reader's text is the card whose bytes are known.

    Args:
        seen: what the reader sent.
        uid: canonical hex of the card that was touched.
    """
    return tuple(d for d, text in forms(uid).items() if text.upper() == seen.strip().upper())


def wiegand_bits(raw: bytes) -> str:
    """The frame of 26 bits for 3 bytes or 34 bits for 4 bytes, with its two parity bits.

    Raises:
        ValueError: another number of bytes.
    """
    if len(raw) not in (3, 4):
        raise ValueError(f"Wiegand 26 carries 3 bytes and Wiegand 34 carries 4, not {len(raw)}")
    bits = "".join(f"{byte:08b}" for byte in raw)
    half = len(bits) // 2
    even = bits[:half].count("1") % 2
    odd = 1 - bits[half:].count("1") % 2
    return f"{even}{bits}{odd}"


def wiegand_bytes(bits: str) -> bytes:
    """The data bytes of a frame.

    Raises:
        ValueError: not 26 or 34 bits, or a parity bit is wrong.
    """
    if len(bits) not in (26, 34) or set(bits) - {"0", "1"}:
        raise ValueError("a Wiegand frame has 26 or 34 bits, written as 0 and 1")
    size = (len(bits) - 2) // 8
    raw = int(bits[1:-1], 2).to_bytes(size, "big")
    if wiegand_bits(raw) != bits:
        raise ValueError("a parity bit is wrong: the frame was disturbed; touch the card again")
    return raw


def _hex(raw: bytes) -> str:
    return raw.hex().upper()


def _decimal(raw: bytes) -> str:
    digits = DIGITS_OF.get(len(raw))
    if digits is None:
        raise ValueError(f"no reader writes {len(raw)} bytes as a decimal number")
    return str(int.from_bytes(raw, "big")).zfill(digits)


def _from_decimal(text: str, size: int | None) -> bytes:
    if not (text.isascii() and text.isdigit() and len(text) <= 25):
        raise ValueError(f"{text[:30]!r} is not a decimal number of at most 25 digits")
    sizes = {digits: size for size, digits in DIGITS_OF.items()}
    size = size or sizes.get(len(text), 4)
    number = int(text)
    if number >= 1 << (8 * size):
        raise ValueError(f"{text!r} does not fit into {size} bytes")
    return number.to_bytes(size, "big")


def _tail(raw: bytes, size: int) -> bytes:
    """The last bytes, which are what partial forms keep of a number."""
    if len(raw) < size:
        raise ValueError(f"the card has {len(raw)} bytes, this form needs {size}")
    return raw[-size:]


def _four(raw: bytes) -> bytes:
    if len(raw) not in (4, 5):
        raise ValueError(f"this form is for cards of 4 bytes and 125 kHz cards, not {len(raw)}")
    return raw[-4:]


def _facility(raw: bytes) -> str:
    return f"{raw[0]:03},{int.from_bytes(raw[1:], 'big'):05}"


def _from_facility(text: str) -> bytes:
    facility, comma, number = text.partition(",")
    if not (comma and _is_number(facility, 255) and _is_number(number, 65_535)):
        raise ValueError(f"{text[:30]!r} is not of the form 077,30211")
    return bytes([int(facility)]) + int(number).to_bytes(2, "big")


def _from_facility8(text: str) -> bytes:
    if len(text) != 8:
        raise ValueError(f"{text[:30]!r} does not have 8 digits")
    return _from_facility(f"{text[:3]},{text[3:]}")


def _from_em_print(text: str) -> bytes:
    if len(text) != 10:
        raise ValueError(f"{text[:30]!r} does not have 10 digits")
    return _from_decimal(text, 4)


def _is_number(text: str, most: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= most


def _wiegand(size: int, *, reverse: bool) -> Callable[[bytes], str]:
    def write(raw: bytes) -> str:
        if reverse:
            return wiegand_bits(_tail(raw[::-1], size))
        return wiegand_bits(_tail(raw, size) if size == 3 else _four(raw))

    return write


def _from_wiegand(size: int, *, reverse: bool) -> Callable[[str], bytes]:
    def read_bits(text: str) -> bytes:
        raw = wiegand_bytes(text)
        if len(raw) != size:
            raise ValueError(f"the frame carries {len(raw)} bytes, this setting expects {size}")
        return raw[::-1] if reverse else raw

    return read_bits


def _em_print(raw: bytes) -> str:
    if len(raw) != 5:
        raise ValueError(f"a 125 kHz card has 5 bytes, this one {len(raw)}")
    return _decimal(raw[-4:])


def _from_hex(text: str) -> bytes:
    return bytes.fromhex(canonical_uid(text))


_ENCODERS: Mapping[Decode, Callable[[bytes], str]] = {
    Decode.HEX: _hex,
    Decode.HEX_REVERSED: lambda raw: _hex(raw[::-1]),
    Decode.DECIMAL_BE: _decimal,
    Decode.DECIMAL_LE: lambda raw: _decimal(raw[::-1]),
    Decode.WIEGAND26: _wiegand(3, reverse=False),
    Decode.WIEGAND26_REVERSED: _wiegand(3, reverse=True),
    Decode.WIEGAND34: _wiegand(4, reverse=False),
    Decode.WIEGAND34_REVERSED: lambda raw: wiegand_bits(_four(raw)[::-1]),
    Decode.FACILITY: lambda raw: _facility(_tail(raw, 3)),
    Decode.FACILITY_REVERSED: lambda raw: _facility(_tail(raw[::-1], 3)),
    Decode.FACILITY8: lambda raw: _facility(_tail(raw, 3)).replace(",", ""),
    Decode.EM_PRINT: _em_print,
}

_DECODERS: Mapping[Decode, Callable[[str], bytes]] = {
    Decode.HEX: _from_hex,
    Decode.HEX_REVERSED: lambda text: _from_hex(text)[::-1],
    Decode.WIEGAND26: _from_wiegand(3, reverse=False),
    Decode.WIEGAND26_REVERSED: _from_wiegand(3, reverse=True),
    Decode.WIEGAND34: _from_wiegand(4, reverse=False),
    Decode.WIEGAND34_REVERSED: _from_wiegand(4, reverse=True),
    Decode.FACILITY: _from_facility,
    Decode.FACILITY_REVERSED: lambda text: _from_facility(text)[::-1],
    Decode.FACILITY8: _from_facility8,
    Decode.EM_PRINT: _from_em_print,
}
