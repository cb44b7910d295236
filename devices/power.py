"""Power of a device: its states, their legal moves, and what a press does in each.

Source: the display power state machine of the protocol notes §1.3; defaults of the limits too.
"""

from enum import StrEnum


class Power(StrEnum):
    """What a device says of its own power. Unknown is not off."""

    OFF = "off"
    WARMING = "warming"
    ON = "on"
    COOLING = "cooling"
    FAULT = "fault"
    UNKNOWN = "unknown"


class PowerMove(StrEnum):
    """What a wish for power does now."""

    NOTHING = "nothing"  # it is so already, or on its way there
    SEND = "send"  # tell the device now
    QUEUE = "queue"  # hold the wish until the device can take it


# A lamp must neither be struck while it cools nor cut while it strikes, so those wishes wait.
MOVE_FOR: dict[tuple[Power, Power], PowerMove] = {
    (Power.OFF, Power.ON): PowerMove.SEND,
    (Power.OFF, Power.OFF): PowerMove.NOTHING,
    (Power.WARMING, Power.ON): PowerMove.NOTHING,
    (Power.WARMING, Power.OFF): PowerMove.QUEUE,
    (Power.ON, Power.ON): PowerMove.NOTHING,
    (Power.ON, Power.OFF): PowerMove.SEND,
    (Power.COOLING, Power.ON): PowerMove.QUEUE,
    (Power.COOLING, Power.OFF): PowerMove.NOTHING,
    (Power.FAULT, Power.ON): PowerMove.SEND,
    (Power.FAULT, Power.OFF): PowerMove.SEND,
    (Power.UNKNOWN, Power.ON): PowerMove.SEND,
    (Power.UNKNOWN, Power.OFF): PowerMove.SEND,
}

SETTLED = frozenset({Power.OFF, Power.ON, Power.FAULT})


def move_for(power: Power, wish: Power) -> PowerMove:
    """What to do with a wish for on or off while the device reports `power`."""
    return MOVE_FOR[power, wish]
