"""Samsung MDC: input codes, words and times.

Source: protocol notes §3.1 (samsung-mdc and the manual it ships); where they give no figure the
row says that it is ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from devices.power import Power

PORT: Final = 1515
BAUD: Final = 9600
DISPLAY_IDS: Final = range(0xFE)
NO_SOUND: Final = 0xFF
POWER_SETTLES_S: Final = 40.0
"""Ours: the 15 s of quiet after power-on and a status after them, with room to spare."""


@dataclass(frozen=True, slots=True)
class MdcTimes:
    """How long things may take, in seconds."""

    answer_within_s: float = 2.0  # ours
    quiet_s: float | None = None  # after a question without an answer; None = reconnect
    quiet_after_on_s: float = 15.0  # §3.1: no other command so soon after power-on


SERIAL_QUIET_S: Final = 1.0
"""Ours: a serial line stays open, so a late answer must have time to come and be thrown away."""


@dataclass(frozen=True, slots=True)
class MdcInput:
    """One input: our word, the plain name, the code that we send."""

    word: str
    name: str
    code: int


INPUTS: Final = tuple(
    MdcInput(word, name, code)
    for word, name, code in (
        ("hdmi1", "HDMI 1", 0x21),
        ("hdmi2", "HDMI 2", 0x23),
        ("hdmi3", "HDMI 3", 0x31),
        ("hdmi4", "HDMI 4", 0x33),
        ("dp1", "DisplayPort 1", 0x25),
        ("dp2", "DisplayPort 2", 0x26),
        ("dp3", "DisplayPort 3", 0x27),
        ("ops", "OPS", 0x50),
        ("pc", "PC", 0x14),
        ("dvi", "DVI", 0x18),
        ("hdbaset", "HDBaseT", 0x55),
        ("magicinfo", "MagicInfo S", 0x60),
        ("mirroring", "Mirroring", 0x61),
        ("usb", "USB", 0x62),
        ("url", "URL", 0x63),
        ("iwb", "IWB", 0x64),
        ("browser", "Browser", 0x65),
    )
)

CODE_BY_INPUT: Final[Mapping[str, int]] = {row.word: row.code for row in INPUTS}

# 22, 24, 32 and 34 are the PC variants of the four HDMI inputs: read, never sent.
INPUT_BY_CODE: Final[Mapping[int, str]] = {
    **{row.code: row.word for row in INPUTS},
    0x22: "hdmi1",
    0x24: "hdmi2",
    0x32: "hdmi3",
    0x34: "hdmi4",
}

POWER_BY_CODE: Final[Mapping[int, Power]] = {0: Power.OFF, 1: Power.ON}
CODE_BY_POWER: Final[Mapping[str, int]] = {"off": 0, "on": 1}
