"""Values in the content of an answer, and bodies of wishes: the cells of a family's rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from devices.errors import MalformedReplyError
from devices.reading import Value
from drivers.families.family import ABSENT, Reading, Write


def _strange(content: bytes) -> Value:
    raise MalformedReplyError(f"the device gave {content!r}, which its table does not have")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some contents.

    Attributes:
        values: content → value; the first content of a value is the one that is shown.
        other: the value of a content that is not among them; without it that is a malformed reply.
    """

    values: Mapping[bytes, Value | None]
    other: Callable[[bytes], Value] = _strange

    def read(self, content: bytes) -> Value | None:
        """The value of this content."""
        return self.values[content] if content in self.values else self.other(content)

    def show(self, value: Value) -> bytes:
        """The first content with this value."""
        return next(content for content, one in self.values.items() if one == value)


@dataclass(frozen=True, slots=True)
class Decimal:
    """A whole number in digits, the first of several.

    Attributes:
        wire_top: the device's number for `top`; the scale between is even.
        top: the largest value that people see; None = the device's own number.
    """

    wire_top: int = 100
    top: int | None = None

    def read(self, content: bytes) -> Value | None:
        """The number on the scale that people see."""
        words = content.split()
        if not words or not words[0].isdigit() or len(words[0]) > 9:
            raise MalformedReplyError(f"the device gave {content!r} for a number")
        number = int(words[0])
        return (
            number if self.top is None else min(self.top, scaled(number, self.wire_top, self.top))
        )

    def show(self, value: Value) -> bytes:
        """The device's number in digits."""
        number = int(value)
        return b"%d" % (number if self.top is None else scaled(number, self.top, self.wire_top))


def scaled(number: int, of: int, to: int) -> int:
    """A number of a scale from 0 to `of`, on the scale from 0 to `to`."""
    return (number * to + of // 2) // of


@dataclass(frozen=True, slots=True)
class Byte:
    """A number in one byte; `absent` is the byte that says "none"."""

    absent: int | None = None

    def read(self, content: bytes) -> Value | None:
        """The number."""
        return ABSENT if content[0] == self.absent else content[0]

    def show(self, value: Value) -> bytes:
        """The byte."""
        return bytes((int(value),))


@dataclass(frozen=True, slots=True)
class At:
    """One byte of a content that holds several.

    Attributes:
        place: its number, from 0.
        of: what it says.
        least: bytes that a whole content has at least; 0 = up to this one.
    """

    place: int
    of: Reading
    least: int = 0

    def read(self, content: bytes) -> Value | None:
        """The value in its place."""
        if len(content) < max(self.least, self.place + 1):
            raise MalformedReplyError("the device's answer is too short")
        return self.of.read(content[self.place : self.place + 1])

    def show(self, value: Value) -> bytes:
        """Its byte alone."""
        return self.of.show(value)


@dataclass(frozen=True, slots=True)
class Faults:
    """Bytes that are 1 where a part is at fault: place → word; the words, separated by commas."""

    words: Mapping[int, str]
    least: int

    def read(self, content: bytes) -> Value | None:
        """The words of what is at fault; empty = nothing."""
        if len(content) < self.least:
            raise MalformedReplyError("the device's error state is too short")
        return ",".join(word for place, word in self.words.items() if content[place] == 1)

    def show(self, value: Value) -> bytes:
        """A content with the same faults."""
        said = str(value).split(",")
        return bytes(int(self.words.get(place) in said) for place in range(self.least))


@dataclass(frozen=True, slots=True)
class Text:
    """Printable ASCII; the rest is dropped."""

    def read(self, content: bytes) -> Value | None:
        """The text."""
        return "".join(chr(byte) for byte in content if 0x20 <= byte < 0x7F).strip()

    def show(self, value: Value) -> bytes:
        """Its bytes."""
        return str(value).encode("ascii")


def sends(bodies: Mapping[Value, bytes]) -> Write:
    """A wish that is one of some bodies."""

    def body_of(value: Value) -> bytes:
        if value not in bodies:
            raise ValueError(f"it takes {', '.join(map(str, bodies))}, not {value!r}")
        return bodies[value]

    return body_of


def sends_number(body: Callable[[int], bytes], top: int = 100, wire_top: int = 100) -> Write:
    """A wish for a whole number from 0 to `top`; `wire_top` is the device's number for it."""

    def body_of(value: Value) -> bytes:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= top:
            raise ValueError(f"it takes a number from 0 to {top}, not {value!r}")
        return body(scaled(value, top, wire_top))

    return body_of
