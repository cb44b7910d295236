"""The school's attendance at the hub: facts of all rooms replayed through the shared rules.

Belongs to the reading thread: everything here is called there and nowhere else.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select

from sync.hub.daily import line
from sync.hub.tables import event, source
from sync.school.facts import fact_of
from sync.school.lesson_book import AttendanceState
from sync.school.marks import Mark
from sync.school.records import Group, School, Session
from sync.school.register import LessonState, Register
from sync.school.rules import Rules
from sync.wire.event import Event, Lane

_PAGE = 2000

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
    """

    def __init__(self, school: School, rules: Rules) -> None:
        self.school = school
        self._register = Register(school, rules)
        self._received = 0
        self.version = 0

    def adopt(self, school: School) -> None:
        """Go by other records from now on, as if they had been known from the beginning."""
        self.school = school
        self._register.adopt(school)
        self.version += 1

    def catch_up(self, connection: Connection, pages: int | None = None) -> bool:
        """Take the facts that came since the last call.

        Args:
            connection: to read from.
            pages: most pages of 2,000 facts to take now; None = all.

        Returns:
            Whether everything that is committed has been taken.
        """
        until = connection.execute(select(func.max(event.c.received))).scalar() or 0
        while page := self._page(connection, until):
            if pages == 0:
                return False
            for received, room, incarnation, *columns in page:
                self._received = received
                self._apply(room, int(incarnation, 16), Event(*columns))
            self.version += 1
            pages = None if pages is None else pages - 1
        self._received = until
        return True

    def marks_on(self, day: date, class_name: str | None) -> list[dict[str, Any]]:
        """Marks of all lessons of a day that somebody or some card has spoken of.

        Those of pupils of other classes who learnt there (học ghép) have `guest`.

        Args:
            day: local date.
            class_name: key or name of one class; None = all.

        Raises:
            UnknownClassError: there is no such class.
        """
        group = None if class_name is None else self._group(class_name)
        lessons = [
            lesson.id
            for lesson in self._register.lessons_on(day)
            if lesson.attendance is not AttendanceState.NONE
            if group is None or lesson.group_key == group.key
        ]
        told = [
            {"lesson_id": lesson, **self._mark(mark)}
            for lesson in lessons
            for mark in self._register.marks(lesson)
        ]
        guests = [
            {"lesson_id": lesson, **self._mark(mark), "guest": True}
            for lesson in lessons
            for mark in self._register.guests(lesson)
        ]
        return told + guests

    def overview(self, day: date, now_ms: int) -> dict[str, Sheet]:
        """One row per class and half day, by `class/session`, in the order of the classes."""
        lessons = self._by_class(day)
        rows: dict[str, Sheet] = {}
        for group in self._classes():
            size = len(self.school.roster(group.key, day))
            for session in Session:
                held = lessons.get((group.key, session), [])
                if held:
                    row = self._row(group, size, session, held, now_ms)
                    rows[f"{group.key}/{session}"] = row
        return rows

    def sheet(self, day: date, class_name: str) -> Sheet:
        """A class's day: its lessons, and its pupils with their marks by lesson.

        Raises:
            UnknownClassError: there is no such class.
        """
        group = self._group(class_name)
        lessons = [s for s in self._register.lessons_on(day) if s.group_key == group.key]
        marks = {s.id: {m.person_id: m for m in self._register.marks(s.id)} for s in lessons}
        pupils = [
            {
                "person_id": person.id,
                "stt": person.stt,
                "name": person.name,
                "marks": {
                    lesson: self._mark(found[person.id])
                    for lesson, found in marks.items()
                    if person.id in found
                },
            }
            for person in self.school.roster(group.key, day)
        ]
        named = {"id": group.key, "name": group.name}
        return {"class": named, "lessons": [self._lesson(s) for s in lessons], "pupils": pupils}

    def _page(self, connection: Connection, until: int) -> list[tuple[Any, ...]]:
        columns = ("seq", "kind", "boot", "mono_ms", "wall_ms", "tq", "body")
        wanted = (
            select(
                event.c.received,
                source.c.agent_id,
                source.c.incarnation,
                *(event.c[name] for name in columns),
            )
            .join(source)
            .where(event.c.received > self._received, event.c.received <= until)
            .where(event.c.lane == Lane.ATTENDANCE)
            .order_by(event.c.received)
            .limit(_PAGE)
        )
        return [tuple(row) for row in connection.execute(wanted)]

    def _apply(self, room: str, incarnation: int, one: Event) -> None:
        try:
            fact = fact_of(room, incarnation, one)
        except ValueError:
            return  # of a kind that ingest does not know, so it could not judge the body
        self._register.apply(fact)

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

    def _row(
        self, group: Group, size: int, session: Session, held: list[LessonState], now_ms: int
    ) -> Sheet:
        marks = [(one, self._register.marks(one.id)) for one in held]
        told = line(size, marks, now_ms)
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
