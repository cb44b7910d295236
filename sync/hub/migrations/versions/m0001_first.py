"""The first tables: rooms and their keys, what they declare, events, cursors, epochs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Create everything."""
    _rooms()
    _sources()
    _events()
    _aside()


def _rooms() -> None:
    op.create_table(
        "agent",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("last_seen_ms", sa.BigInteger),
        sa.Column("software", sa.String(200), nullable=False, server_default=""),
        sa.Column("storage", sa.String(200), nullable=False, server_default=""),
    )
    op.create_table(
        "agent_key",
        sa.Column("key_id", sa.String(80), primary_key=True),
        sa.Column("agent_id", sa.String(64), sa.ForeignKey("agent.id"), nullable=False, index=True),
        sa.Column("public_key", sa.String(64), nullable=False),
        sa.Column("status", sa.String(8), nullable=False),
        sa.Column("admitted_ms", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "start_counter",
        sa.Column("key_id", sa.String(80), sa.ForeignKey("agent_key.key_id"), primary_key=True),
        sa.Column("start_id", sa.String(128), primary_key=True),
        sa.Column("highest", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
    )


def _sources() -> None:
    op.create_table(
        "source",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("agent_id", sa.String(64), sa.ForeignKey("agent.id"), nullable=False),
        sa.Column("incarnation", sa.String(16), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("boot", sa.String(32), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("declared_ms", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("agent_id", "incarnation"),
    )
    op.create_table(
        "lane_cursor",
        sa.Column("source_id", _KEY, sa.ForeignKey("source.id"), primary_key=True),
        sa.Column("lane", sa.SmallInteger, primary_key=True),
        sa.Column("first_seq", sa.BigInteger, nullable=False),
        sa.Column("last_declared", sa.BigInteger, nullable=False),
        sa.Column("acked", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "gap",
        sa.Column("source_id", _KEY, sa.ForeignKey("source.id"), primary_key=True),
        sa.Column("lane", sa.SmallInteger, primary_key=True),
        sa.Column("first", sa.BigInteger, primary_key=True),
        sa.Column("last", sa.BigInteger, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
    )


def _event_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("source_id", _KEY, sa.ForeignKey("source.id"), nullable=False),
        sa.Column("lane", sa.SmallInteger, nullable=False),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("boot", sa.String(32), nullable=False),
        sa.Column("mono_ms", sa.BigInteger, nullable=False),
        sa.Column("wall_ms", sa.BigInteger, nullable=False),
        sa.Column("tq", sa.String(8), nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("sha8", sa.LargeBinary(8), nullable=False),
        sa.Column("received_ms", sa.BigInteger, nullable=False),
    ]


def _events() -> None:
    op.create_table(
        "event",
        sa.Column("received", _KEY, primary_key=True),
        *_event_columns(),
        sa.UniqueConstraint("source_id", "lane", "seq"),
    )
    op.create_table(
        "fork",
        sa.Column("id", _KEY, primary_key=True),
        *_event_columns(),
        sa.UniqueConstraint("source_id", "lane", "seq", "sha8"),
    )
    op.create_table(
        "rejected",
        sa.Column("source_id", _KEY, sa.ForeignKey("source.id"), primary_key=True),
        sa.Column("lane", sa.SmallInteger, primary_key=True),
        sa.Column("seq", sa.BigInteger, primary_key=True),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("received_ms", sa.BigInteger, nullable=False),
    )


def _aside() -> None:
    op.create_table(
        "anchor",
        sa.Column("agent_id", sa.String(64), sa.ForeignKey("agent.id"), primary_key=True),
        sa.Column("boot", sa.String(32), primary_key=True),
        sa.Column("mono_ms", sa.BigInteger, primary_key=True),
        sa.Column("wall_ms", sa.BigInteger, nullable=False),
        sa.Column("err_ms", sa.BigInteger, nullable=False),
        sa.Column("source", sa.String(8), nullable=False),
    )
    op.create_table(
        "epoch",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("name", sa.String(32), nullable=False, unique=True),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
