"""Words of timetables, the same for every reader: weekdays, half-days, numbers, headings."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from school.files.sheets.dated_days import dated, is_yearless
from school.files.sheets.headings import plain
from school.names import clean, fold
from school.records import Session

MORNING_SLOTS = 5
"""Where lessons are numbered through the day, those after this one are the afternoon's [P]."""
DAY_HEADS = frozenset({"thu", "ngay", "thu ngay", "ngay thu", "day"})
SLOT_HEADS = frozenset({"tiet", "tiet hoc", "so tiet", "period", "hour"})
SESSION_HEADS = frozenset({"buoi", "buoi hoc", "session"})
LABEL_HEADS = DAY_HEADS | SLOT_HEADS | SESSION_HEADS
BESIDE_HEADS = LABEL_HEADS | frozenset({"stt", "tt", "ghi chu", "thoi gian", "gio", "gio hoc",
    "gio vao lop", "tuan", "truc", "truc ban", "lich truc"})  # fmt: skip
"""Columns beside the lessons."""
_GROUP_HEADS = frozenset({"lop", "ten lop", "ma lop", "nhom", "lop nhom", "class"})
_SUBJECT_HEADS = frozenset({"mon", "mon day", "mon hoc", "ten mon"})
_TEACHER_HEADS = frozenset({"giao vien", "gv", "gvbm", "ten gv", "ten giao vien", "giao vien day"})
_ROOM_HEADS = frozenset({"phong", "phong hoc"})
_FROM_HEADS = frozenset({"ap dung tu", "ap dung tu ngay", "ngay ap dung", "tu ngay",
    "hieu luc tu", "hieu luc tu ngay"})  # fmt: skip
LIST_ROLES: Mapping[str, str] = {
    head: role
    for role, heads in {
        "group": _GROUP_HEADS, "day": DAY_HEADS, "session": SESSION_HEADS, "slot": SLOT_HEADS,
        "subject": _SUBJECT_HEADS, "teacher": _TEACHER_HEADS, "room": _ROOM_HEADS,
        "from": _FROM_HEADS, "weeks": frozenset({"tuan", "tuan hoc", "hoc tuan", "week", "weeks"}),
    }.items()
    for head in heads
}  # fmt: skip
"""Heading of a list of lessons → what its column holds."""
PART_HEADS: Mapping[str, str] = {
    head: role for head, role in LIST_ROLES.items() if role in {"subject", "teacher", "room"}
}
"""The same of the columns that one class is parted into."""
SUBJECT_HEADS = _SUBJECT_HEADS
OWNER_HEADS = ("giao vien", "ho va ten", "ho ten", "ten gv", "gv", "teacher")
"""A heading of a column of teachers has one of these in it."""
NO_NAMES = frozenset({"sheet", "trang", "tinh", "tkb", "thoi", "khoa", "bieu", "buoi", "ca",
    "sang", "chieu", "toi", "morning", "afternoon", "evening", "hoc", "ky", "ki", "hk", "hki",
    "hkii", "i", "ii", "so", "tuan", "khoi", "gv", "giao", "vien", "lop", "teacher", "teachers",
    "class", "classes", "student", "students", "hs", "sinh", "am", "pm", "s", "c", "t", "moi",
    "cu", "final", "ban", "in", "theo", "truong", "thcs", "thpt", "timetable", "data", "nam",
    "chinh", "thuc", "ap", "dung", "tong", "hop", "chung"})  # fmt: skip
"""Words that title a timetable and name nobody."""
UNIT_WORDS = ("tổ", "to", "nhóm", "nhom", "bộ môn", "bo mon", "ban giám hiệu", "bgh", "khối",
    "khoi", "phòng", "trường", "đoàn", "đội", "gv", "giáo viên")  # fmt: skip
"""A name that begins so is a department's, nobody's own."""
_MAX_SLOT = 12
_NUMBER = re.compile(r"[0-9]{1,2}")
_WORDS = {
    "thu hai": 1, "thu ba": 2, "thu tu": 3, "thu nam": 4, "thu sau": 5, "thu bay": 6,
    "chu nhat": 7, "cn": 7, "hai": 1, "ba": 2, "tu": 3, "nam": 4, "sau": 5, "bay": 6,
    "monday": 1, "tuesday": 2, "wednesday": 3, "thursday": 4, "friday": 5, "saturday": 6,
    "sunday": 7, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7,
}  # fmt: skip
_DAY = re.compile(
    r"(?:thu|t)?\s*\.?\s*([2-7])(?:\s*[-,(/].*)?"
    r"|(?:thu|t)\s*\.?\s*([2-7])\s+(?:ngay\b.*|[0-9]{1,2}\s*[/.-].*)"
)
_DAY_WORD = re.compile(r"(?:thu|t)?[\s.]*(hai|ba|tu|nam|sau|bay)")
_SESSIONS = {"sáng": Session.MORNING, "chiều": Session.AFTERNOON, "tối": Session.EVENING}
_PLAIN_SESSIONS = {
    "sang": Session.MORNING, "chieu": Session.AFTERNOON, "toi": Session.EVENING,
    "morning": Session.MORNING, "afternoon": Session.AFTERNOON, "evening": Session.EVENING,
}  # fmt: skip
_LETTER_WORD = re.compile(r"[^\W\d_]+")
_SLOT_LABEL = re.compile(
    r"(?:buoi )?(?:sang|chieu|toi|s|c)?[\s.:-]*(?:tiet|t|period|hour)?[\s.:-]*[0-9]{1,2}"
    r"(?:\s*\(.*\)|\s*[-:]?\s+[0-9]{1,2}\s*[h:g].*)?\W*"
)
_LETTERS = {"s": Session.MORNING, "c": Session.AFTERNOON, "t": Session.EVENING}
_HALF_DAY = {**_LETTERS, "am": Session.MORNING, "pm": Session.AFTERNOON, **_PLAIN_SESSIONS}
_SLOT_LETTERS = {"s": Session.MORNING, "c": Session.AFTERNOON}  # "T3" is "Tiết 3"
_CLOCK = re.compile(
    r"([01]?[0-9]|2[0-3])\s*(?:[:hg]\s*([0-5][0-9])?)(?::[0-5][0-9])?(?:\s*(?:[-–—]|den)\s*\S.*)?"
)
_NOON, _EVENING = 12 * 60, 17 * 60 + 30


def weekday_of(label: str) -> int | None:
    """From "Thứ 2", "Thứ Hai", "T2", "2", "Monday" → 1; None where it is no day.

    A number is the school's own: "Thứ 2" is Monday. A date with its year is its day; beside another
    weekday, or without its year, it is none.
    """
    if found := dated(label):
        named = weekday_of(found.before) if found.before else found.weekday
        return found.weekday if named == found.weekday else None
    return None if is_yearless(label) else _named_weekday(label)


def is_contradicted(label: str) -> bool:
    """Whether a label names a weekday and a date of another one."""
    found = dated(label)
    named = weekday_of(found.before) if found and found.before else None
    return found is not None and named not in {None, found.weekday}


def _named_weekday(label: str) -> int | None:
    text = fold(label).strip(" .")
    if text in {"thu", "mon"} and not label.isascii():
        return None  # "Thứ" heads the days, "Môn" the subjects; "Thu", "Mon" are English days
    if text in _WORDS:
        return _WORDS[text]
    if match := _DAY.fullmatch(text):
        return int(match[1] or match[2]) - 1
    if match := _DAY_WORD.fullmatch(text):
        return _WORDS[match[1]]
    words = text.split()
    return _WORDS.get(" ".join(words[:2])) if len(words) > 1 else None


def session_of(label: str) -> Session | None:
    """The half of the day that a text names: "TKB buổi sáng" → morning; None for none or several.

    Without accents it counts where the whole text has none ("tkb-sang.fet") or after "buổi", so
    that "Nguyễn Văn Sang" and "Trần Thị Tới" stay names.
    """
    text = clean(label).casefold()
    words = _LETTER_WORD.findall(text)
    found = {_SESSIONS[word] for word in words if word in _SESSIONS}
    for before, word in zip(["", *words], words, strict=False):
        if word in _PLAIN_SESSIONS and (text.isascii() or before in {"buổi", "buoi", "ca"}):
            found.add(_PLAIN_SESSIONS[word])
    return found.pop() if len(found) == 1 else None


def is_beside_head(text: str) -> bool:
    """Whether a heading is of a column that holds no lessons: "Ghi chú chung", "STT"."""
    head = plain(text)
    return head in BESIDE_HEADS or head.startswith("ghi chu ")


def half_day_of(cell: str) -> Session | None:
    """The half of the day that a cell of a column "Buổi" names: "S", "Sáng", "Ca chiều", "PM".

    None for any other word, which the reader must tell of.
    """
    word = fold(cell).strip(" .:()")
    for before in ("buoi ", "ca ", "b. ", "b."):
        word = word.removeprefix(before)
    return _HALF_DAY.get(word.strip()) or session_of(cell)


def session_named(name: str) -> Session | None:
    """The half of the day that a sheet or a file is named after: "TKB sáng", "tkb-C", "PM".

    A letter alone counts only as the last word, after words that name nobody.
    """
    if found := session_of(name):
        return found
    words = [word for word in re.split(r"[^0-9a-z]+", fold(name)) if word]
    before = [word for word in words[:-1] if not word.isdecimal()]
    is_mark = words[-1:] and words[-1] in {"s", "c", "am", "pm"}
    return _HALF_DAY[words[-1]] if is_mark and all(word in NO_NAMES for word in before) else None


def clock_minute(label: str) -> int | None:
    """From "07:00", "7h50", "7h", "07:00 - 07:45" → minutes of the day; None for no clock time."""
    match = _CLOCK.fullmatch(fold(label).strip())
    return int(match[1]) * 60 + int(match[2] or 0) if match else None


def slots_by_clock(labels: Iterable[str]) -> dict[str, tuple[Session, int]]:
    """Hours that are named by the clock → half-day and number, in the order of the day.

    Before noon is the morning, from 17:30 the evening.
    """
    timed = {label: minute for label in labels if (minute := clock_minute(label)) is not None}
    often: Counter[Session] = Counter()
    found: dict[int, tuple[Session, int]] = {}
    for minute in sorted(set(timed.values())):
        session = session_at(minute)
        often[session] += 1
        found[minute] = (session, often[session])
    return {label: found[minute] for label, minute in timed.items()}


def session_at(minute: int) -> Session:
    """The half of the day that a lesson belongs to which begins then."""
    if minute < _NOON:
        return Session.MORNING
    return Session.EVENING if minute >= _EVENING else Session.AFTERNOON


def is_slot_label(text: str) -> bool:
    """Whether a text is a lesson's number and nothing else: "1", "Tiết 3", "Sáng 2 (7h50)"."""
    return bool(_SLOT_LABEL.fullmatch(fold(text)))


def first_number(label: str) -> int:
    """From "Tiết 3" → 3; 0 for none."""
    found = _NUMBER.search(label)
    return int(found[0]) if found else 0


def slot_of(label: str, session: Session | None) -> tuple[Session, int] | None:
    """From "T1", "Tiết 1", "Sáng 2", "C3" → session and slot; None where it is no slot.

    Args:
        label: the file's own label.
        session: what file, sheet or block say; None where they say nothing, so that lessons are
            taken as numbered through the day.
    """
    found = _NUMBER.search(label)
    if found is None:
        return None
    number = int(found[0])
    letter = _SLOT_LETTERS.get(fold(label)[: found.start()].strip(" .:-"))
    named = session_of(label) or letter or session
    if not 1 <= number <= _MAX_SLOT:
        return None
    if named is None:
        through = number > MORNING_SLOTS
        return (Session.AFTERNOON, number - MORNING_SLOTS) if through else (Session.MORNING, number)
    if named is Session.AFTERNOON and session_of(label) is None and number > 2 * MORNING_SLOTS:
        return None
    return named, number
