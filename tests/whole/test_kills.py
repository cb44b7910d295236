"""Whatever was fed back at a reader reaches the hub, once, however often processes are killed."""

from pathlib import Path

import pytest

from tests.whole.demo import running_demo
from tests.whole.kills import kill_while_tapping

TOO_EARLY = Path(__file__).parent / "too_early"


@pytest.mark.no_cover  # a killed process leaves no count; its lines are seen by other tests
def test_taps_that_were_fed_back_survive_twenty_kills(tmp_path):
    with running_demo(tmp_path / "demo", "--fast") as demo:
        tally = kill_while_tapping(demo, {"agent": 15, "hub": 5}, seed=20)
    assert tally.kills == 20
    assert len(tally.fed_back) > 20
    assert (tally.lost, tally.doubled, tally.said_twice) == (set(), 0, 0)


@pytest.mark.no_cover  # a killed process leaves no count; its lines are seen by other tests
def test_the_harness_sees_feedback_before_the_commit(tmp_path):
    """The negative control: an agent that beeps too early must be caught by the same harness."""
    with running_demo(tmp_path / "demo", "--fast", PYTHONPATH=str(TOO_EARLY)) as demo:
        tally = kill_while_tapping(demo, {"agent": 4}, seed=4)
    assert tally.lost or tally.said_twice
