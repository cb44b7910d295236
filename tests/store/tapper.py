"""A small agent for the fault tests: stores taps and says each one after it is safe.

Run as a program: `tapper.py DB [--count N] [--at-once N] [--early | --normal]`. Each
acknowledgement is one line `ack <n>` on stdout; a refusal is `full <n>` or `failed <n>`.
`--early` says so before the commit and `--normal` switches the sync off: the tests must catch both.
"""

import argparse
import asyncio
import os
import random
import sqlite3
import time
from pathlib import Path

from edge.store.errors import StoreFailedError, StoreFullError
from edge.store.ledger import Ledger
from edge.store.store import Store, StoreSettings
from school.moment import Moment, TimeQuality
from sync.wire.event import Lane


class SystemMoments:
    def now(self) -> Moment:
        return Moment("b0" * 16, time.monotonic_ns() // 1_000_000, 1, TimeQuality.NONE)


def say(word: str, n: int) -> None:
    os.write(1, f"{word} {n}\n".encode())


async def tap(store: Store, n: int, *, early: bool) -> None:
    if early:
        say("ack", n)
    try:
        await store.append(Lane.ATTENDANCE, "tap", {"n": n})
    except StoreFullError:
        say("full", n)
    except StoreFailedError:
        say("failed", n)
    else:
        if not early:
            say("ack", n)


def sync_off(ledger: Ledger) -> None:
    ledger._opened.connection.execute("PRAGMA synchronous = NORMAL")


def project(connection: sqlite3.Connection) -> None:
    connection.execute("INSERT OR REPLACE INTO cursor VALUES (0, 1, 1, 1)")


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("db", type=Path)
    parser.add_argument("--count", type=int, default=1 << 40)
    parser.add_argument("--at-once", type=int, default=1)
    parser.add_argument("--early", action="store_true")
    parser.add_argument("--normal", action="store_true")
    said = parser.parse_args()
    settings = StoreSettings(reserve_bytes=0)
    store = await Store.open(said.db, SystemMoments(), lambda: random.getrandbits(64), settings)
    await store.check()
    if said.normal:
        await store._errand(sync_off)
    stored = await store.read(lambda c: c.execute("SELECT max(seq) FROM lane_0").fetchone()[0])
    first = stored or 0
    say("ready", first)
    for start in range(first, first + said.count, said.at_once):
        numbers = range(start, start + said.at_once)
        projection = asyncio.ensure_future(store.project(project)) if said.at_once > 1 else None
        await asyncio.gather(*(tap(store, n, early=said.early) for n in numbers))
        if projection is not None and start % 7 == 0:
            await asyncio.wait([projection], timeout=0)
    await store.close()
    say("done", 0)


if __name__ == "__main__":
    asyncio.run(main())
