"""Ids that room, hub and office derive alike, without asking each other. Source: design §7.

A lesson: `{date}-{S|C|T}-{slot}-{group}`, as in `20261123-S-2-10a1`; `x0815` is the slot of a
lesson that has none. Without a trusted date: `b{boot8}-{n}` for the run, and for its lessons
`b{boot8}-{n}-{group}`.
"""

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from school.names import fold
from school.records import Session

GROUP_KEY = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_LESSON = re.compile(rf"([0-9]{{8}})-([SCT])-([1-9][0-9]?|x[0-9]{{4}})-({GROUP_KEY})")
_PROVISIONAL = re.compile(rf"(b[0-9a-f]{{8}}-[1-9][0-9]*)-({GROUP_KEY})")
_NOT_KEY = re.compile(r"[^a-z0-9]+")


class LessonKey(NamedTuple):
    """What a lesson id says.

    Attributes:
        day: its date; None while the run is provisional.
        session: its half of the day; None while provisional.
        slot: "2", or "x0815" where there is no slot; the run's id while provisional.
        group_key: who has the lesson.
    """

    day: date | None
    session: Session | None
    slot: str
    group_key: str

    @property
    def number(self) -> int | None:
        """The slot's number; None without a slot."""
        return int(self.slot) if self.slot.isdigit() else None

    @property
    def minute(self) -> int | None:
        """Local minute of the day that a slotless lesson began at; None with a slot."""
        if self.day is None or not self.slot.startswith("x"):
            return None
        return int(self.slot[1:3]) * 60 + int(self.slot[3:5])


def lesson_id(day: date, session: Session, slot: int | str, group_key: str) -> str:
    """The id of a dated lesson."""
    return f"{day.isoformat().replace('-', '')}-{session}-{slot}-{group_key}"


def slotless(minute: int) -> str:
    """The slot of a lesson outside the bell schedule that begins at a local minute of the day."""
    return f"x{minute // 60:02}{minute % 60:02}"


def run_id(boot: str, n: int) -> str:
    """The id of a room's n-th run in a kernel boot."""
    return f"b{boot[:8]}-{n}"


def provisional_lesson_id(run: str, group_key: str) -> str:
    """The id of a lesson whose date nobody knows yet."""
    return f"{run}-{group_key}"


@lru_cache(maxsize=16_384)  # a month of a large school has some 5,000
def parse_lesson_id(text: str) -> LessonKey:
    """Take an id apart.

    Raises:
        ValueError: it is not the id of a lesson.
    """
    if match := _LESSON.fullmatch(text):
        day, session, slot, group = match.groups()
        when = date(int(day[:4]), int(day[4:6]), int(day[6:]))
        key = LessonKey(when, Session(session), slot, group)
        if key.minute is None or (key.minute < 1440 and slot[3:] < "60"):
            return key
    elif match := _PROVISIONAL.fullmatch(text):
        return LessonKey(None, None, match[1], match[2])
    raise ValueError(f"{text!r} is not the id of a lesson; it looks like 20261123-S-2-10a1")


def group_key(name: str) -> str:
    """A slug for a class or group: "7/3" → "7-3", "Đội tuyển Toán" → "doi-tuyen-toan".

    Raises:
        ValueError: no letter or digit is left.
    """
    key = _NOT_KEY.sub("-", fold(name)).strip("-")
    if not key:
        raise ValueError(f"{name!r} gives no key for lesson ids; it needs a letter or a digit")
    return key


def has_date(lesson_id: str) -> bool:
    """Whether a lesson id names its day; not so a provisional one, or what is none."""
    try:
        return parse_lesson_id(lesson_id).day is not None
    except ValueError:
        return False
