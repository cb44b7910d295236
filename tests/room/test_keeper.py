"""A device is kept true: what a press does in each state, and what is said of the unknown."""

import asyncio

import pytest

from devices.capability import Capability
from devices.errors import (
    NotNowError,
    PasswordRefusedError,
    RefusedError,
    SilentError,
    UnreachableError,
)
from devices.link import Link
from devices.reading import Quality
from edge.room.command import CommandState
from edge.room.keeper import Identity, Keeper, Surround
from edge.room.room import NoSuchDeviceError, Room, Wish
from tests.room.scripted import ScriptedDriver

PROJECTOR = Identity("projector", "Máy chiếu", "projector", "scripted", "a script")


class Bench:
    """One keeper whose rounds the test runs by hand."""

    def __init__(self) -> None:
        self.now_ms = 1_000_000
        self.driver = ScriptedDriver()
        self.changes = 0
        self.commands = []
        surround = Surround(lambda: self.now_ms, lambda: 0.0, self._changed, self.commands.append)
        self.keeper = Keeper(PROJECTOR, self.driver, surround)
        self.room = Room([self.keeper], [], lambda: self.now_ms)
        self._ids = iter(range(1000))

    def _changed(self, _device):
        self.changes += 1
        self.room.tell_changed()

    async def rounds(self, n=1, seconds=0.0):
        for _ in range(n):
            self.now_ms += int(seconds * 1000)
            self.wait_s = await self.keeper._round()

    def ask(self, value, capability="power"):
        wish = Wish("projector", capability, value, "panel")
        return self.room.command(wish, f"c{next(self._ids)}")

    def reports(self, **values):
        self.driver.state.update({Capability(key): value for key, value in values.items()})

    @property
    def power(self):
        return self.room.reading("projector", Capability.POWER)


@pytest.fixture
def bench():
    return Bench()


async def test_unknown_is_not_off(bench):
    assert bench.power.quality is Quality.UNKNOWN
    assert not bench.room.safe_to_cut
    await bench.rounds()
    assert (bench.power.value, bench.power.quality) == ("off", Quality.CONFIRMED)
    assert bench.room.safe_to_cut


async def test_asked_is_not_done_until_the_device_reports_it(bench):
    await bench.rounds()
    command = bench.ask("on")
    assert command.state is CommandState.ACCEPTED
    await bench.rounds()
    assert bench.driver.writes == [(Capability.POWER, "on")]
    assert command.state is CommandState.RUNNING
    assert bench.power.value == "off"
    assert bench.keeper.book.wanted[Capability.POWER] == "on"
    bench.reports(power="warming")
    await bench.rounds(2, seconds=1)
    assert command.state is CommandState.RUNNING
    bench.reports(power="on")
    await bench.rounds()
    assert (command.state, command.quality) == (CommandState.DONE, Quality.CONFIRMED)


async def test_a_press_while_it_cools_waits_and_says_why(bench):
    bench.reports(power="cooling")
    await bench.rounds()
    command = bench.ask("on")
    await bench.rounds(3, seconds=5)
    assert (command.state, command.reason) == (CommandState.ACCEPTED, "cooling")
    assert bench.driver.writes == []
    bench.reports(power="off")
    await bench.rounds(2)
    assert bench.driver.writes == [(Capability.POWER, "on")]


async def test_other_wishes_wait_for_warming(bench):
    bench.reports(power="warming")
    await bench.rounds()
    command = bench.ask("32", "inputs")
    await bench.rounds(2)
    assert bench.driver.writes == []
    bench.reports(power="on")
    await bench.rounds(2)
    assert bench.driver.writes == [(Capability.INPUTS, "32")]
    bench.reports(inputs="32")
    await bench.rounds()
    assert command.state is CommandState.DONE


async def test_the_newest_wish_takes_the_place_of_a_waiting_one(bench):
    bench.reports(power="cooling")
    await bench.rounds()
    older, newer = bench.ask("on"), bench.ask("off")
    await bench.rounds()
    assert older.state is CommandState.SUPERSEDED
    assert newer.state is CommandState.RUNNING  # it is on its way to off by itself
    bench.reports(power="off")
    await bench.rounds()
    assert newer.state is CommandState.DONE
    assert bench.driver.writes == []


async def test_a_wish_that_is_so_already_is_done_without_a_byte(bench):
    bench.reports(power="on")
    await bench.rounds()
    command = bench.ask("on")
    await bench.rounds()
    assert command.state is CommandState.DONE
    assert bench.driver.writes == []


async def test_a_device_that_cannot_report_is_assumed(bench):
    await bench.rounds()
    command = bench.ask("ok", "beeper")
    await bench.rounds()
    assert (command.state, command.quality) == (CommandState.DONE, Quality.ASSUMED)
    assert bench.room.reading("projector", Capability.BEEPER).quality is Quality.ASSUMED


async def test_what_is_never_confirmed_fails_at_its_limit(bench):
    bench.reports(power="on")
    await bench.rounds()
    command = bench.ask("32", "inputs")
    await bench.rounds()
    await bench.rounds(seconds=8.1)
    assert (command.state, command.reason) == (CommandState.FAILED, "not_confirmed")
    assert Capability.INPUTS not in bench.keeper.book.wanted


async def test_no_from_the_device_is_told_with_its_words(bench):
    await bench.rounds()
    command = bench.ask("32", "inputs")
    bench.driver.write_fault = RefusedError("no such input")
    await bench.rounds()
    assert (command.state, command.reason) == (CommandState.FAILED, "no such input")
    assert bench.keeper.link is Link.ONLINE


async def test_not_now_is_asked_again(bench):
    await bench.rounds()
    command = bench.ask("32", "inputs")
    bench.driver.write_fault = NotNowError("standby")
    await bench.rounds()
    assert (command.state, command.reason) == (CommandState.ACCEPTED, "standby")
    await bench.rounds(2, seconds=2)
    assert bench.driver.writes == [(Capability.INPUTS, "32")]


async def test_one_lost_answer_is_no_lost_device(bench):
    await bench.rounds()
    bench.driver.fault = SilentError("no answer")
    await bench.rounds()
    assert bench.keeper.link is Link.ONLINE
    await bench.rounds()
    assert bench.keeper.link is Link.SILENT
    assert 1.0 <= bench.wait_s <= 5.0


async def test_a_silent_device_answers_presses_with_the_truth_and_goes_stale(bench):
    await bench.rounds()
    bench.driver.fault = SilentError("no answer")
    await bench.rounds(2)
    command = bench.ask("on")
    await bench.rounds()
    assert (command.state, command.reason) == (CommandState.FAILED, "silent")
    await bench.rounds(seconds=60)
    assert (bench.power.value, bench.power.quality) == ("off", Quality.STALE)
    assert not bench.room.safe_to_cut


async def test_after_a_loss_everything_is_read_before_it_is_live(bench):
    await bench.rounds()
    bench.driver.fault = UnreachableError("no route")
    await bench.rounds(2)
    assert bench.keeper.link is Link.UNREACHABLE
    bench.driver.fault = None
    bench.reports(power="on")
    await bench.rounds()
    assert bench.keeper.link is Link.ONLINE
    assert (bench.power.value, bench.power.quality) == ("on", Quality.CONFIRMED)


async def test_a_wrong_password_stops_until_somebody_asks_again(bench):
    bench.driver.fault = PasswordRefusedError("wrong password")
    await bench.rounds()
    assert bench.keeper.link is Link.REFUSED
    assert bench.wait_s is None
    task = asyncio.create_task(bench.keeper._rest(bench.wait_s))
    await asyncio.sleep(0)
    assert not task.done()
    bench.keeper.try_again()
    await task


async def test_the_remote_control_wins_over_an_old_wish(bench):
    bench.reports(power="on")
    await bench.rounds()
    bench.ask("32", "inputs")
    bench.reports(inputs="32")
    await bench.rounds(2)
    bench.reports(inputs="31")
    await bench.rounds()
    assert Capability.INPUTS not in bench.keeper.book.wanted
    assert bench.driver.writes == [(Capability.INPUTS, "32")]


async def test_the_ring_learns_how_long_this_lamp_takes(bench):
    for _ in range(3):
        bench.reports(power="warming")
        await bench.rounds()
        assert bench.keeper.moves.left_s(bench.now_ms) >= 1
        bench.now_ms += 12_000
        bench.reports(power="on")
        await bench.rounds()
    bench.reports(power="warming")
    await bench.rounds()
    assert bench.keeper.moves.left_s(bench.now_ms) == 12
    assert bench.keeper.moves.slow(bench.now_ms + 19_000)
    assert not bench.keeper.moves.slow(bench.now_ms + 17_000)


async def test_wishes_that_no_device_here_can_grant(bench):
    with pytest.raises(NoSuchDeviceError, match="devices are: projector"):
        bench.room.command(Wish("beamer", "power", "on", "panel"), "x1")
    with pytest.raises(NoSuchDeviceError, match="it can: power, inputs, beeper"):
        bench.room.command(Wish("projector", "volume", 3, "panel"), "x2")
    with pytest.raises(ValueError, match="power takes one of: on, off"):
        bench.room.command(Wish("projector", "power", "blue", "panel"), "x3")


async def test_it_runs_by_itself_and_lets_go_of_the_wire(bench):
    task = asyncio.create_task(bench.keeper.run())
    assert await bench.room.wait_until(lambda: bench.room.online("projector"), 5)
    command = bench.ask("on")
    assert await bench.room.wait_until(lambda: command.state is CommandState.RUNNING, 5)
    bench.reports(power="on")
    assert await bench.room.wait_until(lambda: command.ended, 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.driver.closed == 1


async def test_waiting_has_a_limit(bench):
    assert not await bench.room.wait_until(lambda: False, 0.01)
