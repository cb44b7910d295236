"""The OneRoster file refers to nothing that is not in it."""

import csv
import io
import zipfile
from datetime import date

import pytest

from sync.school.files.out_oneroster import SchoolYear, oneroster_file


@pytest.fixture
def tables(school, said) -> dict[str, list[dict[str, str]]]:
    year = SchoolYear("2026-2027", date(2026, 9, 5), date(2027, 5, 31))
    with zipfile.ZipFile(io.BytesIO(oneroster_file(school, year, said))) as archive:
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
