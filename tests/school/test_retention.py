"""How long things are kept."""

from datetime import date

import pytest

from school.dating import When
from school.retention import (
    DAY_MS,
    Keeping,
    drops_names,
    export_and_purge_due,
    hub_drops_taps_before,
    is_in_term,
    may_drop_tap,
    shows_unknown_tap,
)
from school.year import Closed, SchoolYear, Semester

KEEPING = Keeping()
YEAR = SchoolYear(
    "2026-2027",
    date(2026, 9, 7),
    date(2027, 5, 28),
    (
        Semester("HK I", date(2026, 9, 7), date(2027, 1, 16)),
        Semester("HK II", date(2027, 1, 18), date(2027, 5, 28)),
    ),
    (Closed(date(2026, 11, 24), date(2026, 11, 24)),),
)


@pytest.mark.parametrize(
    ("days", "trusted", "settled", "gone"),
    [(36, True, True, True), (35, True, True, False), (99, False, True, False),
     (99, True, False, False)],
)  # fmt: skip
def test_a_tap_goes_only_when_settled_and_old_by_a_good_clock(days, trusted, settled, gone):
    now = When(100 * DAY_MS, dated=True, trusted=trusted)
    assert may_drop_tap((100 - days) * DAY_MS, now, KEEPING, settled=settled) is gone


def test_other_times():
    now = When(100 * DAY_MS, dated=True, trusted=True)
    assert shows_unknown_tap(93 * DAY_MS, now, KEEPING)
    assert not shows_unknown_tap(92 * DAY_MS, now, KEEPING)
    assert hub_drops_taps_before(date(2026, 12, 31), KEEPING) == date(2026, 10, 2)
    assert not export_and_purge_due(YEAR, date(2028, 5, 27))
    assert export_and_purge_due(YEAR, date(2028, 5, 28))
    assert is_in_term(date(2026, 9, 7), date(2026, 12, 1), (YEAR,))
    assert not is_in_term(date(2027, 1, 16), date(2027, 2, 1), (YEAR,))
    assert is_in_term(date(2026, 1, 1), date(2026, 12, 1), ())


def test_names_go_after_thirty_school_days_without_contact():
    assert not drops_names(date(2026, 9, 7), date(2026, 10, 11), (YEAR,), KEEPING)
    assert drops_names(date(2026, 9, 7), date(2026, 10, 12), (YEAR,), KEEPING)
