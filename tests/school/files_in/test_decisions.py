"""Whom `--match` means, and that a decision which leads to nobody writes nothing."""

from datetime import date

import pytest

from school.files.decisions import Decisions
from school.files.rosters.roster import read_roster
from school.files.rosters.roster_change import RosterChange, apply_roster, compare_roster
from school.files.versions import empty_records
from school.school_rows import SchoolFile
from tests.school.files_in import made

DAY = date(2026, 11, 23)
NAMES = ["Nguyễn Văn An", "Trần Thị Bình", "Lê Văn Cường", "Phạm Thị Dung"]
SLIP = ["Nguyễn Văn An", "Trần Thị Bìnhh", "Lê Văn Cường", "Phạm Thị Dung"]
SCHOOL = [f"{name},6A" for name in NAMES] + ["Trần Thị Bình,6B", "Ngô Văn Nam,6B"]


def change_of(file: SchoolFile, lines: list[str], *matches: str) -> RosterChange:
    raw = "\n".join(["Họ và tên,Lớp", *lines])
    said = Decisions(DAY, dict(text.split("=") for text in matches))
    return compare_roster(file, read_roster([made.source(raw, "ds.csv")]), said)


def school(lines: list[str]) -> SchoolFile:
    file = empty_records("A", "ab" * 32)
    return apply_roster(file, change_of(file, lines), Decisions(DAY))


FILE = school(SCHOOL)
OF_6A = [f"{name},6A" for name in SLIP]


def ids(name: str, file: SchoolFile = FILE) -> dict[str | None, str]:
    return {p.class_id: p.id for p in file.people if p.name == name}


def test_the_files_class_decides_between_namesakes():
    change = change_of(FILE, OF_6A, "Trần Thị Bìnhh=Trần Thị Bình")
    assert change.preview().counts == (0, 1, 0, 3)
    assert (change.preview().errors, change.preview().unmatched) == ((), ())
    assert change.found[ids("Trần Thị Bình")["6a"]].name == "Trần Thị Bìnhh"


@pytest.mark.parametrize("wanted", ["tran thi binh", "TRẦN THỊ BÌNH", "Tran Thi Bình"])
def test_a_target_needs_no_accents_where_one_alone_is_meant(wanted: str):
    change = change_of(FILE, OF_6A, f"TRẦN THỊ BÌNHH={wanted}")
    assert change.preview().counts == (0, 1, 0, 3)


def test_a_misspelt_target_keeps_the_name_unmatched():
    shown = change_of(FILE, OF_6A, "Trần Thị Bìnhh=Trần Thị Bin").preview()
    assert [(e.code, e.place.row) for e in shown.errors] == [("match_unknown", 3)]
    (missing,) = shown.unmatched
    assert (missing.name, missing.suggestions) == ("Trần Thị Bìnhh", ("Trần Thị Bình",))


def test_of_namesakes_in_one_class_only_the_id_tells_which():
    file = school([*SCHOOL, "Cao Văn Long,7A"])
    for n, person in enumerate(p for p in file.people if p.name in {NAMES[1], NAMES[2]}):
        person.name, person.stt = "Trần Thị Bình", n + 1
    change = change_of(file, [f"{SLIP[0]},6A", f"{SLIP[1]},6A"], f"{SLIP[1]}=Trần Thị Bình")
    (error,) = change.preview().errors
    one, *_ = (p.id for p in file.people if p.name == "Trần Thị Bình" and p.class_id == "6a")
    assert (error.code, error.params["n"]) == ("match_several", "2")
    assert one in error.params["ids"]
    decided = change_of(file, [f"{SLIP[0]},6A", f"{SLIP[1]},6A"], f"{SLIP[1]}={one}")
    assert decided.preview().errors == ()
    assert decided.found[one].name == SLIP[1]


def test_nobody_is_taken_twice():
    twice = [*OF_6A, "Trần Thị Bình,6A"]
    shown = change_of(FILE, twice, f"{SLIP[1]}=Trần Thị Bình").preview()
    assert [e.code for e in shown.errors] == ["match_taken"]


def test_a_decision_for_one_class_leaves_the_namesake_in_another():
    file = school(["Nguyễn Văn Ân,6A", "Nguyễn Văn An,6B"])
    lines = ["Nguyễn Văn An,6A", "Nguyễn Văn An,6B"]
    shown = change_of(file, lines, "Nguyễn Văn An=Nguyễn Văn Ân").preview()
    assert shown.counts == (0, 1, 0, 1)
    assert shown.errors == ()


def test_a_target_of_another_class_has_moved():
    change = change_of(FILE, ["Ngô Văn Nan,6A"], "Ngô Văn Nan=Ngô Văn Nam")
    assert list(change.found) == [ids("Ngô Văn Nam")["6b"]]


def test_staff_too_are_never_guessed():
    head, both = "Mã GV,Họ tên giáo viên", ["1,Nguyễn Thị Hà", "2,Nguyễn Thị Hạ"]
    read = read_roster([made.source("\n".join([head, *both]), "gv.csv")])
    file = empty_records("A", "ab" * 32)
    file = apply_roster(file, compare_roster(file, read, Decisions(DAY)), Decisions(DAY))
    one, other = (p.id for p in file.people)
    again = read_roster([made.source("Tổ,Họ tên giáo viên\nToán,Nguyễn Thị Hạ", "gv.csv")])
    assert list(compare_roster(file, again, Decisions(DAY)).staff.found) == [other]
    bare = read_roster([made.source("Tổ,Họ tên giáo viên\nToán,Nguyen Thi Ha", "gv.csv")])
    assert list(compare_roster(file, bare, Decisions(DAY)).staff.found) == []
    new = read_roster([made.source("Tổ,Họ tên giáo viên\nToán,Nguyễn Hạ", "gv.csv")])

    def codes(wanted: str) -> list[str]:
        change = compare_roster(file, new, Decisions(DAY, {"Nguyễn Hạ": wanted}))
        return [e.code for e in change.preview().errors]

    assert codes("Nguyen Thi Ha") == ["match_several"]
    assert codes("Nguyễn Thị Hoa") == ["match_unknown"]
    assert (codes("Nguyễn Thị Hạ"), codes(one)) == ([], [])
