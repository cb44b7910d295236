"""The hub's tables, for SQLite and PostgreSQL alike. Source: sync protocol v1, design §10.

`event.received` counts events in the order in which they were committed: one process writes, one
transaction at a time. `source` is one incarnation of one room's store.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

ACTIVE = "active"
REVOKED = "revoked"

metadata = MetaData()

_KEY = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts only its own INTEGER by itself


def _event_columns() -> list[Column[object]]:
    return [
        Column("source_id", ForeignKey("source.id"), nullable=False),
        Column("lane", SmallInteger, nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("kind", String(32), nullable=False),
        Column("boot", String(32), nullable=False),
        Column("mono_ms", BigInteger, nullable=False),
        Column("wall_ms", BigInteger, nullable=False),
        Column("tq", String(8), nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("sha8", LargeBinary(8), nullable=False),
        Column("received_ms", BigInteger, nullable=False),
    ]


agent = Table(
    "agent",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("last_seen_ms", BigInteger),
    Column("software", String(200), nullable=False, server_default=""),
    Column("storage", String(200), nullable=False, server_default=""),
)

agent_key = Table(
    "agent_key",
    metadata,
    Column("key_id", String(80), primary_key=True),
    Column("agent_id", ForeignKey("agent.id"), nullable=False, index=True),
    Column("public_key", String(64), nullable=False),
    Column("status", String(8), nullable=False),
    Column("admitted_ms", BigInteger, nullable=False),
)

start_counter = Table(
    "start_counter",
    metadata,
    Column("key_id", ForeignKey("agent_key.key_id"), primary_key=True),
    Column("start_id", String(128), primary_key=True),
    Column("highest", BigInteger, nullable=False),
    Column("seen", BigInteger, nullable=False),  # bit n: highest - n was used
)

source = Table(
    "source",
    metadata,
    Column("id", _KEY, primary_key=True),
    Column("agent_id", ForeignKey("agent.id"), nullable=False),
    Column("incarnation", String(16), nullable=False),
    Column("n", Integer, nullable=False),
    Column("boot", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("declared_ms", BigInteger, nullable=False),
    UniqueConstraint("agent_id", "incarnation"),
)

lane_cursor = Table(
    "lane_cursor",
    metadata,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("lane", SmallInteger, primary_key=True),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_declared", BigInteger, nullable=False),
    Column("acked", BigInteger, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("received", _KEY, primary_key=True),
    *_event_columns(),
    UniqueConstraint("source_id", "lane", "seq"),
)

fork = Table(
    "fork",
    metadata,
    Column("id", _KEY, primary_key=True),
    *_event_columns(),
    UniqueConstraint("source_id", "lane", "seq", "sha8"),
)

rejected = Table(
    "rejected",
    metadata,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("lane", SmallInteger, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("reason", Text, nullable=False),
    Column("content", Text, nullable=False),
    Column("received_ms", BigInteger, nullable=False),
)

gap = Table(
    "gap",
    metadata,
    Column("source_id", ForeignKey("source.id"), primary_key=True),
    Column("lane", SmallInteger, primary_key=True),
    Column("first", BigInteger, primary_key=True),
    Column("last", BigInteger, primary_key=True),
    Column("reason", Text, nullable=False),
)

anchor = Table(
    "anchor",
    metadata,
    Column("agent_id", ForeignKey("agent.id"), primary_key=True),
    Column("boot", String(32), primary_key=True),
    Column("mono_ms", BigInteger, primary_key=True),
    Column("wall_ms", BigInteger, nullable=False),
    Column("err_ms", BigInteger, nullable=False),
    Column("source", String(8), nullable=False),
)

epoch = Table(
    "epoch",
    metadata,
    Column("id", _KEY, primary_key=True),
    Column("name", String(32), nullable=False, unique=True),
    Column("made_ms", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
)
