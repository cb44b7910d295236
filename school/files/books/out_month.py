"""The month sheet of each class: rows pupils, columns days, P and K (domain reference §3.8)."""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

from school.files.books.out_days import LEGEND, HalfDays, Held, Patience, Sign, members
from school.files.books.xlsx_out import Cell, Row, Sheet
from school.records import Group, School, Session
from school.register import Register

_TOTALS = ("Buổi P", "Buổi K", "Chưa rõ", "Đi muộn")
_WEEKDAYS = ("", "T2", "T3", "T4", "T5", "T6", "T7", "CN")
_OFF, _HERE, _NO_DATA = Cell(None, "off"), Cell(None, "centre"), Cell("/", "centre")
_SUMS = (Sign.EXCUSED, Sign.UNEXCUSED, Sign.UNKNOWN)


def month_sheets(
    register: Register,
    month: date,
    groups: Iterable[Group],
    held: Iterable[Held],
    patience: Patience,
) -> Iterator[Sheet]:
    """The sheets of those classes that had lessons, for `write_book`; one sheet says so if none.

    Args:
        register: records and facts.
        month: any date of it.
        groups: classes, in the order of the tabs.
        held: lessons of the month, also those of groups across the classes.
        patience: when an unknown excuse is written as K.
    """
    held = list(held)
    days = HalfDays(register, held, patience)
    having = {one.state.group_key for one in held}
    classes = [group for group in groups if group.key in having]
    yield from (_sheet(register.school, group, month, days, patience) for group in classes)
    if not classes:
        yield _empty(month)


def _sheet(school: School, group: Group, month: date, days: HalfDays, patience: Patience) -> Sheet:
    dates = [month.replace(day=n) for n in range(1, monthrange(month.year, month.month)[1] + 1)]
    heads = [f"{day.day}\n{_WEEKDAYS[day.isoweekday()]}" for day in dates]
    size = len(school.roster(group.key))
    return Sheet(
        name=group.name,
        title=f"SỔ THEO DÕI CHUYÊN CẦN – LỚP {group.name} – THÁNG {month:%m/%Y}",
        notes=[f"{school.name} · Sĩ số {size}"],
        heads=["STT", "Họ và tên", *heads, *_TOTALS],
        widths=[5, 27, *(4.2 for _ in dates), 6, 6, 6.5, 6.5],
        rows=_rows(school, group, dates, days),
        after=[LEGEND.format(days=patience.days)],
        left_fixed=2,
    )


def _rows(school: School, group: Group, dates: Sequence[date], days: HalfDays) -> Iterator[Row]:
    pupils = members(school, group.key, dates, days.held)
    signs = [_by_day(days.of(person.id, mine, group.key)) for person, mine in pupils.items()]
    open_days = {day for one in signs for day in one}
    for n, ((person, mine), by_day) in enumerate(zip(pupils.items(), signs, strict=True), start=1):
        here = {day for day in mine if not days.is_elsewhere(person.id, day, group.key)}
        cells = [_day(by_day.get(day), is_open=day in open_days and day in here) for day in dates]
        often = [sign for of_day in by_day.values() for sign in of_day]
        sums = [Cell(often.count(sign), "centre") for sign in _SUMS]
        number = person.stt if person.stt is not None else n
        is_moved = person.class_id not in (None, group.key)  # the number is another class's
        yield [
            Cell(None if is_moved else number, "centre"),
            person.name,
            *cells,
            *sums,
            Cell(days.late(person.id, mine, group.key), "centre"),
        ]


def _by_day(half_days: Mapping[tuple[date, Session], Sign]) -> dict[date, list[Sign]]:
    """A pupil's signs of each day, in the order of its sessions."""
    found: dict[date, list[Sign]] = {}
    for (day, _), sign in half_days.items():
        found.setdefault(day, []).append(sign)
    return found


def _day(signs: Sequence[Sign] | None, *, is_open: bool) -> Cell:
    """Absences of the day's half days, equal ones once: "K", "PK"; a slash only beside no other."""
    if not signs:
        return _HERE if is_open else _OFF
    away = "".join(dict.fromkeys(sign.value for sign in signs if sign in _SUMS))
    if away:
        return Cell(away, "strong")
    return _NO_DATA if Sign.NO_DATA in signs else _HERE


def _empty(month: date) -> Sheet:
    return Sheet(
        name="Trống",
        title=f"SỔ THEO DÕI CHUYÊN CẦN – THÁNG {month:%m/%Y}",
        notes=["Không có tiết học nào trong tháng."],
        heads=["STT", "Họ và tên"],
        widths=[5, 27],
        rows=[],
    )
