"""An event as it is stored, hashed and sent: encoded once, the same bytes everywhere.

Source: design §5 (body encoding, `sha8`, derived ids).
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from school.facts import Json

_ID = re.compile(r"([0-9a-f]{16})-([1-9][0-9]{0,18})")


class Lane(IntEnum):
    """The four streams of a room, in order of urgency."""

    ATTENDANCE = 0
    AUDIT = 1
    TELEMETRY = 2
    BLOBS = 3


@dataclass(frozen=True, slots=True)
class Event:
    """One row of a lane.

    Attributes:
        seq: its number in (incarnation, lane); never used twice.
        kind: what happened, such as `tap`.
        boot: kernel boot id, 32 hex digits.
        mono_ms: boot-monotonic milliseconds.
        wall_ms: Unix milliseconds as believed then.
        tq: quality of that belief (`school.moment.TimeQuality`).
        body: the encoded body.
    """

    seq: int
    kind: str
    boot: str
    mono_ms: int
    wall_ms: int
    tq: str
    body: bytes

    @property
    def sha8(self) -> bytes:
        """Content hash; wall time and quality stay outside, because they may be corrected."""
        return content_hash(self.kind, self.boot, self.mono_ms, self.body)


def encode_body(body: Mapping[str, Json]) -> bytes:
    """UTF-8 JSON, sorted keys, no spaces, no floats.

    Raises:
        ValueError: the body holds a float, a key that is no text, or what JSON has no word for.
    """
    return _ENCODER.encode(_plain(body)).encode()


_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)
_LEAVES = frozenset({str, int, bool, type(None)})


def _plain(value: object) -> object:
    """The value made of what the encoder knows, or a refusal; by exact type first, for speed."""
    if type(value) in _LEAVES:
        return value
    if isinstance(value, Mapping):
        return {_key(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str | int):
        return value
    raise ValueError(f"a body holds no {type(value).__name__}, got {value!r}")


def _key(key: object) -> str:
    if not isinstance(key, str):
        raise ValueError(f"the keys of a body are text, got {key!r}")  # noqa: TRY004 - one kind of error for callers
    return key


def content_hash(kind: str, boot: str, mono_ms: int, body: bytes) -> bytes:
    """First 8 bytes of SHA-256 over kind, boot, monotonic ms and body."""
    head = f"{kind}\n{boot}\n{mono_ms}\n".encode()
    return hashlib.sha256(head + body).digest()[:8]


def event_id(incarnation: int, seq: int) -> str:
    """`{incarnation:016x}-{seq}`: derived, never stored."""
    return f"{incarnation:016x}-{seq}"


def parse_event_id(text: str) -> tuple[int, int]:
    """Incarnation and seq of an event id.

    Raises:
        ValueError: it is not one.
    """
    match = _ID.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not an event id; it looks like 00ff00ff00ff00ff-12")
    return int(match[1], 16), int(match[2])
