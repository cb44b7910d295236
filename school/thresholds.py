"""School-wide thresholds: dated rows of the records, so that room and hub go by the same.

The first row comes from `hub.toml`, in a room without a server from `room.toml`. From then on the
records hold: a file that says otherwise is passed over, and named once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from school.rules import Rules

KEYS = ("open_before_min", "late_after_min", "maybe_absent_after_min")
"""The settings that are rows of the records."""

PASSED_OVER_THRESHOLD = "%s says %s = %d and is passed over: the school's records say %d"
"""For the log: the file, the key, what it says, what holds."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds that hold from a day until the next row does; minutes.

    Attributes:
        open_before_min: taps count from so long before a session's first lesson.
        late_after_min: a tap is late from so long after the start.
        maybe_absent_after_min: absence is suggested from so long after the start.
        valid_from: first day; None = always.
    """

    open_before_min: int
    late_after_min: int
    maybe_absent_after_min: int
    valid_from: date | None = None


def thresholds_on(rows: Sequence[Thresholds], day: date) -> Thresholds | None:
    """The row that holds on a day; the first also before its own day. None without rows."""
    if not rows:
        return None
    holding = [row for row in rows if row.valid_from is None or row.valid_from <= day]
    return holding[-1] if holding else rows[0]


@lru_cache(maxsize=64)
def ruled(rules: Rules, row: Thresholds) -> Rules:
    """The settings with a row of the records in place of what a file says."""
    return replace(
        rules,
        open_before_min=row.open_before_min,
        late_after_min=row.late_after_min,
        maybe_absent_after_min=row.maybe_absent_after_min,
    )


def of_rules(rules: Rules) -> Thresholds:
    """The row that a file's settings make."""
    return Thresholds(rules.open_before_min, rules.late_after_min, rules.maybe_absent_after_min)


def passed_over(
    given: Mapping[str, int], rows: Sequence[Thresholds], day: date
) -> dict[str, tuple[int, int]]:
    """What a settings file says against the records that hold on a day.

    Args:
        given: what stands in the file, by key.
        rows: of the records.
        day: today.

    Returns:
        By key: what the file says, what holds.
    """
    holds = thresholds_on(rows, day)
    if holds is None:
        return {}
    both = {key: (given[key], getattr(holds, key)) for key in KEYS if key in given}
    return {key: pair for key, pair in both.items() if pair[0] != pair[1]}
