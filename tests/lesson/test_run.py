"""A run by itself: countdown, automatic end, and what a restart does about it."""

import pytest

from edge.lesson.returning import Found, Return, what_to_do
from edge.lesson.run import EndReason, Handover, RunNow, RunState
from school.rules import Rules

RULES = Rules()
MINUTE = 60_000


def run(**changes):
    given = {"id": "b-1", "lessons": (), "picture": True, "by": "panel", "started_ms": 0,
             "state": RunState.RUNNING, "touched_ms": 0}  # fmt: skip
    return RunNow(**(given | changes))


def test_countdown_rounds_up_and_goes_on():
    one = run()
    assert one.seconds_left(0) is None
    one.count_down(1000, RULES)
    one.count_down(6000, RULES)
    assert one.seconds_left(1001) == 10
    assert one.seconds_left(10_001) == 1
    assert one.seconds_left(99_000) == 0
    one.keep()
    assert (one.state, one.seconds_left(1001)) == (RunState.RUNNING, None)


@pytest.mark.parametrize(
    ("changes", "now_ms", "at_ms", "reason"),
    [
        ({}, 0, 0, None),
        ({"off_at_ms": 10_000}, 9_999, 0, None),
        ({"off_at_ms": 10_000}, 10_000, 0, EndReason.TOUCH),
        ({"ends_ms": 0}, 0, 15 * MINUTE - 1, None),
        ({"ends_ms": 0}, 0, 15 * MINUTE, EndReason.AUTO),
        ({"ends_ms": 0}, 0, None, None),
        ({}, 240 * MINUTE, None, EndReason.IDLE),
        ({"handover": Handover(2, "", 0, 0)}, 240 * MINUTE, 240 * MINUTE, None),
    ],
)
def test_why_it_ends_by_itself(changes, now_ms, at_ms, reason):
    assert run(**changes).due_end(now_ms, at_ms, RULES) is reason


@pytest.mark.parametrize(
    ("boot", "now_ms", "what"),
    [
        ("a", 5_000, Return.FINISH_SCENE),
        ("a", 200_000, Return.CARRY_ON),
        ("b", 5_000, Return.POWER_CAME_BACK),
    ],
)
def test_what_a_restart_does(boot, now_ms, what):
    assert what_to_do(Found(boot, now_ms, frozenset({"a"}), "a", 1_000)) is what


def test_an_earlier_boot_is_no_reason_to_run_the_scene_again():
    found = Found("a", 5_000, frozenset({"a", "b"}), "b", 1_000)
    assert what_to_do(found) is Return.CARRY_ON
