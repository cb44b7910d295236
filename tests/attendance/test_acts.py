"""Acts of many pupils at once: chốt, Ghi vắng cả n, Cả lớp có mặt; each can be taken back."""

import random

from edge.attendance.wish import Wish
from edge.store import projections
from school.marks import Presence
from school.register import Register
from sync.wire.event import Lane
from sync.wire.fact import fact_of
from tests.attendance.kit import T1, T2, Room

ABSENT, PRESENT = Wish(Presence.ABSENT), Wish(Presence.PRESENT)


def presences(room: Room, lesson: str = T1) -> list[str]:
    return [mark["presence"] for mark in room.roll.marks(lesson)["marks"]]


async def facts_of(room: Room) -> list:
    def read(connection):
        return list(projections.facts(connection, Lane.ATTENDANCE, None))

    return [fact_of("a1-05", one.incarnation, one.event) for one in await room.store.read(read)]


async def check_the_hub_says_the_same(room: Room, *lessons: str) -> None:
    """The hub replays the same facts, in whatever order they come."""
    facts = await facts_of(room)
    for seed in range(3):
        random.Random(seed).shuffle(facts)
        hub = Register(room.school, room.rules)
        for fact in facts:
            hub.apply(fact)
        for lesson in lessons or (T1,):
            assert hub.marks(lesson) == room.register.marks(lesson)
            assert hub.lesson(lesson) == room.register.lesson(lesson)


async def test_the_whole_class_is_here_and_that_taken_back(room):
    await room.tap("10a1-1")
    told = await room.roll.all_present(T1)
    assert presences(room) == ["present"] * 5
    answer = await room.roll.undo_act(T1, told["act"])
    assert [m["presence"] for m in answer["marks"]] == presences(room)
    assert presences(room) == ["present"] + ["unmarked"] * 4
    await check_the_hub_says_the_same(room)


async def test_the_whole_class_is_here_but_who_was_called_absent_by_name(room):
    await room.roll.put_mark(T1, "10a1-2", ABSENT)
    told = await room.roll.all_present(T1)
    assert presences(room) == ["present", "absent", "present", "present", "present"]
    assert "10a1-2" not in [one["person_id"] for one in told["changed"]]


async def test_absent_by_an_act_is_not_by_name(room):
    await room.roll.confirm(T1, fill_absent=True)
    await room.roll.reopen(T1, "nhầm")
    await room.roll.all_present(T1)
    assert presences(room) == ["present"] * 5


async def test_filling_in_and_chot_are_one_act(room):
    await room.tap("10a1-1")
    await room.roll.put_mark(T1, "10a1-2", Wish(Presence.LATE, minutes=4))
    told = await room.roll.confirm(T1, fill_absent=True)
    assert told["attendance"] == "confirmed"
    await room.roll.undo_act(T1, told["act"])
    assert presences(room) == ["present", "late", "unmarked", "unmarked", "unmarked"]
    assert room.register.lesson(T1).attendance == "open"
    await check_the_hub_says_the_same(room)


async def test_taking_back_twice_is_once(room):
    told = await room.roll.confirm(T1, fill_absent=True)
    await room.roll.undo_act(T1, told["act"])
    stored = len(await facts_of(room))
    await room.roll.undo_act(T1, told["act"])
    await room.roll.undo_act(T1, "another")
    assert len(await facts_of(room)) == stored
    assert presences(room) == ["unmarked"] * 5


async def test_taking_back_leaves_what_was_said_by_name_since(room):
    told = await room.roll.confirm(T1, fill_absent=True)
    await room.roll.put_mark(T1, "10a1-3", Wish(Presence.LATE, minutes=9))
    await room.roll.undo_act(T1, told["act"])
    assert presences(room) == ["unmarked", "unmarked", "late", "unmarked", "unmarked"]
    await check_the_hub_says_the_same(room)


async def test_taking_back_an_act_leaves_the_chot_of_another(room):
    everybody = await room.roll.all_present(T1)
    sealed = await room.roll.confirm(T1)
    await room.roll.undo_act(T1, everybody["act"])
    assert room.register.lesson(T1).attendance == "confirmed"
    await room.roll.undo_act(T1, sealed["act"])
    assert room.register.lesson(T1).attendance == "open"
    assert presences(room) == ["unmarked"] * 5


async def test_acts_are_taken_back_one_after_the_other(room):
    await room.roll.put_mark(T1, "10a1-1", PRESENT)
    filled = await room.roll.confirm(T1, fill_absent=True)
    await room.roll.reopen(T1, "nhầm")
    everybody = await room.roll.all_present(T1)
    await room.roll.undo_act(T1, everybody["act"])
    assert presences(room) == ["present"] + ["absent"] * 4
    await room.roll.undo_act(T1, filled["act"])
    assert presences(room) == ["present"] + ["unmarked"] * 4
    await check_the_hub_says_the_same(room)


async def test_a_carried_chot_taken_back_is_a_proposal_again(room):
    for n in range(1, 4):
        await room.tap(f"10a1-{n}")
    await room.roll.confirm(T1, fill_absent=True)
    room.clock.set("07:52")
    told = await room.roll.confirm(T2)
    assert presences(room, T2) == ["present"] * 3 + ["absent"] * 2
    answer = await room.roll.undo_act(T2, told["act"])
    assert presences(room, T2) == ["unmarked"] * 5
    assert [m["proposed"] for m in answer["marks"]] == ["present"] * 3 + ["absent"] * 2
    await check_the_hub_says_the_same(room, T1, T2)


async def test_reopening_taken_back_is_confirmed_as_it_was(room):
    for n in range(1, 4):
        await room.tap(f"10a1-{n}")
    await room.roll.confirm(T1, fill_absent=True)
    room.clock.set("07:52")
    await room.roll.confirm(T2)
    before = presences(room, T2)
    told = await room.roll.reopen(T2, "nhầm")
    await room.roll.undo_act(T2, told["act"])
    assert room.register.lesson(T2).attendance == "confirmed"
    assert presences(room, T2) == before
    await check_the_hub_says_the_same(room, T1, T2)


async def test_an_act_can_be_taken_back_after_a_restart(room, open_store, clock):
    told = await room.roll.confirm(T1, fill_absent=True)
    await room.store.close()
    again = Room(await open_store(), clock)
    await again.journal.replay()
    await again.roll.undo_act(T1, told["act"])
    assert presences(again) == ["unmarked"] * 5
    assert again.register.lesson(T1).attendance == "open"


async def test_a_name_touched_while_an_act_is_on_its_way_stands(room):
    async def by_name(lesson: str) -> None:
        """The name is touched on another page, after the act was asked for."""
        room.opener.open_by_mark = nothing
        await room.roll.put_mark(lesson, "10a1-4", Wish(Presence.LATE, minutes=2))

    async def nothing(lesson: str) -> None:
        return None

    room.opener.open_by_mark = by_name
    await room.roll.confirm(T1, fill_absent=True)
    assert presences(room) == ["absent", "absent", "absent", "late", "absent"]


async def test_the_panel_hears_of_what_was_taken_back(room):
    told = await room.roll.confirm(T1, fill_absent=True)
    room.events.clear()
    await room.roll.undo_act(T1, told["act"])
    heard = room.heard("mark")
    assert {one["mark"]["person_id"] for one in heard} == {f"10a1-{n}" for n in range(1, 6)}
    assert heard[-1]["counts"]["unmarked"] == 5
