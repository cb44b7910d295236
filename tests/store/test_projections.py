"""Projections are written, read back, compared with the facts and rebuilt from them."""

import json
import sqlite3
from collections.abc import Iterable, Iterator

from edge.store.projections import (
    LessonRow,
    MarkRow,
    Row,
    RunRow,
    differences,
    facts,
    lesson,
    marks,
    rebuild,
    runs,
    write,
)
from edge.store.stored import Stored
from sync.wire.event import Lane


def replay(stored: Iterator[Stored]) -> Iterable[Row]:
    """A toy rule: each tap is a present mark, the last one confirms the lesson."""
    last = None
    for fact in stored:
        person = json.loads(fact.event.body)["p"]
        yield MarkRow("l1", person, "present", "none", None, "tap", fact.event.wall_ms, fact.id)
        last = fact
    if last is not None:
        yield LessonRow("l1", "confirmed", last.event.wall_ms, "{}", last.id)


async def test_a_projection_that_follows_the_facts_has_no_differences(open_store) -> None:
    store = await open_store()
    for n in range(5):
        await store.append(Lane.ATTENDANCE, "tap", {"p": f"p{n}"})
    found = await store.read(lambda c: differences(c, replay))
    assert [(d.table, d.stored) for d in found] == [("lesson", None)] + [("mark", None)] * 5
    await store.project(lambda c: write(c, replay(facts(c))))
    assert await store.read(lambda c: differences(c, replay)) == ()
    assert [m.person_id for m in await store.read(lambda c: marks(c, "l1"))] == [
        f"p{n}" for n in range(5)
    ]
    kept = await store.read(lambda c: lesson(c, "l1"))
    assert kept is not None
    assert kept.attendance == "confirmed"
    assert await store.read(lambda c: lesson(c, "l2")) is None


async def test_a_wrong_a_missing_and_an_extra_row_are_found_and_put_right(open_store) -> None:
    store = await open_store()
    ids = [(await store.append(Lane.ATTENDANCE, "tap", {"p": f"p{n}"})).id for n in range(3)]
    await store.project(lambda c: write(c, replay(facts(c))))

    def spoil(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE mark SET presence = 'absent' WHERE person_id = 'p0'")
        connection.execute("DELETE FROM mark WHERE person_id = 'p1'")
        extra = MarkRow("l1", "ghost", "present", "none", 3, "tap", 5, ids[0])
        write(connection, [extra, RunRow("r1", "ended", "{}", ids[0])])

    await store.project(spoil)
    found = await store.read(lambda c: differences(c, replay))
    assert [(d.table, d.key, d.stored is None, d.rebuilt is None) for d in found] == [
        ("mark", "l1 ghost", False, True),
        ("mark", "l1 p0", False, False),
        ("mark", "l1 p1", True, False),
        ("run", "r1", False, True),
    ]
    await store.project(lambda c: rebuild(c, replay) and None)
    assert await store.read(lambda c: differences(c, replay)) == ()


async def test_rows_whose_fact_was_purged_are_not_compared(open_store) -> None:
    store = await open_store()
    await store.append(Lane.ATTENDANCE, "tap", {"p": "p0"})
    await store.project(lambda c: write(c, replay(facts(c))))
    old = MarkRow("l0", "p9", "late", "none", 7, "tap", 5, "00000000000000aa-7")
    await store.project(lambda c: write(c, [old]))
    assert await store.read(lambda c: differences(c, replay)) == ()
    await store.project(lambda c: rebuild(c, replay) and None)
    assert await store.read(lambda c: marks(c, "l0")) == (old,)


async def test_runs_are_found_by_state(open_store) -> None:
    store = await open_store()
    one, two = RunRow("r1", "running", '{"x":1}', ""), RunRow("r2", "ended", "{}", "")
    await store.project(lambda c: write(c, [one, two]))
    assert await store.read(lambda c: runs(c, "running")) == (one,)
    assert await store.read(runs) == (one, two)


async def test_facts_span_incarnations_and_can_begin_late(open_store, clock) -> None:
    store = await open_store()
    first = await store.append(Lane.ATTENDANCE, "tap", {"p": "a"})
    await store.close()
    clock.boot = "b1" * 16
    store = await open_store()
    second = await store.append(Lane.ATTENDANCE, "tap", {"p": "b"})
    third = await store.append(Lane.ATTENDANCE, "tap", {"p": "c"})
    assert await store.read(lambda c: list(facts(c))) == [first, second, third]
    since_ms = second.event.wall_ms
    late = await store.read(lambda c: list(facts(c, since_ms=since_ms)))
    assert late == [second, third]
