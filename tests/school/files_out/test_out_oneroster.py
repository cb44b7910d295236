"""The OneRoster file refers to nothing that is not in it, and our own reader reads it back."""

import csv
import io
import zipfile
from datetime import date

import pytest

from school.files.books.out_oneroster import SchoolYear, oneroster_file
from school.files.rosters.oneroster_day import read_oneroster
from school.files.sheets.archive import Archive
from school.files.sheets.source import Source
from school.records import School
from tests.school.files_out.kit import AT, rows, school_of

YEAR = SchoolYear("2026-2027", date(2026, 9, 5), date(2027, 5, 31))


@pytest.fixture
def tables(school, said) -> dict[str, list[dict[str, str]]]:
    with zipfile.ZipFile(io.BytesIO(oneroster_file(school, YEAR, said))) as archive:
        assert archive.testzip() is None
        assert "máy chủ trường" in archive.comment.decode()
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    return {name: list(csv.DictReader(io.StringIO(text))) for name, text in texts.items()}


def test_the_manifest_names_each_file_as_bulk(tables):
    said = {row["propertyName"]: row["value"] for row in tables["manifest.csv"]}
    assert said["oneroster.version"] == "1.1"
    bulk = {key[5:] + ".csv" for key, value in said.items() if value == "bulk"}
    assert bulk == tables.keys() - {"manifest.csv"}
    assert said["file.results"] == "absent"


def test_ids_are_unique_and_every_reference_leads_somewhere(tables, school):
    ids = {name: [row["sourcedId"] for row in rows] for name, rows in tables.items()
           if name != "manifest.csv"}  # fmt: skip
    assert all(len(found) == len(set(found)) for found in ids.values())
    for row in tables["enrollments.csv"]:
        assert row["userSourcedId"] in ids["users.csv"]
        assert row["classSourcedId"] in ids["classes.csv"]
    for row in tables["classes.csv"]:
        assert row["courseSourcedId"] in ids["courses.csv"]
        assert row["termSourcedIds"] in ids["academicSessions.csv"]
        assert row["schoolSourcedId"] in ids["orgs.csv"]
    assert len(ids["users.csv"]) == len(school.people)
    homes = [row for row in tables["classes.csv"] if row["classType"] == "homeroom"]
    assert [row["title"] for row in homes] == ["10A1", "11A1"]
    enrolled = [r for r in tables["enrollments.csv"] if r["classSourcedId"] == "10a1"]
    assert len(enrolled) == len(school.roster("10a1"))


def test_names_are_parted_and_years_end_as_the_standard_says(tables):
    user = tables["users.csv"][0]
    assert user["familyName"] == "Nguyễn"
    assert user["middleName"].startswith("Thị ")
    assert (user["role"], user["grades"], user["password"]) == ("student", "10", "")
    assert tables["academicSessions.csv"][0]["schoolYear"] == "2027"
    assert {row["status"] for row in tables["users.csv"]} == {""}
    assert tables["academicSessions.csv"][0]["endDate"] == "2027-06-01"  # the first day outside


def named(**changes) -> School:
    """Names of one, two and many words, codes, a homeroom teacher, two teachers, a version."""
    given = rows() | changes
    for person, name in zip(given["people"], ["Páo", "Hơ Thị", "Giàng A Páo"], strict=False):
        person["name"] = name
    given["office"] = [
        {"person_id": given["people"][0]["id"], "codes": [{"system": "moet", "code": "0012345678"}]}
    ]
    given["classes"][0]["homeroom_teacher_id"] = "gv-ha"
    week = [entry | {"co_teacher_ids": ["gv-toan"]} for entry in given["timetable"][:1]]
    given["timetables"] = [{"name": "TKB 2", "valid_from": "2026-11-02", "rows": week}]
    return school_of(given)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_our_reader_reads_the_same_people_classes_and_enrolments(said, version):
    school = named()
    content = oneroster_file(school, YEAR, said, version)
    read = read_oneroster(Archive(Source("roster.zip", content)))
    assert read.format == f"oneroster-{version}"
    assert (read.errors, read.whole_school, read.delta) == ((), True, False)
    pupils = [p for p in school.people.values() if p.class_id]
    codes = [school.office_code(p.id, AT.date()) or p.id for p in pupils]
    assert codes[0] == "0012345678"
    assert [(p.name, p.class_name, p.code) for p in read.pupils] == [
        (p.name, school.groups[p.class_id].name, code)
        for p, code in zip(pupils, codes, strict=True)
    ]
    staff = [p for p in school.people.values() if not p.class_id]
    assert [(p.name, p.code) for p in read.staff] == [(p.name, p.id) for p in staff]
    assert read.classes == ("10A1", "11A1")


def test_1_2_has_roles_and_every_file_in_its_manifest(said):
    content = oneroster_file(named(), YEAR, said, "1.2")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    tables = {name: list(csv.DictReader(io.StringIO(text))) for name, text in texts.items()}
    said_of = {row["propertyName"]: row["value"] for row in tables["manifest.csv"]}
    assert len([name for name in said_of if name.startswith("file.")]) == 21
    bulk = {key[5:] + ".csv" for key, value in said_of.items() if value == "bulk"}
    assert bulk == tables.keys() - {"manifest.csv"}
    assert "role" not in tables["users.csv"][0]
    roles = {row["userSourcedId"]: row["role"] for row in tables["roles.csv"]}
    assert roles.keys() == {row["sourcedId"] for row in tables["users.csv"]}
    assert (roles["gv-ha"], roles["hs-10a1-01"]) == ("teacher", "student")


def test_teachers_are_those_of_the_week_that_holds_and_of_the_homeroom(said):
    content = oneroster_file(named(), YEAR, said)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        text = archive.read("enrollments.csv").decode()
    rows_of = list(csv.DictReader(io.StringIO(text)))
    given = [(r["classSourcedId"], r["userSourcedId"], r["primary"]) for r in rows_of
             if r["role"] == "teacher"]  # fmt: skip
    taught = given[1][0]
    assert given == [
        ("10a1", "gv-ha", "true"), (taught, "gv-ha", "true"), (taught, "gv-toan", "false")
    ]  # fmt: skip
    assert taught.startswith("10a1--course-")
