"""A hand-over: continued it is the same run, left alone it ends; what ends with a lesson."""

import random

import pytest

from devices.capability import Capability
from edge.attendance.ports import RefusedByRuleError
from school.moment import TimeQuality
from school.register import Register
from sync.wire.fact import fact_of
from tests.attendance.kit import T1, T2
from tests.lesson.test_lessons import cut_power, settle, tick

BLANK, FREEZE, MUTE = Capability.BLANK, Capability.FREEZE, Capability.MUTE


@pytest.fixture
def devices(devices):
    devices.offered |= {("projector", FREEZE), ("projector", MUTE), ("amplifier", MUTE)}
    return devices


@pytest.fixture
async def handed(room, clock):
    """A lesson that was ended a minute before its end, six before the next."""
    await room.start()
    await tick(room)
    clock.set("07:44")
    await room.lessons.end()
    await settle()
    return room


def open_run_on_the_hub(room) -> str | None:
    """The hub replays the same facts, in another order."""
    facts = [fact_of("a1-05", one.incarnation, one.event) for one in room.disk.stored]
    random.Random(7).shuffle(facts)
    hub = Register(room.school, room.rules)
    for fact in facts:
        hub.apply(fact)
    run = hub.open_run("a1-05")
    return run and run.id


async def test_continued_it_is_the_same_run(handed, devices, disk):
    before = handed.lessons.view()["run"]
    assert open_run_on_the_hub(handed) is None
    view = await handed.lessons.go_on()
    await settle()
    assert (view["run"]["id"], view["run"]["state"]) == (before["id"], "running")
    assert (view["run"]["handover"], view["run"]["lessons"]) == (None, [T1])
    assert disk.kinds() == ["run.started", "run.ended", "run.continued"]
    assert devices.values["projector", BLANK] is False
    assert handed.register.open_run("a1-05").id == before["id"] == open_run_on_the_hub(handed)


async def test_continuing_twice_is_once(handed, disk):
    await handed.lessons.go_on()
    await handed.lessons.go_on()
    assert disk.kinds().count("run.continued") == 1


async def test_a_continued_run_ends_again(handed, disk, clock):
    await handed.lessons.go_on()
    await tick(handed)
    clock.set("07:45")
    await handed.lessons.end()
    assert disk.kinds()[-2:] == ["run.continued", "run.ended"]
    assert handed.register.open_run("a1-05") is None
    assert open_run_on_the_hub(handed) is None


async def test_nothing_is_to_be_continued_where_nothing_was_handed_over(room):
    with pytest.raises(RefusedByRuleError) as caught:
        await room.lessons.go_on()
    assert caught.value.code == "no_run"


async def test_to_continue_during_the_countdown_keeps_the_run(room, clock, disk):
    await room.start()
    await settle()
    clock.set("07:10")
    await room.lessons.end()
    view = await room.lessons.go_on()
    assert (view["run"]["state"], view["run"]["ends_in_s"]) == ("running", None)
    assert disk.kinds() == ["run.started"]


async def test_what_the_teacher_had_blanked_stays_so(room, clock, devices):
    await room.start()
    await tick(room)
    devices.values |= {("projector", BLANK): True, ("amplifier", MUTE): True}
    clock.set("07:44")
    await room.lessons.end()
    await settle()
    assert devices.values["amplifier", MUTE] is False
    await room.lessons.go_on()
    await settle()
    assert devices.values["projector", BLANK] is True
    assert devices.values["amplifier", MUTE] is True


async def test_an_automatic_end_taken_back_moves_the_planned_end(room, clock, disk):
    await room.start()
    await tick(room)
    clock.set("08:00")
    await tick(room)
    assert room.lessons.view()["run"]["handover"] is not None
    await room.lessons.go_on()
    assert disk.kinds()[-2:] == ["run.continued", "run.extended"]
    await tick(room)
    assert room.open_runs() == 1


async def test_nobody_continues_so_it_counts_down_and_turns_off(handed, clock, devices, disk):
    clock.pass_s(9 * 60)
    await tick(handed)
    assert handed.lessons.view()["run"]["ends_in_s"] is None
    clock.pass_s(60)
    await tick(handed)
    run = handed.lessons.view()["run"]
    assert (run["state"], run["ends_in_s"]) == ("ending", 10)
    assert devices.power() == ("on", "on")
    clock.pass_s(10)
    await tick(handed)
    assert handed.lessons.view()["run"] is None
    assert devices.power() == ("off", "off")
    assert disk.kinds() == ["run.started", "run.ended"]


async def test_the_countdown_of_a_hand_over_can_be_kept(handed, clock, devices):
    clock.pass_s(10 * 60)
    await tick(handed)
    view = await handed.lessons.keep()
    assert view["run"]["ends_in_s"] is None
    assert view["run"]["handover"] is not None
    clock.pass_s(9 * 60)
    await tick(handed)
    assert handed.lessons.view()["run"]["ends_in_s"] is None
    assert devices.power() == ("on", "on")


async def test_to_turn_off_after_a_hand_over_counts_down(handed, clock, devices):
    view = await handed.lessons.end()
    assert (view["run"]["state"], view["run"]["ends_in_s"]) == ("ending", 10)
    clock.pass_s(10)
    await tick(handed)
    assert devices.power() == ("off", "off")


async def test_it_is_over_where_somebody_turned_everything_off(handed, devices):
    devices.values |= {("projector", Capability.POWER): "off", ("board", Capability.POWER): "off"}
    await tick(handed)
    assert handed.lessons.view()["run"] is None


async def test_it_survives_a_restart_of_the_agent(handed, make_room, clock, devices):
    run = handed.lessons.view()["run"]
    again = await make_room()
    await tick(again)
    assert again.lessons.view()["run"]["handover"] == run["handover"]
    clock.pass_s(10 * 60)
    await tick(again)
    clock.pass_s(10)
    await tick(again)
    assert devices.power() == ("off", "off")


async def test_after_a_restart_it_can_be_continued(handed, make_room, devices):
    run = handed.lessons.view()["run"]
    again = await make_room()
    view = await again.lessons.go_on()
    await settle()
    assert view["run"]["id"] == run["id"]
    assert devices.values["projector", BLANK] is False


async def test_it_does_not_outlive_a_power_cut(handed, make_room, clock, devices):
    cut_power(clock, devices, tq=TimeQuality.NTP)
    again = await make_room()
    await tick(again)
    assert again.lessons.view()["run"] is None
    assert devices.asked == []


async def test_the_next_lesson_starts_out_of_a_hand_over(handed, clock, devices):
    clock.set("07:49")
    view = await handed.start()
    await settle()
    assert (view["run"]["lessons"], view["run"]["handover"]) == ([T2], None)
    assert devices.values["projector", BLANK] is False


async def test_mute_freeze_and_blank_end_with_the_lesson(room, clock, devices):
    await room.start()
    await tick(room)
    devices.values |= {("amplifier", MUTE): True, ("projector", FREEZE): True}
    clock.set("07:44")
    await room.lessons.end()
    await settle()
    assert devices.values["projector", BLANK] is True
    assert devices.values["projector", FREEZE] is False
    assert devices.values["amplifier", MUTE] is False
    unfrozen, blanked = ("projector", FREEZE, False), ("projector", BLANK, True)
    assert devices.asked.index(blanked) < devices.asked.index(unfrozen)


async def test_the_end_lets_sound_through_where_the_device_stays_on(room, clock, devices):
    await room.start()
    await tick(room)
    devices.values |= {("amplifier", MUTE): True, ("projector", MUTE): True}
    clock.set("07:10")
    await room.lessons.end(off=True)
    await settle()
    assert devices.values["amplifier", MUTE] is False
    assert ("projector", MUTE, False) not in devices.asked


async def test_the_next_start_finds_nothing_muted_or_frozen(room, clock, devices):
    devices.values |= {("projector", MUTE): True, ("projector", FREEZE): True}
    view = await room.start()
    assert [step["device"] for step in view["run"]["steps"]] == [
        "screen", "projector", "board", "projector",
    ]  # fmt: skip
    await tick(room)
    assert devices.values["projector", MUTE] is False
    assert devices.values["projector", FREEZE] is False
    assert room.lessons.view()["run"]["state"] == "running"


async def test_what_is_not_muted_is_not_asked(room, devices):
    await room.start()
    await tick(room)
    assert not [asked for asked in devices.asked if asked[1] in (MUTE, FREEZE)]


async def test_the_picture_of_a_resumed_lesson_is_left_muted(make_room, clock, devices, disk):
    room = await make_room()
    await room.start()
    await tick(room)
    devices.values["amplifier", MUTE] = True
    clock.set("07:20")
    cut_power(clock, devices)
    again = await make_room(jitter=0.0)
    await tick(again)
    clock.pass_s(1)
    await tick(again)
    assert "run.resumed" in disk.kinds()
    assert devices.values["amplifier", MUTE] is True


async def test_the_panel_hears_at_once_that_a_lesson_is_confirmed(room):
    await room.start()
    await tick(room)
    room.seen.clear()
    await room.journal.record("confirm", {"lesson": T1, "by": "place"})
    assert [one["attendance"] for one in room.seen[-1]["lessons"]] == ["confirmed"]
    await room.journal.record("reopen", {"lesson": T1, "by": "panel", "reason": "undo"})
    assert [one["attendance"] for one in room.seen[-1]["lessons"]] != ["confirmed"]


async def test_nobody_is_told_that_there_is_no_lesson_before_the_store_is_read(disk, devices, room):
    await room.start()
    unread = type(room)(disk, devices)
    assert unread.lessons.view() == {"starting": True}
    await unread.journal.replay()
    assert unread.lessons.view()["starting"] is False
