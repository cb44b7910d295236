"""Exam, flag ceremony and leave, as the room's attendance has them."""

import asyncio

import pytest

from tests.attendance.kit import Room
from tests.school.kit import make_rows, make_school

T1 = "20261123-S-1-10a1"
EXAM = {"group": "thi-toan", "name": "Thi Toán", "room": "a1-05", "date": "2026-11-23",
        "start": "07:00", "end": "08:30",
        "candidates": [{"person_id": "10a1-1", "number": "010001"}]}  # fmt: skip
LEAVE = {"id": "l", "person_id": "10a1-2", "first_day": "2026-11-23", "last_day": "2026-11-23"}


@pytest.fixture
async def make_room(open_store, clock):
    tasks = []

    async def make(**changes):
        room = Room(await open_store(), clock, make_school(**changes))
        await room.journal.replay()
        tasks.append(asyncio.create_task(room.attendance.run()))
        return room

    yield make
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_readers_are_silent_in_an_exam(make_room):
    room = await make_room(exams=[EXAM])
    room.clock.set("06:50")
    await room.tap("10a1-1")
    assert [f["outcome"] for f in await room.readers.told(1)] == ["present"]
    assert room.journal.current_lessons() == ("20261123-S-x0700-thi-toan",)
    room.clock.set("08:31")
    await room.tap("nobody")
    await room.readers.told(2)
    async with asyncio.timeout(10):
        while not room.readers.beeps:
            room.readers.changed.clear()
            await room.readers.changed.wait()
    assert room.readers.beeps == [("buzzer", "other")]  # the first sound is after the exam


async def test_the_flag_ceremony_is_confirmed_at_the_panel_and_opens_nothing(make_room):
    rows = make_rows()["timetable"]
    rows[0] = rows[0] | {"subject": "Chào cờ"}
    room = await make_room(timetable=rows)
    room.clock.set("06:50")
    await room.tap("10a1-1")
    assert (room.journal.offered(), room.journal.current_lessons()) == ((), (T1,))
    mark = room.roll.marks(T1)["marks"][0]
    assert (mark["presence"], mark["proposed"]) == ("unmarked", "present")
    await room.roll.confirm(T1, fill_absent=True, by="ha")
    counts = room.register.counts(T1)
    assert (counts.present, counts.absent) == (1, 4)


async def test_who_has_leave_need_not_be_touched(make_room):
    room = await make_room(leaves=[LEAVE])
    for n in (1, 3, 4):
        await room.tap(f"10a1-{n}")
    mark = room.roll.marks(T1)["marks"][1]
    assert (mark["presence"], mark["proposed"], mark["leave"]) == ("unmarked", "absent", True)
    await room.roll.confirm(T1, fill_absent=True)
    marks = room.roll.marks(T1)["marks"]
    assert (marks[1]["presence"], marks[1]["excuse"], marks[1]["source"]) == (
        "absent", "excused", "leave")  # fmt: skip
    assert (marks[4]["presence"], marks[4]["excuse"]) == ("absent", "unknown")
