"""What the hub reads of a long past is as good as all of it, and bounded."""

import json
from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete
from sqlalchemy.dialects import postgresql

from school.facts import Fact
from school.moment import TimeQuality
from school.register import Register
from school.rules import Rules
from school.span import Span
from sync.hub import attendance, facts
from sync.hub.attendance import SchoolAttendance
from sync.hub.database import migrate, open_writer
from sync.hub.facts import last_received, read_pages
from sync.hub.tables import agent, event, source
from tests.school.files_out.hub_kit import store
from tests.school.test_register_replays import LOST, WEEKS, day_as_bytes, lost_facts_of, replay
from tests.school.test_register_replays import SCHOOL as LOST_SCHOOL
from tests.school.test_span import FACTS, SCHOOL, register

NIGHT = SCHOOL.at_ms(date(2026, 11, 12), 0)
HOUR = 3_600_000
CARD = next(iter(SCHOOL.cards))
LESSON = "20261112-S-1-10a1"


@pytest.fixture(scope="module")
def connection(tmp_path_factory) -> Iterator[Connection]:
    engine = open_writer(f"sqlite:///{tmp_path_factory.mktemp('hub')}/hub.db")
    migrate(engine)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def month(connection) -> Connection:
    refill(connection, FACTS)
    return connection


def refill(connection: Connection, told: list[Fact]) -> None:
    for table in (event, source, agent):
        connection.execute(delete(table))
    store(connection, told)


def read(connection: Connection, span: Span) -> list[Fact]:
    pages = read_pages(connection, 0, last_received(connection), span.window(SCHOOL))
    return [fact for page in pages for fact in page.facts]


def day_as_told(register: Register, day: date) -> list[object]:
    lessons = [(one, register.marks(one.id)) for one in register.lessons_on(day)]
    return [lessons, register.taps_on(day), register.arrivals(day)]


def test_without_a_window_all_facts_come_in_order(month):
    pages = list(read_pages(month, 0, last_received(month)))
    assert [fact for page in pages for fact in page.facts] == FACTS


@pytest.mark.parametrize("page", [7, 100, 2000])
@pytest.mark.parametrize("day", [3, 12, 27])
def test_a_day_is_as_the_whole_has_it(month, monkeypatch, page, day):
    monkeypatch.setattr(facts, "PAGE", page)
    that = date(2026, 11, day)
    span = Span(that, that)
    some = read(month, span)
    assert sum(f.kind == "tap" for f in some) < sum(f.kind == "tap" for f in FACTS)
    part = register([span.cut(fact, SCHOOL) for fact in some])
    assert day_as_told(part, that) == day_as_told(register(FACTS), that)


def test_lessons_of_other_months_and_runs_of_other_weeks_are_left_unread(connection):
    def told(n: int, lesson: str, kind: str = "mark") -> Fact:
        body = {"lesson": lesson, "person": "hs-10a1-01", "presence": "late", "source": "office"}
        if kind == "run.started":
            body = {"run": f"r{n}", "lessons": [lesson]}
        at_ms = SCHOOL.at_ms(date(2026, int(lesson[4:6]), int(lesson[6:8])), 480)
        return Fact(f"{1:016x}-{n}", "p-10a1", kind, "ab" * 16, n, at_ms, TimeQuality.NTP, body)

    days = ["20261001", "20261031", "20261101", "20261112", "20261130", "20261201"]
    lessons = [f"{day}-S-1-10a1" for day in days]
    marks = [told(n, lesson) for n, lesson in enumerate(lessons, start=2)]
    runs = [told(n, lesson, "run.started") for n, lesson in enumerate(lessons, start=20)]
    undated = marks[0]._replace(
        id=f"{1:016x}-50", body=marks[0].body | {"lesson": "b00000000-1-10a1"}
    )
    first = told(1, lessons[0])  # dates the others
    refill(connection, [first, *marks, *runs, undated])
    november = read(connection, Span(date(2026, 11, 12), date(2026, 11, 12)))
    assert november == [first, *marks[2:5], runs[3], undated]
    both = read(connection, Span(date(2026, 11, 30), date(2026, 12, 1)))
    assert both == [first, *marks[2:], *runs[4:], undated]
    assert read(connection, Span(date(2026, 11, 30))) == both


def test_the_query_is_written_for_postgresql_too():
    window = Span(date(2026, 11, 12), date(2026, 11, 12)).window(SCHOOL)
    text = str(facts._query(0, 9, window).compile(dialect=postgresql.dialect()))
    assert "position(" in text
    assert "instr(" not in text


def test_a_clock_that_was_far_ahead_leaves_no_gap(month):
    day = date(2026, 11, 20)
    hub = SchoolAttendance(SCHOOL, Rules(), day)
    hub.catch_up(month)
    now_ms = SCHOOL.at_ms(day, 720)
    before = hub.overview(day, now_ms), hub.marks_on(month, day, None)
    hub.turn_to(date(2030, 1, 1))
    assert hub.overview(day, now_ms) != before[0]
    hub.turn_to(day)
    assert not hub.catch_up(month, pages=0)
    assert hub.catch_up(month)
    assert (hub.overview(day, now_ms), hub.marks_on(month, day, None)) == before


TAPS = st.tuples(
    st.sampled_from(["tap", "tap", "tap", "run.started", "mark"]),
    st.sampled_from(["p-10a1", "p-11a1"]),
    st.integers(1, 2),  # store
    st.sampled_from(["ab" * 16, "cd" * 16]),
    st.integers(0, 40 * HOUR),  # since boot
    st.integers(NIGHT - 80 * HOUR, NIGHT + 80 * HOUR),
    st.sampled_from(TimeQuality),
)


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
)
@given(st.lists(TAPS, max_size=14))
def test_any_facts_of_doubtful_and_good_clocks_say_the_same(connection, drawn):
    told = []
    for seq, (kind, room, n, boot, mono_ms, wall_ms, quality) in enumerate(drawn, start=1):
        body = {
            "tap": {"reader": "door", "tech": "mifare", "uid_hash": CARD, "last4": "B2C3"},
            "run.started": {"run": f"r{seq}", "lessons": [LESSON]},
            "mark": {
                "lesson": LESSON,
                "person": "hs-10a1-01",
                "presence": "late",
                "source": "teacher",
            },
        }[kind]
        store_id = n if room == "p-10a1" else n + 2
        told.append(
            Fact(f"{store_id:016x}-{seq}", room, kind, boot, mono_ms, wall_ms, quality, body)
        )
    if told:
        refill(connection, told)
    day = date(2026, 11, 12)
    span = Span(day, day)
    some = read(connection, span) if told else []
    part, whole = (register([span.cut(fact, SCHOOL) for fact in one]) for one in (some, told))
    assert day_as_told(part, day) == day_as_told(whole, day)
    runs = [[(run.id, run.order) for run in one.runs("p-10a1")] for one in (part, whole)]
    assert runs[0] == runs[1]


def test_an_earlier_day_is_replayed_and_the_last_weeks_are_kept(month, monkeypatch):
    early, late, now = date(2026, 11, 3), date(2026, 11, 18), date(2026, 11, 28)
    whole = SchoolAttendance(SCHOOL, Rules(), early)
    assert whole.catch_up(month)
    hub = SchoolAttendance(SCHOOL, Rules(), now)
    assert hub.catch_up(month)
    for day in (early, late, now):
        assert hub.marks_on(month, day, None) == whole.marks_on(month, day, None)
        assert hub.sheet(month, day, "10a1") == whole.sheet(month, day, "10a1")
    assert json.dumps(hub.marks_on(month, early, None)).count("hs-") > 10
    reads = []
    monkeypatch.setattr(attendance, "read_pages", lambda *_: reads.append(1) or iter(()))
    hub.marks_on(month, late, None)
    hub.marks_on(month, now, None)
    assert not reads  # from memory


def test_days_pass_while_it_runs(month):
    first, now = date(2026, 11, 3), date(2026, 11, 28)
    hub = SchoolAttendance(SCHOOL, Rules(), first)
    hub.catch_up(month)
    before = {day: hub.marks_on(month, day, None) for day in (first, date(2026, 11, 20))}
    hub.turn_to(now)
    assert {day: hub.marks_on(month, day, None) for day in before} == before
    late = FACTS[-1]._replace(
        id=f"{9:016x}-1", kind="mark", wall_ms=NIGHT + 20 * 24 * HOUR, tq=TimeQuality.NTP,
        body={"lesson": "20261103-S-1-10a1", "person": "hs-10a1-02", "presence": "skipped",
              "source": "office"},
    )  # fmt: skip
    refill(month, [*FACTS, late])
    fresh = SchoolAttendance(SCHOOL, Rules(), now)
    fresh.catch_up(month)
    hub.catch_up(month)
    said = fresh.marks_on(month, first, None)
    assert said != before[first]  # a correction that came weeks later
    assert hub.marks_on(month, first, None) == said


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
)
@given(LOST, st.sampled_from(list(WEEKS.values())), st.booleans())
def test_what_is_read_of_clocks_that_are_weeks_off_says_what_all_facts_say(
    connection, drawn, that, is_open
):
    """As the hub reads: what the database leaves out is what the rules have no use for."""
    told, day = lost_facts_of(drawn), that.date()
    span = Span(day, None if is_open else day)
    if told:
        refill(connection, told)
    pages = read_pages(connection, 0, last_received(connection), span.window(LOST_SCHOOL))
    some = [fact for page in pages for fact in page.facts] if told else []
    part = replay(LOST_SCHOOL, [span.cut(fact, LOST_SCHOOL) for fact in some])
    whole = replay(LOST_SCHOOL, told)
    assert day_as_bytes(part, day) == day_as_bytes(whole, day)


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(LOST, st.lists(st.sampled_from(sorted(WEEKS)), min_size=1, max_size=3))
def test_a_hub_on_which_days_pass_says_what_a_hub_says_that_began_today(connection, drawn, days):
    told = lost_facts_of(drawn)
    if not told:
        return
    refill(connection, told)
    hub = SchoolAttendance(LOST_SCHOOL, Rules(), WEEKS[min(WEEKS)].date())
    hub.catch_up(connection)
    for n in sorted(days):
        hub.turn_to(WEEKS[n].date())
        hub.adopt(LOST_SCHOOL)
    fresh = SchoolAttendance(LOST_SCHOOL, Rules(), WEEKS[max(days)].date())
    fresh.catch_up(connection)
    for one in WEEKS.values():
        that = one.date()
        assert hub.marks_on(connection, that, None) == fresh.marks_on(connection, that, None)
