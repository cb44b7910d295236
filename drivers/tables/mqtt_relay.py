"""Kinds of our own MQTT relays: what each offers, in which words.

Source: protocol notes §6.1 and the topic table in `docs/add-a-driver.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from devices.capability import Capability, Offer, ValueKind
from devices.reading import Value


@dataclass(frozen=True, slots=True)
class RelayKind:
    """One kind.

    Attributes:
        offer: its one capability.
        sent: the word on the wire for each wish.
        reported: our value for each word of the state topic.
    """

    offer: Offer
    sent: Mapping[Value, str]
    reported: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RelayTimes:
    """Ours: how long a wish stays good, and how long the device may take to be heard of."""

    expires_in_ms: int = 5000
    heard_within_s: float = 2.0


def _same(*words: str) -> dict[Value, str]:
    return {word: word for word in words}


_PATTERNS = ("ok", "again", "other", "refused")

KINDS: Final[Mapping[str, RelayKind]] = {
    "screen": RelayKind(
        offer=Offer(
            Capability.SCREEN,
            ValueKind.CHOICE,
            writable=True,
            choices={"up": "", "down": "", "stop": ""},
            settles_within_s=45.0,
            shown={"stop": ("stopped", "up", "down")},  # it may have come to an end just then
        ),
        sent=_same("up", "down", "stop"),
        reported={word: word for word in ("up", "down", "moving", "stopped")},
    ),
    "buzzer": RelayKind(
        offer=Offer(
            Capability.BEEPER,
            ValueKind.CHOICE,
            writable=True,
            choices=dict.fromkeys(_PATTERNS, ""),
            confirms=False,
        ),
        sent=_same(*_PATTERNS),
    ),
    "relay": RelayKind(
        offer=Offer(Capability.RELAY, ValueKind.SWITCH, writable=True),
        sent={True: "on", False: "off"},
        reported={"on": True, "off": False},
    ),
}
