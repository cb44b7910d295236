"""Lessons and marks as JSON, the shapes of the room API."""

from dataclasses import asdict

from school.counts import Counts
from school.marks import Mark, Presence
from school.records import School
from school.register import LessonState, Register
from school.rules import Rules
from school.watch import suggests_from

Json = dict[str, object]


def counts_json(counts: Counts) -> Json:
    """The line of counts."""
    return counts._asdict()


def lesson_json(state: LessonState, school: School, rules: Rules) -> Json:
    """A lesson as the panel sees it."""

    def iso(at_ms: int | None) -> str | None:
        return None if at_ms is None else school.iso(at_ms)

    carried = state.carried
    return {
        "id": state.id,
        "class_name": state.class_name,
        "group_key": state.group_key,
        "subject": state.subject,
        "teacher": state.teacher,
        "session": state.session.value if state.session else None,
        "slot": state.slot,
        "slot_name": state.slot_name,
        "starts_at": iso(state.starts_ms),
        "ends_at": iso(state.ends_ms),
        "attendance": state.attendance.value,
        "confirmed_at": iso(state.confirmed_at_ms),
        "confirmed_by": state.confirmed_by,
        "counts": counts_json(state.counts),
        "carried": asdict(carried) if carried else None,
        "guests": state.guests,
        "maybe_absent_at": iso(_suggests_from(state, school, rules)),
    }


def _suggests_from(state: LessonState, school: School, rules: Rules) -> int | None:
    if state.starts_ms is None:
        return None
    return suggests_from(state, school.rules_on(school.day_of(state.starts_ms), rules))


def mark_json(mark: Mark, group_key: str, school: School, proposed: Presence | None) -> Json:
    """One pupil's mark with the names the panel shows. A proposal is never a mark."""
    person = school.person(mark.person_id)
    question = mark.question
    asked = None
    if question is not None:
        asked = {"at": school.iso(question.at_ms), "minutes": question.minutes}
    return {
        "person_id": mark.person_id,
        "presence": mark.presence.value,
        "excuse": mark.excuse.value if mark.excuse else None,
        "minutes": mark.minutes,
        "source": mark.source.value if mark.source else None,
        "at": None if mark.at_ms is None else school.iso(mark.at_ms),
        "note": mark.note,
        "fact": mark.fact_id,
        "stt": school.number_in(group_key, person),
        "name": person.name,
        "short_name": school.short_name(group_key, mark.person_id),
        "question": asked,
        "proposed": _word_of(proposed),
        "leave": mark.leave,
    }


def _word_of(proposed: Presence | None) -> str | None:
    """The panel knows two proposals; on school duty counts as here."""
    if proposed is None:
        return None
    return "absent" if proposed is Presence.ABSENT else "present"


def marks_json(lesson_id: str, register: Register, school: School) -> Json:
    """The whole roster of a lesson in the order of the class list, with its counts.

    Raises:
        ValueError: it is not the id of a lesson.
    """
    state = register.lesson(lesson_id)
    proposals = register.proposals(lesson_id)
    marks = [
        mark_json(mark, state.group_key, school, proposals.get(mark.person_id))
        for mark in register.marks(lesson_id)
    ]
    return {
        "marks": marks,
        "counts": counts_json(state.counts),
        "guests": guests_json(lesson_id, register, school),
    }


def guests_json(lesson_id: str, register: Register, school: School) -> list[Json]:
    """Marks of the pupils of other classes who learn with this one, with their class.

    Raises:
        ValueError: it is not the id of a lesson.
    """
    group = register.lesson(lesson_id).group_key
    return [
        mark_json(mark, group, school, None)
        | {"class_name": school.group_name(school.person(mark.person_id).class_id or "")}
        for mark in register.guests(lesson_id)
    ]
