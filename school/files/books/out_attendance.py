"""Attendance as a flat list, one row for each pupil and lesson (domain reference §6.3)."""

from collections.abc import Iterable, Iterator

from school.files.books.out_about import SESSION_NAMES, About
from school.files.books.out_days import Held, Letters
from school.files.books.xlsx_out import Cell, Row, Sheet, write_book
from school.marks import Mark, Presence, Source
from school.papers import Decision
from school.records import School

HEADS = ("Mã HS", "Họ tên", "Lớp", "Ngày", "Buổi", "Tiết", "Trạng thái", "Ghi chú")
LEGEND = (
    "Trạng thái: P = vắng có phép; K = vắng không phép; Chưa rõ = chưa rõ phép (sau {days} ngày "
    "học ghi K); M = đi muộn; V = về sớm; B = bỏ tiết; T = việc của trường; để trống = có mặt."
)
_PLAIN = frozenset({Presence.PRESENT, Presence.UNMARKED})
_WIDTHS = (16, 30, 9, 12, 8, 6, 12, 34)


def attendance_file(
    school: School,
    held: Iterable[Held],
    letters: Letters,
    about: About,
    *,
    everybody: bool,
    scratch: str | None = None,
) -> bytes:
    """The flat list as xlsx.

    Args:
        school: the records.
        held: lessons; written by class, then by time.
        letters: the short forms, and when an unknown excuse is written as K.
        about: source, time, completeness.
        everybody: also who was present or has no mark; else only what departs from that.
        scratch: as of `write_book`.
    """
    sheet = Sheet(
        name="Điểm danh",
        title=f"ĐIỂM DANH THEO TIẾT – {school.name}",
        notes=[],
        heads=HEADS,
        widths=_WIDTHS,
        rows=_rows(school, held, letters, everybody=everybody),
        after=[LEGEND.format(days=letters.patience.days)],
    )
    return write_book([sheet], about, scratch=scratch)


def _rows(
    school: School, held: Iterable[Held], letters: Letters, *, everybody: bool
) -> Iterator[Row]:
    for one in sorted(held, key=_order):
        for mark in one.marks:
            if everybody or mark.presence not in _PLAIN:
                yield _row(school, one, mark, letters)


def _order(one: Held) -> tuple[int, str, int]:
    return len(one.state.class_name), one.state.class_name, one.state.starts_ms or 0


def _row(school: School, one: Held, mark: Mark, letters: Letters) -> Row:
    person = school.person(mark.person_id)
    return (
        school.office_code(person.id, one.day),
        person.name,
        one.state.class_name,
        Cell(one.day, "centre"),
        Cell(SESSION_NAMES.get(one.state.session or "", ""), "centre"),
        Cell(one.state.slot, "centre"),
        Cell(letters.letter(one, mark), "strong"),
        _note(one, mark, letters.decision(one, mark)),
    )


def _note(one: Held, mark: Mark, decision: Decision | None) -> str:
    words = []
    if decision is not None:
        who = "văn phòng" if decision.source is Source.OFFICE else "GVCN"
        words.append(f"cả buổi {'vắng' if decision.absent else 'có mặt'} theo {who}")
    if mark.presence is Presence.LATE and mark.minutes is not None:
        words.append(f"Đi muộn {mark.minutes} phút")
    if mark.presence is Presence.LEFT_EARLY and mark.minutes is not None:
        words.append(f"Về sớm {mark.minutes} phút")
    if not one.is_confirmed:
        words.append("tiết chưa chốt")
    return "; ".join(words)
