"""Devices, readers and commands as JSON, the shapes of the room API."""

from collections.abc import Callable

from devices.capability import Capability, Offer
from devices.reading import Reading
from edge.room.command import Command
from edge.room.keeper import Keeper
from edge.room.reader import ReaderKeeper

Json = dict[str, object]
At = Callable[[int], str]
"""Turns boot-monotonic milliseconds into local ISO time."""


def device_json(keeper: Keeper, now_ms: int, at: At) -> Json:
    """One device as the panel sees it."""
    identity = keeper.identity
    return {
        "id": identity.id,
        "name": identity.name,
        "kind": identity.kind,
        "driver": identity.driver,
        "tested_on": identity.tested_on,
        "main": identity.main,
        "link": keeper.link.value,
        "link_since": at(keeper.link_since_ms),
        "link_reason": keeper.link_reason,
        "notes": dict(keeper.driver.notes),
        "capabilities": {one.capability.value: _offer_json(one) for one in keeper.driver.offers},
        "readings": _readings_json(keeper, now_ms, at),
    }


def _offer_json(offer: Offer) -> Json:
    return {
        "kind": offer.kind.value,
        "writable": offer.writable,
        "choices": dict(offer.choices),
        "order": list(offer.choices),  # a browser puts keys that look like numbers first
        "low": offer.low,
        "high": offer.high,
        "unit": offer.unit,
        "confirms": offer.confirms,
    }


def _readings_json(keeper: Keeper, now_ms: int, at: At) -> Json:
    readings: Json = {}
    for offer in keeper.driver.offers:
        capability = offer.capability
        reading = keeper.book.reading(capability, now_ms)
        shown = _reading_json(reading, at) | {"wanted": keeper.book.wanted.get(capability)}
        if capability is Capability.POWER:
            shown["value"] = reading.value or "unknown"
            shown["left_s"] = keeper.moves.left_s(now_ms)
            shown["slow"] = keeper.moves.slow(now_ms)
            shown["queued"] = keeper.wishes.queued_power
        readings[capability.value] = shown
    return readings


def _reading_json(reading: Reading, at: At) -> Json:
    return {
        "value": reading.value,
        "at": None if reading.value is None or reading.at_ms is None else at(reading.at_ms),
        "quality": reading.quality.value,
        "unit": reading.unit,
    }


def reader_json(keeper: ReaderKeeper) -> Json:
    """One reader as the panel sees it."""
    identity, state = keeper.identity, keeper.state
    return {
        "id": identity.id,
        "name": identity.name,
        "driver": identity.driver,
        "link": state.link.value,
        "needs_look": state.needs_look,
        "reason": state.remark.trouble.value if state.remark else "",
        "params": dict(state.remark.params) if state.remark else {},
    }


def command_json(command: Command) -> Json:
    """One command as the panel sees it."""
    return {
        "command_id": command.id,
        "device": command.device,
        "capability": command.capability.value,
        "value": command.value,
        "by": command.by,
        "state": command.state.value,
        "reason": command.reason,
        "quality": command.quality.value,
    }
