"""The file is made whole before the first tap, brought up to date, and the tool stays unloaded."""

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest
from sqlite_utils import Database

from edge.store import migrations
from edge.store.errors import StoreFailedError
from edge.store.opening import SCHEMA
from sync.wire.event import Lane


def schema_of(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        rows = connection.execute(
            "SELECT sql FROM sqlite_master WHERE name NOT LIKE '_sqlite%' AND name NOT LIKE "
            "'idx__sqlite%' AND sql IS NOT NULL ORDER BY name"
        )
        return [row[0] for row in rows]
    finally:
        connection.close()


def test_the_number_of_steps_is_the_schema_number(tmp_path: Path) -> None:
    db = Database(tmp_path / "x.db")
    assert len(migrations.STEPS.pending(db)) == SCHEMA
    db.close()
    migrations.migrate(tmp_path / "x.db")
    db = Database(tmp_path / "x.db")
    assert db.execute("PRAGMA user_version").fetchone()[0] == SCHEMA
    assert migrations.STEPS.pending(db) == []
    db.close()


@pytest.mark.parametrize("done", range(SCHEMA + 1))
async def test_an_upgrade_that_was_interrupted_is_finished(open_store, tmp_path, done) -> None:
    path = tmp_path / "room.db"
    db = Database(path)
    steps = [step.name for step in migrations.STEPS.pending(db)]
    migrations.STEPS.apply(db, stop_before=steps[done] if done < SCHEMA else None)
    db.close()
    store = await open_store(path)
    await store.append(Lane.ATTENDANCE, "tap", {})
    await store.close()
    migrations.migrate(tmp_path / "fresh.db")
    assert schema_of(path) == schema_of(tmp_path / "fresh.db")


async def test_a_file_of_a_newer_release_is_still_used(open_store, tmp_path: Path) -> None:
    """Steps only add, so that a room can go back to the release before."""
    path = tmp_path / "room.db"
    migrations.migrate(path)
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {SCHEMA + 1}")
    connection.close()
    store = await open_store(path)
    assert (await store.append(Lane.ATTENDANCE, "tap", {})).event.seq == 1


async def test_a_folder_that_is_not_there_is_said(open_store, tmp_path: Path) -> None:
    with pytest.raises(StoreFailedError, match=r"nowhere.*cannot be opened"):
        await open_store(tmp_path / "nowhere" / "room.db")


async def test_the_migration_tool_stays_off_the_start_path(open_store, tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    await (await open_store(path)).close()
    program = (
        "import asyncio, sys; from pathlib import Path\n"
        "from edge.store.store import Store; from school.moment import Moment, TimeQuality\n"
        "class Clock:\n"
        "    def now(self): return Moment('b0' * 16, 1, 1, TimeQuality.NONE)\n"
        "async def main():\n"
        f"    store = await Store.open(Path({str(path)!r}), Clock(), lambda: 1)\n"
        "    await store.check(); await store.close()\n"
        "asyncio.run(main())\n"
        "heavy = {'sqlite_utils', 'httpx', 'pydantic', 'cryptography'} & set(sys.modules)\n"
        "sys.exit(len(heavy))"
    )
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", program)
    assert await process.wait() == 0
