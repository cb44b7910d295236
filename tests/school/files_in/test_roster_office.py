"""What a roster leaves in the office's records, and how pupils are known again by it."""

from datetime import date, timedelta
from typing import Any

import pytest

from school.files.decisions import Decisions
from school.files.rosters.roster import read_roster
from school.files.rosters.roster_change import RosterChange, apply_roster, compare_roster
from school.files.versions import empty_records
from school.school_check import school_of
from school.school_rows import CodeRow, SchoolFile
from tests.school.files_in import made

DAY = date(2026, 9, 7)
LATER = DAY + timedelta(days=70)
HEAD = "STT,Mã HS,Họ và tên,Ngày sinh,Giới tính,Lớp"
AN = "1,0012345678,Nguyễn Văn An,02/02/2010,Nam,10A1"
TWIN = "2,0012345679,Nguyễn Văn An,03/03/2010,Nữ,10A1"


def change_of(file: SchoolFile, lines: tuple[str, ...], day: date, head: str) -> RosterChange:
    read = read_roster([made.source("\n".join([head, *lines]), "ds.csv")])
    assert read.errors == ()
    return compare_roster(file, read, Decisions(day))


def took(
    *lines: str, file: SchoolFile | None = None, day: date = DAY, head: str = HEAD
) -> SchoolFile:
    before = file or empty_records("A", "ab" * 32)
    after = apply_roster(before, change_of(before, lines, day, head), Decisions(day))
    made.proven_bytes(after)
    return after


def counts(file: SchoolFile, *lines: str, day: date = LATER, head: str = HEAD) -> tuple[int, ...]:
    return tuple(change_of(file, lines, day, head).preview().counts)


def ids(file: SchoolFile, name: str = "Nguyễn Văn An") -> list[str]:
    return [p.id for p in file.people if p.name == name]


def codes(file: SchoolFile) -> list[list[tuple[Any, ...]]]:
    return [[(c.system, c.code, c.valid_from, c.valid_to) for c in o.codes] for o in file.office]


def test_code_birth_and_gender_are_kept_as_text_for_the_exports():
    file = took(AN, TWIN)
    one, other = (school_of(file).office[person] for person in ids(file))
    assert (one.birth, one.gender) == (date(2010, 2, 2), "Nam")
    assert (other.birth, other.gender) == (date(2010, 3, 3), "Nữ")
    assert school_of(file).office_code(ids(file)[0], LATER) == "0012345678"
    assert took(AN, TWIN, file=file, day=LATER) == file


@pytest.mark.parametrize(
    ("heading", "code", "system"),
    [
        ("Mã HS", "0012345678", "school"),
        ("Mã định danh Bộ GD&ĐT", "3812345678", "moet"),
        ("Mã định danh", "038210000123", "citizen"),
    ],
)
def test_the_heading_says_whose_code_it_is(heading: str, code: str, system: str):
    file = took(f"{code},An,6A", head=f"{heading},Họ tên,Lớp")
    assert file.office[0].codes == [CodeRow(system=system, code=code)]


def test_the_ministrys_code_and_the_personal_number_in_one_column_lost_no_zeros():
    head = "Mã định danh,Họ tên,Lớp"
    file = took("3812345678,An,6A", "038210000123,Bình,6A", head=head)
    assert [row.codes[0].system for row in file.office] == ["moet", "citizen"]
    cut = "\n".join([head, "3812345678,An,6A", "38210000123,Bình,6A", "038210000124,Chi,6A"])
    assert [e.code for e in read_roster([made.source(cut, "a.csv")]).errors] == ["lost_zeros"]


def test_a_changed_code_ends_the_old_one_and_the_pupil_is_known_by_the_new():
    changed = AN.replace("0012345678", "0099999999")
    assert counts(took(AN), changed) == (0, 1, 0, 0)
    file = took(changed, file=took(AN), day=LATER)
    last = LATER - timedelta(days=1)
    assert codes(file) == [
        [("school", "0012345678", None, last), ("school", "0099999999", LATER, None)]
    ]
    code_on = school_of(file).office_code
    assert [code_on(ids(file)[0], day) for day in (last, LATER)] == ["0012345678", "0099999999"]
    renamed = changed.replace("Văn An", "Văn Ân").replace("10A1", "10A2")
    again = took(renamed, file=file, day=LATER + timedelta(days=1))
    assert ids(again, "Nguyễn Văn Ân") == ids(file)
    corrected = took(AN.replace("0012345678", "0088888888"), file=file, day=LATER)
    assert [code[1] for code in codes(corrected)[0]] == ["0012345678", "0088888888"]


def test_a_code_of_another_system_stands_beside():
    file = took("3812345678,An,6A", file=took("77,An,6A", head="Mã HS,Họ tên,Lớp"),
                head="Mã định danh,Họ tên,Lớp")  # fmt: skip
    assert [code[:2] for code in codes(file)[0]] == [("school", "77"), ("moet", "3812345678")]


def test_a_new_pupil_of_the_same_name_takes_nobodys_place():
    file = took(AN)
    after = took(TWIN.replace("2,", "1,", 1), AN.replace("1,", "2,", 1), file=file, day=LATER)
    old, new = ids(after)
    assert [old] == ids(file)
    assert school_of(after).office_code(new, LATER) == "0012345679"
    assert counts(file, TWIN) == (1, 0, 1, 0)


def test_without_codes_equal_names_are_told_apart_by_birth():
    head = "Họ và tên,Ngày sinh,Lớp"
    one, other = "Nguyễn Văn An,02/02/2010,10A1", "Nguyễn Văn An,03/03/2010,10A1"
    file = took(one, other, head=head)
    assert counts(file, other, one, head=head) == (0, 0, 0, 2)
    after = took(other, one.replace("10A1", "10A2"), file=file, day=LATER, head=head)
    moved = {p.id: p.class_id for p in after.people}
    assert [moved[person] for person in ids(file)] == ["10a2", "10a1"]
    assert counts(after, other, one.replace("10A1", "10A2"), head=head) == (0, 0, 0, 2)


def test_a_corrected_birth_counts_as_changed_and_an_absent_one_stays():
    file = took(AN)
    assert counts(file, AN.replace("02/02", "22/02")) == (0, 1, 0, 0)
    silent = took("1,0012345678,Nguyễn Văn An,,,10A1", file=file, day=LATER)
    assert silent == file


def test_records_from_before_codes_were_kept_know_their_pupils_and_learn_the_codes():
    file = took(AN, TWIN)
    old = file.model_copy(update={"office": []})
    assert counts(old, AN, TWIN) == (0, 0, 0, 2)
    assert took(AN, TWIN, file=old, day=LATER) == file


def test_a_class_is_known_by_its_name_whatever_its_key():
    file = took(AN)
    rows = file.model_dump(by_alias=True)
    rows["classes"][0]["id"] = rows["people"][0]["class_id"] = "k1"
    rows["office"] = []
    file = SchoolFile.model_validate(rows)
    uncoded = "1,,Nguyễn Văn An,,,10A1"
    assert counts(file, uncoded) == (0, 0, 0, 1)
    assert took(uncoded, file=file, day=LATER) == file


def test_names_in_capitals_are_written_as_names_and_are_the_same_pupils():
    head = "Họ và tên,Lớp"
    file = took("NGUYỄN THỊ ÁNH,10A1", "GIÀNG A PÁO,10A1", head=head)
    assert [p.name for p in file.people] == ["Nguyễn Thị Ánh", "Giàng A Páo"]
    old = file.model_copy(deep=True)
    old.people[0].name = "NGUYỄN THỊ ÁNH"
    assert counts(old, "NGUYỄN THỊ ÁNH,10A1", "GIÀNG A PÁO,10A1", head=head) == (0, 1, 0, 1)
