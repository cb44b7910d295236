"""Fills a small disk with taps; run inside a mount of its own. Prints what happened as JSON."""

import asyncio
import json
import resource
import sys
from pathlib import Path

from edge.store.errors import StoreError
from edge.store.store import Store, StoreSettings
from school.moment import Moment, TimeQuality
from sync.wire.event import Lane

RESERVE = 512 << 10
BODY = {"x": "y" * 2000}


class Clock:
    def now(self) -> Moment:
        return Moment("b0" * 16, 1, 1, TimeQuality.NONE)


async def outcome(store: Store, lane: Lane) -> str:
    try:
        await store.append(lane, "tap", BODY)
    except StoreError as error:
        return type(error).__name__
    return "stored"


async def until_refused(store: Store, lane: Lane) -> tuple[int, str]:
    for count in range(1 << 20):
        word = await outcome(store, lane)
        if word != "stored":
            return count, word
    raise AssertionError("the disk never filled")


async def main(folder: Path) -> None:
    path = folder / "room.db"
    filler = folder / "filler"
    filler.write_bytes(b"x" * (256 << 10))
    settings = StoreSettings(reserve_bytes=RESERVE)
    store = await Store.open(path, Clock(), lambda: 1, settings)
    await store.check()
    said: dict[str, object] = {"reserve": path.with_name("room.db.reserve").exists()}
    said["audit"] = await until_refused(store, Lane.AUDIT)
    said["after_audit"] = [store.full, store.low]
    said["reserve_after_audit"] = path.with_name("room.db.reserve").exists()
    said["taps"] = await until_refused(store, Lane.ATTENDANCE)
    said["reserve_after_taps"] = path.with_name("room.db.reserve").exists()
    said["again"] = await outcome(store, Lane.ATTENDANCE)
    said["after_taps"] = store.full
    filler.unlink()
    await store.look_at_disk()
    said["after_room"] = store.full
    said["freed"] = await outcome(store, Lane.ATTENDANCE)
    said["rows"] = await store.read(
        lambda c: [c.execute(f"SELECT count(*) FROM lane_{n}").fetchone()[0] for n in (0, 1)]
    )
    said["integrity"] = await store.read(
        lambda c: c.execute("PRAGMA integrity_check").fetchone()[0]
    )
    await store.close()
    sys.stdout.write(json.dumps(said))


async def limited(folder: Path) -> None:
    """Writes beyond a file size fail with an error that is not "full"."""
    store = await Store.open(folder / "room.db", Clock(), lambda: 1, StoreSettings(reserve_bytes=0))
    said: dict[str, object] = {"first": await outcome(store, Lane.ATTENDANCE)}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 10, hard))
    said["taps"] = await until_refused(store, Lane.ATTENDANCE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    said["again"] = await outcome(store, Lane.ATTENDANCE)
    said["failed"] = str(store.failed)
    await store.close()
    store = await Store.open(folder / "room.db", Clock(), lambda: 1, StoreSettings(reserve_bytes=0))
    said["restarted"] = await outcome(store, Lane.ATTENDANCE)
    said["rows"] = await store.read(
        lambda c: c.execute("SELECT count(*) FROM lane_0").fetchone()[0]
    )
    await store.close()
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    asyncio.run({"full": main, "limited": limited}[sys.argv[1]](Path(sys.argv[2])))
