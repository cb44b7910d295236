"""Good times seen in a boot: they re-date that boot's events later."""

import sqlite3

from school.moment import Moment
from sync.wire.messages import Anchor, HubTime

KEEP_EVERY_MS = 600_000
"""At least so far apart, unless a new one is twice as exact as the last."""


def hub_anchor(asked: Moment, answered: Moment, hub: HubTime) -> Anchor:
    """The hub's clock at the middle of a round trip; its error is half of the trip."""
    trip_ms = max(0, answered.mono_ms - asked.mono_ms)
    return Anchor(
        boot=asked.boot,
        mono_ms=asked.mono_ms + trip_ms // 2,
        wall_ms=(hub.recv_ms + hub.send_ms) // 2,
        err_ms=(trip_ms + 1) // 2,
        source="hub",
    )


def worth_keeping(anchor: Anchor, last: Anchor | None) -> bool:
    """Whether a new anchor adds something to the last one kept."""
    if last is None or last.boot != anchor.boot:
        return True
    far = anchor.mono_ms - last.mono_ms >= KEEP_EVERY_MS
    return far or 2 * anchor.err_ms < last.err_ms


def keep_anchor(connection: sqlite3.Connection, anchor: Anchor) -> None:
    """Store an anchor, inside the caller's transaction."""
    connection.execute(
        "INSERT OR REPLACE INTO anchor VALUES (?, ?, ?, ?, ?)",
        (anchor.boot, anchor.mono_ms, anchor.wall_ms, anchor.err_ms, anchor.source),
    )


def anchors_of(connection: sqlite3.Connection, boot: str) -> tuple[Anchor, ...]:
    """The anchors of one boot, by time."""
    rows = connection.execute(
        "SELECT boot, mono_ms, wall_ms, err_ms, source FROM anchor WHERE boot = ? ORDER BY mono_ms",
        (boot,),
    )
    return tuple(
        Anchor(boot=row[0], mono_ms=row[1], wall_ms=row[2], err_ms=row[3], source=row[4])
        for row in rows
    )
