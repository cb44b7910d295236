"""The one flat table that every shape of timetable becomes."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from school.files.matching import person_name
from school.files.sheets.labels import MORNING_SLOTS
from school.files.sheets.ledger import Account
from school.files.sheets.trouble import Place, Trouble
from school.names import fold
from school.records import Session

PART = "nhóm"
"""A part of a class that a cell makes: "10A1 nhóm 1"."""
MAX_GROUP, MAX_ROOM, MAX_NAME = 40, 60, 120
"""Longest names, in characters, of which keys and records can be made."""
_SEVERAL = re.compile(r"[+,;&/](?![^()]*\))")
_ROOMS = re.compile(r"[+,;&]")
_CLASS = re.compile(r"^[0-9]{1,2}[^\s+,;]{0,10}$")
_SOME_WEEKS = re.compile(
    r"(?<!\w)tuần\s*(?:lẻ|lẽ|chẵn|[0-9])|(?<!\w)cách tuần(?!\w)|^\(?(?:lẻ|chẵn)\)?$|\((?:lẻ|chẵn)\)"
)
_KEYED = re.compile(r"^(.*?)\s*_\(([0-9A-Za-z_]+)\)$")


class Teacher(NamedTuple):
    """A teacher as a file names one: VEMIS adds its own key, which is kept apart."""

    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One lesson slot of one class or group.

    Attributes:
        group: the class or group as the file names it.
        weekday: ISO, 1 = Monday.
        session: half of the day.
        slot: number within the session, 1 and up.
        subject: empty where unknown.
        teachers: who gives it, the first one first.
        room: empty for the class's own room.
        place: where it was read.
        valid_from: the first day of its timetable; None where the file names none.
        weeks: in which weeks of a cycle it is held ("10": the first of two); empty for every one.
    """

    group: str
    weekday: int
    session: Session
    slot: int
    subject: str = ""
    teachers: tuple[Teacher, ...] = ()
    room: str = ""
    place: Place = field(default_factory=Place, compare=False)
    valid_from: date | None = field(default=None, compare=False)
    weeks: str = ""

    @property
    def key(self) -> tuple[str, int, Session, int]:
        """Who has it and when."""
        return (self.group, self.weekday, self.session, self.slot)

    def meets(self, other: "Cell") -> bool:
        """Whether there is a week in which both are held."""
        pairs = zip(self.weeks, other.weeks, strict=False)
        return not (self.weeks and other.weeks) or ("1", "1") in pairs


@dataclass(frozen=True, slots=True)
class TimetableRead:
    """What a timetable's files say.

    Attributes:
        format: which shape they had.
        cells: one for each (class or group, weekday, session, slot).
        errors: cells that could not be taken.
        valid_from: the first day on which it holds; None where the files name none.
        account: what became of each cell, and what is asked.
    """

    format: str
    cells: tuple[Cell, ...]
    errors: tuple[Trouble, ...] = ()
    valid_from: date | None = None
    account: Account = field(default_factory=Account)


def counted_anew(cells: Iterable[Cell], labels: Collection[int] = ()) -> list[Cell]:
    """Afternoon lessons from 1 on, where a file goes on counting from the morning (6, 7 …).

    Args:
        cells: the lessons of a table.
        labels: numbers that it gives to the afternoon, lessons or not: where one is among the
            morning's, the afternoon begins anew there and has a sixth lesson of its own.
    """
    all_cells = list(cells)
    numbers = {*labels, *(cell.slot for cell in all_cells if cell.session is Session.AFTERNOON)}
    if not numbers or min(numbers) <= MORNING_SLOTS:
        return all_cells
    return [
        replace(cell, slot=cell.slot - MORNING_SLOTS) if cell.session is Session.AFTERNOON else cell
        for cell in all_cells
    ]


def is_class_name(name: str) -> bool:
    """Whether a name is shaped like a class's ("10A1", "7/3", "3.2"), not like a group's."""
    return bool(_CLASS.match(name)) and any(not sign.isdigit() for sign in name)


def teacher_of(text: str) -> Teacher:
    """From "Yến _(10909517_000019)" → name Yến and VEMIS' key."""
    match = _KEYED.match(text.strip())
    return Teacher(person_name(match[1]), match[2]) if match else Teacher(person_name(text))


def teachers_of(text: str) -> tuple[Teacher, ...]:
    """Teachers joined with "+" (FET), in their order."""
    return tuple(teacher_of(part) for part in text.split("+") if part.strip())


def teachers_in(text: str) -> tuple[Teacher, ...]:
    """Teachers of one cell as people write several: "Yến+Hưng", "Yến, Hưng", "Yến/Hưng"."""
    return tuple(teacher_of(part) for part in _SEVERAL.split(text) if part.strip())


def split_pairs(cell: Cell) -> list[Cell]:
    """Two teachers in two rooms at once teach two groups of the class."""
    number = len(cell.teachers)
    ways = ([part.strip() for part in way.split(cell.room)] for way in (_ROOMS, _SEVERAL))
    rooms = next((way for way in ways if number > 1 and len(way) == number and all(way)), [])
    if not rooms:
        return [cell]
    pairs = zip(cell.teachers, rooms, strict=True)
    return [_part_of(cell, n, (one,), room) for n, (one, room) in enumerate(pairs, start=1)]


def flat_table(kind: str, cells: Iterable[Cell], errors: Sequence[Trouble]) -> TimetableRead:
    """All cells once, in a fixed order.

    Two different lessons of one class in one slot are an error; the same one named twice is one,
    with the teachers of both (co-teaching as FET and teacher grids write it), or two groups where
    it is in two rooms. Of timetables for several days only the first one's cells are kept, and that
    is an error.
    """
    days, cells = _of_first_day(cells)
    problems = list(errors)
    if len(days) > 1:
        named = ", ".join(f"{day:%d/%m/%Y}" for day in days)
        place = replace(cells[0].place, row=0, column="")
        problems.append(Trouble("several_days", place, {"days": named}))
    by_key: dict[tuple[str, int, Session, int], list[Cell]] = {}
    for cell in (part for whole in cells for part in split_pairs(_cleaned(whole))):
        if code := _unusable(cell):
            value = _wrong_text(cell, code)
            problems.append(Trouble(code, cell.place, {"value": value[:20]}))
            continue
        others = by_key.setdefault(cell.key, [])
        if all(_is_same_lesson(cell, other) or not cell.meets(other) for other in others):
            others.append(cell)
        else:
            problems.append(Trouble("two_lessons", cell.place, {"class": cell.group}))
    weekly = [list(same) for held in by_key.values() for _, same in _by_weeks(held)]
    found = {(part.key, part.weeks): part for same in weekly for part in _joined(same)}
    ordered = sorted(
        found.values(), key=lambda c: (c.group, c.weekday, c.session.value, c.slot, c.weeks)
    )
    return TimetableRead(kind, tuple(ordered), tuple(problems), days[0] if len(days) == 1 else None)


def _by_weeks(cells: Iterable[Cell]) -> Iterator[tuple[str, Iterator[Cell]]]:
    return groupby(sorted(cells, key=lambda cell: cell.weeks), key=lambda cell: cell.weeks)


def _of_first_day(cells: Iterable[Cell]) -> tuple[list[date], list[Cell]]:
    """The first days that cells name, and the cells of the first one of them."""
    every = list(cells)
    days = sorted({cell.valid_from for cell in every if cell.valid_from is not None})
    return days, [cell for cell in every if cell.valid_from in {None, *days[:1]}]


def _cleaned(cell: Cell) -> Cell:
    """Without signs that stand for nothing, such as "-" for no room."""
    teachers = tuple(one for one in cell.teachers if any(map(str.isalpha, one.name)))
    room = cell.room if any(map(str.isalnum, cell.room)) else ""
    return replace(cell, teachers=teachers, room=room)


def is_of_some_weeks(text: str) -> bool:
    """Whether a text says that a lesson is held in some weeks alone: "tuần lẻ", "cách tuần"."""
    return bool(_SOME_WEEKS.search(unicodedata.normalize("NFC", text).casefold().strip()))


def _texts(cell: Cell) -> list[str]:
    return [cell.subject, cell.room, *(one.name for one in cell.teachers)]


def _wrong_text(cell: Cell, code: str) -> str:
    """What the sentence of an error names."""
    if code == "some_weeks":
        return next(text for text in _texts(cell) if is_of_some_weeks(text))
    return {"bad_room": cell.room, "bad_subject": cell.subject}.get(code, cell.group)


def _unusable(cell: Cell) -> str:
    """Why a cell cannot be a lesson in the records; empty where it can.

    The records know no lesson of some weeks alone.
    """
    if any(map(is_of_some_weeks, _texts(cell))):
        return "some_weeks"
    if cell.subject and (fold(cell.subject) == "x" or not any(map(str.isalpha, cell.subject))):
        return "bad_subject"
    if not makes_key(cell.group, MAX_GROUP):
        return "bad_class"
    if cell.room and not makes_key(cell.room, MAX_ROOM):
        return "bad_room"
    return "bad_teacher" if any(len(one.name) > MAX_NAME for one in cell.teachers) else ""


@lru_cache(maxsize=4096)
def makes_key(name: str, longest: int) -> bool:
    """Whether a key for lesson ids can be made of a name."""
    return len(name) <= longest and any(sign.isalnum() and sign.isascii() for sign in fold(name))


def _is_same_lesson(one: Cell, other: Cell) -> bool:
    return not one.subject or not other.subject or fold(one.subject) == fold(other.subject)


def _joined(same: Sequence[Cell]) -> list[Cell]:
    """One lesson named several times; in a room for each of its teachers it is several groups."""
    rooms = {cell.room: cell for cell in same}
    each = {one for cell in same for one in cell.teachers}
    if 1 < len(rooms) == len(same) == len(each) and all(rooms):
        return [_part_of(c, n, c.teachers, c.room) for n, c in enumerate(same, start=1)]
    teachers = tuple(dict.fromkeys(one for cell in same for one in cell.teachers))
    subject = next((cell.subject for cell in same if cell.subject), "")
    room = next((cell.room for cell in same if cell.room), "")
    return [replace(same[0], subject=subject, teachers=teachers, room=room)]


def _part_of(cell: Cell, n: int, teachers: tuple[Teacher, ...], room: str) -> Cell:
    return replace(cell, group=f"{cell.group} {PART} {n}", teachers=teachers, room=room)
