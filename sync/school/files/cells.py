"""The one flat table that every shape of timetable becomes, and how its labels are read."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sync.school.files.trouble import Place, Trouble
from sync.school.names import clean, fold
from sync.school.records import Session

MORNING_SLOTS = 5
"""Where lessons are numbered through the day, those after this one are the afternoon's [P]."""
_MAX_SLOT = 12
_NUMBER = re.compile(r"[0-9]{1,2}")
_WORDS = {
    "thu hai": 1, "thu ba": 2, "thu tu": 3, "thu nam": 4, "thu sau": 5, "thu bay": 6,
    "chu nhat": 7, "cn": 7, "hai": 1, "ba": 2, "tu": 3, "nam": 4, "sau": 5, "bay": 6,
    "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6,
    "sunday": 7, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7,
}  # fmt: skip
_DAY = re.compile(r"(?:thu|t)?\s*\.?\s*([2-7])(?:\s*[-,(/].*)?")
_SESSIONS = (("sang", Session.MORNING), ("chieu", Session.AFTERNOON), ("toi", Session.EVENING),
             ("morning", Session.MORNING), ("afternoon", Session.AFTERNOON),
             ("evening", Session.EVENING))  # fmt: skip
_LETTERS = {"s": Session.MORNING, "c": Session.AFTERNOON}
_CLASS = re.compile(r"^[0-9]{1,2}[^\s+,;]{0,10}$")
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
    """

    group: str
    weekday: int
    session: Session
    slot: int
    subject: str = ""
    teachers: tuple[Teacher, ...] = ()
    room: str = ""
    place: Place = field(default_factory=Place, compare=False)

    @property
    def key(self) -> tuple[str, int, Session, int]:
        """Who has it and when."""
        return (self.group, self.weekday, self.session, self.slot)


@dataclass(frozen=True, slots=True)
class TimetableRead:
    """What a timetable's files say.

    Attributes:
        format: which shape they had.
        cells: one for each (class or group, weekday, session, slot).
        errors: cells that could not be taken.
    """

    format: str
    cells: tuple[Cell, ...]
    errors: tuple[Trouble, ...] = ()


def weekday_of(label: str) -> int | None:
    """From "Thứ 2", "Thứ Hai", "T2", "2", "Monday" → 1; None where it is no day.

    A number is the school's own: "Thứ 2" is Monday.
    """
    text = fold(label).strip(" .")
    if text in _WORDS:
        return _WORDS[text]
    match = _DAY.fullmatch(text)
    if match:
        return int(match[1]) - 1
    words = text.split()
    return _WORDS.get(" ".join(words[:2])) if len(words) > 1 else None


def session_of(label: str) -> Session | None:
    """The half of the day that a text names: "TKB buổi sáng" → morning; None for none."""
    words = re.findall(r"[a-z]+", fold(label))
    return next((session for word, session in _SESSIONS if word in words), None)


def slot_of(label: str, session: Session | None) -> tuple[Session, int] | None:
    """From "T1", "Tiết 1", "Sáng 2", "C3" → session and slot; None where it is no slot.

    Args:
        label: the file's own label.
        session: what file, sheet or block say; None where they say nothing, so that lessons are
            taken as numbered through the day.
    """
    found = _NUMBER.search(label)
    if found is None:
        return None
    number = int(found[0])
    letter = _LETTERS.get(fold(label)[: found.start()].strip(" .:-"))
    named = session_of(label) or letter or session
    if not 1 <= number <= _MAX_SLOT:
        return None
    if named is None:
        through = number > MORNING_SLOTS
        return (Session.AFTERNOON, number - MORNING_SLOTS) if through else (Session.MORNING, number)
    if named is Session.AFTERNOON and session_of(label) is None and number > 2 * MORNING_SLOTS:
        return None
    return named, number


def is_class_name(name: str) -> bool:
    """Whether a name is shaped like a class's ("10A1", "7/3", "3.2"), not like a group's."""
    return bool(_CLASS.match(name)) and any(not sign.isdigit() for sign in name)


def teacher_of(text: str) -> Teacher:
    """From "Yến _(10909517_000019)" → name Yến and VEMIS' key."""
    match = _KEYED.match(text.strip())
    return Teacher(clean(match[1]), match[2]) if match else Teacher(clean(text))


def teachers_of(text: str) -> tuple[Teacher, ...]:
    """Teachers joined with "+", in their order."""
    return tuple(teacher_of(part) for part in text.split("+") if part.strip())


def split_pairs(cell: Cell) -> list[Cell]:
    """Two teachers in two rooms at once teach two groups of the class."""
    rooms = [room.strip() for room in cell.room.split("+") if room.strip()]
    if len(rooms) < 2 or len(rooms) != len(cell.teachers):
        return [cell]
    return [
        Cell(f"{cell.group} nhóm {n}", cell.weekday, cell.session, cell.slot, cell.subject,
             (teacher,), room, cell.place)
        for n, (teacher, room) in enumerate(zip(cell.teachers, rooms, strict=True), start=1)
    ]  # fmt: skip


def flat_table(kind: str, cells: Iterable[Cell], errors: Sequence[Trouble]) -> TimetableRead:
    """All cells once, in a fixed order.

    Two different lessons of one class in one slot are an error; the same one named twice is one,
    with the teachers of both (co-teaching as FET and teacher grids write it).
    """
    found: dict[tuple[str, int, Session, int], Cell] = {}
    problems = list(errors)
    for cell in (part for whole in cells for part in split_pairs(whole)):
        other = found.get(cell.key)
        if other is None:
            found[cell.key] = cell
        elif not cell.subject or not other.subject or fold(cell.subject) == fold(other.subject):
            found[cell.key] = _joined(other, cell)
        else:
            problems.append(Trouble("two_lessons", cell.place, {"class": cell.group}))
    ordered = sorted(found.values(), key=lambda c: (c.group, c.weekday, c.session.value, c.slot))
    return TimetableRead(kind, tuple(ordered), tuple(problems))


def _joined(one: Cell, other: Cell) -> Cell:
    teachers = tuple(dict.fromkeys([*one.teachers, *other.teachers]))
    return Cell(one.group, one.weekday, one.session, one.slot, one.subject or other.subject,
                teachers, one.room or other.room, one.place)  # fmt: skip
