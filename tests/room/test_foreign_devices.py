"""A wish comes true, or does not, on devices that behave as public reports say they do."""

import asyncio
import contextlib

import pytest

from devices.capability import Capability
from devices.link import Link
from devices.reading import Quality
from drivers.families.family import Times
from drivers.families.samsung_mdc import FAMILY as MDC
from drivers.pjlink import PjlinkProjector
from drivers.table_driver import Setup, TableDriver
from drivers.tables.pjlink import PjlinkTimes
from drivers.transports.tcp import TcpTransport
from edge.room.command import CommandState
from edge.room.ways import SceneDevices
from tests.drivers.ends import HandClock
from tests.room.foreign import SOON_S, ForeignMdc, ForeignPjlink, Hand


@pytest.fixture
async def meet():
    """Plug a foreign device in and give a keeper that has its first reading of it."""
    async with contextlib.AsyncExitStack() as stack:

        async def join(device, *, limit_s: float = 10.0, clock=None, **more) -> Hand:
            await device.plug_in()
            stack.push_async_callback(device.drop_address)
            wire, clock = TcpTransport(device.address), clock or HandClock()
            if isinstance(device, ForeignPjlink):
                times = PjlinkTimes(answer_within_s=limit_s)
                driver = PjlinkProjector(wire, times=times, **more)
            else:
                driver = TableDriver(MDC, wire, clock, Setup(times=Times(limit_s), **more))
            stack.push_async_callback(driver.close)
            hand = Hand(driver, clock)
            await hand.settle()
            return hand

        yield join


def projector(**answers):
    return ForeignPjlink(**{"POWR 1": "OK", "POWR 0": "OK", **answers})


# A wish judged by an old reading


async def test_switched_off_by_its_remote_and_pressed_on_before_the_next_poll(meet):
    device = projector(**{"POWR ?": "1"})
    hand = await meet(device)
    device.answers["POWR ?"] = "0"
    command = hand.ask("on")
    await hand.rounds(2)
    assert device.sent("POWR 1") == 1
    assert command.state is CommandState.RUNNING
    device.answers["POWR ?"] = "1"
    await hand.rounds(2)
    assert (command.state, command.quality) == (CommandState.DONE, Quality.CONFIRMED)


async def test_switched_on_by_its_remote_and_pressed_off_before_the_next_poll(meet):
    device = ForeignMdc()
    device.power = 0
    hand = await meet(device)
    device.power = 1
    command = hand.ask("off")
    await hand.rounds(3)
    assert device.sent("11 00") == 1
    assert command.state is CommandState.DONE


async def test_a_fresh_report_that_agrees_spares_the_byte(meet):
    device = projector(**{"POWR ?": "1"})
    hand = await meet(device)
    command = hand.ask("on")
    await hand.rounds(2)
    assert (command.state, command.quality) == (CommandState.DONE, Quality.CONFIRMED)
    assert device.sent("POWR 1") == 0


async def test_not_now_is_not_known_and_the_wish_goes_out(meet):
    """After OK to off everything is ERR3 (home-assistant/core#16606)."""
    device = projector(**{"POWR ?": "1"})
    hand = await meet(device)
    hand.ask("off")
    device.answers = {"POWR ?": "ERR3", "POWR 1": "ERR3", "POWR 0": "OK"} | dict.fromkeys(
        ("CLSS", "NAME", "INST", "INPT ?", "AVMT ?", "LAMP", "ERST"), "ERR3"
    )
    await hand.rounds(3, seconds=1)
    command = hand.ask("on")
    await hand.rounds(3, seconds=1)
    assert device.sent("POWR 1") >= 1
    assert command.state is not CommandState.DONE
    await hand.rounds(3, seconds=70)
    assert command.ended
    assert hand.power[0] != "on"
    assert not hand.room.safe_to_cut


async def test_a_device_that_was_told_the_other_power_just_now_is_told_anew(meet):
    """It answers `on` for a while after it took the off: that is no reason to send nothing."""
    device = projector(**{"POWR ?": "1"})
    hand = await meet(device)
    hand.ask("off")
    await hand.rounds(2)
    command = hand.ask("on")
    await hand.rounds(3)
    assert device.sent("POWR 1") == 1
    assert command.state is CommandState.DONE


async def test_what_was_asked_before_the_wish_does_not_grant_it(meet):
    """A read that runs while the wish comes has asked before it."""
    device = projector(**{"POWR ?": "1"})
    hand = await meet(device, limit_s=5)
    device.delay_s = 0.05
    reading = asyncio.create_task(hand.rounds())
    await asyncio.sleep(0.02)  # POWR is asked, and answered with 1
    command = hand.ask("on")
    device.answers["POWR ?"] = "0"
    await reading
    assert not command.ended
    await hand.rounds(2)
    assert device.sent("POWR 1") == 1


async def test_a_scene_waits_for_what_is_said_after_its_wish(meet):
    device = projector(**{"POWR ?": "1"})
    hand = await meet(device)
    scene = SceneDevices(hand.room)
    device.answers["POWR ?"] = "0"
    await scene.command("it", Capability.POWER, "on")
    assert not await scene.wait_until("it", Capability.POWER, "on", 0.05)
    waiting = asyncio.create_task(scene.wait_until("it", Capability.POWER, "on", 10))
    await hand.rounds(2)
    assert not waiting.done()
    device.answers["POWR ?"] = "1"
    await hand.rounds(2)
    assert await waiting


async def test_it_is_not_safe_to_cut_while_on_is_wished_or_power_is_not_said(meet):
    device = projector()
    hand = await meet(device)
    assert hand.room.safe_to_cut
    hand.ask("on")
    assert not hand.room.safe_to_cut
    await hand.rounds(2)
    device.answers["POWR ?"] = "ERR3"
    await hand.rounds(2, seconds=140)
    assert not hand.room.safe_to_cut


# One question takes the whole device away


@pytest.mark.parametrize("silent", [0x0D, 0x0B, 0x0E, 0x10])
async def test_a_panel_that_leaves_one_question_unanswered_is_there(meet, silent):
    device = ForeignMdc()
    device.answers[silent] = None
    hand = await meet(device, limit_s=SOON_S)
    assert hand.keeper.link is Link.ONLINE
    assert hand.power == ("on", "confirmed")
    command = hand.ask("off")
    await hand.rounds(3)
    assert command.state is CommandState.DONE
    await hand.settle()
    asked = device.sent(f"{silent:02X}")
    await hand.rounds(5, seconds=10)
    assert device.sent(f"{silent:02X}") == asked == 2  # once in each state of its power
    assert hand.keeper.link is Link.ONLINE


async def test_a_panel_that_answers_no_status_is_asked_for_its_power(meet):
    device = ForeignMdc()
    hand = await meet(device, limit_s=SOON_S)
    device.content_of = lambda command: bytes([device.power]) if command == 0x11 else None
    await hand.rounds(2, seconds=10)
    assert hand.keeper.link is Link.ONLINE
    command = hand.ask("off")
    await hand.rounds(4)
    assert command.state is CommandState.DONE


@pytest.mark.parametrize("power", ["0", "1"])
@pytest.mark.parametrize(
    "silent", ["CLSS", "LAMP", "ERST", "INST", "NAME", "INF2", "INPT ?", "AVMT ?"]
)
@pytest.mark.parametrize("how", [None, "", "x" * 2000], ids=["silent", "hangs up", "over-long"])
async def test_a_projector_that_fails_at_one_question_is_there(meet, silent, power, how):
    device = projector(**{"POWR ?": power, silent: how})
    hand = await meet(device, limit_s=SOON_S if how is None else 10)
    assert hand.keeper.link is Link.ONLINE
    assert hand.power[1] == "confirmed"
    await hand.rounds(3, seconds=10)
    assert hand.keeper.link is Link.ONLINE
    command = hand.ask("off" if power == "1" else "on")
    await hand.rounds(3)
    device.answers["POWR ?"] = "0" if power == "1" else "1"
    await hand.rounds(2)
    assert command.state is CommandState.DONE


@pytest.mark.parametrize("silent", ["FREZ ?", "FILT", "INNM", "SNUM", "SVER"])
async def test_the_questions_of_class_2_too(meet, silent):
    answers = {"CLSS": "2", "FREZ ?": "0", "FILT": "9", "INNM": "N", "SNUM": "1", "SVER": "1"}
    device = projector(**{"POWR ?": "1", **answers, silent: None})
    hand = await meet(device, limit_s=SOON_S)
    assert hand.keeper.link is Link.ONLINE
    assert (await hand.keeper.driver.read_all())[Capability.INPUTS] == "31"
    asked = sum(line[2:6] == silent[:4] for line in device.asked)
    assert asked == 1


async def test_a_write_without_an_answer_fails_alone(meet):
    device = projector(**{"POWR ?": "1", "AVMT 11": None})
    hand = await meet(device, limit_s=SOON_S)
    command = hand.ask("on", "blank")
    await hand.rounds(3, seconds=1)
    assert hand.keeper.link is Link.ONLINE
    await hand.rounds(2, seconds=8)
    assert (command.state, command.reason) == (CommandState.FAILED, "not_confirmed")


async def test_a_lost_answer_to_a_wish_that_was_obeyed_is_no_failure(meet):
    device = projector(**{"POWR ?": "1", "AVMT 11": None})

    async def obey(_command: str) -> None:
        device.answers["AVMT ?"] = "11"

    device.does = obey
    hand = await meet(device, limit_s=SOON_S)
    command = hand.ask("on", "blank")
    await hand.rounds(2)
    assert (command.state, command.quality) == (CommandState.DONE, Quality.CONFIRMED)
    assert device.sent("AVMT 11") == 1


# Every command ends at its deadline


async def test_a_status_refused_in_standby_leaves_power_and_wishes_alone(meet):
    """`AA FF 00 03 4E 00 01 51` (samsung-mdc#14)."""
    device = ForeignMdc()
    device.power, device.naks = 0, {0x00}
    hand = await meet(device)
    assert (hand.keeper.link, *hand.power) == (Link.ONLINE, "off", "confirmed")
    command = hand.ask("on")
    await hand.rounds(3)
    assert (device.sent("11 01"), command.state) == (1, CommandState.DONE)


async def test_power_refused_too_is_not_known_and_every_wish_ends(meet):
    device = ForeignMdc()
    device.power, device.naks, device.obeys = 0, {0x00, 0x11}, False
    hand = await meet(device)
    assert hand.keeper.link is Link.ONLINE
    assert hand.power == (None, "unknown")
    refused = hand.ask("on")
    await hand.rounds(3)
    assert (device.sent("11 01"), refused.state) == (1, CommandState.FAILED)
    device.naks = {0x00}
    running = hand.ask("on")
    await hand.rounds(3)
    device.naks = {0x00, 0x11}
    await hand.rounds(3, seconds=41)
    assert (running.state, running.reason) == (CommandState.FAILED, "not_confirmed")


async def test_a_wish_ends_at_its_time_while_the_device_lets_us_wait(meet):
    device = projector(**{"POWR ?": "1"})
    hand = await meet(device, limit_s=30)
    device.answers["AVMT 11"] = device.answers["POWR ?"] = None
    task = asyncio.create_task(hand.keeper.run())
    command = hand.ask("on", "blank")
    hand.clock.pass_s(7.99)
    hand.keeper._watch_deadlines()
    hand.clock.pass_s(0.01)
    assert await hand.room.wait_until(lambda: command.ended, 5)
    assert command.state is CommandState.EXPIRED
    task.cancel()
    await asyncio.wait([task])


async def test_a_wish_for_a_lamp_that_never_stops_cooling_ends(meet):
    device = projector(**{"POWR ?": "2"})
    hand = await meet(device)
    command = hand.ask("on")
    await hand.rounds(14, seconds=60)
    assert (command.state, command.reason) == (CommandState.EXPIRED, "cooling")


# Learning for ever from a passing state


async def test_health_refused_in_standby_is_there_after_power_on(meet):
    device = ForeignMdc()
    device.power, device.naks = 0, {0x0D, 0x0B, 0x0E, 0x10}
    hand = await meet(device)
    assert hand.keeper.offer(Capability.FAULTS) is not None
    device.power, device.naks = 1, set()
    await hand.rounds(2, seconds=10)
    assert hand.reading("temperature").quality is Quality.CONFIRMED
    assert hand.keeper.driver.notes["model"] == "M"


@pytest.mark.parametrize("refusal", ["ERR1", "ERR2", None])
async def test_faults_refused_in_standby_are_there_after_power_on(meet, refusal):
    device = projector(ERST=refusal, LAMP=refusal)
    hand = await meet(device, limit_s=SOON_S if refusal is None else 10)
    device.answers |= {"POWR ?": "1", "ERST": "010000", "LAMP": "7 1"}
    await hand.rounds(2, seconds=10)
    assert (hand.reading("faults").value, hand.reading("lamp").value) == ("lamp", 7)


async def test_what_it_refuses_while_it_is_on_is_asked_again_after_the_next_power_on(meet):
    device = projector(**{"POWR ?": "1", "ERST": "ERR1"})
    hand = await meet(device)
    await hand.rounds(2, seconds=10)
    assert device.sent("ERST ?") == 1
    assert hand.keeper.offer(Capability.FAULTS) is None
    for power in "01":
        device.answers["POWR ?"] = power
        await hand.rounds(1, seconds=10)
    assert device.sent("ERST ?") == 2


# Wrong or misleading


@pytest.mark.parametrize(
    ("value", "capability", "command", "after"),
    [("on", "power", "POWR 1", "1"), ("32", "inputs", "INPT 32", "32")],
)
async def test_a_command_answered_with_its_value_was_taken(meet, value, capability, command, after):
    """`%1powr=1` for OK (openhab-addons#6725)."""
    body = command[:4]
    device = projector(**{"POWR ?": "1" if body == "INPT" else "0", command: after})

    async def obey(_command: str) -> None:
        device.answers[f"{body} ?"] = after

    device.does = obey
    hand = await meet(device)
    wish = hand.ask(value, capability)
    await hand.rounds(2)
    assert (wish.state, device.sent(command)) == (CommandState.DONE, 1)


@pytest.mark.parametrize("answer", ["OK", None], ids=["taken", "not even an answer"])
async def test_a_projector_that_is_silent_while_its_lamp_strikes(meet, answer):
    """Silent for 12 to 35 s after a power change (core#20510, epson_projector#1)."""
    device = projector(**{"POWR 1": answer})
    hand = await meet(device, limit_s=SOON_S)
    usual = dict(device.answers)
    command = hand.ask("on")

    async def strike(_command: str) -> None:
        device.answers = dict.fromkeys(usual)

    device.does = strike
    await hand.rounds(6, seconds=5)
    assert hand.keeper.link is Link.ONLINE
    assert command.state is CommandState.RUNNING
    assert hand.power == ("warming", "assumed")
    device.does, device.answers = None, usual | {"POWR ?": "1"}
    await hand.rounds(2, seconds=1)
    assert (command.state, hand.power) == (CommandState.DONE, ("on", "confirmed"))


async def test_a_projector_that_stays_silent_is_lost_at_its_limit(meet):
    device = projector()
    hand = await meet(device, limit_s=SOON_S)
    command = hand.ask("on")
    await hand.rounds()
    device.answers = dict.fromkeys(device.answers)
    await hand.rounds(4, seconds=40)
    assert (command.state, command.reason) == (CommandState.FAILED, "not_confirmed")
    assert hand.keeper.link is Link.SILENT
    assert hand.power == (None, "unknown")


@pytest.mark.parametrize("acknowledged", [True, False])
async def test_a_board_that_leaves_the_network_when_it_is_switched_off(meet, acknowledged):
    """nodel-recipes#5: it obeys off, then drops its address, with or without an answer."""
    device = ForeignMdc()
    hand = await meet(device)

    async def leave(_value: int) -> None:
        if acknowledged:
            asyncio.get_running_loop().call_later(
                0.02, asyncio.ensure_future, device.drop_address()
            )
        else:
            await device.drop_address()

    device.does = leave
    command = hand.ask("off")
    await hand.rounds()
    await asyncio.sleep(0.05)
    await hand.rounds(6, seconds=1)
    assert command.state is CommandState.DONE
    assert hand.keeper.link is Link.AWAY
    assert hand.power[0] == "off"
    await hand.rounds(3, seconds=3600)
    assert (hand.keeper.link, *hand.power) == (Link.AWAY, "off", "assumed")
    pressed = hand.ask("on")
    await hand.rounds()
    assert (pressed.state, pressed.reason) == (CommandState.FAILED, "away")
    assert hand.keeper.link is Link.AWAY
    device.does, device.power = None, 1
    await device.plug_in()
    await hand.rounds(2)
    assert (hand.keeper.link, *hand.power) == (Link.ONLINE, "on", "confirmed")


async def test_a_board_that_leaves_some_time_after_it_said_off(meet):
    device = ForeignMdc()
    hand = await meet(device)
    command = hand.ask("off")
    await hand.rounds(2)
    assert command.quality is Quality.CONFIRMED
    await hand.rounds(1, seconds=10)
    await device.drop_address()
    await hand.rounds(3, seconds=10)
    assert hand.keeper.link is Link.AWAY
    assert hand.room.safe_to_cut  # it said itself that it was off


async def test_a_board_that_only_took_the_off_and_left_may_not_be_cut(meet):
    device = ForeignMdc()
    device.obeys = False
    hand = await meet(device)
    hand.ask("off")
    await hand.rounds()
    await device.drop_address()
    await hand.rounds(4, seconds=1)
    assert hand.keeper.link is Link.AWAY
    assert not hand.room.safe_to_cut


async def test_a_board_that_others_switched_off_is_missed(meet):
    device = ForeignMdc()
    hand = await meet(device)
    device.power = 0
    await hand.rounds(1, seconds=10)
    await device.drop_address()
    await hand.rounds(3, seconds=10)
    assert hand.keeper.link is Link.UNREACHABLE


@pytest.mark.parametrize("inputs", [None, {"31": "Máy tính", "32": "Bảng"}])
async def test_inputs_fall_back_to_class_1(meet, inputs):
    """CLSS=2, but `%2INPT` is ERR1 (Companion generic-pjlink)."""
    device = projector(**{"POWR ?": "1", "CLSS": "2", "%2INPT ?": "ERR1", "%2INPT 32": "ERR1"})
    device.answers |= {"%2INST ?": "ERR1", "INPT 32": "OK"}

    async def obey(_command: str) -> None:
        device.answers["INPT ?"] = "32"

    hand = await meet(device, inputs=inputs)
    assert set(hand.keeper.offer(Capability.INPUTS).choices) == {"31", "32"}
    assert hand.reading("inputs").value == "31"
    device.does = obey
    command = hand.ask("32", "inputs")
    await hand.rounds(2)
    assert command.state is CommandState.DONE
    asked = device.sent("INPT ?")
    await hand.rounds(1, seconds=10)
    assert device.asked[-1:] != ["%2INPT ?"]
    assert device.sent("INPT ?") == asked + 1


async def test_names_that_cannot_be_read_give_way_to_our_own(meet):
    device = projector(**{"POWR ?": "1", "CLSS": "2", "INNM ?31": "Entrée", "INF1": "\x81\xff"})
    device.answers["INNM ?32"] = "\x81\xff\xfe"
    hand = await meet(device)
    assert hand.keeper.offer(Capability.INPUTS).choices == {"31": "Entrée", "32": "Digital 2"}
    assert "maker" not in hand.keeper.driver.notes


async def test_a_slow_projector_is_online_at_once_and_a_press_goes_between_two_questions(meet):
    """Answers take 2 s (ioBroker.pjlink): slow is not silent."""
    device = projector(**{"POWR ?": "1", "CLSS": "2", "AVMT 11": "OK"})

    async def obey(_command: str) -> None:
        device.answers["AVMT ?"] = "11"

    device.does = obey
    hand = await meet(device, limit_s=5)
    device.delay_s = 0.1
    clock = asyncio.get_running_loop().time
    reading = asyncio.create_task(hand.rounds(1, seconds=10))
    while device.asked[-1] != "%1POWR ?":  # noqa: ASYNC110 - what it waits for has no event
        await asyncio.sleep(0.001)
    before, pressed = len(device.asked), clock()
    hand.ask("on", "blank")
    await reading
    await hand.rounds()
    between = device.asked[before : device.asked.index("%1AVMT 11")]
    assert len(between) <= 1
    assert clock() - pressed < 5
    device.asked.clear()
    await hand.settle()
    assert "%1LAMP ?" in device.asked  # what gave way is read after it


async def test_a_slow_projector_is_known_by_its_first_answer(meet):
    device = projector(**{"POWR ?": "1", "CLSS": "2"})
    hand = await meet(device)
    await hand.keeper.driver.close()
    device.asked.clear()
    hand.keeper.link = Link.UNREACHABLE
    await hand.rounds()
    assert hand.keeper.link is Link.ONLINE
    assert device.asked == ["%1POWR ?"]


async def test_others_get_their_turn_between_two_polls(meet):
    """One session only (nodel-recipes#13, ha-epson-projector-link#149): let go once all is read."""
    device = projector(**{"POWR ?": "1", "AVMT 11": "OK"})
    hand = await meet(device)
    session = hand.keeper.driver._session
    async with asyncio.timeout(5):
        while session.is_open:  # noqa: ASYNC110 - what it waits for has no event
            await asyncio.sleep(0.01)
    assert device.greetings == 1
    hand.ask("on", "blank")
    await hand.rounds()
    await asyncio.sleep(2 * PjlinkTimes().let_go_s)
    assert session.is_open  # a wish is seldom the only one


# A reading that is older than a wish that went out (core#55507, openhab-addons#9788)


@pytest.mark.parametrize("answer", ["OK", None], ids=["taken", "not even an answer"])
@pytest.mark.parametrize(
    ("says", "wish", "moves"), [("1", "off", "cooling"), ("0", "on", "warming")]
)
async def test_a_device_that_falls_silent_at_a_wish_is_not_confirmed_by_what_it_said_before(
    meet, says, wish, moves, answer
):
    """It freezes, or its connection does, as it is switched."""
    device = projector(**{"POWR ?": says})
    hand = await meet(device, limit_s=SOON_S)
    hand.ask(wish)
    device.answers = dict.fromkeys(device.answers) | {"POWR 0": answer, "POWR 1": answer}
    await hand.rounds()
    assert hand.power == (moves, "assumed")
    before = "on" if says == "1" else "off"
    again = hand.ask(before)
    await hand.rounds()
    assert hand.power[0] != before
    assert again.state is not CommandState.DONE


async def test_what_it_says_after_such_a_wish_counts_at_once(meet):
    device = projector(**{"POWR ?": "1", "POWR 0": None})
    hand = await meet(device, limit_s=SOON_S)
    hand.ask("off")
    await hand.rounds()
    assert hand.power == ("on", "confirmed")


async def test_a_switch_without_an_answer_is_not_confirmed_by_what_it_said_before(meet):
    device = projector(**{"POWR ?": "1"})
    hand = await meet(device, limit_s=SOON_S)
    assert hand.reading("blank").quality is Quality.CONFIRMED
    hand.ask("on", "blank")
    device.answers = dict.fromkeys(device.answers)
    device.answers["AVMT 11"] = None
    await hand.rounds()
    assert hand.reading("blank").quality is Quality.STALE
