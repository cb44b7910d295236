"""The server epoch: rooms that see a new one go back to the hub's cursors and send again."""

import secrets
from collections.abc import Callable

from sqlalchemy import Connection, insert, select

from sync.hub.tables import epoch


def current_epoch(connection: Connection, at_ms: int) -> str:
    """The epoch of this database; the first call of its life makes one."""
    wanted = select(epoch.c.name).order_by(epoch.c.id.desc()).limit(1)
    found = connection.execute(wanted).scalar()
    return found if found is not None else new_epoch(connection, at_ms, "first start")


def new_epoch(
    connection: Connection,
    at_ms: int,
    reason: str,
    new_id: Callable[[], str] = lambda: secrets.token_hex(8),
) -> str:
    """Begin a new epoch, as after a restored database; returns its name.

    Args:
        connection: in a transaction.
        at_ms: Unix milliseconds.
        reason: why, for people.
        new_id: 16 random hex digits.
    """
    name = new_id()
    connection.execute(insert(epoch), {"name": name, "made_ms": at_ms, "reason": reason})
    return name
