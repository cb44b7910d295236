"""Our own MQTT card readers: payloads to messages and back.

Source: protocol notes §5.9 and §6.1, and the topic table in `docs/add-a-driver.md`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from devices.errors import MalformedReplyError
from devices.reading import Value
from drivers.codecs.json_object import decode_object, encode_object
from drivers.codecs.parted_number import joined
from drivers.codecs.short_number import possible_hex

_UID = re.compile(r"(?:[0-9A-Fa-f]{2}){3,10}")
_SIZES = range(3, 11)
_ZEROS = re.compile(r"0{1,20}")
_BOOT = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TOUCHES = 2**53


@dataclass(frozen=True, slots=True)
class CardMessage:
    """One touch: card bytes in upper-case hex, and the reader's own (boot, number) if it counts."""

    uid: str
    device_key: tuple[str, int] | None = None


def decode_card(payload: bytes) -> CardMessage:
    """Read `{"uid": "04A1B2C3", "n": 7, "boot": "x1"}`; `n` and `boot` come together or not.

    Marks between the bytes of the number are left out. Zeros alone, however many, are what some
    send when the card is gone.

    Raises:
        MalformedReplyError: it is anything else, or longer than 4 KiB.
    """
    fields = decode_object(payload)
    uid = fields.get("uid")
    uid = joined(uid, _SIZES) if isinstance(uid, str) else ""
    if not _UID.fullmatch(uid) and not _ZEROS.fullmatch(uid):
        raise MalformedReplyError('"uid" must be 3 to 10 bytes in hex')
    return CardMessage(uid.upper(), _device_key(fields))


_SIZE_BY_DIGITS = {5: 4, 7: 4, 9: 5, 13: 7, 19: 10}
"""Bytes of the card behind a number with an odd digit count: some of its zeros are missing."""


@dataclass(frozen=True, slots=True)
class ShortMessage:
    """A touch whose number wants zeros: the digits, how many a whole one has, what it may be."""

    digits: str
    of: int
    possible: tuple[str, ...]
    device_key: tuple[str, int] | None = None


def decode_short(payload: bytes) -> ShortMessage | None:
    """Read a card message whose reader leaves out zeros, `{"uid": "ac8c5ea"}`; None = it is none.

    Raises:
        MalformedReplyError: it is no message of a reader at all.
    """
    fields = decode_object(payload)
    uid = fields.get("uid")
    size = _SIZE_BY_DIGITS.get(len(uid)) if isinstance(uid, str) else None
    if not isinstance(uid, str) or size is None:
        return None
    possible = () if _ZEROS.fullmatch(uid) else possible_hex(uid, size)
    key = _device_key(fields)
    return ShortMessage(uid.upper(), 2 * size, possible, key) if possible else None


def _device_key(fields: Mapping[str, object]) -> tuple[str, int] | None:
    number, boot = fields.get("n"), fields.get("boot")
    if number is None and boot is None:
        return None
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < _TOUCHES:
        raise MalformedReplyError('"n" must be a whole number from 0')
    if not isinstance(boot, str) or not _BOOT.fullmatch(boot):
        raise MalformedReplyError('"boot" must be a word of at most 64 signs')
    return boot, number


def encode_feedback(feedback: Mapping[str, Value]) -> bytes:
    """What became of a touch: `{"n": 7, "outcome": "present", "tap_id": "…"}`; no id = null."""
    fields: dict[str, Value | None] = dict(feedback)
    fields["tap_id"] = fields.get("tap_id") or None
    return encode_object(fields)
