"""Timetables from FET: CSV and XML. Source: domain reference §6.2; FET 6.8.5 and 5.41 output.

Cells whose students are no class (meetings of teachers) are left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from xml.etree.ElementTree import Element, TreeBuilder

from school.files.cells import (
    Cell,
    TimetableRead,
    flat_table,
    is_class_name,
    teachers_of,
)
from school.files.sheets.csv_in import CsvTable
from school.files.sheets.labels import (
    clock_minute,
    first_number,
    session_named,
    slot_of,
    slots_by_clock,
    weekday_of,
)
from school.files.sheets.ledger import Reading
from school.files.sheets.source import Source
from school.files.sheets.trouble import Place, Trouble, refuse
from school.files.sheets.xml_in import feed
from school.files.timetables.grid_texts import stem
from school.names import clean
from school.records import Session

HEADER = ("Activity Id", "Day", "Hour", "Students Sets", "Subject", "Teachers", "Activity Tags",
          "Room", "Comments")  # fmt: skip
ROOTS = ("fet", "Activities_Timetable", "Teachers_Timetable", "Students_Timetable")
_AUTOMATIC = re.compile(r"\s+(Automatic Subgroup|Nhóm con tự động)$", re.IGNORECASE)
Found = Cell | Trouble
_READ = frozenset({"Activity Id", "Day", "Hour", "Students Sets", "Subject", "Teachers", "Room"})
Clock = Mapping[str, tuple[Session, int]]
_DOUBLE = 1.6  # times the shortest way from lesson to lesson: a break is less


def is_fet_csv(table: CsvTable) -> bool:
    """Whether a text table is FET's timetable, with or without its header."""
    for _, fields in table.rows():
        texts = [field.strip() for field in fields]
        if texts[:6] == list(HEADER[:6]):
            return True
        if not any(texts):
            continue
        numbered = texts[0].isdecimal() and len(texts) in {8, 9}
        return numbered and weekday_of(texts[1]) is not None and first_number(texts[2]) > 0
    return False


def csv_cells(table: CsvTable, reading: Reading) -> Iterator[Found]:
    """Cells of FET's timetable CSV; errors as troubles in their place."""
    reading.note(table.place, "fet-csv", "by_program")
    session = session_named(stem(table.place.file).removesuffix("_timetable"))
    where = {name: n for n, name in enumerate(HEADER)}
    clock = _clock(table)
    note_clock(table.place, clock, reading)
    yield from _gaps(table, clock)
    unplaced = silent = 0
    beside: dict[str, None] = {}
    for line, fields in table.rows():
        if "Activity Id" in fields:
            where = {name.strip(): n for n, name in enumerate(fields)}
            continue
        texts = {name: fields[n] for name, n in where.items() if n < len(fields)}
        beside |= {
            name: None for name in where if name not in _READ and texts.get(name, "").strip()
        }
        unplaced += any(fields) and not _is_placed(texts)
        silent += _is_placed(texts) and not texts.get("Students Sets", "").strip()
        if any(fields):
            yield from _cells(texts, Place(table.place.file, row=line), session, clock)
    for why, n in (("unplaced", unplaced), ("no_students", silent)):
        if n:
            reading.note(table.place, "passed", why, n=str(n))
    if beside:
        reading.note(table.place, "passed", "not_needed", names=", ".join(beside))


def note_clock(place: Place, clock: Clock, reading: Reading) -> None:
    """Say which lesson each hour of the clock is taken for."""
    if clock:
        hours = ", ".join(f"{name} = {slot[0].value}{slot[1]}" for name, slot in clock.items())
        reading.note(place, "clock", "by_clock", hours=hours)


def _is_placed(texts: Mapping[str, str]) -> bool:
    return bool(texts.get("Day", "").strip() or texts.get("Hour", "").strip())


def _clock(table: CsvTable) -> Clock:
    hours = [fields[2].strip() for _, fields in table.rows() if len(fields) > 2]
    return slots_by_clock(dict.fromkeys(hours))


def _gaps(table: CsvTable, clock: Clock) -> Iterator[Trouble]:
    """Where an hour of the clock seems to be missing, as nobody has a lesson then."""
    minutes = sorted((minute, name) for name in clock if (minute := clock_minute(name)) is not None)
    pairs = [
        (after[0] - before[0], before[1], after[1])
        for before, after in pairwise(minutes)
        if clock[before[1]][0] is clock[after[1]][0]
    ]
    least = min((gap for gap, _, _ in pairs if gap), default=0)
    for gap, before, after in pairs:
        if gap >= _DOUBLE * least:
            yield Trouble("clock_gap", table.place, {"before": before, "after": after})


def _cells(
    texts: Mapping[str, str], place: Place, session: Session | None, clock: Clock
) -> Iterator[Found]:
    """One row: a cell for each of its students sets."""
    day, hour = texts.get("Day", ""), texts.get("Hour", "")
    if not _is_placed(texts):
        return  # an activity that FET could not place
    weekday, slot = weekday_of(day), clock.get(hour.strip()) or _slot(hour, session)
    if weekday is None:
        yield Trouble("bad_weekday", place, {"value": day[:20]})
    elif slot is None:
        yield Trouble("bad_slot", place, {"value": hour[:20]})
    else:
        teachers = teachers_of(texts.get("Teachers", ""))
        subject, room = clean(texts.get("Subject", "")), clean(texts.get("Room", ""))
        for name in texts.get("Students Sets", "").split("+"):
            if group := clean(_AUTOMATIC.sub("", name.strip())):
                yield Cell(group, weekday, *slot, subject, teachers, room, place)


def _slot(hour: str, session: Session | None) -> tuple[Session, int] | None:
    """A clock time that the file does not list counts for no number."""
    return None if clock_minute(hour) is not None else slot_of(hour, session)


def parse(source: Source) -> Element:
    """The document of an XML file.

    Raises:
        FileRefusedError: not well formed, or with entities.
    """
    builder = _Tree()
    feed([source.raw], builder, source.place)
    return builder.root


class _Tree(TreeBuilder):
    """Builds the tree; keeps its root."""

    root: Element

    def close(self) -> Element:
        self.root = super().close()
        return self.root


def read_fet_xml(roots: Sequence[tuple[Source, Element]], reading: Reading) -> TimetableRead:
    """The timetable in one or several of FET's XML files.

    A `.fet` with its times needs nothing else; `*_activities.xml` needs the `.fet` beside it;
    `*_teachers.xml` and `*_subgroups.xml` stand alone.

    Raises:
        FileRefusedError: the files do not say who has which lesson.
    """
    by_tag: dict[str, list[tuple[Source, Element]]] = {}
    for source, root in roots:
        by_tag.setdefault(root.tag, []).append((source, root))
    for source, root in roots:
        reading.note(source.place, "fet-xml", "by_program")
        named = [hour.get("name", "") for hour in root.iter("Hour")]
        named += [_text(hour, "Name") for hour in root.iterfind("Hours_List/Hour")]
        note_clock(source.place, slots_by_clock(dict.fromkeys(named)), reading)
    found: list[Found] = []
    if "Teachers_Timetable" in by_tag or "Students_Timetable" in by_tag:
        tag = "Teachers_Timetable" if "Teachers_Timetable" in by_tag else "Students_Timetable"
        found = [one for source, root in by_tag[tag] for one in _nested(source, root)]
    elif "fet" in by_tag:
        times = by_tag.get("Activities_Timetable", [])
        found = [one for source, root in by_tag["fet"] for one in _planned(source, root, times)]
    else:
        raise refuse("needs_fet_file", roots[0][0].place)
    if not found:
        raise refuse("needs_fet_file", roots[0][0].place)
    cells = [one for one in found if isinstance(one, Cell)]
    return flat_table("fet-xml", cells, [one for one in found if isinstance(one, Trouble)])


def _nested(source: Source, root: Element) -> Iterator[Found]:
    """`*_teachers.xml` and `*_subgroups.xml`: who > Day > Hour > the activity's parts."""
    session = session_named(stem(source.name))
    clock = slots_by_clock(dict.fromkeys(hour.get("name", "") for hour in root.iter("Hour")))
    of_teachers = root.tag == "Teachers_Timetable"
    for who in root:
        name = who.get("name", "")
        for day in who.iter("Day"):
            for hour in day.iter("Hour"):
                if hour.find("Activity") is not None:
                    texts = _nested_texts(hour, name, of_teachers=of_teachers)
                    texts |= {"Day": day.get("name", ""), "Hour": hour.get("name", "")}
                    yield from _cells(texts, Place(source.name, name), session, clock)


def _nested_texts(hour: Element, name: str, *, of_teachers: bool) -> dict[str, str]:
    teachers = [one.get("name", "") for one in hour.iter("Teacher")]
    students = [one.get("name", "") for one in hour.iter("Students")]
    rooms = [one.get("name", "") for one in hour.iter("Room")]
    subjects = [one.get("name", "") for one in hour.iter("Subject")]
    return {
        "Students Sets": "+".join(students if of_teachers else [name]),
        "Teachers": "+".join([name, *teachers] if of_teachers else teachers),
        "Subject": subjects[0] if subjects else "",
        "Room": rooms[0] if rooms else "",
    }


def _planned(
    source: Source, root: Element, times: Sequence[tuple[Source, Element]]
) -> Iterator[Found]:
    """A `.fet`: its activities, at the times of `*_activities.xml` or at its own fixed ones."""
    session = session_named(stem(source.name))
    placed = _times(times) if times else _fixed_times(root)
    hours = [_text(hour, "Name") for hour in root.iterfind("Hours_List/Hour")]
    sets, clock = _expanded(root), slots_by_clock(hours)
    for activity in root.iterfind("Activities_List/Activity"):
        at = placed.get(_text(activity, "Id"))
        if at is None or _text(activity, "Active") == "false":
            continue
        texts = {
            "Day": at[0],
            "Subject": _text(activity, "Subject"),
            "Teachers": "+".join(one.text or "" for one in activity.iterfind("Teacher")),
            "Students Sets": "+".join(
                part
                for one in activity.iterfind("Students")
                for part in sets.get(one.text or "", [one.text or ""])
            ),
            "Room": at[2],
        }
        for hour in _hours_of(at[1], _text(activity, "Duration"), hours):
            yield from _cells(texts | {"Hour": hour}, Place(source.name), session, clock)


def _hours_of(first: str, duration: str, hours: Sequence[str]) -> list[str]:
    length = min(int(duration), 12) if duration.isdecimal() else 1
    if first not in hours:
        return [first]
    start = hours.index(first)
    return list(hours[start : start + length])


def _times(times: Sequence[tuple[Source, Element]]) -> dict[str, tuple[str, str, str]]:
    return {
        _text(one, "Id"): (_text(one, "Day"), _text(one, "Hour"), _text(one, "Room"))
        for _, root in times
        for one in root.iterfind("Activity")
    }


def _fixed_times(root: Element) -> dict[str, tuple[str, str, str]]:
    rooms = {
        _text(one, "Activity_Id"): _text(one, "Room")
        for one in root.iter("ConstraintActivityPreferredRoom")
    }
    return {
        _text(one, "Activity_Id"): (
            _text(one, "Preferred_Day") or _text(one, "Day"),
            _text(one, "Preferred_Hour") or _text(one, "Hour"),
            rooms.get(_text(one, "Activity_Id"), ""),
        )
        for one in root.iter("ConstraintActivityPreferredStartingTime")
    }


def _expanded(root: Element) -> dict[str, list[str]]:
    """A grade's classes, for lessons that FET gives to all of them (not a class's halves)."""
    grades = {
        _text(year, "Name"): [_text(group, "Name") for group in year.iterfind("Group")]
        for year in root.iterfind("Students_List/Year")
    }
    return {
        name: groups
        for name, groups in grades.items()
        if groups and not is_class_name(name) and all(map(is_class_name, groups))
    }


def _text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()
