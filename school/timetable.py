"""The timetable as lessons of real days: what is on, what comes next, whose a tap may be.

Source: domain reference §2.2, §2.4, §3.5. The bell may be minutes off the clock, so the limits of a
lesson are suggestions: windows overlap a little and the roster decides between them.
"""

from collections.abc import Iterable
from datetime import date
from functools import partial
from typing import Any, NamedTuple

from school.day_plan import (
    Slot,
    bells_on,
    exams_on,
    is_flag_ceremony,
    is_suspended,
    lessons_on,
)
from school.ids import LessonKey, lesson_id, parse_lesson_id, slotless
from school.records import Bell, RoomKind, School, Session, TimetableEntry
from school.rules import MINUTE_MS, Rules
from school.year import Exam

_NOON_MIN = 12 * 60
_EVENING_MIN = 17 * 60 + 30
_CACHED_DAYS = 4_000


class Planned(NamedTuple):
    """A lesson on one day, from the timetable or named by its id alone.

    Attributes:
        id: the lesson id.
        group_key: who has it.
        session: half of the day.
        slot: its number; None where it lies outside the bell schedule.
        subject: empty where unknown.
        teacher_id: None where unknown.
        room: None where unknown.
        starts_ms: Unix milliseconds of its first moment.
        ends_ms: Unix milliseconds at which it is over.
        opens_ms: from here on taps in its room count for it.
        is_ceremony: Chào cờ: cards only propose, and no scene starts.
        is_exam: an exam's list; readers are silent.
        slot_name: what the school calls the slot, where that is not its number.
        co_teacher_ids: who else gives it.
    """

    id: str
    group_key: str
    session: Session
    slot: int | None
    subject: str
    teacher_id: str | None
    room: str | None
    starts_ms: int
    ends_ms: int
    opens_ms: int
    is_ceremony: bool = False
    is_exam: bool = False
    slot_name: str = ""
    co_teacher_ids: tuple[str, ...] = ()


class Timetable:
    """Answers about lessons by day and room; keeps each day's answer once worked out.

    Attributes:
        rules: the settings it works with.
    """

    def __init__(self, school: School, rules: Rules) -> None:
        self.rules = rules
        self._school = school
        self._days: dict[date, tuple[Planned, ...]] = {}
        self._by_id: dict[date, dict[str, Planned]] = {}
        self._rooms: dict[tuple[str, date], tuple[Planned, ...]] = {}
        self._named: dict[str, Planned | None] = {}

    def on(self, day: date) -> tuple[Planned, ...]:
        """All lessons of a day, by start, room and group."""
        found = self._days.get(day)
        if found is None:
            _bound(self._days)
            found = self._days[day] = self._plan(day)
        return found

    def in_room(self, room: str, day: date) -> tuple[Planned, ...]:
        """The lessons of a room on a day, by start."""
        found = self._rooms.get((room, day))
        if found is None:
            _bound(self._rooms)
            found = () if self._is_gate(room) else tuple(p for p in self.on(day) if p.room == room)
            self._rooms[room, day] = found
        return found

    def held_in(self, room: str, day: date) -> tuple[Planned, ...]:
        """The lessons of a room on a day that a start touch may open: no flag ceremony."""
        return tuple(p for p in self.in_room(room, day) if not p.is_ceremony)

    def ceremony(self, room: str, at_ms: int) -> Planned | None:
        """The flag ceremony whose proposals the room's panel shows now, until it is over."""
        return next((p for p in self.counting(room, at_ms) if p.is_ceremony), None)

    def is_exam(self, room: str, at_ms: int) -> bool:
        """Whether a room belongs to the exam board: lessons suspended, readers silent."""
        return any(p.is_exam for p in self.counting(room, at_ms))

    def double(self, lesson: str) -> Planned | None:
        """The second half of a double lesson (tiết đôi): same subject and teacher, next slot."""
        first = self.lesson(lesson)
        if first is None or first.slot is None or not first.subject:
            return None
        day = self._school.day_of(first.starts_ms)
        after = self.lesson(lesson_id(day, first.session, first.slot + 1, first.group_key))
        if after is None or (after.subject, after.teacher_id) != (first.subject, first.teacher_id):
            return None
        return after

    def lesson(self, lesson: str) -> Planned | None:
        """The lesson of an id, planned or not; None while its date is unknown or no id at all."""
        if lesson not in self._named:
            _bound(self._named)
            self._named[lesson] = self._find(lesson)
        return self._named[lesson]

    def counting(self, room: str, at_ms: int) -> tuple[Planned, ...]:
        """The lessons a tap may count for: what is on first, then what is about to begin."""
        day = self._school.day_of(at_ms)
        near = [p for p in self.in_room(room, day) if p.opens_ms <= at_ms < p.ends_ms]
        return tuple(sorted(near, key=lambda p: (p.starts_ms > at_ms, p.starts_ms)))

    def offered(self, room: str, at_ms: int) -> tuple[Planned, ...]:
        """What the start touch would open: the lesson that is on, or the next within the limit.

        Several where classes are put together. A lesson is on from a little before its start.
        """
        slack_ms = self.rules.offer_before_min * MINUTE_MS
        lessons = self.held_in(room, self._school.day_of(at_ms))
        on = [p for p in lessons if p.starts_ms - slack_ms <= at_ms < p.ends_ms]
        if on:
            return _together(on, max(p.starts_ms for p in on))
        soon_ms = at_ms + self._rules_on(self._school.day_of(at_ms)).open_before_min * MINUTE_MS
        return tuple(p for p in self.next_after(room, at_ms) if p.starts_ms <= soon_ms)

    def next_after(self, room: str, at_ms: int) -> tuple[Planned, ...]:
        """The next lesson of the day that begins after a moment (several if put together)."""
        day = self._school.day_of(at_ms)
        later = [p for p in self.held_in(room, day) if p.starts_ms > at_ms]
        return _together(later, later[0].starts_ms) if later else ()

    def name_lesson(self, group_key: str, at_ms: int) -> str:
        """The id of an unplanned lesson that begins now.

        It takes the slot that is on or about to begin; outside the bell schedule it is slotless.
        """
        moment = self._school.local(at_ms)
        minute = moment.hour * 60 + moment.minute
        bells = bells_on(self._school, moment.date()).values()
        rules = self._rules_on(moment.date())
        slack, soon = rules.offer_before_min, rules.open_before_min
        on = [b for b in bells if b.start_min - slack <= minute < b.end_min]
        near = [b for b in bells if minute < b.start_min <= minute + soon]
        if on or near:
            bell = max(on, key=_start) if on else min(near, key=_start)
            return lesson_id(moment.date(), bell.session, bell.slot, group_key)
        return lesson_id(moment.date(), _session_of(minute), slotless(minute), group_key)

    def _rules_on(self, day: date) -> Rules:
        return self._school.rules_on(day, self.rules)

    def _ids(self, day: date) -> dict[str, Planned]:
        found = self._by_id.get(day)
        if found is None:
            _bound(self._by_id)
            found = self._by_id[day] = {p.id: p for p in reversed(self.on(day))}
        return found

    def _plan(self, day: date) -> tuple[Planned, ...]:
        exams = exams_on(self._school, day)
        entries = [
            (entry, bell)
            for entry, bell in lessons_on(self._school, day)
            if not is_suspended(exams, entry.room, bell)
        ]
        bells: dict[tuple[str | None, Session], set[tuple[int, int]]] = {}
        for entry, bell in entries:
            limits = (bell.start_min, bell.end_min)
            bells.setdefault((entry.room, entry.session), set()).add(limits)
        planned = [
            self._planned(day, entry, bell, bells[entry.room, entry.session])
            for entry, bell in entries
        ]
        planned += [self._exam(exam) for exam in exams]
        return tuple(sorted(planned, key=lambda p: (p.starts_ms, p.room or "", p.group_key)))

    def _exam(self, exam: Exam) -> Planned:
        at = partial(self._school.at_ms, exam.day)
        opens_min = exam.start_min - self._rules_on(exam.day).open_before_min
        session = _session_of(exam.start_min)
        return Planned(
            id=lesson_id(exam.day, session, slotless(exam.start_min), exam.group_key),
            group_key=exam.group_key,
            session=session,
            slot=None,
            subject=exam.subject or exam.name,
            teacher_id=None,
            room=exam.room,
            starts_ms=at(exam.start_min),
            ends_ms=at(exam.end_min),
            opens_ms=at(opens_min),
            is_exam=True,
        )

    def _is_gate(self, room: str) -> bool:
        place = self._school.rooms.get(room)
        return place is not None and place.kind is RoomKind.GATE

    def _planned(
        self, day: date, entry: TimetableEntry, bell: Bell, others: set[tuple[int, int]]
    ) -> Planned:
        """The lesson; `others` are first and last minutes of lessons of its room and session."""
        opens_min = bell.start_min - self._rules_on(day).open_before_min
        before = [end for start, end in others if start < bell.start_min]
        if before:
            opens_min = max(opens_min, max(before) - self.rules.offer_before_min)
        return Planned(
            id=lesson_id(day, entry.session, entry.slot, entry.group_key),
            group_key=entry.group_key,
            session=entry.session,
            slot=entry.slot,
            subject=entry.subject,
            teacher_id=entry.teacher_id,
            room=entry.room,
            starts_ms=self._school.at_ms(day, bell.start_min),
            ends_ms=self._school.at_ms(day, bell.end_min),
            opens_ms=self._school.at_ms(day, opens_min),
            is_ceremony=is_flag_ceremony(entry.subject),
            slot_name=bell.name,
            co_teacher_ids=entry.co_teacher_ids,
        )

    def _find(self, lesson: str) -> Planned | None:
        try:
            key = parse_lesson_id(lesson)
        except ValueError:
            return None
        if key.day is None or key.session is None:
            return None
        planned = self._ids(key.day).get(lesson)
        if planned is not None:
            return planned
        limits = self._limits(key)
        if limits is None:
            return None
        start, end = (self._school.at_ms(key.day, minute) for minute in limits[:2])
        opens = start - self._rules_on(key.day).open_before_min * MINUTE_MS
        return Planned(
            lesson,
            key.group_key,
            key.session,
            key.number,
            "",
            None,
            None,
            start,
            end,
            opens,
            slot_name=limits[2],
        )

    def _limits(self, key: LessonKey) -> tuple[int, int, str] | None:
        """First minute, last minute, and name of the slot of a lesson that nobody planned."""
        if key.minute is not None:
            return key.minute, key.minute + self.rules.lesson_min, ""
        if key.day is None or key.session is None or key.number is None:
            return None
        slot: Slot = (key.session, key.number)
        bell = bells_on(self._school, key.day).get(slot)
        return (bell.start_min, bell.end_min, bell.name) if bell else None


def _start(bell: Bell) -> int:
    return bell.start_min


def _together(lessons: Iterable[Planned], starts_ms: int) -> tuple[Planned, ...]:
    return tuple(p for p in lessons if p.starts_ms == starts_ms)


def _session_of(minute: int) -> Session:
    if minute < _NOON_MIN:
        return Session.MORNING
    return Session.AFTERNOON if minute < _EVENING_MIN else Session.EVENING


def _bound(cache: dict[Any, Any]) -> None:
    """Empty a cache that a long run has filled."""
    if len(cache) >= _CACHED_DAYS:
        cache.clear()
