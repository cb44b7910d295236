"""A device as the rows of its family draw it, without a wire.

It serves the demo, training and the house rules. It proves no byte: those come from transcripts
that were typed from the maker's sheet.
"""

from collections.abc import Iterator, Mapping

from devices.capability import Capability, Offer, ValueKind
from devices.power import Power
from devices.reading import Value
from drivers.emulators.emulator import Settings, State
from drivers.emulators.pjlink_model import LampedPower, Projector
from drivers.families.family import Family, Row

_LAMP_HOURS = 1240
_HALF_LOUD = 40


class NotTakenError(Exception):
    """The device does not know this body, or cannot do it now.

    Attributes:
        is_known: whether it knows it and cannot now.
    """

    def __init__(self, *, is_known: bool) -> None:
        super().__init__()
        self.is_known = is_known


class TableModel:
    """The device itself.

    Args:
        family: its rows.
        settings: clock and pace.
    """

    def __init__(self, family: Family, settings: Settings) -> None:
        self._rows = family.rows
        self._identity = {one.ask: one for one in family.identity}
        self._lamp = LampedPower(settings.device_s, Projector())
        self._values = {row.capability: _first(row.offer) for row in family.rows}
        self._wishes = dict(_wishes(family.rows))

    @property
    def power(self) -> Power:
        """`off`, `warming`, `on` or `cooling`."""
        return self._lamp.power

    def answer(self, body: bytes) -> bytes:
        """What it says to a question, or empty to a wish that it takes.

        Raises:
            NotTakenError: it does not.
        """
        if body in self._wishes:
            self._take(*self._wishes[body])
            return b""
        if body in self._identity:
            return self._identity[body].reads.show(f"EMU{len(body)}")
        for row in self._rows:
            if row.ask == body and row.reads is not None:
                self._need_on(needs=row.only_on)
                return row.reads.show(self._value(row.capability))
        raise NotTakenError(is_known=False)

    def _take(self, capability: Capability, value: Value) -> None:
        if capability is Capability.POWER:
            if not self._lamp.wish(Power(str(value))):
                raise NotTakenError(is_known=True)
            return
        self._need_on(needs=True)
        self._values[capability] = value

    def _need_on(self, *, needs: bool) -> None:
        if needs and self.power is not Power.ON:
            raise NotTakenError(is_known=True)

    def _value(self, capability: Capability) -> Value:
        return self.power if capability is Capability.POWER else self._values[capability]

    def state(self) -> State:
        """What the device believes of itself."""
        return {one.value: self._value(one) for one in self._values}


def _first(offer: Offer) -> Value:
    """The value of a device as it was unpacked."""
    if offer.capability is Capability.LAMP:
        return _LAMP_HOURS
    firsts: Mapping[ValueKind, Value] = {
        ValueKind.CHOICE: next(iter(offer.choices), ""),
        ValueKind.NUMBER: _HALF_LOUD,
        ValueKind.SWITCH: False,
        ValueKind.TEXT: "",
    }
    return firsts[offer.kind]


def _wishes(rows: tuple[Row, ...]) -> Iterator[tuple[bytes, tuple[Capability, Value]]]:
    """Each body that is a wish, and what it wishes."""
    for row in rows:
        if row.writes is not None:
            for value in _all_values(row.offer):
                yield row.writes(value), (row.capability, value)


def _all_values(offer: Offer) -> tuple[Value, ...]:
    if offer.kind is ValueKind.NUMBER:
        return tuple(range(offer.low, offer.high + 1))
    return tuple(offer.choices) or (True, False)
