"""PJLink: times, words and limits that are not bytes.

Source: protocol notes §2.1 and §1.3; where they give no figure the row says that it is ours.
"""

from dataclasses import dataclass
from typing import Final

from devices.power import Power

PORT: Final = 4352
POWER_SETTLES_S: Final = 130.0
"""Warming at most 90 s, cooling at most 120 s (§1.3), and a little."""


@dataclass(frozen=True, slots=True)
class PjlinkTimes:
    """How long things may take, in seconds."""

    answer_within_s: float = 5.0  # §2.1
    idle_close_s: float = 20.0  # §2.1: the projector may drop an idle connection after 30 s


POWER_BY_ANSWER: Final = {
    "0": Power.OFF,
    "1": Power.ON,
    "2": Power.COOLING,
    "3": Power.WARMING,
    "ERR4": Power.FAULT,
}

INPUT_TYPES: Final = {
    "1": "RGB",
    "2": "Video",
    "3": "Digital",
    "4": "Storage",
    "5": "Network",
    "6": "Internal",
}

INPUT_CODES: Final = tuple(
    kind + number for kind in INPUT_TYPES for number in "123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)
"""Every code that class 2 knows."""

INPUTS_BEFORE_ASKED: Final = ("11", "21", "31", "32")
"""Offered until the projector lists its own; ours: what nearly every model has."""

ERROR_WORDS: Final = ("fan", "lamp", "temperature", "cover", "filter", "other")
"""Digits of ERST in their order."""


def input_name(code: str) -> str:
    """Plain name of an input that the projector does not name: `Digital 1`."""
    return f"{INPUT_TYPES.get(code[0], 'Input')} {code[1:]}"
