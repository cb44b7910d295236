"""The roster as OneRoster 1.1 CSV in a ZIP, bulk (domain reference §6.4). It has no attendance."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sync.school.files.out_about import About, neutral
from sync.school.ids import group_key
from sync.school.records import Group, Person, PersonKind, School

_FILES = {
    "orgs": "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "academicSessions": (
        "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear"
    ),
    "users": (
        "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,"
        "givenName,familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password"
    ),
    "courses": (
        "sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,"
        "orgSourcedId,subjects,subjectCodes"
    ),
    "classes": (
        "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,"
        "location,schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods"
    ),
    "enrollments": (
        "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,"
        "primary,beginDate,endDate"
    ),
}
_ABSENT = (
    "categories",
    "classResources",
    "courseResources",
    "demographics",
    "lineItems",
    "resources",
    "results",
)
_HOMEROOM = "course-homeroom"


@dataclass(frozen=True, slots=True)
class SchoolYear:
    """A school year: "2026-2027", its first and last day."""

    name: str
    first: date
    last: date

    @property
    def ends(self) -> int:
        """The year it ends in, as OneRoster names school years."""
        return self.last.year


Row = Sequence[str]


def oneroster_file(school: School, year: SchoolYear, about: About) -> bytes:
    """The ZIP: users, homeroom classes, a class for each subject of a group, enrolments.

    Args:
        school: the records.
        year: the school year.
        about: source and time, in the archive's comment; its completeness has no meaning here.
    """
    tables: dict[str, list[Row]] = {
        "orgs": [[school.id, "", "", school.name, "school", school.id, ""]],
        "academicSessions": [_session(year)],
        "users": [_user(school, person) for person in school.people.values()],
        "courses": list(_courses(school, year)),
        "classes": list(_classes(school, year)),
        "enrollments": list(_enrolments(school)),
    }
    out = io.BytesIO()
    at = (about.at.year, about.at.month, about.at.day, about.at.hour, about.at.minute, 0)
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = f"{about.source}, {about.at.isoformat(timespec='seconds')}".encode()
        for name, text in _texts(about, tables).items():
            entry = zipfile.ZipInfo(f"{name}.csv", at)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return out.getvalue()


def _texts(about: About, tables: dict[str, list[Row]]) -> dict[str, str]:
    manifest = [
        ("manifest.version", "1.0"),
        ("oneroster.version", "1.1"),
        *((f"file.{name}", "bulk") for name in tables),
        *((f"file.{name}", "absent") for name in _ABSENT),
        ("source.systemName", f"lophoc: {about.source}"),
        ("source.systemCode", "lophoc"),
    ]
    texts = {"manifest": _csv("propertyName,value", manifest)}
    return texts | {name: _csv(_FILES[name], rows) for name, rows in tables.items()}


def _csv(header: str, rows: Iterable[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header.split(","))
    writer.writerows([neutral(value) for value in row] for row in rows)
    return out.getvalue()


def _session(year: SchoolYear) -> Row:
    first, last = year.first.isoformat(), year.last.isoformat()
    return [_year_id(year), "", "", year.name, "schoolYear", first, last, "", str(year.ends)]


def _year_id(year: SchoolYear) -> str:
    return f"year-{year.ends}"


def _user(school: School, person: Person) -> Row:
    """Family, middle and given name as far as there are such parts (domain reference §2.3)."""
    words = person.name.split()
    family, middle = (words[0], " ".join(words[1:-1])) if len(words) > 1 else ("", "")
    group = school.groups.get(person.class_id or "")
    role = "student" if person.kind is PersonKind.PUPIL else "teacher"
    names = [words[-1], family, middle]
    grades = _grades(group) if group else ""
    start = [person.id, "", "", "true", school.id, role, person.id, ""]
    return [*start, *names, "", "", "", "", "", grades, ""]


def _grades(group: Group) -> str:
    return f"{group.grade:02}" if group.grade is not None else ""


def _courses(school: School, year: SchoolYear) -> Iterable[Row]:
    named = {_HOMEROOM: "Lớp chủ nhiệm"}
    named |= {_course_id(entry.subject): entry.subject for entry in school.timetable}
    for key, title in named.items():
        subject = "" if key == _HOMEROOM else title
        yield [key, "", "", _year_id(year), title or "Môn học", "", "", school.id, subject, ""]


def _course_id(subject: str) -> str:
    try:
        return f"course-{group_key(subject)}"
    except ValueError:
        return "course-unnamed"


def _taught(school: School) -> dict[tuple[str, str], str]:
    """Group and course → subject."""
    return {(e.group_key, _course_id(e.subject)): e.subject for e in school.timetable}


def _classes(school: School, year: SchoolYear) -> Iterable[Row]:
    for group in school.groups.values():
        if group.is_class:
            room = school.rooms.get(group.home_room or "")
            where = room.name if room else ""
            yield _class(school, year, group, ("", _HOMEROOM, "homeroom", where))
    for (key, course), subject in _taught(school).items():
        yield _class(school, year, school.groups[key], (subject, course, "scheduled", ""))


def _class(school: School, year: SchoolYear, group: Group, what: tuple[str, str, str, str]) -> Row:
    subject, course, kind, where = what
    own = group.key if kind == "homeroom" else f"{group.key}--{course}"
    title = group.name if kind == "homeroom" else f"{subject} {group.name}".strip()
    head = [own, "", "", title, _grades(group), course, group.name, kind, where]
    return [*head, school.id, _year_id(year), subject, "", ""]


def _enrolments(school: School) -> Iterable[Row]:
    for group in school.groups.values():
        if group.is_class:
            for person in school.roster(group.key):
                yield _enrolment(school, group.key, person.id, "student")
    taught = _taught(school)
    for key, course in taught:
        own = f"{key}--{course}"
        for person in school.roster(key):
            yield _enrolment(school, own, person.id, "student")
        teachers = dict.fromkeys(
            e.teacher_id
            for e in school.timetable
            if e.teacher_id and (e.group_key, _course_id(e.subject)) == (key, course)
        )
        for teacher in teachers:
            yield _enrolment(school, own, teacher, "teacher")


def _enrolment(school: School, own: str, person_id: str, role: str) -> Row:
    primary = "true" if role == "teacher" else "false"
    return [f"{own}--{person_id}", "", "", own, school.id, person_id, role, primary, "", ""]
