"""PJLink: times, words and limits that are not bytes.

Source: protocol notes §2.1 and §1.3; where they give no figure the row says that it is ours.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from devices.capability import Capability, Offer, ValueKind
from devices.errors import MalformedReplyError
from devices.power import Power
from devices.reading import Value
from drivers.codecs import pjlink as codec

PORT: Final = 4352
POWER_SETTLES_S: Final = 130.0
"""Warming at most 90 s, cooling at most 120 s (§1.3), and a little."""


@dataclass(frozen=True, slots=True)
class PjlinkTimes:
    """How long things may take, in seconds."""

    answer_within_s: float = 5.0  # §2.1
    idle_close_s: float = 20.0  # §2.1: kept so long after a wish; more may follow
    let_go_s: float = 0.5  # ours: else let go as soon as it was read, so that others get their turn


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


IDENTITY: tuple[tuple[str, str, int], ...] = (
    ("name", "NAME", 1),
    ("maker", "INF1", 1),
    ("model", "INF2", 1),
    ("serial", "SNUM", 2),
    ("software", "SVER", 2),
)
NEVER = frozenset({"ERR1", "ERR2"})
NO_SUCH_PART = frozenset({"LAMP", "FILT"})  # §2.1: ERR1 there means a laser, or no filter
OF_BOTH_CLASSES = frozenset({"INPT", "INST"})

POWER = Offer(
    Capability.POWER,
    ValueKind.CHOICE,
    writable=True,
    choices={"on": "", "off": ""},
    settles_within_s=POWER_SETTLES_S,
)
ALWAYS = (
    Offer(Capability.BLANK, ValueKind.SWITCH, writable=True),
    Offer(Capability.MUTE, ValueKind.SWITCH, writable=True),
    Offer(Capability.LAMP, ValueKind.NUMBER, high=99999, unit="h"),
    Offer(Capability.FAULTS, ValueKind.TEXT),
)
CLASS_2 = (
    Offer(Capability.FREEZE, ValueKind.SWITCH, writable=True),
    Offer(Capability.FILTER, ValueKind.NUMBER, high=99999, unit="h"),
)
BODY_OF: Mapping[Capability, str] = {
    Capability.INPUTS: "INPT",
    Capability.BLANK: "AVMT",
    Capability.MUTE: "AVMT",
    Capability.FREEZE: "FREZ",
    Capability.LAMP: "LAMP",
    Capability.FILTER: "FILT",
    Capability.FAULTS: "ERST",
}
ONLY_WHEN_ON = frozenset({"INPT", "AVMT", "FREZ"})


def _decode_muting(value: str) -> dict[Capability, Value]:
    blank, mute = codec.decode_muting(value)
    return {Capability.BLANK: blank, Capability.MUTE: mute}


def _decode_faults(value: str) -> dict[Capability, Value]:
    levels = codec.decode_errors(value)
    words = [word for word, level in zip(ERROR_WORDS, levels, strict=True) if level]
    return {Capability.FAULTS: ",".join(words)}


def _decode_freeze(value: str) -> dict[Capability, Value]:
    if value.strip() not in {"0", "1"}:
        raise MalformedReplyError(f"{value!r} is no PJLink freeze state")
    return {Capability.FREEZE: value.strip() == "1"}


READ_AS: Mapping[str, Callable[[str], dict[Capability, Value]]] = {
    "INPT": lambda value: {Capability.INPUTS: codec.decode_input(value)},
    "AVMT": _decode_muting,
    "FREZ": _decode_freeze,
    "ERST": _decode_faults,
    "LAMP": lambda value: {Capability.LAMP: max(codec.decode_lamps(value))},
    "FILT": lambda value: {Capability.FILTER: codec.decode_hours(value)},
}
