"""Card readers that print each card as one line of text: listen only.

Source: protocol notes §5.2. A line ends with CR, LF, CR LF or ETX, and may begin with STX. It holds
the card's number in hex or decimal digits, perhaps behind a prefix and before a suffix; hex bytes
may have marks between them. There is no checksum, so the exact number of digits is what tells a
card from a line that broke off. Zeros alone, however many, are no card: some readers print them
when the card is gone (ESPEasy#2982).
"""

import re
from dataclasses import dataclass
from functools import partial

from devices.errors import MalformedReplyError
from drivers.codecs.framing import Cut, Framer
from drivers.codecs.parted_number import joined
from drivers.codecs.short_number import possible_decimal, possible_hex

LINE_SIGNS = 64
IDLE = b"\r"
"""What to feed a framer after a gap on the line: the end of whatever has begun."""

_STX = b"\x02"
_BOUND = re.compile(rb"[\x02\x03\r\n]")
_PRINTABLE = re.compile(rb"[ -~]*")
_HEX = re.compile(rb"[0-9A-Fa-f]*")
_ZEROS = re.compile(rb"0+")


@dataclass(frozen=True, slots=True)
class Card:
    """One read of a card.

    Attributes:
        uid: its bytes in the order the chip sends, as upper-case hex; the digits as they came where
            zeros are missing.
        possible: the numbers that it may be where zeros are missing.
    """

    uid: str
    possible: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """How a reader prints a card.

    Attributes:
        length: bytes of the card's number.
        is_decimal: one decimal number with all its leading zeros; else two hex digits a byte.
        is_reversed: the byte that the chip sends first is printed last.
        prefix: ASCII signs before the number.
        suffix: ASCII signs behind it.
        tells_short: a number without its zeros is a card too, of those that it may be.
    """

    length: int
    is_decimal: bool = False
    is_reversed: bool = False
    prefix: str = ""
    suffix: str = ""
    tells_short: bool = False

    @property
    def digits(self) -> int:
        """Digits of every card: in decimal as many as the largest number has (10 for 4 bytes)."""
        return len(str(256**self.length - 1)) if self.is_decimal else 2 * self.length


_NEED_MORE: Cut[Card] = Cut(0)
_FILLING: Cut[Card] = Cut(1)
_TOO_LONG: Cut[Card] = Cut(1, reason=f"a line of more than {LINE_SIGNS} signs")


def framer(form: Form) -> Framer[Card]:
    """A framer for what a reader of this form sends."""
    return Framer(partial(cut_card, form))


def cut_card(form: Form, buffer: bytes) -> Cut[Card]:
    """Cut the first line off a non-empty buffer."""
    bound = _BOUND.search(buffer, 0, LINE_SIGNS + 1)
    if bound is None:
        return _TOO_LONG if len(buffer) > LINE_SIGNS else _NEED_MORE
    if bound.start() == 0:
        return _FILLING
    if bound.group() == _STX:
        return Cut(bound.start(), reason="a line without its end")
    try:
        return Cut(bound.end(), decode_card(form, buffer[: bound.start()]))
    except MalformedReplyError as error:
        return Cut(bound.end(), reason=str(error))


def decode_card(form: Form, line: bytes) -> Card:
    """Read a line without its ends.

    Raises:
        MalformedReplyError: it is no card of this form; the text says why and tells no number.
    """
    if not _PRINTABLE.fullmatch(line):
        raise MalformedReplyError("a line with signs that are not printable")
    prefix, suffix = form.prefix.encode("ascii"), form.suffix.encode("ascii")
    if not (line.startswith(prefix) and line.endswith(suffix)):
        raise MalformedReplyError("a line without its prefix or suffix")
    number = line[len(prefix) : len(line) - len(suffix)]
    if not form.is_decimal:
        number = joined(number.decode("ascii"), (form.length,)).encode("ascii")
    if _ZEROS.fullmatch(number):
        return Card("00" * form.length)
    if form.tells_short and (possible := _possible(form, number)):
        return Card(number.decode("ascii").upper(), possible)
    if len(number) != form.digits:
        raise MalformedReplyError(f"a line with {len(number)} signs for {form.digits} digits")
    card = _decimal(number, form.length) if form.is_decimal else _hex(number)
    return Card((card[::-1] if form.is_reversed else card).hex().upper())


def _possible(form: Form, number: bytes) -> tuple[str, ...]:
    """What a number that wants zeros may be; nothing where it is whole, or no number."""
    if len(number) >= form.digits:
        return ()
    possible = possible_decimal if form.is_decimal else possible_hex
    found = possible(number.decode("ascii"), form.length)
    return tuple(map(_turned, found)) if form.is_reversed else found


def _turned(number: str) -> str:
    return bytes.fromhex(number)[::-1].hex().upper()


def _hex(number: bytes) -> bytes:
    if not _HEX.fullmatch(number):
        raise MalformedReplyError("a line with signs that are not hex")
    return bytes.fromhex(number.decode("ascii"))


def _decimal(number: bytes, length: int) -> bytes:
    if not number.isdigit():
        raise MalformedReplyError("a line with signs that are not decimal")
    try:
        return int(number).to_bytes(length, "big")
    except OverflowError as error:
        raise MalformedReplyError(f"a number too large for {length} bytes") from error
