"""What a family is made of: rows and times. Pure; `drivers/table_driver.py` runs them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from devices.capability import Capability, Offer
from devices.reading import Value
from drivers.codecs.dialect import Dialect

ABSENT = None
"""What a reading gives where the device says that it has no such thing."""


class Reading(Protocol):
    """A value in the content of an answer, both ways: emulators show what drivers read."""

    def read(self, content: bytes) -> Value | None:
        """The value; None = the device says that it has none.

        Raises:
            MalformedReplyError: the content is not of this kind.
        """

    def show(self, value: Value) -> bytes:
        """The content that says so."""


Write = Callable[[Value], bytes]
"""The body that wishes a value. Raises ValueError, in one sentence, where the family has none."""


@dataclass(frozen=True, slots=True)
class Row:
    """One capability.

    Several rows may share a question: it is asked once. Of two rows for power the second is asked
    where the first is refused or not answered; rows that share the first's question come with it.

    Attributes:
        offer: the capability as it is offered.
        ask: body of the question; empty = it cannot be asked.
        reads: its value in the answer.
        writes: how a wish is sent; None = it only reports.
        only_on: asked only while the device is on.
        option: offered only where this option of the device is true; empty = always.
        within_s: longest wait for the answer to a wish; None = as for a question.
    """

    offer: Offer
    ask: bytes = b""
    reads: Reading | None = None
    writes: Write | None = None
    only_on: bool = False
    option: str = ""
    within_s: float | None = None

    @property
    def capability(self) -> Capability:
        """Which capability."""
        return self.offer.capability


@dataclass(frozen=True, slots=True)
class Identity:
    """A fact that does not change: it is asked until it is known.

    Attributes:
        note: `serial`, `model`, `software`, …
        ask: body of the question.
        reads: a text in the answer.
    """

    note: str
    ask: bytes
    reads: Reading


@dataclass(frozen=True, slots=True)
class InputList:
    """A question that lists the inputs which this very device has.

    Attributes:
        ask: body of the question, asked while it is on.
        reads: code → name; raises MalformedReplyError.
    """

    ask: bytes
    reads: Callable[[bytes], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Times:
    """How long things may take, in seconds.

    Attributes:
        answer_within_s: longest wait for an answer.
        gap_s: shortest time from an answer to the next question.
        serial_quiet_s: silence on a serial line before the next question after a failure.
        quiet_after_on_s: after power-on the device takes no other command for so long.
    """

    answer_within_s: float
    gap_s: float = 0.0
    serial_quiet_s: float = 1.0
    quiet_after_on_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Family:
    """Devices that speak alike.

    Attributes:
        maker: how it is called in sentences: "a Samsung display".
        dialect: framing and refusals.
        rows: the capabilities; power first.
        times: limits and pauses.
        baud: usual speed of its serial line, 8N1.
        identity: what it says of itself.
        numbers: numbers that a device on a shared line may have; option `display_id`.
        input_list: asked where the inputs are not given in the settings.
    """

    maker: str
    dialect: Dialect[Any]
    rows: tuple[Row, ...]
    times: Times
    baud: int = 9600
    identity: tuple[Identity, ...] = ()
    numbers: range = field(default=range(1))
    input_list: InputList | None = None

    @property
    def power_rows(self) -> tuple[Row, ...]:
        """The rows that tell power, in the order in which they are tried."""
        return tuple(row for row in self.rows if row.capability is Capability.POWER)

    @property
    def inputs(self) -> Mapping[str, str]:
        """Code and plain name of each input that the family knows."""
        found = (row.offer.choices for row in self.rows if row.capability is Capability.INPUTS)
        return next(found, {})
