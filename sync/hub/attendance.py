"""The school's attendance at the hub: facts of all rooms replayed through the shared rules.

What is of the last two weeks is kept in memory: a year of a school with card readers would take a
gigabyte. An earlier day is replayed from the database when somebody asks for it.

Belongs to the reading thread: everything here is called there and nowhere else.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from school.lesson_book import AttendanceState
from school.marks import Mark
from school.records import Group, Person, School, Session
from school.register import LessonState, Register
from school.rules import Rules
from school.span import Span
from sync.hub.daily import line
from sync.hub.facts import PAGE, last_received, read_pages

KEPT = timedelta(days=14)

Sheet = dict[str, Any]


class UnknownClassError(Exception):
    """There is no such class at this school."""


class SchoolAttendance:
    """The register of all rooms, brought up to date from the database.

    Attributes:
        version: grows when facts were taken.

    Args:
        school: the school's records.
        rules: thresholds.
        today: the local date.
    """

    def __init__(self, school: School, rules: Rules, today: date) -> None:
        self.school = school
        self._rules = rules
        self._register = Register(school, rules)
        self._kept = Span(today - KEPT)
        self._received = 0
        self._earlier: tuple[date, int, Register] | None = None
        self.version = 0

    def adopt(self, school: School) -> None:
        """Go by other records from now on, as if they had been known from the beginning."""
        self.school = school
        self._register.adopt(school)
        self.version += 1

    def turn_to(self, today: date) -> None:
        """Let go of what is older than two weeks, once a day.

        After a clock that was far ahead is put right, what was let go of is read anew.
        """
        if today < self._kept.first:
            self._register, self._received = Register(self.school, self._rules), 0
            self._kept = Span(today - KEPT)
            self.version += 1
        elif self._kept.first < today - KEPT:
            self._kept = Span(today - KEPT)
            self._register.forget_before(self._kept.first)

    def catch_up(self, connection: Connection, pages: int | None = None) -> bool:
        """Take the facts that came since the last call.

        Args:
            connection: to read from.
            pages: most pages of 2,000 rows to read now; None = all.

        Returns:
            Whether everything that is committed has been taken.
        """
        last = last_received(connection)
        until = last if pages is None else min(last, self._received + pages * PAGE)
        window = self._kept.window(self.school)
        for page in read_pages(connection, self._received, until, window):
            for fact in page.facts:
                self._register.apply(self._kept.cut(fact, self.school))
            self._received = page.until
            self.version += bool(page.facts)
        return until == last

    def marks_on(
        self, connection: Connection, day: date, class_name: str | None
    ) -> list[dict[str, Any]]:
        """Marks of all lessons of a day that somebody or some card has spoken of.

        Those of pupils of other classes who learnt there (học ghép) have `guest`.

        Args:
            connection: to read an earlier day from.
            day: local date.
            class_name: key or name of one class; None = all.

        Raises:
            UnknownClassError: there is no such class.
        """
        group = None if class_name is None else self._group(class_name)
        register = self._of(connection, day)
        lessons = [
            lesson.id
            for lesson in register.lessons_on(day)
            if lesson.attendance is not AttendanceState.NONE
            if group is None or lesson.group_key == group.key
        ]
        told = [
            {"lesson_id": lesson, **self._mark(mark)}
            for lesson in lessons
            for mark in register.marks(lesson)
        ]
        guests = [
            {"lesson_id": lesson, **self._mark(mark), "guest": True}
            for lesson in lessons
            for mark in register.guests(lesson)
        ]
        return told + guests

    def overview(self, day: date, now_ms: int) -> dict[str, Sheet]:
        """One row per class and half day, by `class/session`, in the order of the classes."""
        lessons = self._by_class(day)
        rows: dict[str, Sheet] = {}
        for group in self._classes():
            for session in Session:
                held = lessons.get((group.key, session), [])
                if held:
                    row = self._row(group, day, session, held, now_ms)
                    rows[f"{group.key}/{session}"] = row
        return rows

    def sheet(self, connection: Connection, day: date, class_name: str) -> Sheet:
        """A class's day: its lessons, and its pupils with their marks by lesson.

        Whoever is on the list no more and was confirmed in a lesson comes after the list.

        Args:
            connection: to read an earlier day from.
            day: local date.
            class_name: key or name of the class.

        Raises:
            UnknownClassError: there is no such class.
        """
        group = self._group(class_name)
        register = self._of(connection, day)
        lessons = [s for s in register.lessons_on(day) if s.group_key == group.key]
        marks = {s.id: {m.person_id: m for m in register.marks(s.id)} for s in lessons}
        pupils = [
            {
                "person_id": person.id,
                "stt": self.school.number_in(group.key, person),
                "name": person.name,
                "marks": {
                    lesson: self._mark(found[person.id])
                    for lesson, found in marks.items()
                    if person.id in found
                },
            }
            for person in self._pupils(group, day, marks.values())
        ]
        named = {"id": group.key, "name": group.name}
        return {"class": named, "lessons": [self._lesson(s) for s in lessons], "pupils": pupils}

    def _of(self, connection: Connection, day: date) -> Register:
        """The register that knows all of a day; the last earlier day asked for is kept."""
        if day >= self._kept.first:
            return self._register
        if self._earlier is None or self._earlier[:2] != (day, self.version):
            span, register = Span(day, day), Register(self.school, self._rules)
            window = span.window(self.school)
            for page in read_pages(connection, 0, self._received, window):
                for fact in page.facts:
                    register.apply(span.cut(fact, self.school))
            self._earlier = day, self.version, register
        return self._earlier[2]

    def _group(self, name: str) -> Group:
        group = self.school.find_group(name)
        if group is None:
            raise UnknownClassError(name)
        return group

    def _classes(self) -> Iterator[Group]:
        classes = (group for group in self.school.groups.values() if group.is_class)
        yield from sorted(classes, key=lambda g: (g.grade or 0, len(g.name), g.name))

    def _by_class(self, day: date) -> Mapping[tuple[str, Session], list[LessonState]]:
        found: dict[tuple[str, Session], list[LessonState]] = {}
        for lesson in self._register.lessons_on(day):
            if lesson.session is not None:
                found.setdefault((lesson.group_key, lesson.session), []).append(lesson)
        return found

    def _pupils(self, group: Group, day: date, told: Iterable[Iterable[str]]) -> list[Person]:
        """The list of a class on a day, then those of its lessons who are on it no more."""
        people = dict.fromkeys(person.id for person in self.school.roster(group.key, day))
        people |= dict.fromkeys(sorted({person for of_one in told for person in of_one}))
        return [self.school.person(person) for person in people]

    def _row(
        self, group: Group, day: date, session: Session, held: list[LessonState], now_ms: int
    ) -> Sheet:
        marks = [(one, self._register.marks(one.id)) for one in held]
        listed = ([mark.person_id for mark in of_one] for _, of_one in marks)
        told = line(len(self._pupils(group, day, listed)), marks, now_ms)
        said = [mark.at_ms for _, of_one in marks for mark in of_one if mark.at_ms is not None]
        return {
            "class_id": group.key,
            "class_name": group.name,
            "session": session.value,
            "state": told.state.value,
            "size": told.size,
            "present": told.present,
            "late": told.late,
            "excused": told.excused,
            "unexcused": told.unexcused,
            "unknown": told.unknown,
            "unmarked": told.unmarked,
            "last_at": self._at(max(said, default=None)),
        }

    def _lesson(self, lesson: LessonState) -> Sheet:
        return {
            "id": lesson.id,
            "session": lesson.session.value if lesson.session else None,
            "slot": lesson.slot,
            "slot_name": lesson.slot_name,
            "guests": lesson.guests,
            "subject": lesson.subject,
            "teacher": lesson.teacher,
            "room": lesson.room,
            "attendance": lesson.attendance.value,
            "starts_at": self._at(lesson.starts_ms),
            "ends_at": self._at(lesson.ends_ms),
            "confirmed_at": self._at(lesson.confirmed_at_ms),
        }

    def _mark(self, mark: Mark) -> dict[str, Any]:
        return {
            "person_id": mark.person_id,
            "presence": mark.presence.value,
            "excuse": mark.excuse.value if mark.excuse else None,
            "minutes": mark.minutes,
            "source": mark.source.value if mark.source else None,
            "at": self._at(mark.at_ms),
        }

    def _at(self, at_ms: int | None) -> str | None:
        return None if at_ms is None else self.school.iso(at_ms)
