"""Rosters: headings, maps, what is never read, what changes."""
# ruff: noqa: E501 - lines of files, kept whole

import unicodedata
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from school.files.decisions import Decisions
from school.files.preview import Counts
from school.files.rosters.enrolment import classes_on
from school.files.rosters.people_read import RosterRead
from school.files.rosters.roster import read_roster
from school.files.rosters.roster_change import apply_roster, compare_roster
from school.files.sheets import xlsx_in
from school.files.sheets.headings import MAPS, column_map
from school.files.versions import empty_records, rows_of
from school.school_rows import SchoolFile
from tests.school.files_in import made

DAY = date(2026, 11, 23)
SAID = Decisions(DAY)
LATER = Decisions(DAY + timedelta(days=7))


def read(
    rows: list[list[object]], sheet: str = "Sheet1", merges: tuple[str, ...] = ()
) -> RosterRead:
    return read_roster([made.source(made.book({sheet: rows}, merges))])


def records(raw: bytes) -> SchoolFile:
    file = empty_records("A", "ab" * 32)
    return apply_roster(file, compare_roster(file, read_roster([made.source(raw)]), SAID), SAID)


def test_a_list_under_a_title_with_a_footer():
    found = read_roster([made.source(made.roster())])
    assert len(found.pupils) == 40
    assert found.classes == ("10A1", "10A2")
    assert found.errors == ()
    first = found.pupils[0]
    assert (first.stt, first.code, first.name) == (1, "3800000001", made.pupil_name(1))
    assert first.birth == date(2010, 2, 2)


@pytest.mark.parametrize("write", [made.book, made.shared_book])
def test_parents_ethnicity_and_addresses_are_never_kept(write, monkeypatch: pytest.MonkeyPatch):
    """Neither in what is given back nor in any grid or text that is taken out of the file."""
    seen: list[str] = []
    texts, reads = xlsx_in.Book.texts, xlsx_in.Sheet.read

    def watched_texts(self, wanted, keep):
        found = texts(self, wanted, keep)
        seen.extend(found.values())
        return found

    def watched_read(self, **how):
        grid = reads(self, **how)
        seen.extend(str(value) for row in grid.values() for value in row.values())
        return grid

    monkeypatch.setattr(xlsx_in.Book, "texts", watched_texts)
    monkeypatch.setattr(xlsx_in.Sheet, "read", watched_read)
    found = read_roster([made.source(write({"Sheet": made.roster_rows(["10A1"], 3)}))])
    assert [p.name for p in found.pupils] == [made.pupil_name(n) for n in (1, 2, 3)]
    assert made.pupil_name(1) in seen
    assert not set(seen) & set(made.SECRET)
    assert not any(secret in repr(found) for secret in made.SECRET)


def test_parents_under_a_common_heading_are_not_the_pupil():
    rows = [
        ["STT", "Họ và tên", None, "Thông tin cha", None, "Lớp"],
        [None, "Họ đệm", "Tên", "Họ và tên", "Ngày sinh", None],
        [1, "Nguyễn Văn", "An", "CHA", "01/01/1980", "6A"],
    ]
    found = read(rows, merges=("B1:C1", "D1:E1"))
    assert [(p.name, p.birth, p.class_name) for p in found.pupils] == [
        ("Nguyễn Văn An", None, "6A")
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_csv(separator: str, encoding: str):
    lines = [["STT", "Họ tên", "Lớp"], ["1", "Giàng A Páo", "7/3"], ["2", "Hơ Thị", "7/3"]]
    text = "\n".join(separator.join(line) for line in lines)
    found = read_roster([made.source(text.encode(encoding), "ds.csv")])
    assert found.format == "csv"
    assert [(p.name, p.class_name, p.stt) for p in found.pupils] == [
        ("Giàng A Páo", "7/3", 1),
        ("Hơ Thị", "7/3", 2),
    ]


@pytest.mark.parametrize("system", MAPS)
def test_a_systems_map_is_known_by_its_signature_and_says_that_it_is_unconfirmed(system: str):
    wanted = column_map(system)
    heads = {
        "ma hoc sinh": "Mã học sinh",
        "ho dem": "Họ đệm",
        "ten": "Tên",
        "ngay sinh": "Ngày sinh",
        "ho va ten": "Họ và tên",
        "ma lop": "Mã lớp",
        "ma hs": "Mã HS",
        "lop": "Lớp",
        "trang thai": "Trạng thái",
    }
    row = {
        "Mã học sinh": "0123456789",
        "Họ đệm": "Nguyễn Văn",
        "Tên": "An",
        "Ngày sinh": "01/02/2010",
        "Họ và tên": "Nguyễn Văn An",
        "Mã lớp": "10A1",
        "Mã HS": "0123456789",
        "Lớp": "10A1",
        "Trạng thái": "Đang học",
    }
    columns = [heads[h] for h in heads if h in wanted.signature]
    found = read([columns, [row[c] for c in columns]], sheet="10A1")
    assert found.format == system
    assert [(p.name, p.class_name, p.code) for p in found.pupils] == [
        ("Nguyễn Văn An", "10A1", "0123456789")
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Họ và tên": None}, "no_name"),
        ({"Lớp": None}, "no_class"),
        ({"Họ và tên": "+cmd|calc"}, "formula_text"),
        ({"Ngày sinh": "31/02/2010"}, "bad_birth"),
        ({"Ngày sinh": "02/25/2010"}, "swapped_birth"),
        ({"Ngày sinh": 12}, "bad_birth"),
        ({"STT": "x1"}, "bad_stt"),
        ({"STT": 2}, "same_stt"),
        ({"Mã": 123456789}, "lost_zeros"),
        ({"Mã": "0000000002"}, "same_code"),
        ({"Lớp": "???"}, "bad_class"),
        ({"Họ và tên": "#REF!"}, "error_cell"),
        ({"STT": "=A1"}, "formula_empty"),
    ],
)
def test_each_broken_row_is_one_error_with_its_place(changes: dict[str, object], code: str):
    good = {
        "STT": 1,
        "Mã": "0000000001",
        "Họ và tên": "Nguyễn An",
        "Ngày sinh": "01/02/2010",
        "Lớp": "10A1",
    }
    other = {
        "STT": 2,
        "Mã": "0000000002",
        "Họ và tên": "Trần Bình",
        "Ngày sinh": "01/02/2010",
        "Lớp": "10A1",
    }
    heads = ["STT", "Mã HS", "Họ và tên", "Ngày sinh", "Lớp"]
    row = list((good | changes).values())
    if changes.get("STT") == "=A1":
        row[1] = "0000000001"
    found = read([heads, row, list(other.values())])
    assert code in {e.code for e in found.errors}
    assert all(e.place.sheet == "Sheet1" and e.place.row in {2, 3} for e in found.errors)
    assert len(found.errors) <= 2


def test_dates_as_serials_as_text_and_turned_round():
    rows = [
        ["STT", "Họ và tên", "Ngày sinh", "Lớp"],
        [1, "An", date(2010, 5, 20), "6A"],
        [2, "Bình", "20-05-2010", "6A"],
    ]
    assert [p.birth for p in read(rows).pupils] == [date(2010, 5, 20)] * 2
    rows = [["STT", "Họ và tên", "Ngày sinh", "Lớp"]]
    rows += [[n, f"An {n}", date(2010, n, n + 1), "6A"] for n in range(1, 5)]
    rows += [[n, f"An {n}", f"{n + 10}/03/2010", "6A"] for n in range(5, 9)]
    (asked,) = read(rows).account.questions
    assert asked.code == "swapped_birth"
    raw = [made.source(made.book({"S": rows}))]
    for answer, first in (("swap", date(2010, 2, 1)), ("keep", date(2010, 1, 2))):
        settled = read_roster(raw, {asked.key: answer})
        assert (settled.pupils[0].birth, settled.account.questions) == (first, ())


def test_nfd_names_become_nfc_and_who_left_is_left_out():
    rows = [
        ["STT", "Họ và tên", "Lớp", "Trạng thái"],
        [1, unicodedata.normalize("NFD", "Đặng Thị Hường"), "10A1 ", "Đang học"],
        [2, "Lê Văn Ước", "10A1", "Chuyển trường"],
    ]
    found = read(rows)
    assert [(p.name, p.class_name) for p in found.pupils] == [("Đặng Thị Hường", "10A1")]


def test_the_class_may_stand_in_the_title():
    rows = [
        ["DANH SÁCH LỚP: 7/3"],
        ["STT", "Họ và tên", "Ngày sinh"],
        [1, "Nguyễn An", "01/02/2013"],
    ]
    assert read(rows).pupils[0].class_name == "7/3"


def test_a_title_right_above_the_headings_hides_none_of_them():
    rows = [
        ["DANH SÁCH LỚP: 7/3 (CÁN BỘ LỚP IN ĐẬM)"],
        ["STT", "Mã HS", "Họ và tên", "Ngày sinh"],
        [1, "0012", "Nguyễn An", "01/02/2013"],
    ]
    (pupil,) = read(rows).pupils
    assert (pupil.class_name, pupil.stt, pupil.code) == ("7/3", 1, "0012")
    assert pupil.birth == date(2013, 2, 1)


def test_numbers_that_count_the_whole_school_are_no_numbers_of_a_class():
    lines = [f"{n},Nguyễn An {n},{n // 40}A" for n in range(1, 1538)]
    found = read_roster([made.source("\n".join(["STT,Họ tên,Lớp", *lines]), "ds.csv")])
    assert len(found.pupils) == 1537
    assert found.errors == ()
    assert {p.stt for p in found.pupils} == {None}


def test_with_no_records_all_is_new():
    shown = compare_roster(None, read_roster([made.source(made.roster())]), SAID).preview()
    assert shown.counts == Counts(new=40)
    assert (shown.unmatched, shown.losses) == ((), ())


def test_the_same_file_again_changes_nothing():
    raw = made.roster()
    file = records(raw)
    made.proven_bytes(file)
    change = compare_roster(file, read_roster([made.source(raw)]), LATER)
    assert change.preview().counts == Counts(kept=40)
    assert apply_roster(file, change, LATER) == file


def test_moves_departures_and_arrivals_are_dated():
    file = records(made.roster())
    rows = made.roster_rows(("10A1", "10A2"), 20)
    moved, renamed, gone = rows[4], rows[5], rows[6]
    rows.remove(gone)
    moved[-1], moved[0] = "10A2", 21
    renamed[2] = "Tên Mới"
    rows.insert(6, [22, "3811111111", "Em Mới", "01/01/2010", "Nam", *made.SECRET, "10A1"])
    change = compare_roster(file, read_roster([made.source(made.book({"Sheet": rows}))]), LATER)
    assert change.preview().counts == Counts(1, 2, 1, 37)
    after = apply_roster(file, change, LATER)
    made.proven_bytes(after)
    by_name = {p.name: p.id for p in after.people}
    one, other = by_name[moved[2]], by_name[gone[2]]
    before, then = classes_on(after, DAY), classes_on(after, LATER.day)
    assert (before[one], then[one]) == ("10a1", "10a2")
    assert (before[other], then.get(other)) == ("10a1", None)
    assert by_name["Em Mới"] not in before
    again = compare_roster(after, read_roster([made.source(made.book({"Sheet": rows}))]), LATER)
    assert again.preview().counts == Counts(kept=40)


def test_a_class_that_loses_a_tenth_asks():
    file = records(made.roster())
    rows = made.roster_rows(("10A1", "10A2"), 20)
    del rows[4:7]
    change = compare_roster(file, read_roster([made.source(made.book({"S": rows}))]), LATER)
    assert change.preview().losses == (("10A1", 3, 20),)


def oneroster(
    *, delta: bool = False, version: str = "1.1", pupils: int = 20, gone: int = 0
) -> bytes:
    mode = "delta" if delta else "bulk"
    users = ["sourcedId,status,role,familyName,middleName,givenName,identifier,password,email"]
    enrolled = ["sourcedId,status,classSourcedId,userSourcedId,role"]
    for n in range(gone, pupils):
        role = "" if version == "1.2" else "student"
        users.append(f"u{n},,{role},Nguyễn,Văn,An {n},38{n:08},MẬT-KHẨU,x@example.org")
        enrolled.append(f"e{n},,c1,u{n},student")
    if delta:
        enrolled = [enrolled[0], "e1,tobedeleted,c1,u1,student"]
    roles = ["sourcedId,status,userSourcedId,roleType,role"] + [
        f"r{n},,u{n},primary,student" for n in range(pupils)
    ]
    return made.archive(
        {
            "manifest.csv": f"propertyName,value\nmanifest.version,1.0\noneroster.version,{version}\nfile.users,{mode}\n"
            f"file.classes,{mode}\nfile.enrollments,{mode}",
            "users.csv": "\n".join(users),
            "roles.csv": "\n".join(roles),
            "enrollments.csv": "\n".join(enrolled),
            "classes.csv": "sourcedId,status,title,classType\nc1,,10A1,homeroom\nc2,,Toán 10A1,scheduled",
        }
    )


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_oneroster_bulk_and_delta(version: str):
    found = read_roster([made.source(oneroster(version=version), "or.zip")])
    assert found.format == f"oneroster-{version}"
    assert found.classes == ("10A1",)
    assert len(found.pupils) == 20
    assert "MẬT-KHẨU" not in repr(found)
    file = records(oneroster(version=version))
    less = compare_roster(file, read_roster([made.source(oneroster(gone=3))]), LATER).preview()
    assert less.counts == Counts(gone=3, kept=17)
    assert less.losses == (("10A1", 3, 20),)
    delta = compare_roster(file, read_roster([made.source(oneroster(delta=True))]), LATER).preview()
    assert delta.counts == Counts(gone=1, kept=19)


def test_oneroster_teachers_come_with_their_codes_and_homerooms():
    raw = made.archive(
        {
            "users.csv": "sourcedId,role,familyName,givenName,identifier\nu1,student,Lê,An,001\n"
            "t1,teacher,Trần,Hà,901\nt2,teacher,Lê,Tuân,902\n",
            "classes.csv": "sourcedId,title,classType\nc1,10A1,homeroom\nc2,Toán,scheduled\n",
            "enrollments.csv": "sourcedId,classSourcedId,userSourcedId,role,primary\n"
            "e1,c1,u1,student,false\ne2,c1,t2,teacher,false\ne3,c1,t1,teacher,true\n"
            "e4,c2,t2,teacher,true\n",
        }
    )
    file = records(raw)
    by_name = {p.name: p.id for p in file.people}
    assert file.classes[0].homeroom_teacher_id == by_name["Trần Hà"]
    office = {row.person_id: row.codes[-1] for row in file.office}
    assert (office[by_name["Lê An"]].system, office[by_name["Lê An"]].code) == ("oneroster", "001")
    assert office[by_name["Lê Tuân"]].code == "902"


def test_a_version_is_read_again_as_it_was_written():
    file = records(made.roster())
    assert rows_of(made.proven_bytes(file)) == file


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["10A1", "10A2"]), st.booleans()), min_size=1, max_size=12)
)
def test_new_changed_gone_and_kept_add_up(kept: list[tuple[str, bool]]):
    file = records(made.roster(size=6))
    lines = ["STT,Họ tên,Lớp,Mã HS"]
    for n, (name, known) in enumerate(kept, 1):
        code = f"{3800000000 + n:010}" if known else f"{3900000000 + n:010}"
        lines.append(f"{n},Nguyễn Văn {n},{name},{code}")
    found = read_roster([made.source("\n".join(lines), "ds.csv")])
    counts = compare_roster(file, found, LATER).preview().counts
    assert counts.new + counts.changed + counts.kept == len(found.pupils) == len(kept)
    assert counts.gone <= 12
