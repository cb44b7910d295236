"""Capabilities: what a device can do or report, whatever its maker.

A device offers the ones its driver declares; panel, API, MQTT and the command line are drawn from
that declaration.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from devices.reading import Value


class Capability(StrEnum):
    """The whole vocabulary. A driver that needs another word adds it here first."""

    POWER = "power"
    INPUTS = "inputs"
    VOLUME = "volume"
    MUTE = "mute"
    BLANK = "blank"
    FREEZE = "freeze"
    LAMP = "lamp"
    FILTER = "filter"
    TEMPERATURE = "temperature"
    TOUCH_LOCK = "touch-lock"
    SCREEN = "screen"
    RELAY = "relay"
    PTZ = "ptz"
    STILL = "still"
    STREAM = "stream"
    CARDS = "cards"
    BEEPER = "beeper"
    FAULTS = "faults"


class ValueKind(StrEnum):
    """Shape of a capability's value."""

    CHOICE = "choice"  # one of Offer.choices
    NUMBER = "number"  # whole number from low to high
    SWITCH = "switch"  # true or false
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Offer:
    """One capability as one device offers it.

    Attributes:
        capability: which.
        kind: shape of its value.
        writable: whether a wish for it can be sent.
        choices: the values of a choice, each with the plain name a person reads ("" = the same).
        low: smallest number.
        high: largest number.
        unit: unit of the number.
        confirms: false where the device cannot report it (readings are then `assumed`).
        settles_within_s: time after which an unconfirmed wish has failed.
        shown: for a wish that comes true under other words than its own, the values that the device
            then reports.
    """

    capability: Capability
    kind: ValueKind
    writable: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    low: int = 0
    high: int = 100
    unit: str = ""
    confirms: bool = True
    settles_within_s: float = 8.0
    shown: Mapping[Value, tuple[Value, ...]] = field(default_factory=dict)

    def shown_as(self, wish: Value) -> tuple[Value, ...]:
        """The reported values by which a wish has come true."""
        return self.shown.get(wish, (wish,))

    def parse(self, raw: object) -> Value:
        """Turn a wish from JSON or the command line into a value.

        Raises:
            ValueError: it does not fit; the message names what would.
        """
        return _PARSERS[self.kind](self, raw)


_SWITCH = {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}


def _parse_choice(offer: Offer, raw: object) -> Value:
    if isinstance(raw, str) and raw in offer.choices:
        return raw
    raise ValueError(f"{offer.capability} takes one of: {', '.join(offer.choices)}; got {raw!r}")


def _parse_number(offer: Offer, raw: object) -> Value:
    text = str(raw).strip() if isinstance(raw, int | str) and not isinstance(raw, bool) else ""
    digits = text.removeprefix("-")
    number = int(text) if digits.isascii() and digits.isdigit() and len(digits) < 10 else None
    if number is None or not offer.low <= number <= offer.high:
        raise ValueError(
            f"{offer.capability} takes a whole number from {offer.low} to {offer.high}; got {raw!r}"
        )
    return number


def _parse_switch(offer: Offer, raw: object) -> Value:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in _SWITCH:
        return _SWITCH[raw.lower()]
    raise ValueError(f"{offer.capability} takes on or off; got {raw!r}")


def _parse_text(offer: Offer, raw: object) -> Value:
    if isinstance(raw, str) and len(raw) <= 200:
        return raw
    raise ValueError(f"{offer.capability} takes a text of at most 200 signs; got {raw!r}")


_PARSERS = {
    ValueKind.CHOICE: _parse_choice,
    ValueKind.NUMBER: _parse_number,
    ValueKind.SWITCH: _parse_switch,
    ValueKind.TEXT: _parse_text,
}
