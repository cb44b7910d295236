"""The row of the lesson logbook (sổ đầu bài), prefilled; a person signs it.

Source: domain reference §4, §2.6.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from school.counts import Counts
from school.ids import parse_lesson_id
from school.lesson_book import AttendanceState
from school.lesson_state import LessonState
from school.marks import AWAY, Excuse
from school.records import Session
from school.register import Register
from school.year import LogbookEntry, PlanLesson, next_plan_lesson

BY_PLACE = "place"
"""Who signed without a card: "chốt tại lớp, theo TKB", never a name."""


class Signature(StrEnum):
    """Whether a row is signed."""

    UNSIGNED = "unsigned"
    SIGNED = "signed"


@dataclass(frozen=True, slots=True)
class Away:
    """An absent pupil in the row, with P where leave is on file or the excuse is set."""

    person_id: str
    name: str
    excuse: Excuse


@dataclass(frozen=True, slots=True)
class LogbookLine:
    """One row.

    Attributes:
        lesson_id: the lesson.
        day: its date; None while unknown.
        week: school week; None outside the year.
        session: half of the day.
        slot: its number.
        subject: what was taught.
        teacher: who taught.
        is_complete: whether attendance is confirmed; before that the absent are a draft.
        away: the absent.
        counts: the line of counts.
        number: number in the teaching plan (tiết CT).
        title: lesson title.
        grade: grade of the lesson.
        remark: remark.
        signature: whether it is signed.
        signed_by: person id or `place`.
    """

    lesson_id: str
    day: date | None
    week: int | None
    session: Session | None
    slot: int | None
    subject: str
    teacher: str
    is_complete: bool
    away: tuple[Away, ...]
    counts: Counts
    number: int | None
    title: str
    grade: str
    remark: str
    signature: Signature
    signed_by: str


def line_of(register: Register, lesson_id: str) -> LogbookLine:
    """The row of a lesson, what nobody wrote yet filled in from plan and marks.

    Raises:
        ValueError: it is not the id of a lesson.
    """
    state = register.lesson(lesson_id)
    day = parse_lesson_id(state.id).day
    entry = register.papers.logbook(state.id) or LogbookEntry()
    plan = _planned(register, state, entry)
    school = register.school
    years = (year.week(day) for year in school.years) if day else iter(())
    return LogbookLine(
        lesson_id=state.id,
        day=day,
        week=next((week for week in years if week is not None), None),
        session=state.session,
        slot=state.slot,
        subject=state.subject,
        teacher=state.teacher,
        is_complete=state.attendance is AttendanceState.CONFIRMED,
        away=tuple(
            Away(m.person_id, school.person(m.person_id).name, m.excuse or Excuse.UNKNOWN)
            for m in register.marks(state.id)
            if m.presence in AWAY
        ),
        counts=state.counts,
        number=entry.number or (plan.number if plan else None),
        title=entry.title or (plan.title if plan else ""),
        grade=entry.grade,
        remark=entry.remark,
        signature=Signature.SIGNED if entry.signed_by else Signature.UNSIGNED,
        signed_by=entry.signed_by,
    )


def _planned(register: Register, state: LessonState, entry: LogbookEntry) -> PlanLesson | None:
    """The plan's own lesson where a number was chosen, else the next after those taught before."""
    school = register.school
    group = school.groups.get(state.group_key)
    grade = group.grade if group else None
    if entry.number is not None:
        chosen = (p for p in school.plan if (p.subject, p.grade) == (state.subject, grade))
        return next((p for p in chosen if p.number == entry.number), None)
    taught = register.papers.taught(lambda lesson: _is_before(register, lesson, state))
    return next_plan_lesson(school.plan, state.subject, grade, taught)


def _is_before(register: Register, lesson_id: str, state: LessonState) -> bool:
    """Whether a lesson is an earlier one of the same class and subject."""
    other = register.timetable.lesson(lesson_id)
    if other is None or state.starts_ms is None or other.starts_ms >= state.starts_ms:
        return False
    return (other.group_key, other.subject) == (state.group_key, state.subject)
