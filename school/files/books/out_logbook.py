"""The week of a class in the lesson logbook (sổ đầu bài): its page and its one line.

Source: domain reference §4 and §3.1. The page is a draft for the official book: what no record
holds yet is left blank for the pen.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta

from school.files.books.out_about import SESSION_NAMES, WEEKDAY_NAMES, About
from school.files.books.out_days import HalfDays, Held, Letters, Patience, Sign, members
from school.files.books.xlsx_out import Cell, Row, Sheet, write_book
from school.logbook import LogbookLine, Signature, line_of
from school.marks import AWAY, Mark, Presence
from school.records import Group, School
from school.register import Register

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
    "tên không kèm chữ = chưa rõ phép; (nhóm …) = tiết của nhóm có học sinh lớp này, chỉ ghi "
    "các em của lớp. Bản nháp giúp ghi sổ đầu bài."
)


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the week of a date."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


class Week:
    """The lessons of a week, and what the pages say of them.

    Args:
        register: records and facts.
        held: lessons of the week in the order of time.
        patience: when an unknown excuse is written as K.
    """

    def __init__(self, register: Register, held: Sequence[Held], patience: Patience) -> None:
        self.register = register
        self.school = register.school
        self.letters = Letters(register, patience)
        self._held = held
        self._days = HalfDays(register, held, patience)

    def line(self, group: Group) -> str:
        """The weekly line: "Vắng: 5 buổi (3 P, 2 K), Đi muộn: 2"."""
        pupils = members(self.school, group.key, {one.day for one in self._held}, self._held)
        of, late_on, key = self._days.of, self._days.late, group.key
        signs = [sign for p, days in pupils.items() for sign in of(p.id, days, key).values()]
        excused, unexcused = signs.count(Sign.EXCUSED), signs.count(Sign.UNEXCUSED)
        unknown = signs.count(Sign.UNKNOWN)
        late = sum(late_on(person.id, days, key) for person, days in pupils.items())
        away = excused + unexcused + unknown
        split = f"{excused} P, {unexcused} K" + (f", {unknown} chưa rõ" if unknown else "")
        return f"Vắng: {away} buổi ({split}), Đi muộn: {late}"

    def lessons(self, group: Group) -> Iterator[tuple[Held, Sequence[Mark]]]:
        """Lessons of a class and of groups that some of its pupils are in, with these pupils."""
        for one in self._held:
            if one.state.group_key == group.key:
                yield one, one.marks
            elif not self._is_class(one.state.group_key):
                pupils = {person.id for person in self.school.roster(group.key, one.day)}
                marks = [mark for mark in one.marks if self._is_of(mark.person_id, group, pupils)]
                if marks:
                    yield one, marks

    def _is_of(self, person_id: str, group: Group, pupils: Collection[str]) -> bool:
        """Whether somebody is on the list of a class that day, or has left the school with it."""
        return person_id in pupils or self.school.person(person_id).class_id == group.key

    def _is_class(self, key: str) -> bool:
        group = self.school.groups.get(key)
        return group is not None and group.is_class


def logbook_file(week: Week, groups: Sequence[Group], about: About) -> bytes:
    """The pages of a week as xlsx, a class on each tab.

    Args:
        week: its lessons.
        groups: classes to write; at least one.
        about: source, time, completeness.
    """
    return write_book((_sheet(week, group) for group in groups), about)


def _sheet(week: Week, group: Group) -> Sheet:
    own = list(week.lessons(group))
    span = ""
    if own:
        monday, sunday = week_of(own[0][0].day)
        span = f" – TỪ {monday:%d/%m/%Y} ĐẾN {sunday:%d/%m/%Y}"
    return Sheet(
        name=group.name,
        title=f"SỔ ĐẦU BÀI – LỚP {group.name}{span}",
        notes=[f"{week.school.name} · {week.line(group)}"],
        heads=_HEADS,
        widths=_WIDTHS,
        rows=_rows(week, group, own),
        line_points=18.5,
        after=[_LEGEND, "", "GVCN: ……………………………        Ban giám hiệu: ……………………………"],
    )


def _rows(week: Week, group: Group, own: Iterable[tuple[Held, Sequence[Mark]]]) -> Iterator[Row]:
    before: date | None = None
    for one, marks in own:
        day = f"{WEEKDAY_NAMES[one.day.isoweekday()]} {one.day:%d/%m}" if one.day != before else ""
        before = one.day
        line = line_of(week.register, one.state.id)
        is_own = one.state.group_key == group.key
        yield (
            day,
            Cell(SESSION_NAMES.get(one.state.session or "", ""), "centre"),
            Cell(one.state.slot, "centre"),
            line.subject if is_own else f"{line.subject} (nhóm {one.state.class_name})".strip(),
            Cell(line.number, "centre"),
            _away(week, group, one, marks),
            line.title,
            line.remark,
            Cell(line.grade, "centre"),
            _signed(week.school, line),
        )


def _signed(school: School, line: LogbookLine) -> str:
    """Who signed; before that the teacher's name, for the pen."""
    if line.signature is not Signature.SIGNED:
        return line.teacher
    signer = school.people.get(line.signed_by)
    return f"{signer.name} (đã ký)" if signer else "chốt tại lớp, theo TKB"


def _away(week: Week, group: Group, one: Held, marks: Sequence[Mark]) -> str:
    """Names of who was missing or late; an empty list is only said of a confirmed lesson."""
    if not one.is_confirmed:
        return "(chưa chốt)"
    names = []
    for mark in marks:
        if mark.presence in AWAY or mark.presence in (Presence.LATE, Presence.LEFT_EARLY):
            sign = week.letters.letter(one, mark)
            name = week.school.short_name(group.key, mark.person_id)
            names.append(name if sign == "Chưa rõ" else f"{name} ({sign})")
    unmarked = sum(mark.presence is Presence.UNMARKED for mark in marks)
    if unmarked:
        names.append(f"chưa ghi {unmarked} em")
    return ", ".join(names) or "Đủ"
