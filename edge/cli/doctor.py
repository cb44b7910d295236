"""`lophoc doctor`: examines a room's store while its agent does not run."""

import asyncio
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from config.load import ConfigError, LoadedRoom, load_room
from edge.attendance.projecting import replay_with
from edge.cli.say import refuse, say
from edge.cli.state_folder import state_folder
from edge.clock import SystemClock
from edge.settings import SchoolUnusableError, held_school, rules_of
from edge.store import projections
from edge.store.errors import StoreError
from edge.store.store import Store, StoreSettings
from edge.teaching import STORE_FILE
from sync.state.lock import StateLock, StateLockedError
from sync.uplink import lanes
from sync.wire.event import Lane


def examine(config: Path, state: Path | None, *, rebuild: bool) -> list[str]:
    """What the store holds and whether it is whole, a sentence each; ends the program if not."""
    folder = state_folder(state)
    if not (folder / STORE_FILE).is_file():
        refuse(f"{folder / STORE_FILE} is not there; name the folder with --state")
    try:
        loaded = load_room(config)
        with StateLock.take(folder):
            return asyncio.run(_examine(loaded, folder, rebuild=rebuild))
    except (ConfigError, StateLockedError, StoreError, SchoolUnusableError) as error:
        refuse(error)


async def _examine(loaded: LoadedRoom, folder: Path, *, rebuild: bool) -> list[str]:
    clock = SystemClock(folder)
    store = await Store.open(
        folder / STORE_FILE, clock, lambda: secrets.randbits(64), StoreSettings(reserve_bytes=0)
    )
    try:
        health = await store.check()
        if not health.sound:
            refuse(f"{folder / STORE_FILE} was damaged: {health.reason}")
        rows, waiting = await store.read(_counts)
        said = [say("cli.doctor.whole", rows=rows, waiting=waiting)]
        return [*said, await _rebuild(store, loaded, folder)] if rebuild else said
    finally:
        await store.close()


def _counts(connection: sqlite3.Connection) -> tuple[int, int]:
    rows = sum(1 for _ in projections.facts(connection, Lane.ATTENDANCE))
    waiting = sum(lanes.waiting(connection, lane) for lane in (Lane.ATTENDANCE, Lane.AUDIT))
    return rows, waiting


async def _rebuild(store: Store, loaded: LoadedRoom, folder: Path) -> str:
    rules = rules_of(loaded.room.attendance, loaded.room.lesson)
    replay = replay_with(loaded.room.room.id, held_school(loaded, folder), rules)
    found: list[projections.Difference] = []

    def change(connection: sqlite3.Connection) -> None:
        found.extend(projections.rebuild(connection, replay))

    await store.project(change)
    if found:
        return say("cli.doctor.differs", n=len(found))
    return say("cli.doctor.same", marks=await store.read(_marks))


def _marks(connection: sqlite3.Connection) -> int:
    rows: Iterator[tuple[int]] = connection.execute("SELECT count(*) FROM mark")
    return next(rows)[0]
