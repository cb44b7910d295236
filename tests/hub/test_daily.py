import pytest

from school.counts import Counts
from school.lesson_book import AttendanceState as State
from school.marks import Excuse, Mark, Presence
from school.records import Session
from school.register import LessonState
from sync.hub.daily import Taken, line

HOUR = 3_600_000
LESSON = LessonState(
    id="20261123-S-1-10a1",
    group_key="10a1",
    class_name="10A1",
    subject="",
    teacher_id=None,
    teacher="",
    session=Session.MORNING,
    slot=1,
    room=None,
    starts_ms=0,
    ends_ms=HOUR,
    attendance=State.NONE,
    confirmed_at_ms=None,
    confirmed_by="",
    counts=Counts(0, 0, 0, 0, 0, 0),
    carried=None,
    tapped=0,
)
SIGNS = {
    ".": Mark("x"),
    "p": Mark("x", Presence.PRESENT),
    "l": Mark("x", Presence.LATE),
    "e": Mark("x", Presence.LEFT_EARLY),
    "d": Mark("x", Presence.OUT_ON_DUTY),
    "a": Mark("x", Presence.ABSENT, Excuse.UNKNOWN),
    "P": Mark("x", Presence.ABSENT, Excuse.EXCUSED),
    "K": Mark("x", Presence.ABSENT, Excuse.UNEXCUSED),
    "s": Mark("x", Presence.SKIPPED, Excuse.UNKNOWN),
}


def held(state: State, signs: str, starts_ms: int = 0):
    marks = [SIGNS[sign]._replace(person_id=str(n)) for n, sign in enumerate(signs)]
    return LESSON._replace(attendance=state, starts_ms=starts_ms), marks


@pytest.mark.parametrize(
    ("lessons", "columns"),
    [
        # present late P K unknown unmarked
        (["plaPK."], (2, 1, 1, 1, 1, 1)),
        (["edsp"], (3, 0, 0, 0, 1, 0)),
        (["aa", "ap"], (1, 0, 0, 0, 1, 0)),
        (["la", "pl"], (2, 2, 0, 0, 0, 0)),
        (["aP", "P."], (0, 0, 2, 0, 0, 0)),
        (["aK", "K."], (0, 0, 0, 2, 0, 0)),
        (["..", ".p"], (1, 0, 0, 0, 0, 1)),
    ],
)
def test_a_half_day_follows_from_its_confirmed_lessons(lessons, columns):
    size = len(lessons[0])
    told = line(size, [held(State.CONFIRMED, signs) for signs in lessons], HOUR)
    found = (told.present, told.late, told.excused, told.unexcused, told.unknown, told.unmarked)
    assert found == columns
    assert sum(found) - told.late == told.size == size


def test_once_a_lesson_is_confirmed_unconfirmed_ones_do_not_count():
    told = line(2, [held(State.CONFIRMED, "pa"), held(State.OPEN, "pp")], HOUR)
    assert (told.present, told.unknown, told.state) == (1, 1, Taken.OPEN)


@pytest.mark.parametrize(
    ("states", "says"),
    [
        ([State.NONE], Taken.NONE),
        ([State.TAPS], Taken.TAPS),
        ([State.OPEN], Taken.OPEN),
        ([State.TAPS, State.OPEN], Taken.OPEN),
        ([State.CONFIRMED], Taken.CONFIRMED),
        ([State.CONFIRMED, State.NONE], Taken.OPEN),
        ([State.CONFIRMED, State.TAPS], Taken.TAPS),
        ([], Taken.NONE),
    ],
)
def test_the_state_is_that_of_the_lessons_that_have_begun(states, says):
    assert line(1, [held(state, "p") for state in states], HOUR).state is says


def test_a_lesson_still_to_come_does_not_make_a_class_late():
    lessons = [held(State.CONFIRMED, "p"), held(State.NONE, ".", starts_ms=2 * HOUR)]
    assert line(1, lessons, HOUR).state is Taken.CONFIRMED
    assert line(1, lessons, 2 * HOUR).state is Taken.OPEN
