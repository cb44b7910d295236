"""How long pupils' data is kept. Source: domain reference §7, PR-5 and PR-11."""

from dataclasses import dataclass
from datetime import date, timedelta

from school.dating import When
from school.year import SchoolYear

DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Keeping:
    """Days that things are kept; a school may set them.

    Attributes:
        room_taps: raw taps in a room, where the hub has them.
        hub_taps: raw taps on the hub.
        unknown_taps: taps of unknown cards.
        names_without_contact: a room drops names after so many school days without its hub.
        logs: logs of panel and devices.
        access_log: who saw what.
        unknown_excuse: an unknown excuse is exported as K after so many school days.
    """

    room_taps: int = 35
    hub_taps: int = 90
    unknown_taps: int = 7
    names_without_contact: int = 30
    logs: int = 90
    access_log: int = 730
    unknown_excuse: int = 3


def may_drop_tap(at_ms: int, now: When, keeping: Keeping, *, settled: bool) -> bool:
    """Whether a room may drop a raw tap: settled, and old by a clock that can be trusted."""
    return settled and now.trusted and now.at_ms - at_ms > keeping.room_taps * DAY_MS


def shows_unknown_tap(at_ms: int, now: When, keeping: Keeping) -> bool:
    """Whether the tap of an unknown card is still shown, by its last four signs."""
    return now.at_ms - at_ms <= keeping.unknown_taps * DAY_MS


def hub_drops_taps_before(today: date, keeping: Keeping) -> date:
    """The first day whose raw taps the hub keeps."""
    return today - timedelta(days=keeping.hub_taps)


def export_and_purge_due(year: SchoolYear, today: date) -> bool:
    """Whether the hub asks to export and purge a year's marks: closed for a whole year."""
    return today > year.last_day + timedelta(days=365)


def is_in_term(day: date, today: date, years: tuple[SchoolYear, ...]) -> bool:
    """Whether a room keeps the marks of a day: of the current term; without a calendar, always."""
    for year in years:
        now = year.semester(today)
        if now is not None:
            return now.first_day <= day
    return True


def school_days_between(first: date, last: date, years: tuple[SchoolYear, ...]) -> int:
    """School days after the first day up to the last; Sundays and days off are none."""
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(is_school_day(day, years) for day in days)


def is_school_day(day: date, years: tuple[SchoolYear, ...]) -> bool:
    """Whether there are lessons by the calendar alone: no Sunday and no day off."""
    return day.isoweekday() < 7 and not any(year.is_closed(day) for year in years)


def drops_names(
    last_contact: date, today: date, years: tuple[SchoolYear, ...], keeping: Keeping
) -> bool:
    """Whether a room without its hub for so long drops names; never its unsent taps."""
    return school_days_between(last_contact, today, years) >= keeping.names_without_contact
