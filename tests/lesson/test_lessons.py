"""Lessons of a room: start, end, hand-over, automatic end, restarts, the power's return."""

import asyncio
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.capability import Capability
from edge.attendance.ports import RefusedByRuleError
from edge.lesson.start import Start
from edge.store.errors import StoreFullError
from school.moment import TimeQuality
from tests.attendance.kit import AM3, PM, T1, T2, HandClock
from tests.lesson.kit import Devices, Disk, Room

NEW_BOOT = "dd" * 16


async def settle(turns: int = 60) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)


async def tick(room):
    await room.lessons.tick()
    await settle()
    await room.lessons.tick()


def cut_power(clock, devices, *, tq=TimeQuality.NTP):
    clock.boot, clock.tq = NEW_BOOT, tq
    clock.behind_ms = clock.wall_ms - 30_000
    devices.values |= {("projector", Capability.POWER): "off", ("board", Capability.POWER): "off"}
    devices.asked.clear()


async def test_start_opens_the_planned_lesson_and_the_devices(room, devices, disk):
    view = await room.start()
    assert view["run"]["state"] == "starting"
    assert view["run"]["lessons"] == [T1]
    await settle()
    await tick(room)
    view = room.lessons.view()
    assert view["run"]["state"] == "running"
    assert {s["word"]: s["state"] for s in view["run"]["steps"]} == {
        "step.screen": "done", "step.projector": "done", "step.board": "done",
        "step.source": "done",
    }  # fmt: skip
    assert devices.power() == ("on", "on")
    assert disk.kinds() == ["run.started"]
    assert min(devices.asked_after) == 1
    assert room.seen[-1]["run"]["state"] == "running"


async def test_start_without_picture_moves_nothing(room, devices):
    view = await room.start(picture=False)
    await tick(room)
    assert view["run"]["picture"] is False
    assert room.lessons.view()["run"]["state"] == "running"
    assert devices.asked == []


async def test_a_failed_device_never_stops_the_others(room, devices):
    devices.silent = {"projector"}
    await room.start()
    await settle()
    steps = {s["word"]: (s["state"], s["reason"]) for s in room.lessons.view()["run"]["steps"]}
    assert steps["step.projector"] == ("failed", "projector does not answer")
    assert steps["step.board"][0] == steps["step.screen"][0] == "done"


async def test_a_step_of_a_device_that_is_not_here_is_left_out(room, devices):
    devices.offered = {("board", Capability.POWER)}
    view = await room.start()
    assert [s["word"] for s in view["run"]["steps"]] == ["step.board"]


async def test_nothing_moves_when_the_fact_is_not_stored(room, devices, disk):
    disk.full = True
    with pytest.raises(StoreFullError):
        await room.start()
    await settle()
    assert devices.asked == []
    assert room.lessons.view()["run"] is None


async def test_start_twice_is_one_run(room, disk):
    first = await room.start()
    again = await room.start(lesson_id=T1)
    assert first["run"]["id"] == again["run"]["id"]
    assert disk.kinds() == ["run.started"]


async def test_start_of_what_is_not_there(room, clock):
    for start, code in [
        (Start(lesson_id="x"), "unknown_lesson"),
        (Start(lesson_id="20261124-S-1-10a1"), "unknown_lesson"),
        (Start(group_key="9c"), "unknown_group"),
    ]:
        with pytest.raises(RefusedByRuleError) as caught:
            await room.lessons.start(start)
        assert caught.value.code == code
    clock.set("10:30")
    with pytest.raises(RefusedByRuleError, match="choose a class"):
        await room.start()
    for act in (room.lessons.end, room.lessons.keep, room.lessons.extend):
        with pytest.raises(RefusedByRuleError) as caught:
            await act()
        assert caught.value.code == "no_run"


async def test_other_class_takes_the_slot(room):
    view = await room.start(group_key="10A3")
    assert view["run"]["lessons"] == [AM3]
    assert [one["id"] for one in view["lessons"]] == [AM3]


async def test_second_class_joins(room, disk):
    await room.start()
    view = await room.start(add_group="10a3")
    assert view["run"]["lessons"] == [T1, AM3]
    assert disk.kinds() == ["run.started", "run.ended", "run.started"]


async def test_a_substitute_takes_over_the_running_lesson(room, disk):
    await room.start()
    view = await room.start(substitute=True)
    assert view["run"]["lessons"] == [T1]
    assert disk.kinds() == ["run.started", "run.ended", "run.started"]
    assert b'"substitute":true' in disk.stored[-1].event.body


async def test_a_meeting_has_no_lessons(room, devices):
    view = await room.start(meeting=True)
    await settle()
    assert view["run"]["lessons"] == []
    assert devices.power() == ("on", "on")


async def test_the_end_counts_down_and_can_be_kept(room, clock, devices, disk):
    await room.start()
    await settle()
    clock.set("07:10")
    view = await room.lessons.end()
    assert (view["run"]["state"], view["run"]["ends_in_s"]) == ("ending", 10)
    clock.pass_s(9)
    await tick(room)
    view = await room.lessons.keep()
    assert (view["run"]["state"], view["run"]["ends_in_s"]) == ("running", None)
    clock.pass_s(60)
    await tick(room)
    assert disk.kinds() == ["run.started"]
    assert devices.power() == ("on", "on")


async def test_the_end_turns_off_after_the_countdown(room, clock, devices, disk):
    await room.start()
    await settle()
    clock.set("07:10")
    await room.lessons.end()
    clock.pass_s(10)
    await tick(room)
    assert room.lessons.view()["run"] is None
    assert disk.kinds() == ["run.started", "run.ended"]
    assert devices.power() == ("off", "off")
    assert devices.values["screen", Capability.SCREEN] == "up"
    assert devices.asked_after[-1] == 2


async def test_the_end_at_once(room, clock, devices):
    await room.start()
    await settle()
    clock.set("07:10")
    view = await room.lessons.end(off=True)
    await settle()
    assert view["run"] is None
    assert devices.power() == ("off", "off")


async def test_the_end_can_be_taken_back_where_nothing_is_on_too(room, clock, disk):
    await room.start(picture=False)
    clock.set("07:10")
    view = await room.lessons.end()
    assert (view["run"]["state"], view["run"]["ends_in_s"]) == ("ending", 10)
    clock.pass_s(10)
    await tick(room)
    assert room.lessons.view()["run"] is None
    assert disk.kinds() == ["run.started", "run.ended"]


async def test_hand_over_to_the_next_lesson_leaves_devices_on(room, clock, devices, disk):
    await room.start()
    await settle()
    clock.set("07:44")
    view = await room.lessons.end()
    await settle()
    at_0750 = "2026-11-23T07:50:00+07:00"
    assert view["run"]["handover"] == {"slot": 2, "slot_name": "", "at": at_0750}
    assert disk.kinds()[-1] == "run.ended"
    assert devices.power() == ("on", "on")
    assert devices.values["projector", Capability.BLANK] is True
    view = await room.start()
    await settle()
    assert view["run"]["lessons"] == [T2]
    assert devices.values["projector", Capability.BLANK] is False
    assert room.open_runs() == 1


async def test_hand_over_and_all_off(room, clock, devices):
    await room.start()
    await settle()
    clock.set("07:44")
    await room.lessons.end()
    view = await room.lessons.end(off=True)
    await settle()
    assert view["run"] is None
    assert devices.power() == ("off", "off")


async def test_the_next_start_ends_the_old_run_and_keeps_devices_on(room, clock, devices, disk):
    await room.start()
    await settle()
    clock.set("07:49")
    view = await room.start()
    await settle()
    assert view["run"]["lessons"] == [T2]
    reasons = [o.event.body for o in disk.stored if o.event.kind == "run.ended"]
    assert b'"reason":"next"' in reasons[0]
    assert ("projector", Capability.POWER, "off") not in devices.asked


async def test_a_lesson_ends_by_itself(room, clock, devices, disk):
    await room.start(group_key="10a1")
    await settle()
    clock.set("08:40")
    view = room.lessons.view()
    assert view["run"]["auto_end_notice_at"] == "2026-11-23T07:55:00+07:00"
    assert view["run"]["auto_end_at"] == "2026-11-23T08:00:00+07:00"
    await tick(room)
    assert room.lessons.view()["run"] is None
    assert disk.kinds()[-1] == "run.ended"
    assert b'"reason":"auto"' in disk.stored[-1].event.body
    assert devices.power() == ("off", "off")


async def test_keep_teaching_moves_the_automatic_end(room, clock, disk):
    await room.start()
    clock.set("07:58")
    view = await room.lessons.extend()
    assert view["run"]["auto_end_at"] == "2026-11-23T08:43:00+07:00"
    clock.set("08:30")
    await tick(room)
    assert room.open_runs() == 1
    clock.set("08:44")
    await tick(room)
    assert room.open_runs() == 0


async def test_no_touch_for_four_hours(room, clock, disk):
    await room.start(meeting=True)
    clock.pass_s(2 * 3600)
    await tick(room)
    room.lessons.touch()
    clock.pass_s(3 * 3600)
    await tick(room)
    assert room.open_runs() == 1
    clock.pass_s(3600)
    await tick(room)
    assert room.open_runs() == 0
    assert b'"reason":"idle"' in disk.stored[-1].event.body


async def test_the_agent_alone_restarts_and_leaves_devices_alone(make_room, clock, devices):
    room = await make_room()
    before = await room.start()
    await settle()
    clock.set("07:20")
    devices.values["projector", Capability.POWER] = "off"  # by the teacher's hand
    devices.asked.clear()
    again = await make_room()
    await tick(again)
    run = again.lessons.view()["run"]
    assert (run["id"], run["state"]) == (before["run"]["id"], "running")
    assert devices.asked == []


async def test_a_start_scene_cut_by_a_kill_is_finished_after_reading(make_room, clock, devices):
    room = await make_room()
    await room.journal.record(
        "run.started", {"run": "bx-1", "lessons": [T1], "picture": True, "by": "panel"}
    )
    again = await make_room()
    await tick(again)
    assert devices.heard_count == 1
    assert devices.power() == ("on", "on")
    assert again.open_runs() == 1


async def test_power_returns_and_the_lesson_goes_on_after_a_random_wait(
    make_room, clock, devices, disk
):
    room = await make_room()
    await room.start()
    await settle()
    clock.set("07:15")
    cut_power(clock, devices)
    again = await make_room(0.5)
    await tick(again)
    assert devices.asked == []
    clock.pass_s(31)
    await tick(again)
    assert devices.heard_count == 1
    assert devices.power() == ("on", "on")
    assert disk.kinds() == ["run.started", "run.resumed"]
    third = await make_room()
    clock.pass_s(300)
    devices.asked.clear()
    await tick(third)
    assert devices.asked == []


async def test_power_returns_after_the_lesson_and_the_room_stays_off(
    make_room, clock, devices, disk
):
    room = await make_room()
    await room.start()
    await settle()
    clock.set("11:00")
    cut_power(clock, devices)
    again = await make_room(0.0)
    await tick(again)
    assert disk.kinds() == ["run.started", "run.ended"]
    assert devices.power() == ("off", "off")
    assert ("projector", Capability.POWER, "on") not in devices.asked


async def test_power_returns_on_a_doubtful_clock_and_waits_for_the_time(
    make_room, clock, devices, disk
):
    room = await make_room()
    await room.start()
    await settle()
    clock.set("07:15")
    cut_power(clock, devices, tq=TimeQuality.SAVED)
    again = await make_room(0.0)
    clock.pass_s(60)
    await tick(again)
    assert devices.asked == []
    clock.tq = TimeQuality.HUB
    await tick(again)
    assert devices.power() == ("on", "on")


async def test_power_returns_without_any_time_and_stays_off_until_a_touch(
    make_room, clock, devices
):
    room = await make_room()
    await room.start()
    await settle()
    cut_power(clock, devices, tq=TimeQuality.NONE)
    again = await make_room(0.0)
    clock.pass_s(601)
    await tick(again)
    clock.tq = TimeQuality.NTP
    await tick(again)
    assert devices.asked == []
    assert again.lessons.view()["run"]["lessons"] == [T1]


async def test_power_returns_to_a_room_without_a_lesson(make_room, clock, devices):
    cut_power(clock, devices)
    room = await make_room(0.0)
    await tick(room)
    assert devices.asked == []


async def test_old_days_leave_the_memory(room, clock):
    await room.start()
    await room.lessons.end(off=True)
    clock.pass_s(30 * 86_400)
    await tick(room)
    assert room.register.touched_lessons() == (T1,)
    clock.pass_s(6 * 86_400)
    await tick(room)
    assert room.register.touched_lessons() == ()


async def test_a_provisional_run_is_dated_when_the_time_comes(room, clock, disk):
    clock.tq = TimeQuality.NONE
    clock.boot = NEW_BOOT
    clock.set("07:05")
    assert room.lessons.view()["planned"] is None
    view = await room.start(group_key="10a1")
    run = view["run"]["id"]
    assert view["run"]["lessons"] == [f"{run}-10a1"]
    assert (await room.start(group_key="10a1"))["run"]["id"] == run
    clock.pass_s(120)
    clock.tq = TimeQuality.HUB
    await tick(room)
    view = room.lessons.view()
    assert view["run"]["lessons"] == [T1]
    assert view["run"]["auto_end_at"] == "2026-11-23T08:00:00+07:00"
    assert disk.kinds() == ["run.started", "run.dated"]


async def test_the_first_mark_opens_the_lesson_that_is_on(room, clock, devices, disk):
    await room.lessons.open_by_mark(T2)
    assert disk.kinds() == []
    await room.lessons.open_by_mark(T1)
    await settle()
    assert room.lessons.view()["run"]["picture"] is False
    assert devices.asked == []
    await room.lessons.open_by_mark(T1)
    assert disk.kinds() == ["run.started"]


async def test_a_teachers_card_opens_the_own_lesson(room, devices, disk):
    await room.lessons.open_by_card("someone")
    assert disk.kinds() == []
    await room.lessons.open_by_card("ha")
    await settle()
    assert room.lessons.view()["run"]["by"] == "ha"
    assert devices.power() == ("on", "on")


async def test_what_the_panel_is_offered(room, clock):
    view = room.lessons.view()
    assert (view["run"], view["planned"]["id"], view["next"]["id"]) == (None, T1, T2)
    assert view["tapped"] == {"k": 0, "n": 5}
    assert [c["group_key"] for c in view["choices"]] == ["10a1", "10a3", "hsg"]
    assert [one["id"] for one in view["today"]] == [T1, T2, PM]
    await room.start()
    clock.set("07:47")
    view = room.lessons.view()
    assert (view["planned"]["id"], view["next"]["id"]) == (T2, T2)
    await room.start()
    view = room.lessons.view()
    assert (view["planned"], view["next"]["id"]) == (None, PM)


async def test_the_panel_is_told_once_for_each_change(room, clock):
    await room.start(picture=False)
    told = len(room.seen)
    for _ in range(5):
        clock.pass_s(1)
        await tick(room)
    assert len(room.seen) == told + 1  # starting → running


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("start"), st.sampled_from(["10a1", "10a3", "hsg"]), st.booleans()),
        st.tuples(st.sampled_from(["planned", "end", "off", "keep", "extend", "mark", "card"])),
        st.tuples(st.just("wait"), st.sampled_from([5, 11, 130, 1200, 20_000])),
        st.tuples(st.sampled_from(["kill", "cut", "full", "roomy", "doubt", "trust"])),
    ),
    max_size=25,
)


class Story:
    """Plays random steps and looks after each."""

    def __init__(self) -> None:
        self.clock = HandClock("06:55")
        self.disk = Disk(self.clock)
        self.devices = Devices(self.disk)
        self.task: asyncio.Task[None] | None = None
        self.boots = 0

    async def begin(self) -> None:
        await self.stop()
        self.room = Room(self.disk, self.devices)
        await self.room.journal.replay()
        self.task = asyncio.create_task(self.room.lessons.run(_never))

    async def stop(self) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait({self.task})

    async def step(self, kind: str, *rest: object) -> None:
        lessons = self.room.lessons
        acts = {
            "start": lambda group, picture: lessons.start(Start(group_key=group, picture=picture)),
            "planned": lambda: lessons.start(Start()),
            "end": lessons.end,
            "off": lambda: lessons.end(off=True),
            "keep": lessons.keep,
            "extend": lessons.extend,
            "mark": lambda: lessons.open_by_mark(T1),
            "card": lambda: lessons.open_by_card("ha"),
            "wait": self.wait,
            "kill": self.begin,
            "cut": self.cut,
            "full": lambda: self.set_disk(full=True),
            "roomy": lambda: self.set_disk(full=False),
            "doubt": lambda: self.set_clock(TimeQuality.NONE),
            "trust": lambda: self.set_clock(TimeQuality.NTP),
        }
        with suppress(RefusedByRuleError, StoreFullError):
            await acts[kind](*rest)
        await settle(30)

    async def wait(self, seconds: int) -> None:
        self.clock.pass_s(seconds)
        await self.room.lessons.tick()

    async def cut(self) -> None:
        self.boots += 1
        cut_power(self.clock, self.devices, tq=self.clock.tq)
        self.devices.asked_after.clear()
        self.clock.boot = f"{self.boots:032x}"
        await self.begin()

    async def set_disk(self, *, full: bool) -> None:
        self.disk.full = full

    async def set_clock(self, tq: TimeQuality) -> None:
        self.clock.tq = tq

    def look(self) -> None:
        assert self.room.open_runs() in (0, 1)
        open_run = self.room.register.open_run("a1-05")
        assert (open_run is not None) == (self.room.open_runs() == 1)

    def check_order(self) -> None:
        """Devices are turned on or off only after a fact that says why."""
        kinds = self.disk.kinds()
        for (_, capability, value), after in zip(
            self.devices.asked, self.devices.asked_after, strict=False
        ):
            if capability is not Capability.POWER:
                continue
            why = [k for k in kinds[:after] if k.startswith("run.") and k != "run.dated"]
            allowed = ("run.ended",) if value == "off" else ("run.started", "run.resumed")
            assert why[-1] in (*allowed, "run.extended")


async def _never(_: float) -> None:
    await asyncio.Event().wait()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
def test_never_two_open_runs_and_no_device_before_its_fact(steps):
    async def play() -> None:
        story = Story()
        await story.begin()
        try:
            for step in steps:
                await story.step(*step)
                story.look()
                story.check_order()
        finally:
            await story.stop()

    asyncio.run(play())


async def test_an_exam_of_today_is_no_class_to_choose(make_room):
    """Its list is no group of the school: the panel's picture was not to be had on such a day."""
    exam = {"group": "thi-toan", "name": "Thi Toán", "room": "a1-05", "date": "2026-11-23"}
    exam |= {"start": "07:00", "end": "08:30"}
    exam["candidates"] = [{"person_id": "10a1-1", "number": "010001"}]
    room = await make_room(exams=[exam])
    view = room.lessons.view()
    assert "thi-toan" in {one["group_key"] for one in view["today"]}
    assert "thi-toan" not in {one["group_key"] for one in view["choices"]}
