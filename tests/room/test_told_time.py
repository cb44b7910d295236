"""The room's time as an event: when it jumps, when it is known better, and once a minute."""

import pytest

from edge.api.panel import Panel, Sources
from school.moment import Moment, TimeQuality

EIGHT_MS = 1_795_000_000_000


class RoomClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.mono_ms, self.ahead_ms, self.tq = 5_000, 0, TimeQuality.NTP

    def now(self) -> Moment:
        return Moment("b" * 32, self.mono_ms, EIGHT_MS + self.mono_ms + self.ahead_ms, self.tq)


@pytest.fixture
def clock() -> RoomClock:
    return RoomClock()


@pytest.fixture
def told(clock):
    panel = Panel(Sources(None, None, clock, str, list, dict, dict, dict))
    heard = []
    panel.stream.publish = lambda name, data: heard.append((name, data["clock"]))

    def tell() -> list:
        heard.clear()
        panel.tell_clock()
        return list(heard)

    tell()
    return tell


def test_the_first_look_is_told(clock):
    panel = Panel(Sources(None, None, clock, str, list, dict, dict, dict))
    panel.tell_clock()
    assert panel.stream.rev == 1


def test_a_clock_that_runs_is_no_news(clock, told):
    clock.mono_ms += 1_000
    assert told() == []


def test_a_jump_is_told_with_its_quality(clock, told):
    clock.mono_ms += 1_000
    clock.ahead_ms, clock.tq = 3_600_000, TimeQuality.HUB
    at = str(EIGHT_MS + clock.mono_ms + 3_600_000)
    assert told() == [("clock", {"at": at, "quality": "hub", "trusted": True})]
    assert told() == []


@pytest.mark.parametrize("tq", [TimeQuality.NONE, TimeQuality.SAVED])
def test_a_doubtful_time_is_told_as_such(clock, told, tq):
    clock.tq = tq
    ((_, clock_told),) = told()
    assert (clock_told["quality"], clock_told["trusted"]) == (tq.value, False)


def test_once_a_minute_the_page_is_put_right(clock, told):
    clock.mono_ms += 59_000
    assert told() == []
    clock.mono_ms += 1_000
    assert len(told()) == 1
