"""The office's records: found by person, checked, and never in a room."""

from datetime import date
from typing import Any

import pytest

from config.load import load_room
from edge.cli.check import machine_problems
from edge.settings import given_school
from school.office import OfficeCode, OfficeRecord
from school.room_copy import is_for_office, room_copy
from school.school_check import SchoolFileError, school_of
from school.school_file import read_school, write_school
from school.school_rows import SchoolFile
from tests.school.kit import make_rows, make_school

DAY = date(2026, 11, 23)
LEAVE = {"person_id": "10a1-1", "first_day": "2026-11-23", "last_day": "2026-11-24"}


def office(*codes: dict[str, Any], person: str = "10a1-1", **more: Any) -> dict[str, Any]:
    return {"person_id": person, "codes": list(codes)} | more


def code(text: str, system: str = "moet", **more: Any) -> dict[str, Any]:
    return {"system": system, "code": text} | more


def sentence(*rows: dict[str, Any]) -> str:
    with pytest.raises(SchoolFileError) as caught:
        make_school(office=list(rows))
    return str(caught.value)


def test_a_school_without_office_records_has_no_codes():
    assert make_school().office == {}
    assert make_school().office_code("10a1-1", DAY) == ""


def test_records_are_found_by_person_and_codes_stay_text():
    school = make_school(office=[office(code("0012345678"), birth="2010-02-02", gender="Nữ")])
    assert school.office["10a1-1"] == OfficeRecord(
        date(2010, 2, 2), "Nữ", (OfficeCode("moet", "0012345678"),)
    )
    assert school.office_code("10a1-1", DAY) == "0012345678"


def test_the_newest_code_that_is_valid_on_the_day_counts():
    row = office(
        code("2", valid_from="2026-11-23"),
        code("1", valid_to="2026-11-22"),
        code("3", valid_from="2027-01-01"),
    )
    school = make_school(office=[row])
    days = (date(2026, 11, 22), DAY, date(2027, 2, 1))
    assert [school.office_code("10a1-1", day) for day in days] == ["1", "2", "3"]


def test_the_states_personal_number_gives_way_to_every_other_code():
    number = code("038210000123", "citizen", valid_from="2026-11-01")
    assert make_school(office=[office(number)]).office_code("10a1-1", DAY) == "038210000123"
    both = make_school(office=[office(code("77", "vnedu"), number)])
    assert both.office_code("10a1-1", DAY) == "77"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([office(person="nobody")], "office[0].person_id names 'nobody'"),
        ([office(), office()], "office[1] is a second row of 10a1-1"),
        (
            [office(code("1", valid_from="2026-02-01", valid_to="2026-01-01"))],
            "office[0].codes[0] ends on 2026-01-01",
        ),
        ([office(code("1")), office(code("1"), person="10a1-2")], "have the same code of moet"),
    ],
    ids=["unknown person", "twice", "ends before it begins", "one code of two people"],
)
def test_rows_that_do_not_fit_are_refused(rows: list[dict[str, Any]], words: str):
    assert words in sentence(*rows)


def test_a_code_may_change_hands_and_be_the_same_in_two_systems():
    rows = [
        office(code("1", valid_to="2026-09-01"), code("5", "smas")),
        office(code("1", valid_from="2026-09-02"), code("5", "vnedu"), person="10a1-2"),
    ]
    assert make_school(office=rows).office_code("10a1-2", DAY) == "1"


def test_a_mistake_in_a_record_does_not_tell_what_it_says():
    raw = write_school(SchoolFile.model_validate(make_rows(office=[office(code("0012345678"))])))
    with pytest.raises(SchoolFileError) as caught:
        read_school(raw.replace(b'"0012345678"', b"12345678"))
    assert "office[0].codes[0].code" in str(caught.value)
    assert "12345678" not in str(caught.value)


def test_a_rooms_copy_has_approved_leave_alone_and_nothing_of_the_office():
    states = ("approved", "requested", "refused", "withdrawn")
    leaves = [LEAVE | {"id": state, "state": state} for state in states]
    rows = make_rows(office=[office(code("1"), birth="2010-02-02")], leaves=leaves)
    file = SchoolFile.model_validate(rows)
    copy = room_copy(file)
    assert is_for_office(file)
    assert not is_for_office(copy)
    assert [leave.id for leave in school_of(copy).leaves] == ["approved"]
    assert b"2010-02-02" not in write_school(copy)
    assert room_copy(copy) == copy
    assert len(file.office) == 1


def test_a_rooms_copy_knows_the_same_cards_without_their_numbers():
    file = SchoolFile.model_validate(make_rows())
    written = write_school(room_copy(file))
    assert read_school(written).cards == make_school().cards
    assert not any(row.uid and row.uid.encode() in written for row in file.cards)


@pytest.mark.parametrize("uid", ["12Z4", "08A1B2C3"])
def test_a_number_that_is_no_cards_is_still_told_of(uid: str):
    rows = make_rows(cards=[{"person_id": "10a1-1", "tech": "mifare", "uid": uid}])
    with pytest.raises(SchoolFileError, match=r"cards\[0\].uid"):
        school_of(room_copy(SchoolFile.model_validate(rows)))


@pytest.mark.parametrize(
    "card",
    [{}, {"uid_hash": "ab" * 16}, {"last4": "B2C3"}, {"uid": "04A1B2C3", "last4": "B2C3"}],
)
def test_a_card_has_its_number_or_what_it_is_looked_up_by(card: dict[str, str]):
    rows = make_rows(cards=[{"person_id": "10a1-1", "tech": "mifare"} | card])
    with pytest.raises(SchoolFileError, match="either its uid or uid_hash and last4"):
        school_of(SchoolFile.model_validate(rows))


def test_a_room_never_has_them_in_memory_and_is_told_of_its_file(tmp_path):
    rows = make_rows(office=[office(code("1"))])
    (tmp_path / "school.json").write_bytes(write_school(SchoolFile.model_validate(rows)))
    room = tmp_path / "room.toml"
    room.write_text(
        'schema = 1\n[room]\nid = "a1-05"\nname = "A1.05"\nprofile = "none"\n'
        '[attendance]\nschool = "school.json"\n'
    )
    loaded = load_room(room)
    assert given_school(loaded) == make_school()
    assert any("school.json" in problem for problem in machine_problems(loaded))
    (tmp_path / "school.json").write_bytes(write_school(SchoolFile.model_validate(make_rows())))
    assert not any("school.json" in problem for problem in machine_problems(loaded))
