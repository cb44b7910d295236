"""The week: the bell schedule and the versions of the timetable.

Source: domain reference §2.1, §2.2. Weekdays are ISO (1 = Monday); "Thứ 2" is weekday 1.
"""

from dataclasses import dataclass
from datetime import date

from school.year import Session


@dataclass(frozen=True, slots=True)
class Bell:
    """One lesson slot (tiết) of the bell schedule; minutes count from local midnight.

    Attributes:
        session: which half of the day.
        slot: number within the session, 1 and up.
        start_min: first minute.
        end_min: minute at which it is over (1440 = midnight).
        weekdays: ISO weekdays on which it holds.
        day: one date on which it holds instead; that date then has only its own bells.
        valid_from: first day of a season's bells; None with `valid_to` None = all year.
        valid_to: last day of a season's bells.
        name: what the school calls it, where that is not its number: "Cả buổi", "Tiết 6".
    """

    session: Session
    slot: int
    start_min: int
    end_min: int
    weekdays: frozenset[int]
    day: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class TimetableEntry:
    """A group's lesson in the week: who, when, what, with whom, where.

    Two teachers of one lesson (KHTN, co-teaching) are `teacher_id` and `co_teacher_ids`.
    """

    group_key: str
    weekday: int
    session: Session
    slot: int
    subject: str
    teacher_id: str | None
    room: str | None
    co_teacher_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TimetableVersion:
    """A timetable that holds from a day until the next version does; never edited.

    Attributes:
        name: "TKB số 5".
        valid_from: its first day.
        entries: the week.
    """

    name: str
    valid_from: date
    entries: tuple[TimetableEntry, ...]
