"""The calendar read back by a small reader of its own, day by day."""

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sync.school.files.out_about import About
from sync.school.files.out_calendar import Change, Plan, calendar_file, escape, fold_line, plan_of
from sync.school.records import Session, TimetableVersion
from sync.school.year import Closed, SchoolYear
from tests.school.files_out.kit import AT, ZONE, rows, school_of

FIRST, LAST = date(2026, 9, 7), date(2026, 12, 31)
NEW = date(2026, 11, 23)
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
            now[name.partition(";")[0]].append(value)
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
    plan = plan_of(made, FIRST, LAST)
    taken = Change(day, "10a1", Session.MORNING, 1, subject="Sử", teacher_id="gv-toan")
    gone = Change(day, "10a1", Session.MORNING, 2, is_off=True)
    plan = Plan(made, plan.versions, plan.closed, [taken, gone])
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


@given(st.text(max_size=200))
def test_lines_fold_between_characters_at_75_octets(text):
    line = f"SUMMARY:{escape(text)}"
    folded = fold_line(line)
    assert folded.endswith(b"\r\n")
    pieces = folded[:-2].split(b"\r\n")
    assert all(len(piece) <= 75 for piece in pieces)
    assert b"".join([pieces[0], *(piece[1:] for piece in pieces[1:])]).decode() == line
