"""One day's lessons as the records have them: version, bells, changes of the day, exams.

Source: domain reference §2.1, §2.2, §2.5, §2.7.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

from school.names import fold
from school.records import Bell, School, Session, TimetableEntry
from school.year import ADDS, ChangeKind, Exam, Substitution, within

Slot = tuple[Session, int]
Dated = tuple[TimetableEntry, Bell]

_CEREMONIES = frozenset({"chao co", "shdc", "sinh hoat duoi co", "cc"})


@lru_cache(maxsize=256)
def is_flag_ceremony(subject: str) -> bool:
    """Chào cờ, also written Sinh hoạt dưới cờ or SHDC: the whole school in the yard."""
    return fold(subject) in _CEREMONIES


def bells_on(school: School, day: date) -> Mapping[Slot, Bell]:
    """The bells of a day, moved by the school's offset.

    A date's own bells come first, then those of a season, then those of the whole year.
    """
    weekly = [b for b in school.bells if b.day is None and day.isoweekday() in b.weekdays]
    season = [
        b for b in weekly if (b.valid_from or b.valid_to) and within(day, b.valid_from, b.valid_to)
    ]
    whole_year = [b for b in weekly if b.valid_from is None and b.valid_to is None]
    held = [b for b in school.bells if b.day == day] or season or whole_year
    return {(b.session, b.slot): _moved(b, school.bell_offset_min) for b in held}


def lessons_on(school: School, day: date) -> list[Dated]:
    """The lessons of a day with their bells; one whose slot has no bell that day is left out."""
    bells = bells_on(school, day)
    week = school.entries_on(day)
    planned = {(e.group_key, e.session, e.slot): e for e in week if e.weekday == day.isoweekday()}
    for change in school.substitutions:
        if change.day == day:
            _change(school, planned, change)
    return [
        (entry, bells[entry.session, entry.slot])
        for entry in planned.values()
        if (entry.session, entry.slot) in bells
    ]


def exams_on(school: School, day: date) -> tuple[Exam, ...]:
    """The exams of a day."""
    return tuple(exam for exam in school.exams if exam.day == day)


def is_suspended(exams: tuple[Exam, ...], room: str | None, bell: Bell) -> bool:
    """Whether a lesson gives way to an exam in its room."""
    return any(
        exam.room == room and bell.start_min < exam.end_min and exam.start_min < bell.end_min
        for exam in exams
    )


def _moved(bell: Bell, offset_min: int) -> Bell:
    if not offset_min:
        return bell
    return replace(bell, start_min=bell.start_min + offset_min, end_min=bell.end_min + offset_min)


def _change(
    school: School, planned: dict[tuple[str, Session, int], TimetableEntry], change: Substitution
) -> None:
    key = (change.group_key, change.session, change.slot)
    if change.kind is ChangeKind.CANCELLED:
        planned.pop(key, None)
        return
    entry = planned.get(key)
    if entry is None and change.kind in ADDS:
        room = school.groups[change.group_key].home_room
        weekday = change.day.isoweekday()
        entry = TimetableEntry(
            change.group_key, weekday, change.session, change.slot, "", None, room
        )
    if entry is not None:
        planned[key] = replace(
            entry,
            subject=entry.subject if change.subject is None else change.subject,
            teacher_id=change.teacher_id or entry.teacher_id,
            co_teacher_ids=() if change.teacher_id else entry.co_teacher_ids,
            room=change.room or entry.room,
        )
