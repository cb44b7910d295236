"""The roster as OneRoster 1.1 or 1.2 CSV in a ZIP, bulk (domain reference §6.4); no attendance."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from school.files.books.out_about import About
from school.files.sheets.formulas import neutral
from school.ids import group_key
from school.records import Group, Person, PersonKind, School, TimetableEntry

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
_FILES_12 = _FILES | {
    "users": (
        "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,"
        "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,"
        "userMasterIdentifier,resourceSourcedIds,preferredGivenName,preferredMiddleName,"
        "preferredFamilyName,primaryOrgSourcedId,pronouns"
    ),
    "roles": (
        "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,"
        "orgSourcedId,userProfileSourcedId"
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
_ABSENT_12 = (
    *_ABSENT,
    "lineItemLearningObjectiveIds",
    "lineItemScoreScales",
    "resultLearningObjectiveIds",
    "resultScoreScales",
    "scoreScales",
    "userProfiles",
    "userResources",
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


Row = Mapping[str, str]
"""Fields of one line by their headings; those that are not named stay empty."""


def oneroster_file(school: School, year: SchoolYear, about: About, version: str = "1.1") -> bytes:
    """The ZIP: users, homeroom classes, a class for each subject of a group, enrolments.

    Args:
        school: the records.
        year: the school year.
        about: source and time, in the archive's comment; its completeness has no meaning here.
        version: "1.1" or "1.2".
    """
    day = about.at.date()
    week = _week(school, day)
    org = {"sourcedId": school.id, "name": school.name, "type": "school", "identifier": school.id}
    tables: dict[str, Iterable[Row]] = {
        "orgs": [org],
        "academicSessions": [_session(year)],
        "users": [_user(school, person, day) for person in school.people.values()],
        "courses": _courses(school, year, week),
        "classes": _classes(school, year, week),
        "enrollments": _enrolments(school, week),
        "roles": [_role(school, person) for person in school.people.values()],
    }
    headings, absent = (_FILES, _ABSENT) if version == "1.1" else (_FILES_12, _ABSENT_12)
    texts = {name: _csv(heads.split(","), tables[name]) for name, heads in headings.items()}
    manifest = {
        "manifest.version": "1.0",
        "oneroster.version": version,
        **{f"file.{name}": "bulk" for name in headings},
        **{f"file.{name}": "absent" for name in absent},
        "source.systemName": f"lophoc: {about.source}",
        "source.systemCode": "lophoc",
    }
    said = ({"propertyName": name, "value": value} for name, value in manifest.items())
    return _zipped({"manifest": _csv(["propertyName", "value"], said)} | texts, about)


def _zipped(texts: Mapping[str, str], about: About) -> bytes:
    out = io.BytesIO()
    at = (about.at.year, about.at.month, about.at.day, about.at.hour, about.at.minute, 0)
    with zipfile.ZipFile(out, "w") as archive:
        archive.comment = f"{about.source}, {about.at.isoformat(timespec='seconds')}".encode()
        for name, text in texts.items():
            entry = zipfile.ZipInfo(f"{name}.csv", at)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text)
    return out.getvalue()


def _csv(headings: Sequence[str], rows: Iterable[Row]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(headings)
    writer.writerows([neutral(row.get(name, "")) for name in headings] for row in rows)
    return out.getvalue()


def _session(year: SchoolYear) -> Row:
    after = year.last + timedelta(days=1)  # the standard's last day is the first one outside
    return {
        "sourcedId": _year_id(year),
        "title": year.name,
        "type": "schoolYear",
        "startDate": year.first.isoformat(),
        "endDate": after.isoformat(),
        "schoolYear": str(year.ends),
    }


def _year_id(year: SchoolYear) -> str:
    return f"year-{year.ends}"


def _user(school: School, person: Person, day: date) -> Row:
    """Family, middle and given name as far as there are such parts (domain reference §2.3)."""
    words = person.name.split()
    group = school.groups.get(person.class_id or "")
    return {
        "sourcedId": person.id,
        "enabledUser": "true",
        "orgSourcedIds": school.id,
        "primaryOrgSourcedId": school.id,
        "role": _role_of(person),
        "username": person.id,
        "givenName": words[-1],
        "familyName": words[0] if len(words) > 1 else "",
        "middleName": " ".join(words[1:-1]),
        "identifier": school.office_code(person.id, day),
        "grades": _grades(group) if group else "",
    }


def _role(school: School, person: Person) -> Row:
    role = _role_of(person)
    return {
        "sourcedId": f"{person.id}--{role}",
        "userSourcedId": person.id,
        "roleType": "primary",
        "role": role,
        "orgSourcedId": school.id,
    }


def _role_of(person: Person) -> str:
    return "student" if person.kind is PersonKind.PUPIL else "teacher"


def _grades(group: Group) -> str:
    return f"{group.grade:02}" if group.grade is not None else ""


def _week(school: School, day: date) -> Sequence[TimetableEntry]:
    """The timetable that holds on a day, else the first there is."""
    versions = [school.timetable, *(one.entries for one in school.timetables)]
    begun = sum(one.valid_from <= day for one in school.timetables)
    return versions[begun] or next((week for week in versions if week), ())


def _courses(school: School, year: SchoolYear, week: Sequence[TimetableEntry]) -> Iterable[Row]:
    named = {_HOMEROOM: "Lớp chủ nhiệm"}
    named |= {_course_id(entry.subject): entry.subject for entry in week}
    for key, title in named.items():
        yield {
            "sourcedId": key,
            "schoolYearSourcedId": _year_id(year),
            "title": title or "Môn học",
            "orgSourcedId": school.id,
            "subjects": "" if key == _HOMEROOM else title,
        }


def _course_id(subject: str) -> str:
    try:
        return f"course-{group_key(subject)}"
    except ValueError:
        return "course-unnamed"


def _taught(week: Sequence[TimetableEntry]) -> dict[tuple[str, str], list[TimetableEntry]]:
    """Lessons of the week by group and course."""
    found: dict[tuple[str, str], list[TimetableEntry]] = {}
    for entry in week:
        found.setdefault((entry.group_key, _course_id(entry.subject)), []).append(entry)
    return found


def _classes(school: School, year: SchoolYear, week: Sequence[TimetableEntry]) -> Iterable[Row]:
    for group in school.groups.values():
        if group.is_class:
            room = school.rooms.get(group.home_room or "")
            yield _class(school, year, group) | {
                "sourcedId": group.key,
                "title": group.name,
                "courseSourcedId": _HOMEROOM,
                "classType": "homeroom",
                "location": room.name if room else "",
            }
    for (key, course), lessons in _taught(week).items():
        group, subject = school.groups[key], lessons[0].subject
        yield _class(school, year, group) | {
            "sourcedId": f"{key}--{course}",
            "title": f"{subject} {group.name}".strip(),
            "courseSourcedId": course,
            "classType": "scheduled",
            "subjects": subject,
        }


def _class(school: School, year: SchoolYear, group: Group) -> dict[str, str]:
    return {
        "grades": _grades(group),
        "classCode": group.name,
        "schoolSourcedId": school.id,
        "termSourcedIds": _year_id(year),
    }


def _enrolments(school: School, week: Sequence[TimetableEntry]) -> Iterable[Row]:
    for group in school.groups.values():
        if group.is_class:
            yield from _enrolled(school, group.key, group.key, [group.homeroom_teacher_id])
    for (key, course), lessons in _taught(week).items():
        first = [entry.teacher_id for entry in lessons]
        others = [one for entry in lessons for one in entry.co_teacher_ids]
        yield from _enrolled(school, key, f"{key}--{course}", [*first, *others])


def _enrolled(school: School, key: str, own: str, teachers: Sequence[str | None]) -> Iterable[Row]:
    """Who is in a class; the first teacher is its primary one."""
    named = list(dict.fromkeys(one for one in teachers if one is not None))
    people = [(person.id, "student", "false") for person in school.roster(key)]
    people += [(one, "teacher", "true" if one == named[0] else "false") for one in named]
    for person_id, role, primary in people:
        yield {
            "sourcedId": f"{own}--{person_id}",
            "classSourcedId": own,
            "schoolSourcedId": school.id,
            "userSourcedId": person_id,
            "role": role,
            "primary": primary,
        }
