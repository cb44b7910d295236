"""A hub's folder with facts in its database, as `lophoc export --config hub.toml` finds it."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from sync.hub.database import migrate, open_writer
from sync.hub.tables import agent, event, source
from sync.school.facts import Fact
from sync.wire.event import Lane, content_hash, encode_body


def write_hub(folder: Path, given: dict[str, Any], facts: Iterable[Fact]) -> Path:
    """Its configuration; all facts are of one room's store, in their order."""
    (folder / "school.json").write_text(json.dumps(given), encoding="utf-8")
    (folder / "hub.toml").write_text('schema = 1\n[hub]\nstate = "state"\n', encoding="utf-8")
    (folder / "state").mkdir()
    engine = open_writer(f"sqlite:///{folder / 'state' / 'hub.db'}")
    migrate(engine)
    told = list(facts)
    with engine.begin() as connection:
        connection.execute(insert(agent).values(id="p-10a1"))
        connection.execute(
            insert(source).values(
                id=1, agent_id="p-10a1", incarnation=f"{1:016x}", n=1, boot=told[0].boot,
                reason="new", declared_ms=0,
            )
        )  # fmt: skip
        connection.execute(insert(event), [_row(n, fact) for n, fact in enumerate(told, start=1)])
    engine.dispose()
    return folder / "hub.toml"


def _row(seq: int, fact: Fact) -> dict[str, Any]:
    body = encode_body(dict(fact.body))
    return {
        "source_id": 1,
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
