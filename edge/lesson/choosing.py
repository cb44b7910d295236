"""Which lessons a start touch opens."""

from edge.attendance.journal import Journal
from edge.attendance.ports import RefusedByRuleError
from edge.lesson.start import Start
from school.ids import parse_lesson_id, provisional_lesson_id
from school.records import School


class Chooser:
    """Finds the lessons of a start in records, timetable and time."""

    def __init__(self, journal: Journal, school: School) -> None:
        self._journal = journal
        self._register = journal.register
        self._school = school

    def lessons(self, start: Start, run_id: str, held: tuple[str, ...]) -> tuple[str, ...]:
        """Ids of the lessons that the run would hold.

        Args:
            start: what is asked for.
            run_id: id the run would have, for lessons without a date.
            held: lessons of the run that is open.

        Raises:
            RefusedByRuleError: codes `no_lesson`, `unknown_lesson`, `unknown_group`.
        """
        if start.meeting:
            return ()
        if start.add_group is not None:
            return tuple(dict.fromkeys((*held, self._of_group(start.add_group, run_id, held))))
        if start.group_key is not None:
            return (self._of_group(start.group_key, run_id, held),)
        if start.lesson_id is not None:
            return self._of_timetable(start.lesson_id)
        return self._offered()

    def offered(self) -> tuple[str, ...]:
        """Ids of the lessons that the panel offers now; none on a doubtful clock."""
        return tuple(planned.id for planned in self._journal.offered())

    def date_again(self, lesson_id: str, at_ms: int) -> str:
        """The dated id of a provisional lesson that began at a moment known by now."""
        group = parse_lesson_id(lesson_id).group_key
        planned = self._register.timetable.offered(self._journal.room, at_ms)
        found = (one.id for one in planned if one.group_key == group)
        return next(found, None) or self._register.timetable.name_lesson(group, at_ms)

    def _offered(self) -> tuple[str, ...]:
        lessons = self.offered()
        if not lessons:
            raise RefusedByRuleError("no_lesson", "no lesson is planned here now; choose a class")
        return lessons

    def _of_group(self, text: str, run_id: str, held: tuple[str, ...]) -> str:
        group = self._school.find_group(text)
        if group is None:
            raise RefusedByRuleError("unknown_group", f"the school has no class or group {text!r}")
        when = self._journal.now()
        for lesson in held:
            planned = self._register.timetable.lesson(lesson)
            is_over = when.dated and planned is not None and when.at_ms >= planned.ends_ms
            if parse_lesson_id(lesson).group_key == group.key and not is_over:
                return lesson
        if not when.dated:
            return provisional_lesson_id(run_id, group.key)
        return self._register.timetable.name_lesson(group.key, when.at_ms)

    def _of_timetable(self, lesson_id: str) -> tuple[str, ...]:
        """A planned lesson, with the classes that are put together with it."""
        timetable, when = self._register.timetable, self._journal.now()
        planned = timetable.lesson(lesson_id)
        if planned is None or planned.group_key not in self._school.groups:
            raise RefusedByRuleError("unknown_lesson", f"{lesson_id!r} is no lesson we know")
        day = self._school.day_of(planned.starts_ms)
        if when.dated and day != self._school.day_of(when.at_ms):
            raise RefusedByRuleError("unknown_lesson", f"{lesson_id} is not a lesson of today")
        here = timetable.in_room(self._journal.room, day)
        together = [one.id for one in here if one.starts_ms == planned.starts_ms]
        return tuple(together) if lesson_id in together else (lesson_id,)
