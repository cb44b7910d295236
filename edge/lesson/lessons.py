"""The lesson part of the agent: start, end, hand-over, automatic end, and the power's return.

A fact is stored before any device is asked: `run.started` before the start scene, `run.ended`
before the end scene. One lock holds all changes in order, so there are never two open runs.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from edge.attendance.journal import Entry, Journal
from edge.attendance.ports import RefusedByRuleError
from edge.attendance.views import Json
from edge.lesson.choosing import Chooser
from edge.lesson.hand_over import HandOvers
from edge.lesson.lesson_view import LessonView, shape
from edge.lesson.ports import Devices
from edge.lesson.returning import Return, Waiting, what_to_do
from edge.lesson.room_scenes import RoomScenes
from edge.lesson.run import EndReason, RunNow, RunState
from edge.lesson.run_memory import RunMemory
from edge.lesson.runner import Runner
from edge.lesson.scene import Scenes
from edge.lesson.stage import Stage
from edge.lesson.start import NOT_READ_YET, Start
from edge.store.errors import StoreError
from school.facts import Json as BodyJson
from school.ids import parse_lesson_id
from school.lesson_book import AttendanceState
from school.moment import Clock
from school.records import School
from school.rules import Rules

log = logging.getLogger(__name__)

TICK_S = 1.0
RESUME_WITHIN_MS = 600_000
REDRAWN_FOR = ("confirm", "reopen", "guest")


@dataclass(frozen=True, slots=True)
class LessonSettings:
    """What a school may set about lessons.

    Attributes:
        rules: times.
        scenes: what each scene wishes of the devices.
        power_return_s: longest random wait before devices turn on again after a power cut.
        handover_off_min: devices left on for the next lesson turn off where nobody goes on so long.
    """

    rules: Rules
    scenes: Scenes
    power_return_s: float = 60.0
    handover_off_min: int = 10


class Lessons:
    """Runs of this room. Methods return the lesson object of the room API after their commits.

    Args:
        journal: stores facts and keeps the register.
        school: records.
        settings: what a school may set.
        devices: the room's devices.
        clock: the room's clock.
        jitter: a random number from 0 to 1.

    Raises:
        RefusedByRuleError: codes `no_lesson`, `unknown_lesson`, `unknown_group`, `no_run`.
        StoreError: the fact was not stored, and no device was asked.
    """

    def __init__(
        self,
        journal: Journal,
        school: School,
        settings: LessonSettings,
        devices: Devices,
        clock: Clock,
        jitter: Callable[[], float],
    ) -> None:
        self._journal = journal
        self._register = journal.register
        self._settings = settings
        self._rules = settings.rules
        self._clock = clock
        self._jitter = jitter
        self._chooser = Chooser(journal, school)
        self._memory = RunMemory(journal, clock, settings.rules)
        self._view = LessonView(journal, school, settings.rules)
        self._stage = Stage(devices, self._step_changed)
        self._scenes = RoomScenes(settings.scenes, devices, self._stage)
        self._hand_overs = HandOvers(
            self._view, self._memory, self._scenes, clock, settings.rules, settings.handover_off_min
        )
        self._lock = asyncio.Lock()
        self._now: RunNow | None = None
        self._listeners: list[Callable[[Json], None]] = []
        self._shown: object = None
        self._attendance: dict[str, AttendanceState] = {}
        self._waiting: Waiting | None = None
        self._adopted = False
        journal.watch(self._note)

    def watch(self, call: Callable[[Json], None]) -> None:
        """Call this with the lesson object whenever the panel has to draw it anew."""
        self._listeners.append(call)

    def view(self) -> Json:
        """The lesson object of the room API."""
        if not self._journal.is_replayed:
            return dict(NOT_READ_YET)
        return self._view.draw(self._now, self._runner(), self._clock.now().mono_ms)

    def touch(self) -> None:
        """Somebody used the panel: the run is not forgotten."""
        if self._now is not None:
            self._now.touched_ms = self._clock.now().mono_ms

    async def start(self, start: Start) -> Json:
        """Begin a run; one that is open ends, and the devices stay on."""
        async with self._lock:
            await self._ready()
            await self._start(start)
        return self._changed()

    async def end(self, *, off: bool = False) -> Json:
        """End the run: a hand-over or a countdown, both of which can be taken back.

        Args:
            off: at once, for good.
        """
        async with self._lock:
            await self._ready()
            now, self._waiting = self._opened(), None
            self.touch()
            if off:
                await self._end(EndReason.TOUCH)
            elif now.is_open and self._hand_overs.is_due(now):
                await self._hand_over(now, EndReason.TOUCH)
            else:
                now.count_down(self._clock.now().mono_ms, self._rules)
        return self._changed()

    async def keep(self) -> Json:
        """Stop the countdown: not yet."""
        async with self._lock:
            await self._ready()
            now = self._opened()
            self.touch()
            self._hand_overs.keep(now)
        return self._changed()

    async def go_on(self) -> Json:
        """Take the end back: the same run goes on, picture and sound as they were."""
        async with self._lock:
            await self._ready()
            now = self._opened()
            self.touch()
            if now.handover is not None:
                await self._journal.record("run.continued", {"run": now.id})
                self._scenes.take_back_hand_over(picture=now.picture)
                now.go_on()
                if self._due_end(now) is EndReason.AUTO:
                    await self._extend(now)
            now.keep()
        return self._changed()

    async def extend(self) -> Json:
        """Keep teaching: the planned end moves to some time from now."""
        async with self._lock:
            await self._ready()
            now = self._opened()
            self.touch()
            if now.is_open and now.ends_ms is not None and self._journal.now().dated:
                await self._extend(now)
        return self._changed()

    async def _extend(self, now: RunNow) -> None:
        body: dict[str, BodyJson] = {"run": now.id, "minutes": self._rules.extend_min}
        entry = await self._journal.record("run.extended", body)
        began_ms = self._register.when_of(entry.fact).at_ms
        now.ends_ms = self._memory.planned_end(now.id, now.lessons, began_ms)

    async def open_by_mark(self, lesson_id: str) -> None:
        """The first touch of a name opens the lesson that is on, without a picture."""
        async with self._lock:
            await self._ready()
            if self._is_free() and lesson_id in self._chooser.offered():
                await self._start(Start(lesson_id=lesson_id, picture=False))
        self._changed()

    async def open_by_card(self, person_id: str) -> None:
        """A teacher's card opens the teacher's own lesson that is on."""
        async with self._lock:
            await self._ready()
            planned = map(self._register.timetable.lesson, self._chooser.offered())
            mine = [one for one in planned if one and one.teacher_id == person_id]
            if not mine or not self._is_free():
                return
            try:
                await self._start(Start(lesson_id=mine[0].id, by=person_id))
            except StoreError as error:
                log.warning("a card could not open %s: %s", mine[0].id, error)
        self._changed()

    async def run(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Look at time and power until cancelled."""
        await self._journal.replayed()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._stage.run())
            group.create_task(self._tick_for_ever(sleep))

    async def tick(self) -> None:
        """What time alone changes: countdown, automatic end, dates, the power's return.

        Raises:
            StoreError: a fact was not stored; the next tick tries again.
        """
        async with self._lock:
            await self._ready()
            self._journal.forget_old()
            await self._date_runs()
            await self._resume()
            await self._end_when_due()
            self._settle()
        self._changed()

    async def _tick_for_ever(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        while True:
            try:
                await self.tick()
            except StoreError as error:
                log.warning("the lesson waits for the store: %s", error)
            await sleep(TICK_S)

    async def _ready(self) -> None:
        """Know the store's facts; take over the run that an earlier process left open."""
        await self._journal.replayed()
        if self._adopted:
            return
        self._adopted = True
        run = self._memory.open_run()
        if run is None:
            self._now = self._hand_overs.found()
            return
        self._now = self._memory.run_now(run, RunState.RUNNING)
        todo = what_to_do(self._memory.found(run))
        if todo is Return.POWER_CAME_BACK:
            now_ms = self._clock.now().mono_ms
            wait_ms = int(self._jitter() * self._settings.power_return_s * 1000)
            self._waiting = Waiting(run.id, now_ms + wait_ms, now_ms + RESUME_WITHIN_MS)
        elif todo is Return.FINISH_SCENE:
            self._scenes.resume(picture=self._now.picture)

    async def _start(self, start: Start) -> None:
        now = self._now if self._now is not None and self._now.is_open else None
        new_id = self._memory.new_run_id()
        lessons = self._chooser.lessons(start, new_id, now.lessons if now else ())
        self._waiting = None
        same = now is not None and (now.lessons, now.picture) == (lessons, start.picture)
        if now is not None and same and not start.substitute:
            self.touch()
            now.keep()
            return
        await self._store_end(EndReason.NEXT)
        body: dict[str, BodyJson] = {
            "run": new_id,
            "lessons": list(lessons),
            "picture": start.picture,
            "by": start.by,
        }
        if start.substitute:
            body["substitute"] = True
        await self._journal.record("run.started", body)
        run = self._memory.open_run()
        if run is not None:
            self._now = self._memory.run_now(run, RunState.STARTING)
            self._scenes.start(picture=self._now.picture)

    async def _store_end(self, reason: EndReason, *, handover: bool = False) -> None:
        """Store the end of the run; does nothing where it is stored or none is there."""
        now, self._waiting = self._now, None
        if now is not None and now.is_open:
            body: dict[str, BodyJson] = {"run": now.id, "by": "panel", "reason": reason.value}
            await self._journal.record("run.ended", body | ({"handover": True} if handover else {}))
        self._now = None

    async def _end(self, reason: EndReason) -> None:
        await self._store_end(reason)
        self._scenes.end()

    async def _hand_over(self, now: RunNow, reason: EndReason) -> None:
        """End the run and leave the devices on, the picture blanked, for the next lesson."""
        handed = self._hand_overs.of(now)
        await self._store_end(reason, handover=True)
        self._scenes.hand_over()
        self._now = handed

    def _due_end(self, now: RunNow) -> EndReason | None:
        when = self._journal.now()
        at_ms = when.at_ms if when.dated else None
        return now.due_end(self._clock.now().mono_ms, at_ms, self._rules)

    async def _end_when_due(self) -> None:
        now = self._now
        reason = self._due_end(now) if now is not None else None
        if now is None or reason is None:
            return
        if reason is EndReason.AUTO and self._hand_overs.is_due(now):
            await self._hand_over(now, reason)
        else:
            await self._end(reason)

    async def _resume(self) -> None:
        """After a power cut: once the time is known and the random wait over, go on."""
        waiting, now = self._waiting, self._now
        if waiting is None or now is None:
            return
        moment, when = self._clock.now(), self._journal.now()
        if moment.mono_ms > waiting.until_ms:
            self._waiting = None
        elif when.dated and moment.mono_ms >= waiting.from_ms:
            self._waiting = None
            auto_ms = now.auto_end_ms(self._rules)
            if auto_ms is None or when.at_ms < auto_ms:
                await self._journal.record("run.resumed", {"run": now.id})
                self._scenes.resume(picture=now.picture)
                now.state = RunState.STARTING

    async def _date_runs(self) -> None:
        """Give provisional lessons their dates as soon as the time is known."""
        for run in self._register.runs(self._journal.room):
            if all(parse_lesson_id(lesson).day for lesson in run.lessons):
                continue
            at_ms = self._memory.began_at_ms(run)
            if at_ms is None:
                continue
            dated = [self._chooser.date_again(lesson, at_ms) for lesson in run.lessons]
            body: dict[str, BodyJson] = {
                "run": run.id,
                "provisional": list(run.lessons),
                "lessons": list(dated),
            }
            await self._journal.record("run.dated", body)
            if self._now is not None and self._now.id == run.id:
                self._now.lessons = tuple(dated)
                self._now.ends_ms = self._memory.planned_end(run.id, self._now.lessons, at_ms)

    def _settle(self) -> None:
        """Leave states that are over: the start scene has run, nobody went on."""
        now, runner = self._now, self._runner()
        if now is None:
            return
        if now.state is RunState.STARTING and (runner is None or runner.ended):
            now.state = RunState.RUNNING
        self._now = self._hand_overs.tend(now)

    def _runner(self) -> Runner | None:
        return self._scenes.runner if self._now is not None else None

    def _opened(self) -> RunNow:
        if self._now is None:
            raise RefusedByRuleError("no_run", "no lesson is open here")
        return self._now

    def _is_free(self) -> bool:
        return self._now is None or not self._now.is_open

    def _note(self, entry: Entry) -> None:
        """Redraw when a word or a card changes how far a lesson is; its counts go apart."""
        judgement = entry.judgement
        if not self._journal.is_replayed:
            return
        if entry.fact.kind in REDRAWN_FOR:
            self._changed()
        if judgement is None or judgement.lesson_id is None:
            return
        state = self._register.attendance(judgement.lesson_id)
        if self._attendance.get(judgement.lesson_id) is not state:
            self._attendance = {judgement.lesson_id: state}
            self._changed()

    def _step_changed(self) -> None:
        self._changed()

    def _changed(self) -> Json:
        """Tell the panel, where something but the counts has changed."""
        view = self.view()
        drawn = shape(view)
        if drawn != self._shown:
            self._shown = drawn
            for listener in self._listeners:
                listener(view)
        return view
