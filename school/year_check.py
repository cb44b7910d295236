"""From rows to records, second part: calendar, versions, changes, leave, plan, logbook, exams."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from typing import TypeVar

from school.ids import parse_lesson_id
from school.mistakes import SchoolFileError, known, refuse_doubles
from school.names import clean
from school.records import Group, Person, PersonKind, Room
from school.school_rows import (
    ExamRow,
    LeaveRow,
    LogbookRow,
    PlanRow,
    SchoolFile,
    SubstitutionRow,
    ThresholdRow,
    YearRow,
)
from school.thresholds import Thresholds
from school.year import (
    Closed,
    Exam,
    Leave,
    LogbookEntry,
    PlanLesson,
    SchoolYear,
    Semester,
    Substitution,
)

Row = TypeVar("Row")
Record = TypeVar("Record")


class Names:
    """The names that rows may use.

    Attributes:
        people: pupils and staff by id.
        groups: classes and groups by key.
        rooms: rooms by id.
        staff: ids of staff.
    """

    def __init__(
        self, people: Mapping[str, Person], groups: Mapping[str, Group], rooms: Mapping[str, Room]
    ) -> None:
        self.people = people
        self.groups = groups
        self.rooms = rooms
        self.staff = {p.id for p in people.values() if p.kind is PersonKind.STAFF}

    def pupil(self, place: str, person_id: str) -> None:
        """Refuse who is no pupil.

        Raises:
            SchoolFileError: nobody has this id, or the person is staff.
        """
        known(place, person_id, self.people, "person")
        if person_id in self.staff:
            raise SchoolFileError(f"{place}: {person_id} is staff; list only pupils")


def in_order(place: str, first: date | None, last: date | None) -> None:
    """Refuse a time that ends before it begins.

    Raises:
        SchoolFileError: with place and cure.
    """
    if first is not None and last is not None and last < first:
        raise SchoolFileError(f"{place} ends on {last}, before its start {first}; correct the days")


def years(rows: Sequence[YearRow]) -> tuple[SchoolYear, ...]:
    """The calendars.

    Raises:
        SchoolFileError: with place and cure.
    """
    refuse_doubles("calendar", rows, lambda row: row.year)
    return _each("calendar", rows, _year)


def substitutions(rows: Sequence[SubstitutionRow], names: Names) -> tuple[Substitution, ...]:
    """Changes of single lessons; the same lesson is changed once.

    Raises:
        SchoolFileError: with place and cure.
    """
    refuse_doubles("substitutions", rows, lambda r: f"{r.date} {r.session}{r.slot} of {r.group}")

    def one(place: str, row: SubstitutionRow) -> Substitution:
        known(f"{place}.group", row.group, names.groups, "class or group")
        known(f"{place}.room", row.room, names.rooms, "room")
        known(f"{place}.teacher_id", row.teacher_id, names.staff, "member of staff")
        subject = None if row.subject is None else clean(row.subject)
        return Substitution(
            row.kind, row.date, row.session, row.slot, row.group, subject, row.teacher_id, row.room
        )

    return _each("substitutions", rows, one)


def plan(rows: Sequence[PlanRow]) -> tuple[PlanLesson, ...]:
    """The teaching plan.

    Raises:
        SchoolFileError: with place and cure.
    """
    refuse_doubles(
        "teaching_plan", rows, lambda r: f"{clean(r.subject)}, grade {r.grade}, number {r.number}"
    )
    return tuple(
        PlanLesson(clean(r.subject), r.grade, r.number, clean(r.title), r.week) for r in rows
    )


def leaves(rows: Sequence[LeaveRow], names: Names) -> tuple[Leave, ...]:
    """Leave requests.

    Raises:
        SchoolFileError: with place and cure.
    """
    refuse_doubles("leaves", rows, lambda row: row.id)

    def one(place: str, row: LeaveRow) -> Leave:
        names.pupil(f"{place}.person_id", row.person_id)
        in_order(place, row.first_day, row.last_day)
        return Leave(row.id, row.person_id, row.first_day, row.last_day, row.session, row.state)

    return _each("leaves", rows, one)


def logbook(rows: Sequence[LogbookRow]) -> dict[str, LogbookEntry]:
    """Rows of the logbook by lesson id.

    Raises:
        SchoolFileError: with place and cure.
    """
    refuse_doubles("logbook", rows, lambda row: row.lesson)
    for n, row in enumerate(rows):
        try:
            parse_lesson_id(row.lesson)
        except ValueError as error:
            raise SchoolFileError(f"logbook[{n}].lesson: {error}") from error
    return {
        row.lesson: LogbookEntry(
            row.number, clean(row.title), row.grade, clean(row.remark), row.signed_by or ""
        )
        for row in rows
    }


def thresholds(rows: Sequence[ThresholdRow]) -> tuple[Thresholds, ...]:
    """Thresholds by their first day.

    Raises:
        SchoolFileError: with place and cure.
    """
    refuse_doubles("thresholds", rows, lambda row: str(row.valid_from))
    made = [
        Thresholds(r.open_before_min, r.late_after_min, r.maybe_absent_after_min, r.valid_from)
        for r in rows
    ]
    return tuple(sorted(made, key=lambda row: row.valid_from or date.min))


def check_lent(file: SchoolFile, names: Names) -> None:
    """Refuse lists that were lent to no room, or that nobody has.

    Raises:
        SchoolFileError: with place and cure.
    """
    for n, row in enumerate(file.lent):
        known(f"lent[{n}].room", row.room, names.rooms, "room")
        known(f"lent[{n}].group", row.group, names.groups, "class or group")
        in_order(f"lent[{n}]", row.first_day, row.last_day)


def exams(file: SchoolFile, names: Names) -> tuple[Exam, ...]:
    """Exams with their lists in the order of the candidates' numbers.

    Raises:
        SchoolFileError: with place and cure.
    """
    refuse_doubles("exams", file.exams, lambda row: row.group)

    def one(place: str, row: ExamRow) -> Exam:
        if row.group in names.groups:
            raise SchoolFileError(
                f"{place}.group {row.group!r} is also a class or group; give the exam its own key"
            )
        known(f"{place}.room", row.room, names.rooms, "room")
        refuse_doubles(f"{place}.candidates", row.candidates, lambda c: c.person_id)
        refuse_doubles(f"{place}.candidates", row.candidates, lambda c: c.number)
        for n, candidate in enumerate(row.candidates):
            names.pupil(f"{place}.candidates[{n}]", candidate.person_id)
        if row.end <= row.start:
            raise SchoolFileError(
                f"{place} ends at {row.end}, not after its start {row.start}; correct the times"
            )
        listed = sorted(row.candidates, key=lambda c: (len(c.number), c.number))
        return Exam(
            group_key=row.group,
            name=clean(row.name),
            room=row.room,
            day=row.date,
            start_min=minute(row.start),
            end_min=minute(row.end),
            subject=clean(row.subject),
            candidates=tuple(c.person_id for c in listed),
            numbers=tuple(c.number for c in listed),
        )

    return _each("exams", file.exams, one)


def minute(text: str) -> int:
    """Minutes from midnight of "07:45"."""
    return int(text[:2]) * 60 + int(text[3:])


def _each(place: str, rows: Sequence[Row], one: Callable[[str, Row], Record]) -> tuple[Record, ...]:
    return tuple(one(f"{place}[{n}]", row) for n, row in enumerate(rows))


def _year(place: str, row: YearRow) -> SchoolYear:
    if int(row.year[5:]) != int(row.year[:4]) + 1:
        raise SchoolFileError(f"{place}.year {row.year!r} is not two years in a row; correct it")
    in_order(place, row.first_day, row.last_day)
    for kind, parts in (("semesters", row.semesters), ("closed", row.closed)):
        _in_turn(f"{place}.{kind}", [(p.first_day, p.last_day) for p in parts])
    return SchoolYear(
        row.year,
        row.first_day,
        row.last_day,
        tuple(Semester(clean(s.name), s.first_day, s.last_day) for s in row.semesters),
        tuple(Closed(c.first_day, c.last_day, clean(c.name), c.declared_on) for c in row.closed),
    )


def _in_turn(place: str, times: Collection[tuple[date, date]]) -> None:
    for n, (first, last) in enumerate(times):
        in_order(f"{place}[{n}]", first, last)
