"""Timetables from aSc ("aSc Timetables 2012 XML"). Source: domain reference §2.4, shape 5."""

from collections import Counter
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

from sync.school.files.cells import Cell, TimetableRead, flat_table, slot_of, teacher_of
from sync.school.files.source import Source
from sync.school.files.spoilt import looks_spoilt
from sync.school.files.trouble import Place, Trouble, refuse
from sync.school.names import clean
from sync.school.records import Session

ROOT = "timetable"
Found = Cell | Trouble
_NOON, _EVENING = 12 * 60, 17 * 60 + 30


def read_asc(source: Source, root: Element) -> TimetableRead:
    """The timetable of one file.

    Raises:
        FileRefusedError: no cards in it, or letters lost by its encoding.
    """
    names = [one.get("name", "") for one in root.iter() if one.tag in {"teacher", "subject"}]
    if looks_spoilt(names):
        raise refuse("mojibake", source.place)
    found = list(_cells(source, root))
    if not found:
        raise refuse("no_table", source.place)
    cells = [one for one in found if isinstance(one, Cell)]
    return flat_table("asc-xml", cells, [one for one in found if isinstance(one, Trouble)])


def _cells(source: Source, root: Element) -> Iterator[Found]:
    slots = _slots(root)
    named = {tag: _names(root, tag) for tag in ("class", "teacher", "subject", "classroom")}
    groups = {one.get("id", ""): one for one in root.iter("group")}
    lessons = {one.get("id", ""): one for one in root.iter("lesson")}
    cards = list(root.iter("card"))
    often = Counter(card.get("lessonid", "") for card in cards)
    for n, card in enumerate(cards, start=1):
        place = Place(source.name, "card", n)
        lesson = lessons.get(card.get("lessonid", ""))
        if lesson is None:
            value = card.get("lessonid", "")[:40]
            yield Trouble("unknown_reference", place, {"value": value})
            continue
        teachers = _ids(lesson, "teacherids")
        what = (
            named["subject"].get(lesson.get("subjectid", ""), ""),
            tuple(teacher_of(named["teacher"].get(t, t)) for t in teachers),
            _rooms(card, lesson, named["classroom"], len(teachers)),
        )
        who = _who(lesson, groups, named["class"])
        length = _length(lesson, often[card.get("lessonid", "")])
        for when in _when(card, slots, length):
            if when is None:
                yield Trouble("bad_slot", place, {"value": card.get("period", "")[:20]})
            else:
                yield from (Cell(name, *when, *what, place) for name in who)


def _rooms(card: Element, lesson: Element, names: Mapping[str, str], teachers: int) -> str:
    """The card's rooms where each teacher has one; else the first; a lesson lists possible ones."""
    placed = _ids(card, "classroomids")
    rooms = placed if len(placed) == teachers else (placed or _ids(lesson, "classroomids"))[:1]
    return "+".join(names.get(room, room) for room in rooms)


def _names(root: Element, tag: str) -> dict[str, str]:
    return {
        one.get("id", ""): clean(one.get("name") or one.get("short") or "")
        for one in root.iter(tag)
    }


def _ids(element: Element, name: str) -> list[str]:
    return [one for one in element.get(name, "").split(",") if one.strip()]


def _who(lesson: Element, groups: Mapping[str, Element], classes: Mapping[str, str]) -> list[str]:
    """Classes; or groups of a class where the lesson is not for all of it."""
    parts = [groups[one] for one in _ids(lesson, "groupids") if one in groups]
    partial = [one for one in parts if one.get("entireclass", "1") == "0"]
    if partial:
        return [
            clean(f"{classes.get(one.get('classid', ''), '')} {one.get('name', '')}")
            for one in partial
        ]
    return [classes[one] for one in _ids(lesson, "classids") if classes.get(one)]


def _length(lesson: Element, cards: int) -> int:
    """Slots of one card: double lessons have one card for both, or one for each."""
    length = lesson.get("periodspercard", "1")
    if not length.isdecimal() or not 1 < int(length) < 9:
        return 1
    try:
        weekly = float(lesson.get("periodsperweek", "0"))
    except ValueError:
        weekly = 0.0
    return 1 if weekly == cards else int(length)


def _slots(root: Element) -> dict[int, tuple[Session, int]]:
    """Period → session and number, by the clock where the file has one."""
    found: dict[int, tuple[Session, int]] = {}
    often: Counter[Session] = Counter()
    for one in root.iter("period"):
        number = str(one.get("period") or one.get("name", ""))
        start = _minute(one.get("starttime", ""))
        if not number.isdecimal():
            continue
        slot = slot_of(number, None)
        if start is not None:
            session = Session.MORNING if start < _NOON else Session.AFTERNOON
            session = Session.EVENING if start >= _EVENING else session
            often[session] += 1
            slot = (session, often[session])
        if slot is not None:
            found[int(number)] = slot
    return found


def _minute(text: str) -> int | None:
    hour, _, minute = text.partition(":")
    right = hour.isdecimal() and minute[:2].isdecimal()
    return int(hour) * 60 + int(minute[:2]) if right else None


def _when(
    card: Element, slots: Mapping[int, tuple[Session, int]], length: int
) -> Iterator[tuple[int, Session, int] | None]:
    days = str(card.get("days") or card.get("day", ""))
    weekdays = {n for part in days.split(",") for n, bit in enumerate(part, 1) if bit == "1"}
    period = card.get("period", "")
    if not weekdays and not period:
        return  # a card that was not placed
    start = int(period) if period.isdecimal() else -1
    for weekday in sorted(weekdays):
        for one in range(start, start + length):
            slot = slots.get(one) or (slot_of(str(one), None) if one > 0 and not slots else None)
            yield (weekday, *slot) if slot and weekday <= 7 else None
