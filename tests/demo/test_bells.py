from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edge.demo.bells import DAY_MIN, ENOUGH_LEFT_MIN, Slot, day_with_lesson_at, whole_day

minutes = st.integers(0, DAY_MIN - 1)


def check_day(slots: list[Slot]) -> None:
    assert len({(slot.session, slot.number) for slot in slots}) == len(slots)
    assert all(slot.start_min < slot.end_min <= DAY_MIN for slot in slots)
    assert all(first.end_min <= second.start_min for first, second in pairwise(slots))


def on(slots: list[Slot], minute: int) -> Slot:
    (slot,) = [one for one in slots if one.start_min <= minute < one.end_min]
    return slot


def test_a_whole_day_is_full_of_lessons() -> None:
    check_day(whole_day())
    assert whole_day()[0].start_min == 0
    assert whole_day()[-1].end_min == DAY_MIN


@given(minutes)
def test_at_the_first_start_a_lesson_begins_now(minute: int) -> None:
    slots = day_with_lesson_at([], minute)
    check_day(slots)
    assert on(slots, minute).start_min == minute
    assert slots[0].number == 1


@given(st.lists(minutes, min_size=1, max_size=8))
def test_at_each_later_start_a_lesson_is_on_and_begun_ones_keep_their_start(
    starts: list[int],
) -> None:
    slots: list[Slot] = []
    for minute in sorted(starts):
        before = slots
        slots = day_with_lesson_at(before, minute)
        check_day(slots)
        lesson = on(slots, minute)
        assert lesson.end_min - minute >= min(ENOUGH_LEFT_MIN, DAY_MIN - minute)
        kept = {(slot.session, slot.number): slot.start_min for slot in slots}
        for slot in before:
            if slot.start_min < minute:
                assert kept[slot.session, slot.number] == slot.start_min


def test_a_lesson_that_still_lasts_is_left_alone() -> None:
    slots = day_with_lesson_at([], 600)
    assert day_with_lesson_at(slots, 620) == slots


def test_a_lesson_that_is_nearly_over_gives_way_to_a_new_one() -> None:
    slots = day_with_lesson_at(day_with_lesson_at([], 600), 640)
    assert slots[:2] == [Slot("S", 1, 600, 640), Slot("S", 2, 640, 685)]
