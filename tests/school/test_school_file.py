"""Every kind of broken school file gives one sentence with place and cure."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from school.school_file import MAX_FILE_BYTES, SchoolFileError, read_school, write_school
from school.school_rows import SchoolFile
from tests.school.kit import make_rows, make_school


def raw(**changes: Any) -> bytes:
    return json.dumps(make_rows(**changes)).encode()


def changed(key: str, n: int, **more: Any) -> bytes:
    rows = make_rows()
    rows[key] = list(rows[key])
    rows[key][n] = rows[key][n] | more
    return json.dumps(rows).encode()


def added(key: str, **row: Any) -> bytes:
    rows = make_rows()
    return json.dumps(rows | {key: [*rows[key], row]}).encode()


def sentence(data: bytes) -> str:
    with pytest.raises(SchoolFileError) as caught:
        read_school(data)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_good_file_is_read():
    school = make_school()
    assert len(school.people) == 11
    assert [p.id for p in school.roster("10a1")] == [f"10a1-{n}" for n in range(1, 6)]
    assert [p.id for p in school.roster("hsg")] == ["10a1-1", "10a3-1"]
    assert school.groups["10a1"].grade == 10
    assert school.timetable[0].room == "a1-05"


def test_what_is_written_is_read_again():
    rows = SchoolFile.model_validate(make_rows())
    assert read_school(write_school(rows)) == make_school()


def test_a_byte_order_mark_is_no_mistake():
    assert read_school(b"\xef\xbb\xbf" + raw()) == make_school()


def test_names_become_nfc():
    school = read_school(changed("people", 0, name="Nguyê\u0303n  Thi\u0323 An "))
    assert school.people["10a1-1"].name == "Nguyễn Thị An"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", ["not JSON"]),
        (b'{"schema": 1', ["not JSON"]),
        (b"[1, 2]", ["the file"]),
        (raw()[:200], ["not JSON"]),
        ('{"a": "ế"}'.encode("utf-16"), ["UTF-8", "save"]),
        (raw().replace(b"An", b"\xc3"), ["not UTF-8"]),
        (raw(schema=2), ["schema"]),
        (raw(card_key="00"), ["card_key", "not shown"]),
        (raw(colour="red"), ["colour", "not a known key"]),
        (raw(people="none"), ["people"]),
        (changed("people", 0, stt="1"), ["people[0].stt"]),
        (changed("people", 0, kind="parent"), ["people[0].kind"]),
        (changed("people", 0, name="  "), ["people[0].name", "blank"]),
        (changed("people", 0, class_id="9c"), ["people[0].class_id", "9c"]),
        (changed("people", 0, class_id=None), ["people[0]", "class_id"]),
        (changed("people", 10, class_id="10a1"), ["people[10]", "staff"]),
        (changed("people", 1, stt=1), ["10a1-1", "10a1-2", "stt 1"]),
        (changed("people", 1, id="10a1-1"), ["people[1]", "people[0]", "10a1-1"]),
        (changed("classes", 0, id="10A1"), ["classes[0].id"]),
        (changed("classes", 1, name="10a1"), ["classes and groups", "10a1"]),
        (changed("classes", 0, home_room="b9"), ["classes[0].home_room", "b9"]),
        (changed("rooms", 1, id="a1-05"), ["rooms[1]", "rooms[0]"]),
        (changed("groups", 0, members=["x"]), ["groups[0].members[0]", "x"]),
        (changed("groups", 0, members=["ha"]), ["groups[0].members[0]", "staff"]),
        (changed("groups", 0, members=["10a1-1", "10a1-1"]), ["groups[0].members[1]"]),
        (changed("cards", 0, person_id="x"), ["cards[0].person_id", "x"]),
        (changed("cards", 0, uid="12Z4"), ["cards[0].uid", "hex"]),
        (changed("cards", 0, uid="0A1B"), ["cards[0].uid", "hex"]),
        (changed("cards", 0, uid="0A1B2C3D4E"), ["cards[0].uid", "4 or 7 or 10"]),
        (changed("cards", 0, uid="08112233"), ["cards[0]", "phone"]),
        (added("bells", session="S", slot=4, start="07:40", end="07:50"), ["overlap", "S1"]),
        (added("bells", session="S", slot=1, start="10:00", end="10:45"), ["S1"]),
        (added("bells", session="T", slot=1, start="19:00", end="19:00"), ["bells[4]", "19:00"]),
        (added("bells", session="T", slot=1, start="19h00", end="20:00"), ["bells[4].start"]),
        (added("bells", session="N", slot=1, start="19:00", end="20:00"), ["bells[4].session"]),
        (changed("timetable", 0, weekday=8), ["timetable[0].weekday"]),
        (changed("timetable", 0, group="9c"), ["timetable[0].group", "9c"]),
        (changed("timetable", 0, room="b9"), ["timetable[0].room", "b9"]),
        (changed("timetable", 0, teacher_id="10a1-1"), ["timetable[0].teacher_id"]),
        (changed("timetable", 0, slot=5), ["timetable[0].slot", "S5"]),
        (changed("timetable", 1, slot=1), ["timetable[1]", "timetable[0]"]),
        (b" " * (MAX_FILE_BYTES + 1), ["bytes"]),
    ],
)
def test_a_broken_file_gives_one_sentence(data: bytes, words: list[str]):
    text = sentence(data)
    for word in words:
        assert word in text


def test_a_card_with_two_owners_names_both():
    data = changed("cards", 1, uid=make_rows()["cards"][0]["uid"])
    text = sentence(data)
    assert "10a1-1" in text
    assert "10a1-2" in text


def test_the_card_key_is_never_shown():
    assert "5e5e5e" not in sentence(raw(card_key="5e5e5e"))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_bytes_are_a_school_or_one_sentence(data):
    good = raw()
    cut = data.draw(st.integers(0, len(good)))
    junk = data.draw(st.binary(max_size=20))
    try:
        read_school(good[:cut] + junk + good[cut:])
    except SchoolFileError as error:
        assert "\n" not in str(error)
