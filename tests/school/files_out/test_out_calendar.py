"""The calendar read back by a small reader of its own, day by day."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from school.files.books.out_about import About
from school.files.books.out_calendar import calendar_file, plan_of
from school.names import clean
from school.records import School, Session, TimetableVersion
from school.rules import Rules
from school.timetable import Timetable
from school.year import ChangeKind, Closed, Exam, SchoolYear, Substitution
from tests.school.files_out.kit import AT, ZONE, rows, school_of

FIRST, LAST = date(2026, 9, 7), date(2026, 12, 31)
NEW = date(2026, 11, 23)
WINTER = date(2026, 12, 7)
CONTROLS = dict.fromkeys([*range(32), 127])
ABOUT = About("X", "máy chủ trường", AT)


def events(content: bytes) -> list[dict[str, list[str]]]:
    """Properties of each event; parameters are dropped, lines unfolded."""
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    lines = content.replace(b"\r\n ", b"").decode().split("\r\n")
    found: list[dict[str, list[str]]] = []
    now: dict[str, list[str]] | None = None
    for line in lines:
        if line == "BEGIN:VEVENT":
            now = defaultdict(list)
        elif line == "END:VEVENT":
            found.append(now)
            now = None
        elif now is not None:
            name, _, value = line.partition(":")
            values = value.split(",") if name.startswith("EXDATE") else [value]
            now[name.partition(";")[0]] += values
    return found


def local(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%S").replace(tzinfo=ZONE)


def occurrences(content: bytes) -> dict[datetime, list[tuple[str, str]]]:
    """Start → (summary, location) of what a calendar program shows."""
    shown: dict[tuple[str, datetime], tuple[datetime, str, str]] = {}
    for one in sorted(events(content), key=lambda e: "RECURRENCE-ID" in e):
        start, uid = local(one["DTSTART"][0]), one["UID"][0]
        words = one["SUMMARY"][0], (one["LOCATION"] or [""])[0]
        if "RECURRENCE-ID" in one:
            key = uid, local(one["RECURRENCE-ID"][0])
            assert key in shown
            del shown[key]
            if "STATUS" not in one:
                shown[key] = (start, *words)
            continue
        rule = dict(part.split("=") for part in one["RRULE"][0].split(";"))
        until = datetime.strptime(rule["UNTIL"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        assert rule["BYDAY"] == ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][start.weekday()]
        out = {local(text) for text in one["EXDATE"]}
        moment = start
        while moment <= until:
            if moment not in out:
                assert (uid, moment) not in shown
                shown[uid, moment] = (moment, *words)
            moment += timedelta(days=7)
    found = defaultdict(list)
    for start, *words in shown.values():
        found[start].append(tuple(words))
    return found


def second_reading(content: bytes) -> Iterator[tuple[datetime, datetime, str, str]]:
    """Start, end, summary and place of each lesson, as icalendar and dateutil read them."""
    found: dict[tuple[str, datetime], tuple[datetime, datetime, str, str]] = {}
    read = sorted(Calendar.from_ical(content).walk("VEVENT"), key=lambda e: "RECURRENCE-ID" in e)
    for one in read:
        start, uid = one.start.astimezone(ZONE), str(one["UID"])
        words = (one.end - one.start, str(one["SUMMARY"]), str(one.get("LOCATION", "")))
        moments = [start]
        if "RRULE" in one:
            rule = rrulestr(one["RRULE"].to_ical().decode(), dtstart=one.start)
            moments = [moment.astimezone(ZONE) for moment in rule]
        out = one.get("EXDATE", [])
        taken = {t.dt.astimezone(ZONE) for e in (out if isinstance(out, list) else [out])
                 for t in e.dts}  # fmt: skip
        assert taken <= set(moments)
        if "RECURRENCE-ID" in one:
            assert (uid, one["RECURRENCE-ID"].dt.astimezone(ZONE)) in found
        for moment in moments:
            if moment not in taken:
                found[uid, moment] = (moment, moment + words[0], *words[1:])
    yield from found.values()


def change(kind: str, day: date, slot: int, **more) -> Substitution:
    return Substitution(ChangeKind(kind), day, more.pop("session", Session.MORNING), slot, "10a1",
                        **more)  # fmt: skip


def school():
    made = school_of(rows())
    later = tuple(replace(e, subject="Sử, Địa; mới") for e in made.timetable if e.slot <= 4)
    closed = (Closed(date(2026, 11, 24), date(2026, 11, 24)), Closed(FIRST, FIRST))
    year = SchoolYear("2026-2027", FIRST, date(2027, 5, 31), (), closed)
    return replace(made, timetables=(TimetableVersion("TKB số 2", NEW, later),), years=(year,))


def test_each_day_has_the_lessons_of_its_version():
    made = school()
    shown = occurrences(calendar_file(plan_of(made, FIRST, LAST), ABOUT, group="10a1"))
    days = [FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1)]
    for day in days:
        got = {start: words for start, words in shown.items() if start.date() == day}
        is_off = day in (FIRST, date(2026, 11, 24)) or day.isoweekday() == 7
        mornings = 0 if is_off else (5 if day < NEW else 4)
        assert len(got) == mornings + (not is_off and day.isoweekday() == 2)
        for start, words in got.items():
            assert len(words) == 1
            assert (start.hour, start.minute) in {
                (7, 0),
                (7, 50),
                (8, 55),
                (9, 45),
                (10, 35),
                (13, 15),
            }
            assert words[0][1] == "P.10A1"
            assert (words[0][0] == "Sử\\, Địa\\; mới · 10A1") == (day >= NEW)
    assert min(shown).date() > FIRST
    assert max(shown).date() == LAST


def test_one_event_for_each_class_slot_and_version_with_a_stable_id():
    content = calendar_file(plan_of(school(), FIRST, LAST), ABOUT)
    ids = [one["UID"][0] for one in events(content)]
    assert len(ids) == len(set(ids)) == 2 * (31 + 25)
    later = calendar_file(plan_of(school(), FIRST, LAST), replace(ABOUT, at=AT + timedelta(1)))
    assert ids == [one["UID"][0] for one in events(later)]
    assert b"BEGIN:VTIMEZONE\r\nTZID:Asia/Ho_Chi_Minh\r\n" in content


def test_a_substitution_overrides_one_day_in_three_calendars():
    day, made = date(2026, 11, 2), school()
    taken = change("substitute", day, 1, subject="Sử", teacher_id="gv-toan")
    gone = change("cancelled", day, 2)
    plan = plan_of(replace(made, substitutions=(taken, gone)), FIRST, LAST)
    first, second = (datetime(2026, 11, 2, *time, tzinfo=ZONE) for time in ((7, 0), (7, 50)))
    shown = occurrences(calendar_file(plan, ABOUT, group="10a1"))
    assert shown[first] == [("Sử · 10A1", "P.10A1")]
    assert second not in shown
    planned = next(e for e in made.timetable if (e.group_key, e.weekday, e.slot) == ("10a1", 1, 1))
    assert planned.teacher_id == "gv-ha"
    own = events(calendar_file(plan, ABOUT, teacher="gv-toan"))
    single = [one for one in own if "RRULE" not in one and "RECURRENCE-ID" not in one]
    assert [one["SUMMARY"][0] for one in single] == ["Sử · 10A1"]
    before = occurrences(calendar_file(plan, ABOUT, teacher="gv-ha"))
    assert not any("10A1" in words[0] for words in before.get(first, ()))


def changed() -> School:
    """The school with lessons made up, swapped, moved, cancelled, and an exam."""
    made = school()
    week = date(2026, 11, 2)
    changes = (
        change("make_up", week + timedelta(6), 1, subject="Toán", teacher_id="gv-ha"),  # a Sunday
        change("make_up", week + timedelta(7), 1, session=Session.AFTERNOON, subject="Hóa học"),
        change("swap", week + timedelta(8), 2, subject="Tin học", teacher_id="gv-toan"),
        change("swap", week + timedelta(8), 3, subject="Sử", teacher_id="gv-ha"),
        change("room", week + timedelta(9), 1, room="p-11a1"),
        change("cancelled", week + timedelta(9), 2),
        change("substitute", week + timedelta(10), 1, teacher_id="gv-toan"),
        change("make_up", date(2026, 11, 24), 4, subject="Sử"),  # on a day off
    )
    exam = Exam("thi", "Thi", "p-10a1", week + timedelta(11), 8 * 60, 9 * 60, "Toán", (), ())
    bells = [replace(b, weekdays=frozenset(range(1, 8))) for b in made.bells]
    winter = [
        replace(b, start_min=b.start_min + 15, end_min=b.end_min + 15, valid_from=WINTER,
                valid_to=LAST) for b in bells
    ]  # fmt: skip
    return replace(made, bells=(*bells, *winter), substitutions=changes, exams=(exam,))


@pytest.mark.parametrize("wish", [{}, {"group": "10a1"}, {"teacher": "gv-ha"}])
def test_a_second_reader_finds_each_day_as_the_rooms_have_it(wish):
    made = changed()
    timetable = Timetable(made, Rules())
    shown = defaultdict(set)
    content = calendar_file(plan_of(made, FIRST, LAST), ABOUT, **wish)
    for start, *words in second_reading(content):
        assert tuple(words) not in shown[start]
        shown[start].add(tuple(words))
    for n in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(n)
        wanted = defaultdict(set)
        for one in timetable.on(day):
            is_wanted = wish.get("group", one.group_key) == one.group_key
            is_wanted = is_wanted and wish.get("teacher", one.teacher_id) == one.teacher_id
            if is_wanted and not one.is_exam:
                where = made.rooms[one.room].name
                ends = datetime.fromtimestamp(one.ends_ms / 1000, ZONE)
                title = f"{one.subject} · {made.group_name(one.group_key)}"
                wanted[datetime.fromtimestamp(one.starts_ms / 1000, ZONE)].add((ends, title, where))
        assert {k: v for k, v in shown.items() if k.date() == day} == wanted


def test_what_departs_from_the_week_is_said_as_the_standard_has_it():
    found = events(calendar_file(plan_of(changed(), FIRST, LAST), ABOUT, group="10a1"))
    exdates = {text for one in found for text in one["EXDATE"]}
    assert exdates == {"20261111T075000", "20261113T075000", "20261113T085500"}
    assert not any("STATUS" in one for one in found)
    moved = {one["RECURRENCE-ID"][0]: one for one in found if "RECURRENCE-ID" in one}
    assert moved["20261111T070000"]["LOCATION"] == ["P.11A1"]
    assert set(moved) == {
        "20261110T075000", "20261110T085500", "20261111T070000", "20261112T070000",
        "20261124T094500",
    }  # fmt: skip
    single = {one["UID"][0] for one in found if not one.keys() & {"RRULE", "RECURRENCE-ID"}}
    assert single == {f"{name}-10a1@thpt-x.lophoc" for name in ("20261108-S-1", "20261109-C-1")}


@given(st.text(max_size=200))
def test_any_name_is_read_back_and_no_line_is_long(name):
    made = replace(school(), name=name)
    content = calendar_file(plan_of(made, FIRST, FIRST), ABOUT)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    said = str(Calendar.from_ical(content)["X-WR-CALNAME"])
    assert said == clean(f"Thời khóa biểu – {name}").translate(CONTROLS)
