"""A hub's folder with facts in its database, as `lophoc export --config hub.toml` finds it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert

from school.facts import Fact
from sync.hub.database import migrate, open_writer
from sync.hub.tables import agent, event, source
from sync.wire.event import Lane, content_hash, encode_body, parse_event_id


def write_hub(folder: Path, given: dict[str, Any], facts: Iterable[Fact]) -> Path:
    """Its configuration."""
    (folder / "school.json").write_text(json.dumps(given), encoding="utf-8")
    (folder / "hub.toml").write_text('schema = 1\n[hub]\nstate = "state"\n', encoding="utf-8")
    (folder / "state").mkdir()
    engine = open_writer(f"sqlite:///{folder / 'state' / 'hub.db'}")
    migrate(engine)
    with engine.begin() as connection:
        store(connection, facts)
    engine.dispose()
    return folder / "hub.toml"


def store(connection: Connection, facts: Iterable[Fact]) -> None:
    """The facts in their order, as if their rooms had sent them; into an empty database."""
    told = [(fact, *parse_event_id(fact.id)) for fact in facts]
    stores = {(fact.room, incarnation): fact for fact, incarnation, _ in told}
    ids = {key: n for n, key in enumerate(stores, start=1)}
    connection.execute(insert(agent), [{"id": room} for room in sorted({r for r, _ in stores})])
    connection.execute(insert(source), [
        {"id": ids[room, incarnation], "agent_id": room, "incarnation": f"{incarnation:016x}",
         "n": 1, "boot": fact.boot, "reason": "new", "declared_ms": 0}
        for (room, incarnation), fact in stores.items()
    ])  # fmt: skip
    rows = [_row(ids[fact.room, incarnation], seq, fact) for fact, incarnation, seq in told]
    connection.execute(insert(event), rows)


def _row(source_id: int, seq: int, fact: Fact) -> dict[str, Any]:
    body = encode_body(dict(fact.body))
    return {
        "source_id": source_id,
        "lane": Lane.ATTENDANCE,
        "seq": seq,
        "kind": fact.kind,
        "boot": fact.boot,
        "mono_ms": fact.mono_ms,
        "wall_ms": fact.wall_ms,
        "tq": fact.tq.value,
        "body": body,
        "received_ms": fact.wall_ms,
        "sha8": content_hash(fact.kind, fact.boot, fact.mono_ms, body),
    }
