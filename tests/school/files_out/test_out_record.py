"""One pupil's record: everything of this pupil, nothing of another."""

import io
import json
from datetime import date, datetime

import pytest
from python_calamine import CalamineWorkbook

from school.facts import Fact
from school.files.books.out_days import about, lessons_of
from school.files.books.out_record import Record, record_json, record_of
from school.files.books.out_record_book import record_file
from school.one_pupil import OnePupil
from school.records import School
from school.register import Register
from school.rules import Rules
from tests.school.files_out.kit import AT, Teller, at_ms, month_facts, rows, school_of

PUPIL = "hs-10a1-01"
LESSON = "20261123-S-1-10a1"
DAY = date(2026, 11, 23)


def made_school() -> School:
    given = rows()
    given["office"] = [
        {"person_id": PUPIL, "birth": "2010-02-02", "gender": "Nữ",
         "codes": [{"system": "moet", "code": "0012345678", "valid_from": "2026-09-05"}]},
        {"person_id": "hs-10a1-02", "codes": [{"system": "moet", "code": "0099999999"}]},
    ]  # fmt: skip
    return school_of(given)


def story(school: School) -> list[Fact]:
    """The month, and a day with a card, a correction, an excuse, leave and a decision."""
    tell, facts = Teller(), list(month_facts(school))
    for _ in facts:
        tell.fact("anchor", 0)
    card = next(iter(school.cards))
    tap = {"reader": "door", "tech": "mifare", "uid_hash": card, "last4": "B2C3"}
    mark = {"lesson": LESSON, "person": PUPIL}
    other = {"lesson": LESSON, "person": "hs-10a1-02"}
    week = {"first": "2026-11-23", "last": "2026-11-24", "session": "S"}
    facts += [
        tell.fact("tap", at_ms(DAY, 6, 55), **tap),
        tell.fact("tap", at_ms(DAY, 6, 56), **(tap | {"uid_hash": "0" * 32, "last4": "FFFF"})),
        tell.fact("mark", at_ms(DAY, 8), **mark, source="office", presence="absent", by="gv-toan"),
        tell.fact("mark", at_ms(DAY, 8), **other, source="office", presence="absent", by="gv-ha"),
        tell.fact("excuse", at_ms(DAY, 9), **mark, source="homeroom", excuse="excused",
                  by="gv-ha", reason="mẹ gọi"),
        tell.fact("leave", at_ms(DAY, 9), leave="l1", person=PUPIL, state="approved", **week),
        tell.fact("leave", at_ms(DAY, 9), leave="l2", person="hs-10a1-02", state="approved",
                  **week),
        tell.fact("session", at_ms(DAY, 10), person=PUPIL, day="2026-11-23", session="S",
                  absent=True, excuse="excused", source="office", by="gv-toan"),
    ]  # fmt: skip
    return facts


@pytest.fixture(scope="module")
def found() -> tuple[Register, Register, Record]:
    """The whole register, what the record was made from, and the record."""
    school = made_school()
    pupil, whole, part = OnePupil(school, PUPIL), *(Register(school, Rules()) for _ in range(2))
    for fact in story(school):
        whole.apply(fact)
        part.apply(pupil.cut(fact))
    said = about(school, "máy chủ trường", AT, lessons_of(part, PUPIL))
    return whole, part, record_of(part, school.people[PUPIL], said, pupil.told)


def test_it_speaks_of_one_pupil_alone(found):
    whole, _, record = found
    text = record_json(record).decode()
    assert json.loads(text) == record
    staff = {"gv-ha", "gv-toan"}
    others = [p.id for p in whole.school.people.values() if p.id not in {PUPIL, *staff}]
    assert not any(other in text for other in others)
    assert "0099999999" not in text
    assert "FFFF" not in text


def test_the_marks_are_those_of_all_facts(found):
    whole, part, record = found
    assert lessons_of(part, PUPIL)
    lessons = {one.state.id: one for one in lessons_of(whole, PUPIL)}
    assert {one["lesson_id"] for one in record["lessons"]} == lessons.keys()
    for one in record["lessons"]:
        mark = whole.mark(one["lesson_id"], PUPIL)
        assert part.mark(one["lesson_id"], PUPIL) == mark
        assert (one["presence"], one["excuse"]) == (
            mark.presence.value,
            mark.excuse and mark.excuse.value,
        )
    assert record["completeness"].endswith(f"({len(lessons)}/{len(lessons)} tiết)")


def test_it_holds_codes_cards_leave_decisions_and_taps(found):
    _, _, record = found
    assert (record["pupil"]["code"], record["pupil"]["birth"]) == ("0012345678", "2010-02-02")
    assert [card["last4"] for card in record["cards"]] == ["B2C3"]
    assert [group["name"] for group in record["groups"]] == ["10A1"]
    assert [(one["first_day"], one["state"]) for one in record["leaves"]] == [
        ("2026-11-23", "approved")
    ]
    assert [(one["by"], one["excuse"]) for one in record["decisions"]] == [("gv-toan", "excused")]
    assert record["taps"] == [
        {"at": "2026-11-23T06:55:00+07:00", "clock": "good", "room": "p", "reader": "door",
         "last4": "B2C3"}
    ]  # fmt: skip


def test_each_change_of_a_mark_says_who_when_and_what_before(found):
    _, _, record = found
    lesson = next(one for one in record["lessons"] if one["lesson_id"] == LESSON)
    told = [
        (one["at"][11:16], one["what"], one["before"], one.get("presence") or one.get("excuse"),
         one["by"])
        for one in lesson["history"]
    ]  # fmt: skip
    assert told[-2:] == [
        ("08:00", "mark", "present", "absent", "gv-toan"),
        ("09:00", "excuse", "", "excused", "gv-ha"),
    ]
    assert lesson["history"][-1]["reason"] == "mẹ gọi"


def test_a_second_reader_gets_every_sheet_and_libreoffice_prints_it(found, to_pdf):
    whole, part, record = found
    said = about(part.school, "máy chủ trường", AT, lessons_of(part, PUPIL))
    content = record_file(record, whole.school, said)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    tabs = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    assert list(tabs) == ["Học sinh", "Điểm danh", "Lịch sử", "Đơn nghỉ", "Quẹt thẻ"]
    assert all("Nguồn: máy chủ trường" in body[1][0] for body in tabs.values())
    assert ["Mã HS", "0012345678"] in tabs["Học sinh"]
    dated = [row for row in tabs["Điểm danh"] if isinstance(row[0], date | datetime)]
    assert len(dated) == len(record["lessons"])
    last = [row for row in tabs["Lịch sử"] if row[4] == "Ghi phép"][-1]
    assert last[5:9] == ["", "Có phép", "GVCN", "Trần Thị Hà"]
    assert tabs["Quẹt thẻ"][3] == ["06:55 23/11/2026", "p", "door", "B2C3", "Đúng giờ mạng"]
    assert tabs["Đơn nghỉ"][3][:4] == ["23/11/2026", "24/11/2026", "Sáng", "Xin nghỉ: Đã duyệt"]
    pages, text = to_pdf(content)
    assert pages >= 5
    assert "LỊCH SỬ CHỈNH SỬA CỦA" in text
