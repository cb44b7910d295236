"""One pupil's record as a workbook: the pupil, lessons, every change of a mark, leave, taps."""

from collections.abc import Iterator, Mapping
from datetime import date

from school.files.books.out_about import SESSION_NAMES, About
from school.files.books.out_record import Record
from school.files.books.xlsx_out import Cell, Row, Sheet, write_book
from school.marks import Excuse, Presence, Source
from school.records import School
from school.year import LeaveState

_WORDS: dict[str, str] = {
    Presence.UNMARKED: "Chưa ghi",
    Presence.PRESENT: "Có mặt",
    Presence.LATE: "Đi muộn",
    Presence.ABSENT: "Vắng",
    Presence.LEFT_EARLY: "Về sớm",
    Presence.SKIPPED: "Bỏ tiết",
    Presence.OUT_ON_DUTY: "Việc của trường",
    Excuse.UNKNOWN: "Chưa rõ phép",
    Excuse.EXCUSED: "Có phép",
    Excuse.UNEXCUSED: "Không phép",
}
_SOURCE: dict[str, str] = {
    Source.CARD: "Thẻ",
    Source.CARRIED: "Như tiết trước",
    Source.TEACHER: "Giáo viên",
    Source.HOMEROOM: "GVCN",
    Source.OFFICE: "Văn phòng",
    Source.LEAVE: "Đơn xin phép",
    Source.IMPORT: "Nhập từ tệp",
    Source.PAPER: "Nhập từ giấy",
    Source.UNDO: "Hoàn tác",
}
_LEAVE: dict[str, str] = {
    LeaveState.REQUESTED: "Chờ duyệt",
    LeaveState.APPROVED: "Đã duyệt",
    LeaveState.REFUSED: "Không duyệt",
    LeaveState.WITHDRAWN: "Đã rút",
}
_ACTS = {
    "mark": "Ghi điểm danh",
    "excuse": "Ghi phép",
    "confirm": "Chốt",
    "reopen": "Mở lại điểm danh",
    "late_tap_kept": "Giữ nguyên khi quẹt muộn",
    "guest": "Học ghép",
}
_PLACES = {"place": "tại lớp", "panel": "tại lớp"}
_CLOCKS = {"good": "Đúng giờ mạng", "doubtful": "Giờ chưa chắc chắn"}


def record_file(record: Record, school: School, about: About) -> bytes:
    """The record as xlsx.

    Args:
        record: as `record_of` gives it.
        school: has the names of staff who wrote something.
        about: source, time, completeness; on every sheet.
    """
    name = record["pupil"]["name"]
    sheets = [
        _sheet("Học sinh", "DỮ LIỆU CỦA MỘT HỌC SINH", {"Mục": 24, "Nội dung": 60}, _about(record)),
        _sheet("Điểm danh", f"ĐIỂM DANH CỦA {name}", _LESSONS, map(_lesson, record["lessons"])),
        _sheet("Lịch sử", f"LỊCH SỬ CHỈNH SỬA CỦA {name}", _HISTORY, _history(record, school)),
        _sheet("Đơn nghỉ", f"ĐƠN NGHỈ VÀ QUYẾT ĐỊNH VỀ BUỔI CỦA {name}", _PAPERS,
               _papers(record, school)),
        _sheet("Quẹt thẻ", f"CÁC LẦN QUẸT THẺ CỦA {name}", _TAPS, map(_tap, record["taps"])),
    ]  # fmt: skip
    return write_book(sheets, about)


_LESSONS = {
    "Ngày": 12, "Buổi": 8, "Tiết": 6, "Môn": 18, "Điểm danh": 18, "Phép": 15, "Nguồn": 17,
    "Lúc": 18, "Chốt": 10, "Ghi chú": 30,
}  # fmt: skip
_HISTORY = {
    "Ngày": 12, "Buổi": 8, "Tiết": 6, "Lúc": 18, "Việc": 24, "Trước": 16, "Thành": 16,
    "Nguồn": 14, "Ai": 22, "Phòng": 12, "Ghi chú, lý do": 30,
}  # fmt: skip
_PAPERS = {"Từ ngày": 12, "Đến ngày": 12, "Buổi": 10, "Nội dung": 34, "Ai, lúc": 40}
_TAPS = {"Lúc": 18, "Phòng": 20, "Đầu đọc": 20, "4 ký tự cuối của thẻ": 16, "Đồng hồ": 22}


def _sheet(name: str, title: str, columns: Mapping[str, float], rows: Iterator[Row]) -> Sheet:
    return Sheet(
        name=name,
        title=title,
        notes=[],
        heads=list(columns),
        widths=list(columns.values()),
        rows=rows,
        landscape=name != "Học sinh",
    )


def _about(record: Record) -> Iterator[Row]:
    pupil = record["pupil"]
    yield "Trường", record["school"]
    yield "Họ và tên", pupil["name"]
    yield "Mã trong hệ thống", pupil["person_id"]
    yield "Mã HS", pupil["code"]
    yield "Ngày sinh", _date(pupil["birth"])
    yield "Giới tính", pupil["gender"]
    yield "Lớp", pupil["class"]
    yield "Số thứ tự", pupil["stt"]
    for code in pupil["codes"]:
        yield f"Mã ({code['system']})", code["code"] + _span(code)
    for group in record["groups"]:
        yield "Lớp, nhóm", group["name"] + _span(group)
    for card in record["cards"]:
        locked = " (đã khóa)" if card["revoked"] else ""
        yield "Thẻ", f"{card['technology']} …{card['last4']}{locked}{_span(card)}"


def _lesson(one: Record) -> Row:
    return (
        *_when(one),
        one["subject"],
        _presence(one),
        _WORDS.get(one["excuse"] or "", ""),
        _SOURCE.get(one["source"] or "", ""),
        Cell(_time(one["at"]), "centre"),
        Cell("Đã chốt" if one["confirmed"] else "Chưa", "centre"),
        one["note"],
    )


def _history(record: Record, school: School) -> Iterator[Row]:
    for lesson in record["lessons"]:
        for one in lesson["history"]:
            after = _presence(one) if one.get("presence") else _WORDS.get(one.get("excuse", ""), "")
            room = school.rooms.get(one["room"])
            yield (
                *_when(lesson),
                Cell(_time(one["at"]), "centre"),
                _ACTS[one["what"]],
                _WORDS.get(one["before"], ""),
                after,
                _SOURCE.get(one["source"] or "", ""),
                _who(one, school),
                room.name if room else one["room"],
                "; ".join(text for text in (one["note"], one["reason"]) if text),
            )


def _papers(record: Record, school: School) -> Iterator[Row]:
    for one in record["leaves"]:
        days = _date(one["first_day"]), _date(one["last_day"])
        session = SESSION_NAMES.get(one["session"], "Cả ngày")
        yield *days, session, f"Xin nghỉ: {_LEAVE[one['state']]}", ""
    for one in record["decisions"]:
        what = f"Vắng, {_WORDS.get(one['excuse'], '')}" if one["absent"] else "Có mặt"
        who = ", ".join(text for text in (_who(one, school), _time(one["at"])) if text)
        session = SESSION_NAMES.get(one["session"], "")
        yield _date(one["day"]), _date(one["day"]), session, f"Quyết định: {what}", who


def _tap(one: Record) -> Row:
    when = Cell(_time(one["at"]), "centre")
    return when, one["room"], one["reader"], Cell(one["last4"], "centre"), _CLOCKS[one["clock"]]


def _when(lesson: Record) -> Row:
    return (
        Cell(date.fromisoformat(lesson["date"]) if lesson["date"] else None, "centre"),
        Cell(SESSION_NAMES.get(lesson["session"] or "", ""), "centre"),
        Cell(lesson["slot"], "centre"),
    )


def _presence(one: Record) -> str:
    word = _WORDS.get(one["presence"], "")
    return f"{word} {one['minutes']} phút" if one["minutes"] is not None else word


def _who(one: Record, school: School) -> str:
    person = school.people.get(one["by"])
    return person.name if person else _PLACES.get(one["by"], str(one["by"]))


def _span(one: Record) -> str:
    """From " (từ 05/09/2026 đến 31/05/2027)"; empty without days."""
    words = [
        f"{word} {_date(one[key])}" for word, key in (("từ", "from"), ("đến", "to")) if one[key]
    ]
    return f" ({' '.join(words)})" if words else ""


def _date(text: str | None) -> str:
    return f"{text[8:10]}/{text[5:7]}/{text[:4]}" if text else ""


def _time(text: str | None) -> str:
    return f"{text[11:16]} {_date(text)}" if text else ""
