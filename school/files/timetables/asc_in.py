"""Timetables from aSc ("aSc Timetables 2012 XML"). Source: domain reference §2.4, shape 5."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from xml.etree.ElementTree import Element

from school.files.cells import Cell, TimetableRead, flat_table, teacher_of
from school.files.sheets.labels import clock_minute, session_at, slot_of
from school.files.sheets.ledger import Reading
from school.files.sheets.questions import Choice, Question
from school.files.sheets.source import Source
from school.files.sheets.spoilt import looks_spoilt
from school.files.sheets.trouble import Place, Trouble, refuse
from school.names import clean
from school.records import Session

ROOT = "timetable"
Found = Cell | Trouble


def read_asc(source: Source, root: Element, reading: Reading) -> TimetableRead:
    """The timetable of one file; of one week of a cycle, where a person has said which.

    Raises:
        FileRefusedError: no cards in it, or letters lost by its encoding.
    """
    names = [one.get("name", "") for one in root.iter() if one.tag in {"teacher", "subject"}]
    if looks_spoilt(names):
        raise refuse("mojibake", source.place)
    found = list(_cells(source, root, reading))
    reading.note(source.place, "asc-xml", "by_program")
    _note_passed(source, root, reading)
    if not found:
        raise refuse("no_table", source.place)
    cells = _of_week([one for one in found if isinstance(one, Cell)], source, root, reading)
    return flat_table("asc-xml", cells, [one for one in found if isinstance(one, Trouble)])


def _note_passed(source: Source, root: Element, reading: Reading) -> None:
    """Say how much has no place in the week, and how much is of no class."""
    cards, lessons = list(root.iter("card")), list(root.iter("lesson"))
    carded = {card.get("lessonid", "") for card in cards}
    without = {one.get("id", "") for one in lessons if not _ids(one, "classids")}
    without -= {one.get("id", "") for one in lessons if _ids(one, "groupids")}
    unplaced = sum(1 for card in cards if not _is_placed(card))
    unplaced += sum(1 for one in lessons if one.get("id", "") not in carded)
    for why, n in (("unplaced", unplaced), ("no_students", len(without & carded))):
        if n:
            reading.note(source.place, "passed", why, n=str(n))


def _cells(source: Source, root: Element, reading: Reading) -> Iterator[Found]:
    slots = _slots(root)
    named = {tag: _names(root, tag) for tag in ("class", "teacher", "subject", "classroom")}
    groups = {one.get("id", ""): one for one in root.iter("group")}
    lessons = {one.get("id", ""): one for one in root.iter("lesson")}
    cards = _of_term(source, root, reading)
    single = _are_single(cards, lessons)
    for n, card in enumerate(cards, start=1):
        place = Place(source.name, "card", n)
        lesson = lessons.get(card.get("lessonid", ""))
        if lesson is None:
            value = card.get("lessonid", "")[:40]
            yield Trouble("unknown_reference", place, {"value": value})
            continue
        if missing := _missing(card, lesson, {**named, "group": groups}):
            yield Trouble("unknown_reference", place, {"value": missing[:40]})
            continue
        teachers = _ids(lesson, "teacherids")
        what = (
            named["subject"].get(lesson.get("subjectid", ""), ""),
            tuple(teacher_of(named["teacher"].get(t, t)) for t in teachers),
            _rooms(card, lesson, named["classroom"], len(teachers)),
        )
        who = _who(lesson, groups, named["class"])
        length = 1 if single else _length(lesson)
        weeks = _weeks(card, lesson, root)
        for when in _when(card, slots, length):
            if when is None:
                yield Trouble("bad_slot", place, {"value": card.get("period", "")[:20]})
            else:
                yield from (Cell(name, *when, *what, place, weeks=weeks) for name in who)


def _missing(card: Element, lesson: Element, known: Mapping[str, Mapping[str, object]]) -> str:
    """The first id that a lesson or its card refers to and the file does not hold."""
    told = [(tag, one) for tag in known for one in _ids(lesson, f"{tag}ids")]
    told += [("subject", one) for one in _ids(lesson, "subjectid")]
    told += [("classroom", one) for one in _ids(card, "classroomids")]
    return next((one for tag, one in told if one not in known[tag]), "")


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
    """Classes; of a class that is not in it as a whole, the groups."""
    parts = [groups[one] for one in _ids(lesson, "groupids")]
    partial = [one for one in parts if one.get("entireclass", "1") == "0"]
    split = {one.get("classid", "") for one in partial}
    whole = [*_ids(lesson, "classids"), *(one.get("classid", "") for one in parts)]
    return [
        *(clean(f"{classes.get(one.get('classid', ''), '')} {one.get('name', '')}")
          for one in partial),
        *dict.fromkeys(classes[one] for one in whole if one not in split and classes.get(one)),
    ]  # fmt: skip


def _are_single(cards: Sequence[Element], lessons: Mapping[str, Element]) -> bool:
    """Whether each card is one period, so that a double lesson has two; else it is all of them.

    Two cards of a double lesson one after the other show it, as does a lesson with as many cards
    as periods a week. The timetable may not be all placed.
    """
    placed: dict[str, list[tuple[str, str, int]]] = defaultdict(list)
    for card in cards:
        if card.get("period", "").isdecimal() and (days := card.get("days") or card.get("day", "")):
            at = (card.get("weeks", ""), days, int(card.get("period", "")))
            placed[card.get("lessonid", "")].append(at)
    doubles = [one for one, lesson in lessons.items() if _length(lesson) > 1]
    for one in doubles:
        held = set(placed[one])
        if any((weeks, days, period + 1) in held for weeks, days, period in held):
            return True
        if len(held) > 1 and _number(lessons[one].get("periodsperweek", "")) == len(held):
            return True
    return False


def _length(lesson: Element) -> int:
    length = lesson.get("periodspercard", "1")
    return int(length) if length.isdecimal() and 1 < int(length) < 9 else 1


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _of_term(source: Source, root: Element, reading: Reading) -> list[Element]:
    """The cards of the term that a person has chosen; of several terms the first one until then."""
    cards = list(root.iter("card"))
    terms = max((len(_cycle(card.get("terms", ""))) for card in cards), default=0)
    if not terms:
        return cards
    choices = _choices(root, "terms", terms)
    asked = Question("which_term", Place(source.name), choices)
    reading.headings["asc-xml"] = None
    at = (reading.ask(asked) or choices[0].id).index("1")
    return [card for card in cards if (_cycle(card.get("terms", "")) or "1" * terms)[at] == "1"]


def _cycle(said: str) -> str:
    """Of weeks or terms, as "10"; empty for all of them."""
    first = said.split(",", maxsplit=1)[0]
    return first if set(first) == {"0", "1"} else ""


def _choices(root: Element, kind: str, length: int) -> tuple[Choice, ...]:
    """One choice for each week or term, by the names that the file gives them."""
    names = {one.get(kind, ""): one.get("name", "") for one in root.iter(f"{kind}def")}
    ids = ["0" * n + "1" + "0" * (length - n - 1) for n in range(length)]
    return tuple(
        Choice(one, "week", {"name": names.get(one, "") or str(n)})
        for n, one in enumerate(ids, start=1)
    )


def _weeks(card: Element, lesson: Element, root: Element) -> str:
    """The weeks of the cycle in which a card holds, as "10"; empty where it is every one."""
    named = {one.get("id", ""): one.get("weeks", "") for one in root.iter("weeksdef")}
    said = card.get("weeks") or named.get(lesson.get("weeksdefid", ""), "")
    return _cycle(said)


def _of_week(cells: list[Cell], source: Source, root: Element, reading: Reading) -> list[Cell]:
    """The lessons of the week that a person has chosen; all of them until then.

    The records know no cycle of weeks: one week of it is a timetable, and the next one another.
    """
    cycle = max((len(cell.weeks) for cell in cells), default=0)
    if not cycle:
        return cells
    choices = _choices(root, "weeks", cycle)
    some = next(cell for cell in cells if cell.weeks)
    params = {"n": str(sum(1 for cell in cells if cell.weeks)), "class": some.group}
    question = Question("which_week", Place(source.name), choices, params)
    reading.headings["asc-xml"] = None
    chosen = reading.ask(question)
    if not chosen:
        return cells
    held = [cell for cell in cells if not cell.weeks or cell.weeks[chosen.index("1")] == "1"]
    return [replace(cell, weeks="") for cell in held]


def _slots(root: Element) -> dict[int, tuple[Session, int]]:
    """Period → session and number, by the clock where the file has one."""
    found: dict[int, tuple[Session, int]] = {}
    often: Counter[Session] = Counter()
    for one in root.iter("period"):
        number = str(one.get("period") or one.get("name", ""))
        start = clock_minute(one.get("starttime", ""))
        if not number.isdecimal():
            continue
        slot = slot_of(number, None)
        if start is not None and int(number) > 0:  # a lesson 0 before the first counts for none
            session = session_at(start)
            often[session] += 1
            is_morning = session is Session.MORNING
            slot = (session, int(number) if is_morning else often[session])
        if slot is not None:
            found[int(number)] = slot
    return found


def _is_placed(card: Element) -> bool:
    return "1" in str(card.get("days") or card.get("day", "")) or bool(card.get("period", ""))


def _when(
    card: Element, slots: Mapping[int, tuple[Session, int]], length: int
) -> Iterator[tuple[int, Session, int] | None]:
    days = str(card.get("days") or card.get("day", ""))
    weekdays = {n for part in days.split(",") for n, bit in enumerate(part, 1) if bit == "1"}
    period = card.get("period", "")
    if not _is_placed(card):
        return
    start = int(period) if period.isdecimal() else -1
    for weekday in sorted(weekdays):
        for one in range(start, start + length):
            slot = slots.get(one) or (slot_of(str(one), None) if one > 0 and not slots else None)
            yield (weekday, *slot) if slot and weekday <= 7 else None
