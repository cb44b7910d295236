"""Tables behind the facts: they follow, and can be made anew."""

import asyncio
import sqlite3

from edge.attendance.projecting import Projector, replay_with
from edge.attendance.wish import Wish
from edge.store import projections
from school.marks import Presence
from tests.attendance.kit import T1, Room


def differing(room):
    replay = replay_with("a1-05", room.school, room.rules)

    def compare(connection: sqlite3.Connection):
        return projections.differences(connection, replay)

    return room.store.read(compare)


async def marks_of(room):
    rows = await room.store.read(lambda c: projections.marks(c, T1))
    return [(r.person_id, r.presence, r.source) for r in rows]


async def test_projections_follow_the_facts(room):
    projector = Projector(room.journal, room.store, asyncio.sleep)
    await room.start(T1)
    await room.tap("10a1-1")
    await room.tap("10a1-2")
    await projector.flush()
    assert await marks_of(room) == [("10a1-1", "present", "card"), ("10a1-2", "present", "card")]
    await room.roll.put_mark(T1, "10a1-2", Wish(Presence.UNMARKED))
    await projector.flush()
    assert await marks_of(room) == [("10a1-1", "present", "card")]
    await room.roll.confirm(T1, fill_absent=True)
    await room.journal.record("run.ended", {"run": "b00000000-1", "by": "panel", "reason": "touch"})
    await projector.flush()
    lesson = await room.store.read(lambda c: projections.lesson(c, T1))
    runs = await room.store.read(projections.runs)
    assert (lesson.attendance, [run.state for run in runs]) == ("confirmed", ["ended"])
    assert await differing(room) == ()


async def test_projections_follow_what_was_taken_back(room):
    projector = Projector(room.journal, room.store, asyncio.sleep)
    await room.start(T1)
    await room.tap("10a1-1")
    told = await room.roll.confirm(T1, fill_absent=True)
    await room.journal.record("run.ended", {"run": "b00000000-1", "by": "panel", "reason": "touch"})
    await projector.flush()
    await room.roll.undo_act(T1, told["act"])
    await room.journal.record("run.continued", {"run": "b00000000-1"})
    await projector.flush()
    lesson = await room.store.read(lambda c: projections.lesson(c, T1))
    runs = await room.store.read(projections.runs)
    assert (lesson.attendance, [run.state for run in runs]) == ("open", ["open"])
    assert await marks_of(room) == [("10a1-1", "present", "card")]
    assert await differing(room) == ()


async def test_what_a_kill_kept_from_being_written_is_written_after_the_restart(
    room, open_store, clock
):
    await room.start(T1)
    await room.tap("10a1-1")
    await room.store.close()
    again = Room(await open_store(), clock)
    await again.journal.replay()
    assert await differing(again) != ()

    asked_again = asyncio.Event()

    async def pause(_: float) -> None:
        if asked_again.is_set():
            await asyncio.Event().wait()
        asked_again.set()

    projector = Projector(again.journal, again.store, pause)
    task = asyncio.create_task(projector.run())
    await asked_again.wait()
    await again.store.project(lambda _: None)  # changes are made in their order
    assert await differing(again) == ()
    task.cancel()
    await asyncio.wait({task})
    assert await marks_of(again) == [("10a1-1", "present", "card")]


async def test_a_damaged_table_is_found_and_put_right(room):
    projector = Projector(room.journal, room.store, asyncio.sleep)
    await room.tap("10a1-1")
    await projector.flush()
    await room.store.project(lambda c: c.execute("UPDATE mark SET presence = 'absent'"))
    (difference,) = await differing(room)
    assert (difference.stored.presence, difference.rebuilt.presence) == ("absent", "present")
    replay = replay_with("a1-05", room.school, room.rules)
    await room.store.project(lambda c: projections.rebuild(c, replay))
    assert await differing(room) == ()
