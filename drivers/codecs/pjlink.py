"""PJLink class 1 and 2: lines to messages and back.

Source: protocol notes §2.1 (PJLink specification 2.00 as aiopjlink, pjlink-advance and the
Companion module read it). Replies are read in any letter case; NUL bytes inside them are dropped
(some projectors pad with them). Lists of inputs may be longer than the specification's 128 signs,
the greeting may have a blank at its end and a salt of other than 8 digits, and names may be written
in Latin-1 or Shift-JIS (home-assistant/core#26719).
"""

import hashlib
import re
from dataclasses import dataclass

from devices.errors import MalformedReplyError
from drivers.codecs.framing import Cut, Framer

LINE_BYTES = 1024  # ours: the specification has 136, and there are longer lists
VALUE_SIGNS = 128
_LAST_KANA = 0xDF
_FILLING = b"\0\r\n"
_STARTS = b"%Pp"


@dataclass(frozen=True, slots=True)
class Greeting:
    """First line of a connection. Scheme "0": open; "1": digest with `salt`; else unknown."""

    scheme: str
    salt: str = ""


@dataclass(frozen=True, slots=True)
class DigestRefused:
    """`PJLINK ERRA`: the digest was wrong, or belongs to a connection of the past."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`%1POWR=1`: body in capitals, value as it came (may be `OK` or `ERR1` to `ERR4`)."""

    body: str
    value: str


Message = Greeting | DigestRefused | Answer

_NEED_MORE: Cut[Message] = Cut(0)
_FILLER: Cut[Message] = Cut(1)
_STRANGE: Cut[Message] = Cut(1, reason="bytes that are not PJLink")
_ANSWER = re.compile(r"%[12]([A-Z0-9]{4})=(.*)", re.IGNORECASE | re.DOTALL | re.ASCII)
_GREETING = re.compile(
    r"PJLINK (?:(ERRA)|0|1 +([0-9A-F]{1,32})|([2-9])(?: .*)?) *", re.IGNORECASE | re.ASCII
)


def framer() -> Framer[Message]:
    """A framer for what a projector sends."""
    return Framer(cut_message)


def cut_message(buffer: bytes) -> Cut[Message]:
    """Cut the first message off a non-empty buffer."""
    if buffer[0] in _FILLING:
        return _FILLER
    if buffer[0] not in _STARTS:
        return _STRANGE
    end = buffer.find(b"\r", 0, LINE_BYTES)
    if end < 0:
        too_long = len(buffer) >= LINE_BYTES
        return Cut(1, reason=f"no end within {LINE_BYTES} bytes") if too_long else _NEED_MORE
    message = _decode_line(_decode_text(buffer[:end].replace(b"\0", b"")).rstrip("\n"))
    if message is None:
        return Cut(1, reason="a line that is not PJLink")
    return Cut(end + 1, message)


def _decode_text(line: bytes) -> str:
    """UTF-8 where it is that; else what it can only be; else with marks for what is unreadable."""
    for charset in ("utf-8", _old_charset(line)):
        try:
            text = line.decode(charset)
        except UnicodeDecodeError:
            continue
        if text.isprintable():
            return text
    return line.decode("utf-8", errors="replace")


def _old_charset(line: bytes) -> str:
    """Latin-1 has no letters in 80 to 9F; half-width kana stand together, accents among letters."""
    if re.search(rb"[\x80-\x9f]", line):
        return "cp932"
    runs = re.findall(rb"[\xa0-\xff]+", line)
    are_kana = all(len(run) > 1 and max(run) <= _LAST_KANA for run in runs)
    return "cp932" if are_kana else "latin-1"


def is_readable(text: str) -> bool:
    """Whether a name came through whole."""
    return "\ufffd" not in text and text.isprintable()


def _decode_line(line: str) -> Message | None:
    if answer := _ANSWER.fullmatch(line):
        return Answer(answer[1].upper(), answer[2])
    greeting = _GREETING.fullmatch(line)
    if greeting is None:
        return None
    if greeting[1]:
        return DigestRefused()
    return Greeting(scheme=line[len("PJLINK ")], salt=greeting[2] or "")


def encode(body: str, value: str = "?", *, of_class: int = 1) -> bytes:
    """One command or query, e.g. `%1POWR 1`.

    Raises:
        ValueError: the value is longer than 128 signs or would end the line.
    """
    if len(value) > VALUE_SIGNS or "\r" in value:
        raise ValueError(f"{value!r} does not fit into a PJLink command")
    return f"%{of_class}{body} {value}\r".encode()


def digest(salt: str, password: str) -> bytes:
    """What goes before the first command of a connection: MD5 of salt and password, 32 hex."""
    salted = (salt + password).encode()
    return hashlib.md5(salted, usedforsecurity=False).hexdigest().encode()


def decode_class(value: str) -> int:
    """1 or 2. Takes `Class 1` too (Optoma X351: pypjlink issue 1)."""
    return 2 if value.strip().endswith("2") else 1


def decode_inputs(value: str) -> tuple[str, ...]:
    """Input codes of an INST answer, in the projector's order.

    Raises:
        MalformedReplyError: something in the list is no input code.
    """
    return tuple(decode_input(code) for code in value.split())


def decode_input(value: str) -> str:
    """One input code: type 1 to 6, then number 1 to 9 or A to Z.

    Raises:
        MalformedReplyError: it is none.
    """
    code = value.strip().upper()
    if not re.fullmatch(r"[1-6][1-9A-Z]", code):
        raise MalformedReplyError(f"{value!r} is no PJLink input")
    return code


def decode_muting(value: str) -> tuple[bool, bool]:
    """(picture is blank, sound is mute) from an AVMT answer.

    Raises:
        MalformedReplyError: it is none of 11, 21, 31, 30.
    """
    states = {"11": (True, False), "21": (False, True), "31": (True, True), "30": (False, False)}
    if value.strip() not in states:
        raise MalformedReplyError(f"{value!r} is no PJLink mute state")
    return states[value.strip()]


def decode_errors(value: str) -> tuple[int, ...]:
    """Six digits of an ERST answer: fan, lamp, temperature, cover, filter, other; 0, 1 or 2 each.

    Raises:
        MalformedReplyError: they are not six such digits.
    """
    digits = value.strip()
    if not re.fullmatch(r"[012]{6}", digits):
        raise MalformedReplyError(f"{value!r} is no PJLink error state")
    return tuple(int(digit) for digit in digits)


def decode_lamps(value: str) -> tuple[int, ...]:
    """Hours of each lamp (up to 8) from a LAMP answer, `1234 1 88 0` = two lamps, first is on.

    Raises:
        MalformedReplyError: it is not pairs of hours and 0 or 1.
    """
    if not re.fullmatch(r"\d{1,5} [01](?: \d{1,5} [01]){0,7}", value.strip(), re.ASCII):
        raise MalformedReplyError(f"{value!r} is no PJLink lamp state")
    return tuple(int(hours) for hours in value.split()[::2])


def decode_hours(value: str) -> int:
    """Hours of a FILT answer.

    Raises:
        MalformedReplyError: it is not 1 to 5 digits.
    """
    digits = value.strip()
    if not re.fullmatch(r"\d{1,5}", digits, re.ASCII):
        raise MalformedReplyError(f"{value!r} is no number of hours")
    return int(digits)
