"""The records of the year: read, written again, and one sentence for every mistake."""

import json
from datetime import date
from typing import Any

import pytest

from school.records import RoomKind
from school.school_file import SchoolFileError, read_school, write_school
from school.school_rows import SchoolFile
from tests.school.kit import make_rows, make_school, uid_of

YEAR = {
    "year": "2026-2027", "first_day": "2026-09-07", "last_day": "2027-05-28",
    "semesters": [{"name": "HK I", "first_day": "2026-09-07", "last_day": "2027-01-16"},
                  {"name": "HK II", "first_day": "2027-01-18", "last_day": "2027-05-28"}],
    "closed": [{"first_day": "2026-11-24", "last_day": "2026-11-24", "name": "Ngày Văn hóa"},
               {"first_day": "2027-02-01", "last_day": "2027-02-13", "name": "Tết"}],
}  # fmt: skip
LEAVE = {"id": "l1", "person_id": "10a1-2", "first_day": "2026-11-23", "last_day": "2026-11-24"}
CHANGE = {"kind": "substitute", "date": "2026-11-23", "group": "10a1", "session": "S", "slot": 1}
EXAM = {"group": "thi-toan", "name": "Thi Toán", "room": "lab", "date": "2026-11-23",
        "start": "07:30", "end": "09:00",
        "candidates": [{"person_id": "10a3-1", "number": "10"},
                       {"person_id": "10a1-1", "number": "9"}]}  # fmt: skip
VERSION = {"name": "TKB số 5", "valid_from": "2026-11-23", "rows": [
    {"group": "10a3", "weekday": 1, "session": "S", "slot": 1}]}  # fmt: skip


def raw(**changes: Any) -> bytes:
    return json.dumps(make_rows(**changes)).encode()


def test_everything_is_read_and_written_again():
    rows = make_rows(
        calendar=[YEAR], leaves=[LEAVE], substitutions=[CHANGE], exams=[EXAM], timetables=[VERSION],
        enrolments=[{"person_id": "10a1-1", "class_id": "10a3", "valid_to": "2026-11-22"}],
        teaching_plan=[{"subject": "Toán", "grade": 10, "number": 1, "title": "Mệnh đề"}],
        logbook=[{"lesson": "20261123-S-1-10a1", "number": 1, "title": "Mệnh đề"}],
        rooms=[*make_rows()["rooms"], {"id": "g", "name": "Cổng", "kind": "cổng"}],
    )  # fmt: skip
    school = read_school(json.dumps(rows).encode())
    assert school.rooms["g"].kind is RoomKind.GATE
    assert [p.id for p in school.roster("thi-toan")] == ["10a1-1", "10a3-1"]
    again = read_school(write_school(SchoolFile.model_validate(rows)))
    assert again == school


def test_school_weeks_skip_tet_and_not_the_storm():
    storm = {"first_day": "2026-09-14", "last_day": "2026-09-19", "declared_on": "2026-09-13"}
    year = make_school(calendar=[YEAR | {"closed": [*YEAR["closed"], storm]}]).years[0]
    weeks = [date(2026, 9, 7), date(2026, 9, 13), date(2026, 9, 14), date(2026, 11, 23)]
    assert [year.week(day) for day in weeks] == [1, 1, 2, 12]
    assert (year.week(date(2027, 1, 30)), year.week(date(2027, 2, 3))) == (21, None)
    assert year.week(date(2027, 2, 15)) == 22
    assert year.week(date(2027, 5, 28)) == 36
    assert year.week(date(2026, 9, 6)) is None
    assert year.semester(date(2027, 1, 18)).name == "HK II"
    assert year.is_closed(date(2026, 9, 15))


def test_enrolments_and_members_have_dates():
    school = make_school(
        enrolments=[
            {"person_id": "10a1-1", "class_id": "10a3", "valid_to": "2026-11-22"},
            {"person_id": "10a1-1", "class_id": "10a1", "valid_from": "2026-11-23"},
        ],
        groups=[{"id": "hsg", "name": "HSG", "dated_members": [
            {"person_id": "10a3-1", "valid_from": "2026-11-30"}]}],
    )  # fmt: skip
    before, after = date(2026, 11, 22), date(2026, 11, 23)
    assert "10a1-1" in [p.id for p in school.roster("10a3", before)]
    assert "10a1-1" not in [p.id for p in school.roster("10a1", before)]
    assert [p.id for p in school.roster("10a1", after)] == [p.id for p in school.roster("10a1")]
    assert len(school.roster("10a3", after)) == 5
    assert school.roster("hsg", after) == ()
    assert [p.id for p in school.roster("hsg", date(2026, 12, 1))] == ["10a3-1"]


def test_a_card_has_one_owner_at_a_time():
    card = {"tech": "mifare", "uid": "04AABBCC"}
    first = card | {"person_id": "10a1-1", "valid_to": "2026-10-31"}
    second = card | {"person_id": "10a1-2", "valid_from": "2026-11-01"}
    school = make_school(cards=[second, first])
    hashed = next(iter(school.cards))
    assert school.card_on(hashed, date(2026, 10, 1)).person_id == "10a1-1"
    assert school.card_on(hashed, date(2026, 11, 1)).person_id == "10a1-2"
    with pytest.raises(SchoolFileError, match="10a1-1"):
        make_school(cards=[first | {"valid_to": None}, second])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (raw(calendar=[YEAR | {"year": "2026-2028"}]), ["calendar[0].year", "in a row"]),
        (raw(calendar=[YEAR | {"last_day": "2026-01-01"}]), ["calendar[0]", "before its start"]),
        (raw(calendar=[YEAR, YEAR]), ["calendar[1]", "calendar[0]"]),
        (raw(leaves=[LEAVE | {"last_day": "2026-11-20"}]), ["leaves[0]", "2026-11-20"]),
        (raw(leaves=[LEAVE | {"person_id": "x"}]), ["leaves[0].person_id", "x"]),
        (raw(leaves=[LEAVE | {"person_id": "ha"}]), ["leaves[0]", "staff"]),
        (raw(leaves=[LEAVE | {"reason": "ốm"}]), ["leaves[0].reason", "not a known key"]),
        (raw(substitutions=[CHANGE | {"group": "9c"}]), ["substitutions[0].group", "9c"]),
        (raw(substitutions=[CHANGE | {"kind": "x"}]), ["substitutions[0].kind"]),
        (raw(substitutions=[CHANGE, CHANGE]), ["substitutions[1]"]),
        (raw(exams=[EXAM | {"group": "10a1"}]), ["exams[0].group", "own key"]),
        (raw(exams=[EXAM | {"end": "07:00"}]), ["exams[0]", "07:00"]),
        (raw(exams=[EXAM | {"candidates": []}]), ["exams[0].candidates"]),
        (raw(timetables=[VERSION, VERSION]), ["timetables[1]", "2026-11-23"]),
        (
            raw(timetables=[VERSION | {"rows": [VERSION["rows"][0] | {"slot": 9}]}]),
            ["timetables[0].rows[0].slot", "S9"],
        ),
        (raw(logbook=[{"lesson": "x"}]), ["logbook[0].lesson", "x"]),
        (
            raw(enrolments=[{"person_id": "10a1-1", "class_id": "hsg"}]),
            ["enrolments[0].class_id", "hsg"],
        ),
        (
            raw(teaching_plan=[{"subject": "Toán", "grade": 10, "number": 0, "title": "x"}]),
            ["teaching_plan[0].number"],
        ),
        (
            raw(classes=[{"id": "10a1", "name": "10A1", "homeroom_teacher_id": "10a1-1"},
                         {"id": "10a3", "name": "10A3"}]),
            ["classes[0].homeroom_teacher_id"],
        ),
        (
            raw(cards=[{"person_id": "ha", "tech": "mifare", "uid": uid_of("ha"),
                        "valid_from": "2026-02-01", "valid_to": "2026-01-01"}]),
            ["cards[0]", "before its start"],
        ),
    ],
)  # fmt: skip
def test_every_mistake_is_one_sentence(data: bytes, words: list[str]):
    with pytest.raises(SchoolFileError) as caught:
        read_school(data)
    text = str(caught.value)
    assert "\n" not in text
    for word in words:
        assert word in text
