"""Figures for Prometheus. Imported when first asked for: no page needs it."""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from devices.link import Link
from edge.room.health import Finding, is_fine
from edge.room.room import Room
from edge.room.view import Json
from edge.supervisor import Part, PartState


def render(room: Room, parts: Iterable[Part], sync: Json, found: Sequence[Finding]) -> bytes:
    """The figures of now. No pupil is in them."""
    registry = CollectorRegistry()
    online = Gauge(
        "lophoc_device_online", "1 where a device answers", ["device"], registry=registry
    )
    for name, keeper in room.devices.items():
        online.labels(name).set(keeper.link is Link.ONLINE)
    reading = Gauge(
        "lophoc_reader_online", "1 where a reader can be heard", ["reader"], registry=registry
    )
    for name, reader in room.readers.items():
        reading.labels(name).set(reader.link is Link.ONLINE)
    up = Gauge(
        "lophoc_part_up",
        "1 where a part of the agent runs; of a reader, where its wire is there too",
        ["part"],
        registry=registry,
    )
    deaf = {f"reader {name}" for name, one in room.readers.items() if one.link is not Link.ONLINE}
    for part in parts:
        up.labels(part.name).set(part.state is PartState.UP and part.name not in deaf)
    waiting = Gauge("lophoc_sync_waiting", "events the hub has not confirmed", registry=registry)
    waiting.set(float(str(sync["waiting"])))
    fine = Gauge("lophoc_fine", "1 where nothing needs a look", registry=registry)
    fine.set(is_fine(found))
    labels = ["area", "code", "level", "subject"]
    finding = Gauge(
        "lophoc_finding", "1 for each thing that is not as it should be", labels, registry=registry
    )
    for one in found:
        finding.labels(one.area, one.code, one.level, one.subject).set(1)
    return generate_latest(registry)
