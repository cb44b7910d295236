"""A damaged file is set aside; every row that can be read goes on, and no wrong one does."""

import asyncio
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from sync.uplink import lanes
from sync.wire.event import Lane

SEED = 20261123
ROWS = 1500
PAGE = 4096


async def filled(open_store, path: Path, rows: int = ROWS) -> dict[int, bytes]:
    """A closed store with taps and an audit row; gives the taps' bodies by number."""
    store = await open_store(path)
    taps = ({"n": n, "x": "y" * (n % 50)} for n in range(rows))
    facts = await asyncio.gather(*(store.append(Lane.ATTENDANCE, "tap", tap) for tap in taps))
    bodies = {stored.event.seq: stored.event.body for stored in facts}
    await store.append(Lane.AUDIT, "command", {"id": "1"})
    await store.project(lambda c: lanes.move_cursor(c, 0, 1, 100, 100))
    await store.close()
    return bodies


@pytest.fixture(scope="session")
def chance() -> random.Random:
    return random.Random(SEED)


async def carried(store) -> tuple[dict[int, bytes], list[tuple[int, int, str]]]:
    def ask(connection: sqlite3.Connection):
        rows = connection.execute("SELECT seq, body FROM lane_0 WHERE kind = 'tap'").fetchall()
        gaps = connection.execute("SELECT first, last, reason FROM gap WHERE lane = 0").fetchall()
        return dict(rows), gaps

    return await store.read(ask)


async def test_a_sound_file_is_left_alone(open_store, tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    bodies = await filled(open_store, path, 50)
    store = await open_store(path)
    health = await store.check()
    assert health.sound
    assert health.salvage is None
    assert (await carried(store))[0] == bodies


async def test_a_lost_page_costs_its_rows_and_no_others(open_store, tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    bodies = await filled(open_store, path)
    raw = bytearray(path.read_bytes())
    at = raw.index(bodies[700]) // PAGE * PAGE
    raw[at : at + PAGE] = bytes(PAGE)
    path.write_bytes(raw)
    store = await open_store(path)
    before = store.incarnation
    health = await store.check()
    assert not health.sound
    assert health.salvage is not None
    assert health.salvage.set_aside.exists()
    assert health.salvage.set_aside.name.startswith("room.db.damaged-b0b0b0b0-1")
    assert health.salvage.complete
    assert store.incarnation != before
    kept, gaps = await carried(store)
    assert kept.items() <= bodies.items()
    assert 10 < len(bodies) - len(kept) < 120
    lost = {seq for first, last, _ in gaps for seq in range(first, last + 1)}
    assert lost == bodies.keys() - kept.keys()
    assert {reason for _, _, reason in gaps} == {"damaged"}
    assert health.salvage.lost == len(lost)
    spans = [span for span in await store.read(lanes.spans) if span.lane == 0]
    assert [(s.reason, s.last_seq, s.acked) for s in spans] == [
        ("first", ROWS, 100),
        ("damaged", ROWS, ROWS),
    ]
    new = await store.append(Lane.ATTENDANCE, "tap", {})
    assert new.event.seq == ROWS + 1


async def test_a_changed_letter_in_a_row_is_found(open_store, tmp_path: Path) -> None:
    """SQLite's own check cannot see it; the row's hash does."""
    path = tmp_path / "room.db"
    bodies = await filled(open_store, path, 200)
    raw = bytearray(path.read_bytes())
    raw[raw.index(bodies[150]) + 5] ^= 1
    path.write_bytes(raw)
    store = await open_store(path)
    health = await store.check()
    assert "row 150 of lane 0" in health.reason
    kept, gaps = await carried(store)
    assert bodies.keys() - kept.keys() == {150}
    assert gaps == [(150, 150, "damaged")]


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 500, bytes(8192)])
async def test_a_file_that_is_no_database_is_set_aside_at_once(
    open_store, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "room.db"
    path.write_bytes(content)
    store = await open_store(path)
    health = await store.check()
    assert (await store.append(Lane.ATTENDANCE, "tap", {})).event.seq == 1
    if content:
        assert not health.sound
        assert health.salvage is not None
        assert health.salvage.set_aside.read_bytes() == content
        assert not health.salvage.complete


async def test_a_second_damage_finds_another_name(open_store, tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    for n in (1, 2):
        path.write_bytes(b"rubbish" * 600)
        store = await open_store(path)
        health = await store.check()
        assert health.salvage is not None
        assert health.salvage.set_aside.name == f"room.db.damaged-b0b0b0b0-{n}"
        await store.close()


async def test_questions_go_to_the_new_file(open_store, tmp_path: Path) -> None:
    path = tmp_path / "room.db"
    bodies = await filled(open_store, path, 300)
    raw = bytearray(path.read_bytes())
    at = raw.index(bodies[200]) // PAGE * PAGE
    raw[at : at + PAGE] = bytes(PAGE)
    path.write_bytes(raw)
    store = await open_store(path)
    await store.check()
    new = await store.append(Lane.ATTENDANCE, "tap", {"new": True})
    assert (await carried(store))[0][new.event.seq] == b'{"new":true}'


async def test_any_damage_ends_in_a_working_store_without_a_wrong_row(
    open_store, tmp_path: Path, chance: random.Random
) -> None:
    """40 files: a bit flipped, a page zeroed, or the end cut off, anywhere."""
    origin = tmp_path / "origin.db"
    bodies = await filled(open_store, origin)
    found = 0
    for n in range(40):
        path = tmp_path / f"{n}.db"
        shutil.copy(origin, path)
        raw = bytearray(path.read_bytes())
        at = chance.randrange(len(raw))
        match n % 4:
            case 0 | 1:
                raw[at] ^= 1 << chance.randrange(8)
            case 2:
                page = at // PAGE * PAGE
                raw[page : page + PAGE] = bytes(PAGE)
            case _:
                raw = raw[:at]
        path.write_bytes(raw)
        store = await open_store(path)
        found += not (await store.check()).sound
        kept, _ = await carried(store)
        assert kept.items() <= bodies.items(), f"a wrong row after damage at {at} (case {n})"
        stored = await store.append(Lane.ATTENDANCE, "tap", {"after": n})
        assert stored.event.seq not in kept
        await store.close()
    assert found > 25
