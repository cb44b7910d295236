"""Figures of the hub for Prometheus: what the page and `/health` say, room by room."""

from prometheus_client import CollectorRegistry, Gauge, generate_latest

from sync.hub.live import Live


def render(live: Live) -> bytes:
    """The figures of now. No person is in them."""
    registry = CollectorRegistry()
    fine = Gauge("lophoc_fine", "1 where nothing needs a look", registry=registry)
    fine.set(live.health()["status"] == "ok")
    stores = Gauge("lophoc_stores", "1 where what rooms send is stored", registry=registry)
    stores.set(not live.refusal)
    records = Gauge(
        "lophoc_records", "1 for the state of the school's records", ["state"], registry=registry
    )
    records.labels(live.records.state.value).set(1)
    labels = ["room", "code", "level"]
    finding = Gauge("lophoc_room", "1 for the state that a room is in", labels, registry=registry)
    waiting = Gauge(
        "lophoc_room_waiting", "events a room has and the hub not", ["room"], registry=registry
    )
    for room in live.rooms:
        said = room["finding"]
        finding.labels(room["id"], said["code"], said["level"]).set(1)
        waiting.labels(room["id"]).set(room["waiting"] or 0)
    return generate_latest(registry)
