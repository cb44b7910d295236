"""The week of a class in the lesson logbook (sổ đầu bài): its page and its one line.

Source: domain reference §4 and §3.1. The page is a draft for the official book: what no record
holds yet is left blank for the pen.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from sync.school.files.out_about import SESSION_NAMES, WEEKDAY_NAMES, About
from sync.school.files.out_days import HalfDays, Held, Patience, Sign, letter
from sync.school.files.xlsx_out import Cell, Sheet, Value, write_book
from sync.school.logbook import LogbookLine, Signature, line_of
from sync.school.marks import AWAY, Presence
from sync.school.records import Group, School
from sync.school.register import Register

_HEADS = (
    "Thứ, ngày",
    "Buổi",
    "Tiết",
    "Môn",
    "Tiết CT",
    "Học sinh vắng, đi muộn",
    "Tên bài, nội dung",
    "Nhận xét",
    "Xếp loại",
    "Giáo viên (ký)",
)
_WIDTHS = (15, 7, 6, 14, 8, 38, 36, 22, 8, 20)
_LEGEND = (
    "Chú thích: P = vắng có phép; K = vắng không phép; M = đi muộn; V = về sớm; B = bỏ tiết; "
    "tên không kèm chữ = chưa rõ phép. Bản nháp giúp ghi sổ đầu bài."
)


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the week of a date."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def week_line(register: Register, group: Group, held: Iterable[Held], patience: Patience) -> str:
    """The weekly line: "Vắng: 5 buổi (3 P, 2 K), chưa rõ: 0, Đi muộn: 2"."""
    days = HalfDays(register, held, patience)
    pupils = [person.id for person in register.school.roster(group.key)]
    signs = [sign for person in pupils for sign in days.of(person).values()]
    excused, unexcused = signs.count(Sign.EXCUSED), signs.count(Sign.UNEXCUSED)
    unknown, late = signs.count(Sign.UNKNOWN), sum(days.late(person) for person in pupils)
    away = excused + unexcused + unknown
    split = f"{excused} P, {unexcused} K" + (f", {unknown} chưa rõ" if unknown else "")
    return f"Vắng: {away} buổi ({split}), Đi muộn: {late}"


def logbook_file(
    register: Register,
    groups: Sequence[Group],
    held: Sequence[Held],
    patience: Patience,
    about: About,
) -> bytes:
    """The pages of a week as xlsx, a class on each tab.

    Args:
        register: records and facts.
        groups: classes to write; at least one.
        held: lessons of the week in the order of time.
        patience: when an unknown excuse is written as K.
        about: source, time, completeness.
    """
    sheets = (
        _sheet(register, group, [h for h in held if h.state.group_key == group.key], held, patience)
        for group in groups
    )
    return write_book(sheets, about)


def _sheet(
    register: Register, group: Group, own: Sequence[Held], held: Sequence[Held], patience: Patience
) -> Sheet:
    span = ""
    if own:
        monday, sunday = week_of(own[0].day)
        span = f" – TỪ {monday:%d/%m/%Y} ĐẾN {sunday:%d/%m/%Y}"
    return Sheet(
        name=group.name,
        title=f"SỔ ĐẦU BÀI – LỚP {group.name}{span}",
        notes=[f"{register.school.name} · {week_line(register, group, held, patience)}"],
        heads=_HEADS,
        widths=_WIDTHS,
        rows=_rows(register, group, own, patience),
        line_points=18.5,
        after=[_LEGEND, "", "GVCN: ……………………………        Ban giám hiệu: ……………………………"],
    )


def _rows(
    register: Register, group: Group, own: Sequence[Held], patience: Patience
) -> Iterator[Sequence[Cell | Value]]:
    before: date | None = None
    for one in own:
        day = f"{WEEKDAY_NAMES[one.day.isoweekday()]} {one.day:%d/%m}" if one.day != before else ""
        before = one.day
        line = line_of(register, one.state.id)
        yield (
            day,
            Cell(SESSION_NAMES.get(one.state.session or "", ""), "centre"),
            Cell(one.state.slot, "centre"),
            line.subject,
            Cell(line.number, "centre"),
            _away(register.school, group, one, patience),
            line.title,
            line.remark,
            Cell(line.grade, "centre"),
            _signed(register.school, line),
        )


def _signed(school: School, line: LogbookLine) -> str:
    """Who signed; before that the teacher's name, for the pen."""
    if line.signature is not Signature.SIGNED:
        return line.teacher
    signer = school.people.get(line.signed_by)
    return f"{signer.name} (đã ký)" if signer else "chốt tại lớp, theo TKB"


def _away(school: School, group: Group, one: Held, patience: Patience) -> str:
    """Names of who was missing or late; an empty list is only said of a confirmed lesson."""
    if not one.is_confirmed:
        return "(chưa chốt)"
    names = []
    for mark in one.marks:
        if mark.presence in AWAY or mark.presence in (Presence.LATE, Presence.LEFT_EARLY):
            sign = letter(mark, one.day, patience)
            name = school.short_name(group.key, mark.person_id)
            names.append(name if sign == "Chưa rõ" else f"{name} ({sign})")
    unmarked = sum(mark.presence is Presence.UNMARKED for mark in one.marks)
    if unmarked:
        names.append(f"chưa ghi {unmarked} em")
    return ", ".join(names) or "Đủ"
