"""Sizes and pauses stay within their limits, also after months of failures."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.uplink.pace import (
    TURNS_FOR_THE_REST,
    Flush,
    Pace,
    back_off_s,
    choose_lane,
    due_in_s,
    grown,
    halved,
    pace_to,
)

PACE = Pace()


@pytest.mark.parametrize("here", ["https://127.0.0.1:8443", "https://localhost", "https://[::1]:1"])
def test_a_hub_on_the_same_machine_has_no_crowd_to_be_spared(here) -> None:
    assert (pace_to(here).spread_s, pace_to(here).spread_rest_s) == (0.0, 0.0)


@pytest.mark.parametrize("away", ["https://hub.school:8443", "https://10.0.0.5", "https://[", ""])
def test_after_a_power_cut_a_school_of_rooms_is_spread(away) -> None:
    assert pace_to(away) == Pace()


def test_the_first_retry_is_quick() -> None:
    assert back_off_s(PACE, 1, 0.0) == 0.0
    assert back_off_s(PACE, 1, 1.0) <= 1.0


@given(st.integers(2, 10**9), st.floats(0, 1))
def test_the_back_off_is_never_below_a_second_nor_above_five_minutes(failures, jitter) -> None:
    assert 1.0 <= back_off_s(PACE, failures, jitter) <= 300.0


@given(st.integers(2, 40))
def test_the_back_off_uses_its_whole_range(failures) -> None:
    assert back_off_s(PACE, failures, 0.0) == 1.0
    assert back_off_s(PACE, failures, 1.0) == min(300.0, 2.0 ** (failures - 1))


@given(st.integers(1, 500), st.integers(1, 500))
def test_sizes_stay_between_one_and_the_limit(size, most) -> None:
    assert 1 <= grown(size, most) <= most
    assert 1 <= halved(size) <= size


@pytest.mark.parametrize(
    ("waiting", "since_s", "held_s", "due"),
    [
        (0, 100.0, 0.0, None),
        (1, 100.0, 0.0, 0.0),
        (1, 0.5, 0.0, 1.5),
        (19, 0.0, 0.0, 2.0),
        (20, 0.0, 0.0, 0.0),
        (20, 0.0, 9.0, 9.0),
        (1, 1.0, -5.0, 1.0),
    ],
)
def test_a_lane_is_due_by_number_or_by_time(waiting, since_s, held_s, due) -> None:
    assert due_in_s(Flush(20, 2.0), waiting, since_s, held_s) == due


def test_the_most_urgent_lane_goes_first_but_for_one_turn_in_twenty() -> None:
    chosen = [choose_lane([1, 0], turn) for turn in range(TURNS_FOR_THE_REST)]
    assert chosen == [0] * (TURNS_FOR_THE_REST - 1) + [1]
    assert choose_lane([1], 0) == 1
    assert choose_lane([0], TURNS_FOR_THE_REST - 1) == 0
    assert choose_lane([], 0) is None
