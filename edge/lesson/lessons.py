"""The lesson part of the agent: start, end, hand-over, automatic end, and the power's return.

A fact is stored before any device is asked: `run.started` before the start scene, `run.ended`
before the end scene. One lock holds all changes in order, so there are never two open runs.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from devices.capability import Capability
from edge.attendance.journal import Entry, Journal
from edge.attendance.ports import RefusedByRuleError
from edge.attendance.views import Json
from edge.lesson.choosing import Chooser
from edge.lesson.lesson_view import LessonView, shape
from edge.lesson.ports import Devices
from edge.lesson.returning import Return, what_to_do
from edge.lesson.run import EndReason, Handover, RunNow, RunState
from edge.lesson.run_memory import RunMemory
from edge.lesson.runner import Runner
from edge.lesson.scene import Scene, SceneName, Scenes
from edge.lesson.stage import Stage
from edge.lesson.start import Start
from edge.store.errors import StoreError
from sync.moment import Clock
from sync.school.ids import parse_lesson_id
from sync.school.lesson_book import AttendanceState
from sync.school.records import School
from sync.school.rules import Rules
from sync.wire.event import Json as BodyJson

log = logging.getLogger(__name__)

TICK_S = 1.0
STRIP_MS = 120_000  # how long the panel offers to turn off after a hand-over
HEARD_WITHIN_S = 20.0
RESUME_WITHIN_MS = 600_000


@dataclass(frozen=True, slots=True)
class LessonSettings:
    """What a school may set about lessons.

    Attributes:
        rules: times.
        scenes: what each scene wishes of the devices.
        power_return_s: longest random wait before devices turn on again after a power cut.
    """

    rules: Rules
    scenes: Scenes
    power_return_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that waits for its devices after a power cut.

    Attributes:
        run: its id.
        from_ms: boot-monotonic milliseconds from which devices may be asked.
        until_ms: from here on it stays off until somebody touches the panel.
    """

    run: str
    from_ms: int
    until_ms: int


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
        self._devices = devices
        self._clock = clock
        self._jitter = jitter
        self._chooser = Chooser(journal, school)
        self._memory = RunMemory(journal, clock, settings.rules)
        self._view = LessonView(journal, school, settings.rules)
        self._stage = Stage(devices, self._step_changed)
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
        """End the run: a hand-over, a countdown, or at once where nothing is on or `off`."""
        async with self._lock:
            await self._ready()
            now, self._waiting = self._opened(), None
            self.touch()
            if now.handover is not None:
                self._all_off(off=off)
            elif off or not self._is_anything_on():
                await self._end(EndReason.TOUCH, SceneName.END)
            elif self._view.next_soon(now):
                await self._hand_over(EndReason.TOUCH)
            else:
                now.count_down(self._clock.now().mono_ms, self._rules)
        return self._changed()

    async def keep(self) -> Json:
        """Stop the countdown: not yet."""
        async with self._lock:
            await self._ready()
            now = self._opened()
            self.touch()
            if now.handover is None:
                now.keep()
        return self._changed()

    async def extend(self) -> Json:
        """Keep teaching: the planned end moves to some time from now."""
        async with self._lock:
            await self._ready()
            now, when = self._opened(), self._journal.now()
            self.touch()
            if now.is_open and now.ends_ms is not None and when.dated:
                body: dict[str, BodyJson] = {"run": now.id, "minutes": self._rules.extend_min}
                await self._journal.record("run.extended", body)
                now.ends_ms = self._memory.planned_end(now.id, now.lessons, when.at_ms)
        return self._changed()

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
            return
        self._now = self._memory.run_now(run, RunState.RUNNING)
        todo = what_to_do(self._memory.found(run))
        if todo is Return.POWER_CAME_BACK:
            now_ms = self._clock.now().mono_ms
            wait_ms = int(self._jitter() * self._settings.power_return_s * 1000)
            self._waiting = Waiting(run.id, now_ms + wait_ms, now_ms + RESUME_WITHIN_MS)
        elif todo is Return.FINISH_SCENE:
            self._begin(self._start_scene(self._now), first_read=True)

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
        await self._end(EndReason.NEXT, None)
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
            self._begin(self._start_scene(self._now))

    async def _end(self, reason: EndReason, scene: SceneName | None) -> None:
        """Store the end of the open run, then run a scene; does nothing without one."""
        now, self._waiting = self._now, None
        if now is not None and now.is_open:
            body = {"run": now.id, "by": "panel", "reason": reason.value}
            await self._journal.record("run.ended", body)
        self._now = None
        if scene is not None:
            self._begin(scene)

    async def _hand_over(self, reason: EndReason) -> None:
        """End the run and leave the devices on, the picture blanked, for the next lesson."""
        now, soon = self._now, self._view.next_soon(self._now)
        await self._end(reason, SceneName.HAND_OVER)
        if now is not None and soon is not None:
            until_ms = self._clock.now().mono_ms + STRIP_MS
            now.handover = Handover(soon.slot, soon.slot_name, soon.starts_ms, until_ms)
            now.state, now.off_at_ms = RunState.ENDING, None
            self._now = now

    def _all_off(self, *, off: bool) -> None:
        """After a hand-over: turn off all the same."""
        if off:
            self._now = None
            self._begin(SceneName.END)

    async def _end_when_due(self) -> None:
        now, when = self._now, self._journal.now()
        if now is None:
            return
        at_ms = when.at_ms if when.dated else None
        reason = now.due_end(self._clock.now().mono_ms, at_ms, self._rules)
        if reason is EndReason.AUTO and self._view.next_soon(now) and self._is_anything_on():
            await self._hand_over(reason)
        elif reason is not None:
            await self._end(reason, SceneName.END)

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
                self._begin(self._start_scene(now), first_read=True)
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
        """Leave states that are over: the start scene has run, the strip was long enough."""
        now, runner = self._now, self._runner()
        if now is None:
            return
        if now.state is RunState.STARTING and (runner is None or runner.ended):
            now.state = RunState.RUNNING
        if now.handover and self._clock.now().mono_ms >= now.handover.until_ms:
            self._now = None

    def _begin(self, scene: SceneName, *, first_read: bool = False) -> None:
        """Run a scene; where asked, only after the devices have been read."""
        prelude = (lambda: self._devices.heard(HEARD_WITHIN_S)) if first_read else None
        self._stage.begin(self._settings.scenes.get(scene, Scene()), prelude)

    def _start_scene(self, now: RunNow) -> SceneName:
        return SceneName.START if now.picture else SceneName.START_NO_PICTURE

    def _runner(self) -> Runner | None:
        return self._stage.runner if self._now is not None else None

    def _opened(self) -> RunNow:
        if self._now is None:
            raise RefusedByRuleError("no_run", "no lesson is open here")
        return self._now

    def _is_free(self) -> bool:
        return self._now is None or not self._now.is_open

    def _is_anything_on(self) -> bool:
        """Whether the end scene would turn something off, as far as devices tell."""
        scene = self._settings.scenes.get(SceneName.END, Scene())
        lamps = [s for s in scene.steps if s.capability is Capability.POWER]
        here = [s for s in lamps if self._devices.offers(s.device, s.capability)]
        said = (self._devices.reading(s.device, s.capability) for s in here)
        return any(one.value != "off" or not one.is_current for one in said)

    def _note(self, entry: Entry) -> None:
        """Redraw when a card changes how far a lesson's attendance is; its counts go apart."""
        judgement = entry.judgement
        if judgement is None or judgement.lesson_id is None or not self._journal.is_replayed:
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
