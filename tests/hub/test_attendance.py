"""Facts that no honest room would send must not stop the hub from reading its past."""

import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from school.register import Register
from school.rules import Rules
from school.school_file import read_school
from sync.hub.attendance import SchoolAttendance
from sync.hub.bodies import flaw
from sync.hub.database import migrate, open_writer
from sync.hub.ingest import take_batch, take_hello
from sync.hub.keys import admit
from sync.wire.event import Event, encode_body
from sync.wire.fact import fact_of
from tests.hub.room_end import BOOT, MONDAY_0710, RoomEnd, card_hash, event, school_rows, tap

SCHOOL = read_school(json.dumps(school_rows()).encode())
LESSONS = st.sampled_from(
    [
        "20261123-S-1-10a1",
        "20261123-S-2-10a1",
        "20261123-C-9-10a1",
        "20261399-S-1-10a1",
        "00000000-S-1-10a1",
        "99991231-T-99-10a2",
        "20261123-S-x0815-10a1",
        "20261123-S-x9999-10a1",
        "babababab-1-10a1",
        "b" + BOOT[:8] + "-1-10a1",
        "20261123-S-1-nobody",
        "",
    ]
) | st.text(max_size=8)
PEOPLE = st.sampled_from(["10a1-01", "10a2-01", "gv-ha", "place", "panel", ""]) | st.text(
    max_size=4
)
WORDS = st.text(max_size=6)
NUMBERS = st.integers(-(10**15), 10**15)
DAYS = st.sampled_from(["2026-11-23", "2026-11-20", "2027-01-01", "hôm nay", "20261123"])
BODIES = {
    "tap": {
        "reader": WORDS,
        "tech": WORDS,
        "uid_hash": st.sampled_from([card_hash("10a1-01"), card_hash("10a2-01"), "0" * 32]),
        "last4": WORDS,
    },
    "run.started": {
        "run": st.sampled_from(["r1", "r2", f"b{BOOT[:8]}-1"]),
        "lessons": st.lists(LESSONS, max_size=3),
        "picture": st.booleans(),
        "by": PEOPLE,
    },
    "run.ended": {"run": st.sampled_from(["r1", "r2", "r9"]), "by": PEOPLE, "reason": WORDS},
    "run.dated": {
        "run": st.sampled_from(["r1", f"b{BOOT[:8]}-1"]),
        "provisional": st.lists(LESSONS, max_size=3),
        "lessons": st.lists(LESSONS, max_size=3),
    },
    "mark": {
        "lesson": LESSONS,
        "person": PEOPLE,
        "presence": st.sampled_from(["present", "late", "absent", "unmarked", "asleep", ""]),
        "source": st.sampled_from(["teacher", "office", "undo", "nobody"]),
        "minutes": NUMBERS | st.none(),
        "note": WORDS | st.none(),
        "prev": WORDS | st.none(),
    },
    "confirm": {"lesson": LESSONS, "by": PEOPLE},
    "reopen": {"lesson": LESSONS, "by": PEOPLE, "reason": WORDS},
    "late_tap_kept": {"lesson": LESSONS, "person": PEOPLE},
    "guest": {"lesson": LESSONS, "person": PEOPLE, "by": PEOPLE, "out": st.booleans()},
    "excuse": {
        "lesson": LESSONS,
        "person": PEOPLE,
        "excuse": st.sampled_from(["unknown", "excused", "unexcused", "?"]),
        "source": st.sampled_from(["teacher", "homeroom", "office", "nobody"]),
        "reason": WORDS | st.none(),
    },
    "leave": {
        "leave": WORDS,
        "person": PEOPLE,
        "first": DAYS,
        "last": DAYS,
        "state": st.sampled_from(["approved", "withdrawn", "?"]),
        "session": st.sampled_from(["S", "", "X"]) | st.none(),
    },
    "session": {
        "person": PEOPLE,
        "day": DAYS,
        "session": st.sampled_from(["S", "C", "X"]),
        "absent": st.booleans(),
        "excuse": st.sampled_from(["unknown", "excused", "?"]),
        "source": st.sampled_from(["homeroom", "office", "teacher"]),
        "by": PEOPLE,
    },
    "logbook": {
        "lesson": LESSONS,
        "number": NUMBERS | st.none(),
        "title": WORDS | st.none(),
        "signed_by": PEOPLE | st.none(),
    },
    "anything": {"x": NUMBERS},
}
KINDS = st.sampled_from(sorted(BODIES)).flatmap(
    lambda kind: st.tuples(st.just(kind), st.fixed_dictionaries(BODIES[kind]))
)
FACTS = st.tuples(
    KINDS,
    st.sampled_from([BOOT, "cd" * 16]),
    st.integers(0, (1 << 53) - 1) | st.integers(0, 10**7),
    st.integers(-(1 << 53) + 1, (1 << 53) - 1)
    | st.integers(MONDAY_0710 - 10**7, MONDAY_0710 + 10**7),
    st.sampled_from(["none", "saved", "hub", "ntp"]),
)


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking 25 facts takes minutes
)
@given(st.lists(FACTS, max_size=25))
def test_no_fact_that_is_taken_breaks_the_register(facts):
    register = Register(SCHOOL, Rules())
    for seq, ((kind, said), boot, mono_ms, wall_ms, quality) in enumerate(facts, 1):
        body = encode_body(said)
        if flaw(kind, body) is None:
            one = Event(seq, kind, boot, mono_ms, wall_ms, quality, body)
            register.apply(fact_of("a1-05", 7, one))
    for lesson in register.lessons_on(SCHOOL.day_of(MONDAY_0710)):
        assert len(register.marks(lesson.id)) == lesson.counts.size


@pytest.fixture
def filled(tmp_path):
    url = f"sqlite:///{tmp_path}/hub.db"
    admit(url, "a1-05", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
    engine = open_writer(url)
    migrate(engine)
    room = RoomEnd(None, "a1-05", None, "")
    with engine.begin() as connection:
        take_hello(connection, room.hello(), 1)
        for first in range(1, 4001, 500):
            events = [event(n) for n in range(first, first + 500)]
            take_batch(connection, room.batch(events), (), 1)
        take_batch(connection, room.batch([tap(4001, "10a1-01")]), (), 1)
    yield engine
    engine.dispose()


def test_a_long_past_is_read_page_by_page(filled):
    day = SCHOOL.day_of(MONDAY_0710)
    attendance = SchoolAttendance(SCHOOL, Rules(), day)
    with filled.begin() as connection:
        assert not attendance.catch_up(connection, pages=1)
        assert attendance.marks_on(connection, day, "10a1") == []
        assert not attendance.catch_up(connection, pages=1)
        assert attendance.catch_up(connection, pages=1)
        assert len(attendance.marks_on(connection, day, "10a1")) == 5
        before = attendance.version
        assert attendance.catch_up(connection)
        assert attendance.version == before
