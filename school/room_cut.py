"""The records of one room: its own groups and their cards, and nothing else about anybody.

Its own are its home class, every group with a lesson here within two weeks either way, exam lists,
and lists that the office lent it. Of all other groups it knows id and name. Source: domain
reference §7 PR-1.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain

from school.ids import parse_lesson_id
from school.records import Group, PersonKind
from school.school_rows import (
    ClassRow,
    EnrolmentRow,
    GroupRow,
    LeaveRow,
    LentRow,
    LogbookRow,
    MemberRow,
    PlanRow,
    SchoolFile,
    SubstitutionRow,
    TimetableRow,
)

NEAR = timedelta(days=14)

Span = tuple[date, date]


def cut_for_room(file: SchoolFile, room: str, day: date | None) -> SchoolFile:
    """The records without what is not this room's.

    Args:
        file: the school's records, or those of a room, which stay as they are.
        room: its id.
        day: for this day; None = for every day that the file tells of, as by a room itself, whose
            clock may be wrong.
    """
    return _Cut(file, room, day).made()


@dataclass(frozen=True, slots=True)
class _Times:
    """The days that count; None = all."""

    span: Span | None

    def has(self, first: date | None, last: date | None) -> bool:
        """Whether some day from the first to the last counts; None is open."""
        if self.span is None:
            return True
        begin, end = self.span
        return (first is None or first <= end) and (last is None or begin <= last)


class _Cut:
    def __init__(self, file: SchoolFile, room: str, day: date | None) -> None:
        self._file = file
        self._room = room
        self._times = _Times(None if day is None else (day - NEAR, day + NEAR))
        self._homes = {row.id: row.home_room for row in file.classes}
        self._exams = [e for e in file.exams if e.room == room and self._times.has(e.date, e.date)]
        self._lent = [row for row in file.lent if self._is_lent(row)]
        self._own = set(self._own_groups())
        self._pupils = set(self._own_pupils())

    def made(self) -> SchoolFile:
        """The records that are left."""
        file, own = self._file, self._own
        changes = [row for row in file.substitutions if self._is_change_here(row)]
        week = self._rows(file.timetable)
        versions = [v.model_copy(update={"rows": self._rows(v.rows)}) for v in file.timetables]
        rows = [*week, *chain.from_iterable(version.rows for version in versions)]
        staff = self._staff(rows, changes)
        holders = self._pupils | self._staff((r for r in rows if self._is_here(r)), changes)
        people = self._pupils | staff
        return file.model_copy(
            update={
                "classes": [self._class(row) for row in file.classes],
                "groups": [self._group(row) for row in file.groups],
                "people": [row for row in file.people if row.id in people],
                "cards": [row for row in file.cards if row.person_id in holders],
                "timetable": week,
                "timetables": versions,
                "enrolments": [row for row in file.enrolments if self._is_enrolled(row)],
                "substitutions": changes,
                "teaching_plan": self._plan(),
                "leaves": [row for row in file.leaves if self._is_leave(row)],
                "logbook": [row for row in file.logbook if _group_of(row) in own],
                "exams": self._exams,
                "lent": self._lent,
                "office": [],
            }
        )

    def _own_groups(self) -> Iterator[str]:
        yield from (key for key, home in self._homes.items() if home == self._room)
        for rows in self._weeks_that_count():
            yield from (row.group for row in rows if self._is_here(row))
        for change in self._file.substitutions:
            if change.room == self._room and self._times.has(change.date, change.date):
                yield change.group
        yield from (row.group for row in self._lent)

    def _weeks_that_count(self) -> Iterator[list[TimetableRow]]:
        """Timetables that hold on some day that counts."""
        versions = sorted(self._file.timetables, key=lambda version: version.valid_from)
        firsts = [None, *(version.valid_from for version in versions)]
        lasts = [*(first - timedelta(days=1) for first in firsts[1:] if first), None]
        weeks = [self._file.timetable, *(version.rows for version in versions)]
        for rows, first, last in zip(weeks, firsts, lasts, strict=True):
            if self._times.has(first, last):
                yield rows

    def _is_lent(self, row: LentRow) -> bool:
        return row.room == self._room and self._times.has(row.first_day, row.last_day)

    def _own_pupils(self) -> Iterator[str]:
        enrolled: dict[str, list[EnrolmentRow]] = {}
        for row in self._file.enrolments:
            enrolled.setdefault(row.person_id, []).append(row)
        for person in self._file.people:
            times = enrolled.get(person.id, [])
            own = [row for row in times if row.class_id in self._own and self._is_time(row)]
            is_listed = person.class_id in self._own and not times
            if person.kind is PersonKind.PUPIL and (own or is_listed):
                yield person.id
        for group in self._file.groups:
            if group.id in self._own:
                yield from group.members
                yield from (row.person_id for row in group.dated_members if self._is_time(row))
        for exam in self._exams:
            yield from (candidate.person_id for candidate in exam.candidates)

    def _is_time(self, row: MemberRow | EnrolmentRow) -> bool:
        return self._times.has(row.valid_from, row.valid_to)

    def _is_here(self, row: TimetableRow) -> bool:
        return (row.room or self._homes.get(row.group)) == self._room

    def _rows(self, rows: Iterable[TimetableRow]) -> list[TimetableRow]:
        """Lessons of its groups, wherever they are, and all lessons here."""
        return [row for row in rows if row.group in self._own or self._is_here(row)]

    def _is_change_here(self, row: SubstitutionRow) -> bool:
        is_ours = row.group in self._own or row.room == self._room
        return is_ours and self._times.has(row.date, None)

    def _staff(self, rows: Iterable[TimetableRow], changes: Iterable[SubstitutionRow]) -> set[str]:
        """Who teaches lessons, and who has a class of this room (GVCN)."""
        named = {teacher for row in rows for teacher in (row.teacher_id, *row.co_teacher_ids)}
        named |= {change.teacher_id for change in changes}
        named |= {row.homeroom_teacher_id for row in self._file.classes if row.id in self._own}
        return {teacher for teacher in named if teacher}

    def _class(self, row: ClassRow) -> ClassRow:
        return row if row.id in self._own else ClassRow(id=row.id, name=row.name, listed=False)

    def _group(self, row: GroupRow) -> GroupRow:
        if row.id not in self._own:
            return GroupRow(id=row.id, name=row.name, listed=False)
        times = [member for member in row.dated_members if self._is_time(member)]
        return row.model_copy(update={"dated_members": times})

    def _is_enrolled(self, row: EnrolmentRow) -> bool:
        return row.person_id in self._pupils and row.class_id in self._own

    def _is_leave(self, row: LeaveRow) -> bool:
        return row.person_id in self._pupils and self._times.has(row.first_day, row.last_day)

    def _plan(self) -> list[PlanRow]:
        named = {row.id: row.name for row in self._file.classes}
        named |= {row.id: row.name for row in self._file.groups}
        grades = {Group(key, name).grade for key, name in named.items() if key in self._own}
        return [row for row in self._file.teaching_plan if row.grade in grades]


def _group_of(row: LogbookRow) -> str:
    return parse_lesson_id(row.lesson).group_key
