"""The lesson object of the room API."""

from collections.abc import Iterable

from edge.attendance.journal import Journal
from edge.attendance.views import Json, lesson_json
from edge.lesson.run import RunNow
from edge.lesson.runner import Runner
from school.records import Group, School
from school.rules import Rules
from school.timetable import Planned

_NO_GRADE = 99


class LessonView:
    """Draws the lesson object from the register and the run that the room holds in mind."""

    def __init__(self, journal: Journal, school: School, rules: Rules) -> None:
        self._journal = journal
        self._register = journal.register
        self._school = school
        self._rules = rules

    def draw(self, run: RunNow | None, runner: Runner | None, now_ms: int) -> Json:
        """The whole object.

        Args:
            run: the run that the panel shows, if any.
            runner: its scene.
            now_ms: boot-monotonic milliseconds.
        """
        tapped, size = self._journal.tapped()
        today = self._today()
        planned = self._planned(run)
        next_one = self._next(run, planned)
        held = run.lessons if run else ()
        named = [*today, *(one for one in (planned, next_one) if one)]
        drawn = {one: self._lesson(one) for one in {*held, *(p.id for p in named)}}
        return {
            "starting": False,
            "run": self._run(run, runner, now_ms) if run else None,
            "lessons": [drawn[lesson] for lesson in held],
            "planned": drawn[planned.id] if planned else None,
            "next": drawn[next_one.id] if next_one else None,
            "tapped": {"k": tapped, "n": size},
            "choices": self._choices(today),
            "today": [drawn[one.id] for one in today],
        }

    def next_soon(self, run: RunNow | None) -> Planned | None:
        """The next lesson of this room, where it begins within the hand-over limit."""
        when = self._journal.now()
        found = self._next(run, None)
        limit_ms = self._rules.handover_within_min * 60_000
        return found if found is not None and found.starts_ms - when.at_ms <= limit_ms else None

    def _today(self) -> list[Planned]:
        """The room's lessons of today by start; none on a doubtful clock."""
        when = self._journal.now()
        if not when.dated:
            return []
        day = self._school.day_of(when.at_ms)
        return list(self._register.timetable.in_room(self._journal.room, day))

    def _planned(self, run: RunNow | None) -> Planned | None:
        """What the start touch would open."""
        held = run.lessons if run else ()
        return next((one for one in self._journal.offered() if one.id not in held), None)

    def _next(self, run: RunNow | None, planned: Planned | None) -> Planned | None:
        """The first lesson that begins after the run's own, or after the one that is offered."""
        at_ms = self._journal.now().at_ms
        after_ms = planned.starts_ms if planned else at_ms
        if run is not None:
            own = map(self._register.timetable.lesson, run.lessons)
            after_ms = max((one.starts_ms for one in own if one), default=run.started_ms)
        later = (p for p in self._today() if p.starts_ms > after_ms and p.ends_ms > at_ms)
        return next(later, None)

    def _lesson(self, lesson_id: str) -> Json:
        return lesson_json(self._register.lesson(lesson_id), self._school, self._rules)

    def _run(self, run: RunNow, runner: Runner | None, now_ms: int) -> Json:
        auto_ms = run.auto_end_ms(self._rules) if run.is_open else None
        notice_ms = run.auto_end_notice_ms(self._rules) if run.is_open else None
        handover = run.handover
        return {
            "id": run.id,
            "lessons": list(run.lessons),
            "picture": run.picture,
            "started_at": self._school.iso(run.started_ms),
            "by": run.by,
            "state": run.state.value,
            "ends_in_s": run.seconds_left(now_ms),
            "steps": [
                {
                    "id": result.id,
                    "word": result.step.word,
                    "device": result.step.device,
                    "state": result.state.value,
                    "left_s": None,
                    "reason": result.reason,
                }
                for result in (runner.results if runner else ())
                if result.step.only_if is None
            ],
            "auto_end_at": None if auto_ms is None else self._school.iso(auto_ms),
            "auto_end_notice_at": None if notice_ms is None else self._school.iso(notice_ms),
            "handover": handover
            and {
                "slot": handover.slot,
                "slot_name": handover.slot_name,
                "at": self._school.iso(handover.at_ms),
            },
        }

    def _choices(self, today: Iterable[Planned]) -> list[Json]:
        """Today's classes of this room, then all classes and groups by grade."""
        here = list(dict.fromkeys(one.group_key for one in today))
        groups = sorted(self._school.groups.values(), key=_by_grade)
        first = [self._school.groups[key] for key in here if key in self._school.groups]
        rest = [group for group in groups if group.key not in here]
        return [{"group_key": g.key, "name": g.name, "grade": g.grade} for g in [*first, *rest]]


def _by_grade(group: Group) -> tuple[bool, int, str]:
    return (not group.is_class, group.grade or _NO_GRADE, group.name)


def shape(view: Json) -> object:
    """What the panel draws anew for.

    Counts travel with taps and marks, and seconds run by themselves on the panel.
    """
    run = view["run"]
    lessons = [
        (one["id"], one["attendance"], one["confirmed_at"], one["guests"])
        for key in ("lessons", "today", "planned", "next")
        for one in _list(view[key])
    ]
    if isinstance(run, dict):
        run = run | {"ends_in_s": run["ends_in_s"] is not None}
    return run, lessons


def _list(value: object) -> list[Json]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []
