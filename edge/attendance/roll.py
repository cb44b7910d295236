"""The roll by touch: marks, chốt, reopening. A person outranks the cards."""

import asyncio
from collections.abc import Iterable, Sequence

from edge.attendance.acts import Acts
from edge.attendance.journal import Journal
from edge.attendance.ports import LessonOpener, Publish, RefusedByRuleError
from edge.attendance.views import Json, counts_json, guests_json, mark_json, marks_json
from edge.attendance.wish import MAX_MINUTES, NOTES, Wish
from school.confirmation import body_of
from school.facts import Json as BodyJson
from school.ids import parse_lesson_id
from school.judge import minutes_since
from school.marks import PERSONS, Mark, Presence, Source
from school.permits import Act, Part, may
from school.records import School
from school.register import LessonState
from school.watch import visits

_AWAY = (Presence.UNMARKED, Presence.ABSENT)
_WITH_MINUTES = (Presence.LATE, Presence.LEFT_EARLY)


class Roll:
    """Marks by touch in this room. Every method returns after its facts are committed.

    Raises:
        RefusedByRuleError: codes `unknown_lesson`, `unknown_person`, `past_lesson`,
            `unmarked_left`, `not_confirmed`, `marked_meanwhile`, `malformed`.
        StoreError: nothing was stored (some of several marks may have been).
    """

    def __init__(
        self, journal: Journal, school: School, publish: Publish, opener: LessonOpener
    ) -> None:
        self._journal = journal
        self._register = journal.register
        self._school = school
        self._publish = publish
        self._opener = opener
        self._acts = Acts(journal)
        self._turn = asyncio.Lock()  # an act sees all that was said before it

    def marks(self, lesson_id: str) -> Json:
        """The whole roster as the room API shows it; empty of a group whose list is not here."""
        state = self._held(lesson_id)
        return marks_json(state.id, self._register, self._school)

    async def put_mark(
        self, lesson_id: str, person_id: str, wish: Wish, over: str | None = None
    ) -> Json:
        """Say where a pupil is; the first such touch opens the lesson that is on.

        Args:
            lesson_id: the lesson.
            person_id: the pupil.
            wish: where.
            over: `fact` of the mark that was seen when this was said, empty for none: what a
                person has said since then stands. None = it is said now.
        """
        state = self._writable(lesson_id)
        self._known_person(state, person_id)
        _check(wish)
        await self._opener.open_by_mark(state.id)
        async with self._turn:
            before = self._register.mark(state.id, person_id)
            if over is not None and before is not None and before.source in PERSONS:
                _check_unchanged(before.fact_id, over)
            await self._say(state, person_id, wish)
        self._tell(state.id, [person_id])
        return self._mark_json(state.id, person_id)

    async def all_present(self, lesson_id: str) -> Json:
        """The whole class is here: whoever is unmarked, or absent by an act, becomes present.

        What a person said by name stands. The answer's `act` takes this back.
        """
        state, act = self._writable(lesson_id), self._acts.new()
        await self._opener.open_by_mark(state.id)
        async with self._turn:
            away = [m for m in self._register.marks(state.id) if m.presence in _AWAY]
            changed = [m for m in away if not self._acts.is_by_name(state.id, m)]
            people = [m.person_id for m in changed]
            await self._say_of_all(state, people, Wish(Presence.PRESENT), act)
        self._tell(state.id, people)
        return {"act": act, "changed": [_before(m) for m in changed], **self.marks(state.id)}

    async def undo(
        self, lesson_id: str, person_ids: Sequence[str], over: str | None = None
    ) -> Json:
        """Take back the last touch of each pupil: the value before it stands again.

        Args:
            lesson_id: the lesson.
            person_ids: the pupils.
            over: `fact` of the mark that is to be taken back; another one stands. None = the last.
        """
        state = self._writable(lesson_id)
        for person_id in person_ids:
            self._known_person(state, person_id)
        async with self._turn:
            for person_id in person_ids if over is not None else ():
                history = self._register.history(state.id, person_id)
                _check_unchanged(history[-1].id if history else "", over or "")
            await self._restore(state, person_ids)
        self._tell(state.id, person_ids)
        return self.marks(state.id)

    async def undo_act(self, lesson_id: str, act: str) -> Json:
        """Take back what one act wrote, as far as it still stands; again, it does nothing more.

        Args:
            lesson_id: the lesson.
            act: what `all_present`, `confirm` or `reopen` answered.
        """
        state = self._writable(lesson_id)
        async with self._turn:
            people = self._acts.people(state.id, act)
            unsealing = self._acts.unsealing(state.id, act)
            await self._restore(state, people)
            if unsealing is not None:
                await self._journal.record(*unsealing)
        everybody = [m.person_id for m in self._register.marks(state.id)]
        self._tell(state.id, people if unsealing is None else everybody)
        return self.marks(state.id)

    async def confirm(
        self, lesson_id: str, *, fill_absent: bool = False, by: str = "place"
    ) -> Json:
        """Confirm the lesson (chốt). Proposals become marks; nobody else may be left unmarked.

        Args:
            lesson_id: the lesson.
            fill_absent: mark whoever is left unmarked absent first.
            by: `place` (in the room, by timetable) or a person id.
        """
        state, act = self._writable(lesson_id, Act.CONFIRM), self._acts.new()
        if state.confirmed_at_ms is not None:
            return self._confirmed(state.id)
        self._left(state.id, fill_absent=fill_absent)
        await self._opener.open_by_mark(state.id)
        async with self._turn:
            if self._register.lesson(state.id).confirmed_at_ms is not None:
                return self._confirmed(state.id)
            proposals = self._register.proposals(state.id)
            left = self._left(state.id, fill_absent=fill_absent)
            await self._say_of_all(state, left, Wish(Presence.ABSENT), act)
            marks = (*self._register.marks(state.id), *self._register.guests(state.id))
            body = body_of(state.id, by, marks, proposals) | {"act": act}
            await self._journal.record("confirm", body)
        self._tell(state.id, [*left, *proposals])
        return self._confirmed(state.id) | {"act": act}

    async def reopen(self, lesson_id: str, reason: str, by: str = "panel") -> Json:
        """Open a confirmed lesson again, with a reason; the answer's `act` takes it back."""
        state, act = self._writable(lesson_id, Act.REOPEN), self._acts.new()
        async with self._turn:
            if self._register.lesson(state.id).confirmed_at_ms is None:
                raise RefusedByRuleError("not_confirmed", f"{state.id} is not confirmed")
            body = {"lesson": state.id, "by": by, "reason": reason[:200], "act": act}
            await self._journal.record("reopen", body)
        people = [m.person_id for m in self._register.marks(state.id)]
        self._tell(state.id, people)
        return self.marks(state.id) | {"act": act}

    async def keep_late_tap(self, lesson_id: str, person_id: str) -> Json:
        """Answer a late card's question with "leave it so"."""
        state = self._writable(lesson_id)
        self._known_person(state, person_id)
        await self._journal.record("late_tap_kept", {"lesson": state.id, "person": person_id})
        self._tell(state.id, [person_id])
        return self._mark_json(state.id, person_id)

    async def welcome(self, lesson_id: str, person_id: str, *, out: bool = False) -> Json:
        """A pupil of another class whose card came learns with this one (học ghép), or no more.

        Only who has tapped here can be added: the panel shows no other class's list.
        """
        state = self._writable(lesson_id)
        today = self._school.day_of(self._journal.now().at_ms)
        known = {m.person_id for m in self._register.guests(state.id)}
        if not out:
            known |= set(visits(self._register.taps_on(today), state.id))
        if person_id not in known:
            message = f"nobody with the id {person_id!r} has come to {state.id} with a card"
            raise RefusedByRuleError("unknown_person", message)
        body: dict[str, BodyJson] = {"lesson": state.id, "person": person_id, "by": "panel"}
        await self._journal.record("guest", body | ({"out": True} if out else {}))
        return {"guests": guests_json(state.id, self._register, self._school)}

    def _left(self, lesson_id: str, *, fill_absent: bool) -> list[str]:
        """Whom neither a mark nor a proposal speaks of.

        Raises:
            RefusedByRuleError: there are some, and they may not be filled in.
        """
        proposals = self._register.proposals(lesson_id)
        left = [
            m.person_id
            for m in self._register.marks(lesson_id)
            if m.presence is Presence.UNMARKED and m.person_id not in proposals
        ]
        if left and not fill_absent:
            message = f"{len(left)} pupils of {lesson_id} are unmarked; mark them or fill_absent"
            raise RefusedByRuleError("unmarked_left", message, n=len(left))
        return left

    async def _say_of_all(
        self, state: LessonState, people: Iterable[str], wish: Wish, act: str
    ) -> None:
        await asyncio.gather(*(self._say(state, person_id, wish, act) for person_id in people))

    async def _say(self, state: LessonState, person_id: str, wish: Wish, act: str = "") -> None:
        body: dict[str, BodyJson] = {
            "lesson": state.id,
            "person": person_id,
            "presence": wish.presence.value,
            "source": Source.TEACHER.value,
        }
        minutes = self._minutes(state, wish)
        if minutes is not None:
            body["minutes"] = minutes
        if wish.note:
            body["note"] = wish.note
        if act:
            body["act"] = act
        history = self._register.history(state.id, person_id)
        if history:
            body["prev"] = history[-1].id
        await self._journal.record("mark", body)

    async def _restore(self, state: LessonState, people: Iterable[str]) -> None:
        """Have the value before the last touch of each stand again."""
        bodies = [self._acts.restoring(state.id, person_id) for person_id in people]
        await asyncio.gather(*(self._journal.record("mark", body) for body in bodies if body))

    def _minutes(self, state: LessonState, wish: Wish) -> int | None:
        if wish.presence not in _WITH_MINUTES or wish.minutes is not None:
            return wish.minutes if wish.presence in _WITH_MINUTES else None
        when = self._journal.now()
        if not when.dated or state.starts_ms is None or state.ends_ms is None:
            return None
        if wish.presence is Presence.LATE:
            return minutes_since(state.starts_ms, when.at_ms)
        return minutes_since(when.at_ms, state.ends_ms)

    def _state(self, lesson_id: str) -> LessonState:
        """A lesson of this room whose list is here."""
        state = self._held(lesson_id)
        if not state.counts.size:
            raise RefusedByRuleError("unknown_lesson", f"the list of {lesson_id} is not here")
        return state

    def _held(self, lesson_id: str) -> LessonState:
        """A lesson that is planned or was held in this room."""
        try:
            state = self._register.lesson(lesson_id)
        except ValueError as error:
            raise RefusedByRuleError("unknown_lesson", str(error)) from error
        held = {
            self._register.canonical(lesson)
            for run in self._register.runs(self._journal.room)
            for lesson in run.lessons
        }
        group = self._school.groups.get(state.group_key)
        is_known = state.counts.size > 0 or (group is not None and not group.listed)
        if not is_known or (state.room != self._journal.room and state.id not in held):
            raise RefusedByRuleError("unknown_lesson", f"{lesson_id} is no lesson of this room")
        return state

    def _writable(self, lesson_id: str, act: Act = Act.MARK) -> LessonState:
        """A lesson of which its teacher may speak today, as far as today is known."""
        state, when = self._state(lesson_id), self._journal.now()
        day = parse_lesson_id(state.id).day
        today = self._school.day_of(when.at_ms)
        rules = self._register.timetable.rules
        if day and when.dated and not may(Part.TEACHER, act, day, today, rules).allowed:
            raise RefusedByRuleError("past_lesson", f"{state.id} is not a lesson of today")
        return state

    def _known_person(self, state: LessonState, person_id: str) -> None:
        if not self._register.on_roster(state.id, person_id):
            message = f"nobody with the id {person_id!r} is on the roster of {state.id}"
            raise RefusedByRuleError("unknown_person", message)

    def _confirmed(self, lesson_id: str) -> Json:
        state = self._register.lesson(lesson_id)
        at_ms = state.confirmed_at_ms
        return {
            "lesson_id": state.id,
            "attendance": state.attendance.value,
            "confirmed_at": None if at_ms is None else self._school.iso(at_ms),
            "counts": counts_json(state.counts),
        }

    def _mark_json(self, lesson_id: str, person_id: str) -> Json:
        mark = self._register.mark(lesson_id, person_id) or Mark(person_id)
        proposed = self._register.proposals(lesson_id).get(person_id)
        group = parse_lesson_id(lesson_id).group_key
        return mark_json(mark, group, self._school, proposed)

    def _tell(self, lesson_id: str, people: Iterable[str]) -> None:
        counts = counts_json(self._register.counts(lesson_id))
        for person_id in people:
            mark = self._mark_json(lesson_id, person_id)
            self._publish("mark", {"lesson_id": lesson_id, "mark": mark, "counts": counts})


def _check_unchanged(fact: str, over: str) -> None:
    if fact != over:
        message = "somebody has marked this pupil otherwise since; that mark stands"
        raise RefusedByRuleError("marked_meanwhile", message)


def _check(wish: Wish) -> None:
    if wish.minutes is not None and not 0 <= wish.minutes <= MAX_MINUTES:
        raise RefusedByRuleError("malformed", f"minutes are 0 to {MAX_MINUTES}")
    if wish.note not in NOTES:
        raise RefusedByRuleError("malformed", f"{wish.note!r} is no note; use forgot_card or none")


def _before(mark: Mark) -> Json:
    return {"person_id": mark.person_id, "presence": mark.presence.value, "minutes": mark.minutes}
