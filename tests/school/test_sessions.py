"""Half days, days and the count of the year, as domain §3.2 words them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from school.marks import AWAY, Excuse, Mark, Presence, Source
from school.papers import Decision
from school.rules import Rules
from school.sessions import (
    Lesson,
    SessionStay,
    Stay,
    YearCount,
    count_year,
    day_of,
    derive,
    session_of,
)
from tests.school.kit import MONDAY

LETTERS = {"p": "present", "m": "late", "v": "absent", "s": "skipped", "e": "left_early",
           "t": "out_on_duty", "-": "unmarked"}  # fmt: skip


def lessons(word: str) -> list[Lesson]:
    """One letter a lesson; a capital is a lesson without chốt."""
    return [
        Lesson(n, letter.islower() or letter == "-", Mark("p", Presence(LETTERS[letter.lower()])))
        for n, letter in enumerate(word, start=1)
    ]


@pytest.mark.parametrize(
    ("word", "stay", "missed"),
    [
        ("", Stay.UNKNOWN, ()),
        ("PVV", Stay.UNKNOWN, ()),
        ("--", Stay.UNKNOWN, ()),
        ("pppp", Stay.PRESENT, ()),
        ("mept", Stay.PRESENT, ()),
        ("vvvv", Stay.ABSENT, (1, 2, 3, 4)),
        ("vPvv", Stay.ABSENT, (1, 3, 4)),
        ("vppp", Stay.FIRST_MISSED, (1,)),
        ("ppvv", Stay.LEFT, (3, 4)),
        ("pvpp", Stay.GAP, (2,)),
        ("pspp", Stay.GAP, (2,)),
        ("vpvp", Stay.GAP, (1, 3)),
        ("vppv", Stay.LEFT, (1, 4)),
        ("ssss", Stay.GAP, (1, 2, 3, 4)),  # in school, and yet in no lesson
        ("vsvv", Stay.GAP, (1, 2, 3, 4)),
    ],
)
def test_a_session_from_its_lessons(word, stay, missed):
    derived = derive(lessons(word))
    assert (derived.stay, derived.missed) == (stay, missed)
    assert derived.complete == (bool(word) and (word.islower() or word == "--"))


def test_a_decision_overrides_and_says_so():
    decided = derive(lessons("vv"), Decision(False, Excuse.UNKNOWN, Source.OFFICE, "x"))
    assert (decided.stay, decided.excuse, decided.decided_by) == (Stay.PRESENT, None, "office")
    assert decided.missed == (1, 2)
    away = derive(lessons("PP"), Decision(True, Excuse.EXCUSED, Source.HOMEROOM, "lan"))
    assert (away.stay, away.excuse) == (Stay.ABSENT, Excuse.EXCUSED)


def test_skipped_is_named_apart_and_late_is_counted():
    derived = derive(lessons("msm"))
    assert (derived.skipped, derived.late) == ((2,), 2)


def test_a_day_is_one_absence_at_most():
    away = SessionStay(Stay.ABSENT, Excuse.UNEXCUSED)
    excused = SessionStay(Stay.ABSENT, Excuse.EXCUSED)
    here = SessionStay(Stay.PRESENT)
    assert day_of([here, away]) is Stay.ABSENT
    assert day_of([here, SessionStay(Stay.UNKNOWN)]) is Stay.PRESENT
    assert day_of([]) is Stay.UNKNOWN
    days = [[away, excused], [excused], [here, SessionStay(Stay.LEFT)], [excused, here]]
    assert count_year(days, Rules()) == YearCount(3, 2, None, is_over=False)


@pytest.mark.parametrize(
    ("absent", "warning", "over"),
    [(14, None, False), (15, 15, False), (30, 30, False), (40, 40, False), (45, 40, False),
     (46, 40, True)],
)  # fmt: skip
def test_warnings_at_15_30_and_40(absent, warning, over):
    told = count_year([[SessionStay(Stay.ABSENT)]] * absent, Rules())
    assert (told.warning, told.is_over) == (warning, over)


@given(st.lists(st.sampled_from(list(LETTERS)), max_size=7))
def test_missed_slots_are_the_absences(letters):
    marks = lessons("".join(letters))
    derived = derive(marks)
    assert len(derived.missed) == sum(one.mark.presence in AWAY for one in marks)
    assert (derived.stay is Stay.PRESENT) <= (not derived.missed)


def test_a_session_of_the_register(register, facts):
    t1, t2 = "20261123-S-1-10a1", "20261123-S-2-10a1"
    register.apply(facts.mark(t1, "10a1-1", "absent", "07:05"))
    register.apply(facts.confirm(t1, "07:10"))

    def derived() -> SessionStay:
        return session_of(register, "10a1-1", "10a1", MONDAY.date(), t.session)

    t = register.lesson(t1)
    assert (derived().stay, derived().complete) == (Stay.ABSENT, False)
    register.apply(facts.mark(t2, "10a1-1", "present", "07:55"))
    register.apply(facts.confirm(t2, "08:00"))
    assert (derived().stay, derived().missed) == (Stay.FIRST_MISSED, (1,))
    body = {"person": "10a1-1", "day": "2026-11-23", "session": "S", "excuse": "excused"}
    register.apply(facts.make("session", "09:00", absent=True, source="homeroom", by="l", **body))
    register.apply(facts.make("session", "09:01", absent=True, source="teacher", by="t", **body))
    assert (derived().stay, derived().decided_by) == (Stay.ABSENT, "homeroom")
    register.apply(facts.make("session", "08:50", absent=False, source="office", by="o", **body))
    assert derived().stay is Stay.PRESENT
    assert session_of(register, "x", "10a1", date(2026, 11, 24), t.session).stay is Stay.UNKNOWN
