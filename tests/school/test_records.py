"""Times of the school: Unix milliseconds, local days and minutes, there and back."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.school.kit import make_school

SCHOOL = make_school()
OFFSETS = st.integers(-12 * 60, 14 * 60)


@given(st.integers(-(10**13), 10**16), OFFSETS)
def test_the_day_of_a_moment_is_that_of_its_local_time(at_ms, offset_min):
    school = replace(SCHOOL, utc_offset_min=offset_min)
    assert school.day_of(at_ms) == school.local(at_ms).date()


@given(st.dates(), st.integers(0, 1439), OFFSETS)
def test_a_local_minute_is_found_again(day, minute, offset_min):
    school = replace(SCHOOL, utc_offset_min=offset_min)
    at_ms = school.at_ms(day, minute)
    if 0 <= at_ms <= 4_000_000_000_000:
        local = school.local(at_ms)
        assert (local.date(), local.hour * 60 + local.minute) == (day, minute)
        assert school.at_ms(day, minute + 1440) == school.at_ms(day, minute) + 86_400_000
        assert local.utcoffset() == timedelta(minutes=offset_min)
