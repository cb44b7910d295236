"""A roster that changes during the day never hides confirmed marks of that day.

Whoever is put into another class, leaves the school, or is taken out again by the undo of an
import stays in the lessons that were confirmed with them.
"""

from datetime import date

import pytest

from school.register import Register
from school.rules import Rules
from tests.school.kit import MONDAY, at, make_rows, make_school

T1, T2, AM3 = "20261123-S-1-10a1", "20261123-S-2-10a1", "20261123-S-1-10a3"
YESTERDAY, TODAY = "2026-11-22", "2026-11-23"
HERE = ("10a1-1", "10a1-2", "10a1-3", "10a1-4")


def moved(person: str, **changes):
    """Records in which a pupil is of 10A3 from today on."""
    people = [dict(p, class_id="10a3", stt=9) if p["id"] == person else p
              for p in make_rows()["people"]]  # fmt: skip
    times = [
        {"person_id": person, "class_id": "10a1", "valid_to": YESTERDAY},
        {"person_id": person, "class_id": "10a3", "valid_from": TODAY},
    ]
    return make_school(people=people, enrolments=times, **changes)


def left(person: str):
    """Records in which a pupil has left the school yesterday."""
    times = [{"person_id": person, "class_id": "10a1", "valid_to": YESTERDAY}]
    return make_school(enrolments=times)


def without(person: str):
    """Records that do not know a pupil, as after the undo of the import that brought them."""
    rows = make_rows()
    return make_school(
        people=[p for p in rows["people"] if p["id"] != person],
        cards=[c for c in rows["cards"] if c["person_id"] != person],
        groups=[dict(rows["groups"][0], members=["10a3-1"])],
    )


def revoked(person: str):
    """Records in which a card is locked from today on."""
    cards = [dict(c, revoked_on=TODAY) if c["person_id"] == person else c
             for c in make_rows()["cards"]]  # fmt: skip
    return make_school(cards=cards)


CHANGES = {"moved": moved, "left": left, "undone": without}


@pytest.fixture
def confirmed(register, facts):
    """One came by card, one late by card, one was marked absent, one taken over."""
    register.apply(facts.start("06:55", T1))
    register.apply(facts.tap("10a1-1", "06:58"))
    register.apply(facts.tap("10a1-2", "07:12"))
    register.apply(facts.mark(T1, "10a1-3", "absent", "07:14"))
    said = {
        "carried": {"present": ["10a1-4"]},
        "cards": {"present": ["10a1-1"], "late": {"10a1-2": 12}},
        "others": ["10a1-3", "10a1-5"],
    }
    register.apply(facts.confirm(T1, "07:15", **said))
    return register


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("person", HERE)
def test_who_is_gone_from_the_list_stays_in_the_confirmed_lesson(confirmed, person, change):
    before, counts = confirmed.mark(T1, person), confirmed.counts(T1)
    confirmed.adopt(change(person))
    now = confirmed.mark(T1, person)
    assert (now.presence, now.minutes, now.source) == (
        before.presence, before.minutes, before.source)  # fmt: skip
    assert confirmed.counts(T1) == counts
    assert person in {mark.person_id for mark in confirmed.marks(T1)}
    assert person in confirmed.presences(T1)
    assert confirmed.lesson(T1).attendance == "confirmed"


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_reopening_for_another_pupil_does_not_lose_who_is_gone(confirmed, facts, change):
    confirmed.adopt(change("10a1-3"))
    confirmed.apply(facts.reopen(T1, "07:40"))
    assert confirmed.mark(T1, "10a1-3").presence == "absent"


def test_a_card_that_is_locked_later_in_the_day_takes_no_confirmed_mark_away(confirmed):
    before = confirmed.mark(T1, "10a1-2")
    confirmed.adopt(revoked("10a1-2"))
    now = confirmed.mark(T1, "10a1-2")
    assert (now.presence, now.minutes, now.source) == ("late", 12, "card")
    assert (before.presence, before.minutes, before.source) == ("late", 12, "card")


def test_who_moves_back_by_an_undo_keeps_what_was_confirmed_in_between(register, facts):
    register.adopt(moved("10a1-1"))
    register.apply(facts.mark(AM3, "10a1-1", "absent", "07:10"))
    register.apply(facts.confirm(AM3, "07:12", cards={}, others=["10a1-1", "10a3-1"]))
    register.adopt(make_school())
    assert register.mark(AM3, "10a1-1").presence == "absent"
    assert register.counts(AM3).size == 6


def test_a_class_that_an_undo_took_away_keeps_its_confirmed_lesson(register, facts):
    lesson = "20261123-S-1-9c"
    register.apply(facts.start("06:55", lesson))
    register.apply(facts.mark(lesson, "9c-1", "absent", "07:10"))
    register.apply(facts.confirm(lesson, "07:12", cards={}, others=["9c-1"]))
    assert register.mark(lesson, "9c-1").presence == "absent"
    assert lesson in {state.id for state in register.lessons_on(MONDAY.date())}
    assert register.lesson(lesson).attendance == "confirmed"


@pytest.mark.parametrize("person", HERE)
def test_a_confirmation_of_an_older_room_keeps_who_moves_on_that_day(register, facts, person):
    register.apply(facts.start("06:55", T1))
    register.apply(facts.tap("10a1-1", "06:58"))
    register.apply(facts.tap("10a1-2", "07:12"))
    register.apply(facts.mark(T1, "10a1-3", "absent", "07:14"))
    register.apply(facts.confirm(T1, "07:15", carried={"present": ["10a1-4"]}))
    before = register.mark(T1, person)
    register.adopt(moved(person))
    assert register.mark(T1, person) == before
    assert register.counts(T1).size == 5
    register.adopt(left(person))
    assert register.mark(T1, person) == before


def test_who_never_was_of_the_class_is_not_taken_for_one_who_left(register, facts):
    register.apply(facts.mark(T1, "10a3-1", "present", "07:10"))
    register.apply(facts.confirm(T1, "07:12", carried={"present": ["10a3-2"]}))
    assert register.counts(T1).size == 5
    assert register.mark(T1, "10a3-1") is None


def test_the_running_lesson_shows_the_new_list_at_once(register, facts):
    register.apply(facts.start("06:55", T1))
    register.apply(facts.tap("10a1-1", "06:58"))
    register.apply(facts.mark(T1, "10a1-3", "absent", "07:01"))
    for person in ("10a1-1", "10a1-3"):
        register.adopt(moved(person))
        assert register.mark(T1, person) is None
        assert register.counts(T1).size == 4


def test_who_left_and_taps_by_habit_is_of_the_other_class(register, facts):
    register.apply(facts.start("06:55", T1))
    register.adopt(moved("10a1-1"))
    assert register.apply(facts.tap("10a1-1", "06:58")).outcome == "other_class"
    register.apply(facts.confirm(T1, "07:12", cards={}, others=[]))
    assert register.mark(T1, "10a1-1") is None


def test_who_is_gone_is_known_without_a_name(confirmed):
    school = without("10a1-1")
    confirmed.adopt(school)
    assert school.person("10a1-1").name == "Không còn trong danh sách"
    assert school.person("10a1-2").name == "Nguyễn Văn Bình"
    assert confirmed.mark(T1, "10a1-1").at_ms in (at("06:58"), at("07:15"))


def test_order_of_arrival_does_not_count_for_who_is_gone(facts):
    said = {"cards": {"present": ["10a1-1"]}, "others": ["10a1-3"]}
    told = [
        facts.start("06:55", T1),
        facts.tap("10a1-1", "06:58"),
        facts.mark(T1, "10a1-3", "absent", "07:14"),
        facts.confirm(T1, "07:15", **said),
    ]
    seen = []
    for order in (told, told[::-1], [told[3], told[1], told[2], told[0]]):
        register = Register(moved("10a1-1"), Rules())
        for fact in order:
            register.apply(fact)
        assert register.mark(T1, "10a1-1").source == "card"
        seen.append((register.marks(T1), register.taps_on(date(2026, 11, 23))))
    assert seen[0] == seen[1] == seen[2]
