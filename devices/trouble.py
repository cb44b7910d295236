"""What is wrong with a card reader, or odd about it: a code and its parameters, never a sentence.

The words stand in the catalogues of whoever shows them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Trouble(StrEnum):
    """The codes. Parameters are named behind each."""

    NOT_TRIED = "not_tried"  # the agent has just started
    PORT_MISSING = "port_missing"  # port
    PORT_HELD = "port_held"  # port: another program has it
    PORT_FORBIDDEN = "port_forbidden"  # port: the agent has no right to it
    PORT_FAILED = "port_failed"  # port
    PORT_LOST = "port_lost"  # port: it was open
    BROKER_AWAY = "broker_away"
    NEVER_HEARD = "never_heard"  # not by its own word: readers behind a broker speak when they like
    OFFLINE = "offline"  # its own last word, or its broker's for it
    UNREADABLE = "unreadable"  # port or topic: what it sends is of another kind or speed
    RAW_CHECK = "raw_check"  # a variant that is read all the same
    SHORT_NUMBERS = "short_numbers"  # digits, of: it leaves out zeros
    OTHER = "other"


Param = str | int


@dataclass(frozen=True, slots=True)
class Remark:
    """One trouble with what must be known of it."""

    trouble: Trouble
    params: Mapping[str, Param] = field(default_factory=dict)
