"""Writes N taps into a store and tells how many bytes went to files.

`bare` is the limit: one row a commit into one table with a sequence key, WAL and FULL; `ours` is
the room's store. Both count `wchar` of /proc/self/io: the bytes handed to write calls, which do
not depend on the disk or on what else the machine does.
"""

import argparse
import asyncio
import json
import sqlite3
import sys
from pathlib import Path

from edge.clock import SystemClock
from edge.store.store import Store, StoreSettings
from sync.wire.event import Lane, encode_body

BODY = {
    "last4": "6F44",
    "reader": "door",
    "tech": "em4100",
    "uid_hash": "0123456789abcdef0123456789abcdef",
}


def written_bytes() -> int:
    """Bytes this process has handed to write calls."""
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["wchar"])


def bare(folder: Path, taps: int, group: int) -> int:
    """The limit."""
    db = sqlite3.connect(folder / "bare.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(
        "CREATE TABLE tap (seq INTEGER PRIMARY KEY, kind TEXT, boot TEXT, mono_ms INTEGER,"
        " wall_ms INTEGER, tq TEXT, body BLOB, sha8 BLOB)"
    )
    row = ("tap", "0" * 32, 1, 2, "ntp", encode_body(BODY), b"12345678")
    before = written_bytes()
    for _ in range(taps // group):
        db.execute("BEGIN")
        for _ in range(group):
            db.execute(
                "INSERT INTO tap (kind, boot, mono_ms, wall_ms, tq, body, sha8)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
        db.execute("COMMIT")
    db.close()
    return written_bytes() - before


async def ours(folder: Path, taps: int, group: int) -> int:
    """The room's store, `group` taps at the same moment."""
    clock = SystemClock(folder)
    store = await Store.open(folder / "room.db", clock, lambda: 7, StoreSettings(reserve_bytes=0))
    await store.check()
    before = written_bytes()
    for _ in range(taps // group):
        await asyncio.gather(*(store.append(Lane.ATTENDANCE, "tap", BODY) for _ in range(group)))
    await store.close()
    return written_bytes() - before


def main() -> None:
    """Print the bytes as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("which", choices=["bare", "ours"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--taps", type=int, default=2000)
    parser.add_argument("--group", type=int, default=1)
    options = parser.parse_args()
    if options.which == "bare":
        total = bare(options.folder, options.taps, options.group)
    else:
        total = asyncio.run(ours(options.folder, options.taps, options.group))
    json.dump({"bytes_per_event": total / options.taps}, sys.stdout)


if __name__ == "__main__":
    main()
