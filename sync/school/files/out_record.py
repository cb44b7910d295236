"""One pupil's record, for the pupil and the family (domain reference §7, PR-7): xlsx and JSON."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from sync.school.facts import Fact
from sync.school.files.out_about import SESSION_NAMES, About
from sync.school.files.xlsx_out import Cell, Sheet, Value, write_book
from sync.school.ids import parse_lesson_id
from sync.school.marks import Excuse, Presence, Source
from sync.school.records import Person, School
from sync.school.register import Register

_PRESENCE = {
    Presence.UNMARKED: "Chưa ghi",
    Presence.PRESENT: "Có mặt",
    Presence.LATE: "Đi muộn",
    Presence.ABSENT: "Vắng",
    Presence.LEFT_EARLY: "Về sớm",
    Presence.SKIPPED: "Bỏ tiết",
    Presence.OUT_ON_DUTY: "Việc của trường",
}
_EXCUSE = {
    Excuse.UNKNOWN: "Chưa rõ phép",
    Excuse.EXCUSED: "Có phép",
    Excuse.UNEXCUSED: "Không phép",
}
_SOURCE = {
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

_HEADS = (
    *("Ngày", "Buổi", "Tiết", "Môn", "Điểm danh"),
    *("Phép", "Nguồn", "Lúc", "Chốt", "Lịch sử"),
)

Record = dict[str, Any]


def record_of(register: Register, person: Person, about: About) -> Record:
    """All that the records say of one pupil; of other people nothing.

    Args:
        register: all facts.
        person: the pupil.
        about: source, time, completeness.
    """
    school = register.school
    return {
        "kind": "pupil-record",
        "schema": 1,
        "source": about.source,
        "made_at": about.at.isoformat(timespec="seconds"),
        "completeness": about.completeness,
        "school": school.name,
        "pupil": _pupil(school, person),
        "cards": [
            {"technology": card.technology, "last4": card.last4, "revoked": card.revoked}
            for card in school.cards.values()
            if card.person_id == person.id
        ],
        "lessons": [_lesson(register, one, person.id) for one in _lessons(register, person.id)],
    }


def record_json(record: Record) -> bytes:
    """The record as JSON, UTF-8."""
    return json.dumps(record, ensure_ascii=False, indent=1).encode() + b"\n"


def record_file(record: Record, about: About) -> bytes:
    """The record as xlsx: the pupil, and each lesson with what stands and what stood before."""
    return write_book([_person_sheet(record), _lessons_sheet(record)], about)


def _pupil(school: School, person: Person) -> Record:
    group = school.groups.get(person.class_id or "")
    return {
        "person_id": person.id,
        "name": person.name,
        "class": group.name if group else "",
        "stt": person.stt,
        "groups": [g.name for g in school.groups.values() if person.id in g.members],
    }


def _lessons(register: Register, person_id: str) -> list[str]:
    """Lessons of which some fact speaks, in order of time."""
    mine = [one for one in register.touched_lessons() if register.on_roster(one, person_id)]
    return sorted(mine, key=lambda one: (register.lesson(one).starts_ms or 0, one))


def _lesson(register: Register, lesson_id: str, person_id: str) -> Record:
    state, mark = register.lesson(lesson_id), register.mark(lesson_id, person_id)
    key = parse_lesson_id(state.id)
    said = register.history(lesson_id, person_id)
    return {
        "lesson_id": state.id,
        "date": key.day.isoformat() if key.day else None,
        "session": state.session.value if state.session else None,
        "slot": state.slot,
        "subject": state.subject,
        "confirmed": state.confirmed_at_ms is not None,
        "presence": mark.presence.value if mark else None,
        "excuse": mark.excuse.value if mark and mark.excuse else None,
        "minutes": mark.minutes if mark else None,
        "source": mark.source.value if mark and mark.source else None,
        "at": register.school.iso(mark.at_ms) if mark and mark.at_ms is not None else None,
        "note": mark.note if mark else "",
        "history": [_said(register, fact) for fact in said],
    }


def _said(register: Register, fact: Fact) -> Record:
    return {
        "at": register.school.iso(register.when_of(fact).at_ms),
        "presence": fact.text("presence"),
        "minutes": fact.number("minutes"),
        "source": fact.text("source"),
        "note": fact.text("note"),
        "reason": fact.text("reason"),
    }


def _person_sheet(record: Record) -> Sheet:
    pupil = record["pupil"]
    rows: list[tuple[Value, Value]] = [
        ("Họ và tên", pupil["name"]),
        ("Mã trong hệ thống", pupil["person_id"]),
        ("Lớp", pupil["class"]),
        ("Số thứ tự", pupil["stt"]),
        ("Nhóm", ", ".join(pupil["groups"])),
    ]
    rows += [
        ("Thẻ", f"{c['technology']} …{c['last4']}" + (" (đã khóa)" if c["revoked"] else ""))
        for c in record["cards"]
    ]
    return Sheet(
        name="Học sinh",
        title="DỮ LIỆU CỦA MỘT HỌC SINH",
        notes=[record["school"]],
        heads=["Mục", "Nội dung"],
        widths=[24, 60],
        rows=rows,
        landscape=False,
    )


def _lessons_sheet(record: Record) -> Sheet:
    return Sheet(
        name="Điểm danh",
        title=f"ĐIỂM DANH CỦA {record['pupil']['name']}",
        notes=[],
        heads=_HEADS,
        widths=[12, 8, 6, 16, 17, 14, 16, 17, 10, 44],
        rows=map(_row, record["lessons"]),
    )


def _row(one: Record) -> Sequence[Cell | Value]:
    return (
        Cell(date.fromisoformat(one["date"]) if one["date"] else None, "centre"),
        Cell(SESSION_NAMES.get(one["session"] or "", ""), "centre"),
        Cell(one["slot"], "centre"),
        one["subject"],
        _what(one),
        _EXCUSE[Excuse(one["excuse"])] if one["excuse"] else "",
        _SOURCE[Source(one["source"])] if one["source"] else "",
        Cell(_time(one["at"]), "centre"),
        Cell("Đã chốt" if one["confirmed"] else "Chưa", "centre"),
        "; ".join(_history(one["history"])),
    )


def _what(one: Record) -> str:
    word = _PRESENCE[Presence(one["presence"])]
    return f"{word} {one['minutes']} phút" if one["minutes"] is not None else word


def _history(said: Sequence[Record]) -> Iterator[str]:
    for one in said:
        yield f"{_time(one['at'])} {_PRESENCE[Presence(one['presence'])]}".strip()


def _date(text: str | None) -> str:
    return f"{text[8:10]}/{text[5:7]}/{text[:4]}" if text else ""


def _time(text: str | None) -> str:
    return f"{text[11:16]} {_date(text)}" if text else ""
