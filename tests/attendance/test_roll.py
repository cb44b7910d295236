"""The roll by touch."""

from datetime import date

import pytest

from edge.attendance.ports import RefusedByRuleError
from edge.attendance.wish import Wish
from school.marks import Presence
from school.room_cut import cut_for_room
from school.school_check import school_of
from school.school_rows import SchoolFile
from tests.attendance.kit import AM3, PM, T1, T2, Room
from tests.school.kit import at, make_rows


def people(answer, presence):
    return [m["person_id"] for m in answer["marks"] if m["presence"] == presence]


async def refused(call) -> RefusedByRuleError:
    with pytest.raises(RefusedByRuleError) as caught:
        await call
    return caught.value


async def test_the_whole_roster_in_stt_order(room):
    answer = room.roll.marks(T1)
    assert [m["stt"] for m in answer["marks"]] == [1, 2, 3, 4, 5]
    assert answer["marks"][0] == {
        "person_id": "10a1-1", "presence": "unmarked", "excuse": None, "minutes": None,
        "source": None, "at": None, "note": "", "fact": "", "stt": 1, "name": "Nguyễn Văn An",
        "short_name": "Văn An", "question": None, "proposed": None, "leave": False,
    }  # fmt: skip
    assert answer["counts"] == {
        "size": 5, "present": 0, "late": 0, "absent": 0, "excused": 0, "unmarked": 5,
    }  # fmt: skip


async def test_a_mark_by_touch_outranks_the_card_and_opens_the_lesson(room):
    await room.tap("10a1-1")
    mark = await room.roll.put_mark(T1, "10a1-1", Wish(Presence.ABSENT))
    assert (mark["presence"], mark["source"], mark["excuse"]) == ("absent", "teacher", "unknown")
    assert room.opener.marks == [T1]
    event = room.heard("mark")[-1]
    assert (event["mark"]["presence"], event["counts"]["absent"]) == ("absent", 1)


async def test_late_by_touch_uses_now(room):
    room.clock.set("07:09")
    mark = await room.roll.put_mark(T1, "10a1-1", Wish(Presence.LATE))
    assert mark["minutes"] == 9
    mark = await room.roll.put_mark(T1, "10a1-1", Wish(Presence.LATE, minutes=3))
    assert mark["minutes"] == 3


async def test_left_early_says_how_long_before_the_end(room):
    room.clock.set("07:35")
    assert (await room.roll.put_mark(T1, "10a1-1", Wish(Presence.LEFT_EARLY)))["minutes"] == 9


async def test_forgotten_card(room):
    mark = await room.roll.put_mark(T1, "10a1-1", Wish(Presence.PRESENT, note="forgot_card"))
    assert (mark["presence"], mark["note"]) == ("present", "forgot_card")


async def test_confirm_wants_everybody_marked(room):
    await room.tap("10a1-1")
    error = await refused(room.roll.confirm(T1))
    assert (error.code, error.params) == ("unmarked_left", {"n": 4})
    answer = await room.roll.confirm(T1, fill_absent=True)
    assert answer["attendance"] == "confirmed"
    assert answer["counts"]["absent"] == 4
    assert room.register.lesson(T1).confirmed_by == "place"


async def test_confirming_twice_is_one_fact(room):
    await room.roll.confirm(T1, fill_absent=True)
    rows = await room.store.read(lambda c: c.execute("SELECT max(seq) FROM lane_0").fetchone())
    await room.roll.confirm(T1)
    assert rows == await room.store.read(
        lambda c: c.execute("SELECT max(seq) FROM lane_0").fetchone()
    )


async def test_proposals_become_marks_by_confirming(room):
    for n in range(1, 5):
        await room.tap(f"10a1-{n}")
    await room.roll.put_mark(T1, "10a1-4", Wish(Presence.ABSENT))
    await room.roll.confirm(T1, fill_absent=True)
    room.clock.set("07:52")
    proposed = {m["person_id"]: m["proposed"] for m in room.roll.marks(T2)["marks"]}
    assert proposed == {
        "10a1-1": "present", "10a1-2": "present", "10a1-3": "present", "10a1-4": "absent",
        "10a1-5": "absent",
    }  # fmt: skip
    await room.roll.put_mark(T2, "10a1-4", Wish(Presence.PRESENT))
    answer = await room.roll.confirm(T2)
    assert (answer["counts"]["present"], answer["counts"]["absent"]) == (4, 1)
    sources = [m["source"] for m in room.roll.marks(T2)["marks"]]
    assert sources == ["carried", "carried", "carried", "teacher", "carried"]
    assert room.heard("mark")[-1]["mark"]["proposed"] is None


async def test_late_tap_after_confirming_asks_and_is_kept(room):
    await room.roll.confirm(T1, fill_absent=True)
    room.clock.set("07:22")
    await room.tap("10a1-1")
    mark = room.roll.marks(T1)["marks"][0]
    assert (mark["presence"], mark["question"]["minutes"]) == ("absent", 22)
    assert mark["question"]["at"].startswith("2026-11-23T07:22:00")
    assert room.heard("mark")[-1]["mark"]["question"]["minutes"] == 22
    mark = await room.roll.keep_late_tap(T1, "10a1-1")
    assert (mark["presence"], mark["question"]) == ("absent", None)


async def test_late_tap_after_confirming_becomes_late(room):
    await room.roll.confirm(T1, fill_absent=True)
    room.clock.set("07:22")
    await room.tap("10a1-1")
    mark = await room.roll.put_mark(T1, "10a1-1", Wish(Presence.LATE, minutes=22))
    assert (mark["presence"], mark["question"]) == ("late", None)
    assert room.register.lesson(T1).attendance == "confirmed"


async def test_reopening_needs_a_confirmed_lesson(room):
    assert (await refused(room.roll.reopen(T1, "nhầm"))).code == "not_confirmed"
    await room.roll.confirm(T1, fill_absent=True)
    await room.roll.reopen(T1, "nhầm")
    assert room.register.lesson(T1).attendance == "open"


async def test_the_whole_class_is_here_and_back(room):
    await room.tap("10a1-1")
    await room.roll.put_mark(T1, "10a1-3", Wish(Presence.OUT_ON_DUTY))
    answer = await room.roll.all_present(T1)
    assert people(answer, "present") == ["10a1-1", "10a1-2", "10a1-4", "10a1-5"]
    assert [c["presence"] for c in answer["changed"]] == ["unmarked"] * 3
    answer = await room.roll.undo(T1, [c["person_id"] for c in answer["changed"]])
    assert people(answer, "unmarked") == ["10a1-2", "10a1-4", "10a1-5"]


async def test_undo_of_the_only_touch_lets_the_card_speak(room):
    await room.tap("10a1-1")
    await room.roll.put_mark(T1, "10a1-1", Wish(Presence.ABSENT))
    answer = await room.roll.undo(T1, ["10a1-1"])
    assert (answer["marks"][0]["presence"], answer["marks"][0]["source"]) == ("present", "card")
    assert (await room.roll.undo(T1, ["10a1-2"]))["counts"]["unmarked"] == 4


@pytest.mark.parametrize(
    ("lesson", "person", "wish", "code"),
    [
        ("nonsense", "10a1-1", Wish(Presence.PRESENT), "unknown_lesson"),
        ("20261123-S-1-9c", "10a1-1", Wish(Presence.PRESENT), "unknown_lesson"),
        ("20261123-S-3-hsg", "10a1-1", Wish(Presence.PRESENT), "unknown_lesson"),
        ("20261130-S-1-10a1", "10a1-1", Wish(Presence.PRESENT), "past_lesson"),
        (T1, "10a3-1", Wish(Presence.PRESENT), "unknown_person"),
        (T1, "10a1-1", Wish(Presence.LATE, minutes=-1), "malformed"),
        (T1, "10a1-1", Wish(Presence.LATE, minutes=601), "malformed"),
        (T1, "10a1-1", Wish(Presence.PRESENT, note="xấu"), "malformed"),
    ],
)
async def test_what_no_touch_can_do(room, lesson, person, wish, code):
    assert (await refused(room.roll.put_mark(lesson, person, wish))).code == code
    assert room.opener.marks == []


async def test_a_lesson_of_yesterday_is_read_only(room):
    room.clock.wall_ms = at("07:00") + 86_400_000
    assert room.roll.marks(T1)["counts"]["size"] == 5
    assert (await refused(room.roll.confirm(T1, fill_absent=True))).code == "past_lesson"


async def test_marks_survive_a_restart(room, open_store, clock):
    await room.tap("10a1-1")
    await room.roll.put_mark(T1, "10a1-2", Wish(Presence.LATE, minutes=4))
    await room.roll.confirm(T1, fill_absent=True)
    before = room.roll.marks(T1)
    await room.store.close()
    again = Room(await open_store(), clock)
    await again.journal.replay()
    assert again.roll.marks(T1) == before
    assert again.roll.marks(PM)["counts"]["unmarked"] == 5


async def test_who_came_with_another_class_card_may_learn_with_this_one(room):
    await room.tap("10a3-1")
    answer = await room.roll.welcome(T1, "10a3-1")
    (guest,) = answer["guests"]
    assert (guest["person_id"], guest["class_name"]) == ("10a3-1", "10A3")
    assert (guest["presence"], guest["short_name"]) == ("present", "Nguyễn Văn An")
    assert room.roll.marks(T1)["counts"]["size"] == 5
    mark = await room.roll.put_mark(T1, "10a3-1", Wish(Presence.LEFT_EARLY))
    assert mark["presence"] == "left_early"
    assert (await room.roll.welcome(T1, "10a3-1", out=True))["guests"] == []
    assert (await refused(room.roll.welcome(T1, "10a3-1", out=True))).code == "unknown_person"


async def test_who_did_not_tap_here_is_not_added(room):
    for person in ("10a3-2", "10a1-1", "ha", "nobody"):
        assert (await refused(room.roll.welcome(T1, person))).code == "unknown_person"


async def test_a_mark_by_a_clock_that_was_weeks_behind_is_known_after_a_restart(
    room, open_store, clock
):
    """The hub replays it by the lesson that it names; so does the room."""
    now_ms = clock.wall_ms
    clock.wall_ms -= 50 * 86_400_000
    said = {"lesson": T1, "person": "10a1-2", "presence": "absent", "source": "teacher"}
    await room.journal.record("mark", said)
    clock.wall_ms = now_ms
    await room.roll.put_mark(T1, "10a1-1", Wish(Presence.PRESENT))
    before = room.register.marks(T1)
    await room.store.close()
    again = Room(await open_store(), clock)
    await again.journal.replay()
    assert [mark.presence for mark in again.register.marks(T1)[:2]] == ["present", "absent"]
    assert again.register.marks(T1) == before


async def test_a_confirmation_names_the_whole_list(room, clock):
    told = []
    room.journal.watch(told.append)
    clock.set("07:08")
    await room.start(T1)
    await room.tap("10a1-1")
    await room.roll.confirm(T1, fill_absent=True)
    body = dict(told[-1].fact.body)
    assert body.pop("act")
    assert body == {
        "lesson": T1,
        "by": "place",
        "cards": {"present": [], "late": {"10a1-1": 8}},
        "others": ["10a1-2", "10a1-3", "10a1-4", "10a1-5"],
    }


async def test_a_class_whose_list_is_not_here_can_be_taught_but_not_confirmed(open_store, clock):
    rows = make_rows()
    rows["classes"][1] |= {"home_room": "lab"}  # and so are its lessons
    file = cut_for_room(SchoolFile.model_validate(rows), "a1-05", date(2026, 11, 23))
    room = Room(await open_store(), clock, school_of(file))
    await room.journal.replay()
    await room.start(AM3)
    assert room.roll.marks(AM3)["marks"] == []
    assert (await refused(room.roll.confirm(AM3))).code == "unknown_lesson"
    assert (await refused(room.roll.put_mark(AM3, "10a3-1", Wish(Presence.PRESENT)))).code == (
        "unknown_lesson"
    )


async def test_what_a_person_has_said_since_stands(room):
    """A touch that waited without the room is older than a touch that did not."""
    seen = (await room.roll.put_mark(T1, "10a1-1", Wish(Presence.LATE)))["fact"]
    newer = await room.roll.put_mark(T1, "10a1-1", Wish(Presence.PRESENT), seen)
    error = await refused(room.roll.put_mark(T1, "10a1-1", Wish(Presence.ABSENT), seen))
    assert error.code == "marked_meanwhile"
    assert (await refused(room.roll.undo(T1, ["10a1-1"], seen))).code == "marked_meanwhile"
    assert people(room.roll.marks(T1), "present") == ["10a1-1"]
    await room.roll.undo(T1, ["10a1-1"], newer["fact"])
    assert people(room.roll.marks(T1), "late") == ["10a1-1"]


async def test_a_person_outranks_a_card_that_came_meanwhile(room):
    await room.tap("10a1-1")
    mark = await room.roll.put_mark(T1, "10a1-1", Wish(Presence.ABSENT), "")
    assert (mark["presence"], mark["source"]) == ("absent", "teacher")
