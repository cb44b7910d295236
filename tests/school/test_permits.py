"""Who may say what, and until when: the whole table."""

from datetime import date, timedelta

import pytest

from school.permits import Act, Part, may
from school.rules import Rules

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("part", "act", "later", "allowed", "reason"),
    [
        (Part.TEACHER, Act.CONFIRM, 0, True, False),
        (Part.TEACHER, Act.MARK, 0, True, False),
        (Part.TEACHER, Act.REOPEN, 0, True, True),
        (Part.TEACHER, Act.EXCUSE, 0, True, True),
        (Part.TEACHER, Act.CONFIRM, 1, False, False),
        (Part.HOMEROOM, Act.EXCUSE, 7, True, False),
        (Part.HOMEROOM, Act.EXCUSE, 8, False, False),
        (Part.HOMEROOM, Act.MARK, 7, True, True),
        (Part.HOMEROOM, Act.CONFIRM, 1, True, True),
        (Part.OFFICE, Act.CONFIRM, 7, True, False),
        (Part.OFFICE, Act.EXCUSE, 8, True, True),
        (Part.OFFICE, Act.REOPEN, 0, True, True),
        (Part.NOBODY, Act.MARK, 0, False, False),
        (Part.OFFICE, Act.MARK, -1, False, False),
    ],
)
def test_who_may(part, act, later, allowed, reason):
    permit = may(part, act, DAY, DAY + timedelta(days=later), Rules())
    assert (permit.allowed, permit.needs_reason) == (allowed, reason)


def test_the_last_day_is_said():
    assert may(Part.TEACHER, Act.MARK, DAY, DAY, Rules()).until == DAY
    assert may(Part.HOMEROOM, Act.EXCUSE, DAY, DAY, Rules()).until == date(2026, 11, 30)
    assert may(Part.OFFICE, Act.EXCUSE, DAY, DAY, Rules()).until is None
