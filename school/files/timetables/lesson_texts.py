"""What one cell of a drawn timetable says: subject, teacher and room, or class and subject."""

import re
import unicodedata
from collections.abc import Iterator, Sequence

from school.files.cells import PART, Cell, Teacher, teachers_in
from school.files.class_names import class_name_of
from school.files.sheets.grid import cell_place
from school.files.sheets.page import Page, Spot
from school.files.sheets.trouble import Trouble
from school.names import clean, fold
from school.records import Session

Found = Cell | Trouble
When = tuple[int, Session, int]
Lesson = tuple[str, str, str]
_DASH = re.compile(r"\s+-\s+|\s*[–—]\s*")
_IN_BRACKETS = re.compile(r"^(.+?)\s*\(([^()]+)\)$")
_BRACKETED = re.compile(r"^\(([^()]*)\)$")
_LIST = re.compile(r"\s*(?:[,;:]|_(?!\())\s*")
_ROOM = re.compile(
    r"phòng\b.*|(?:p|ph|phong)[\s.]*[0-9].*|(?:lab|sân)\b.*|[a-z]{0,2}\.?[0-9][0-9a-z.]*"
)
_ACTIVITIES = frozenset({"shl", "sinh hoat lop", "sinh hoat", "shdc", "sinh hoat duoi co", "pl",
    "chao co", "hn", "huong nghiep", "tc", "tu chon", "tang cuong", "nang cao", "phu dao",
    "boi duong", "on tap", "kiem tra"})  # fmt: skip
_SUBJECTS = frozenset({"toan", "van", "ngu van", "ly", "vat ly", "li", "vat li", "hoa", "hoa hoc",
    "sinh", "sinh hoc", "su", "lich su", "dia", "dia ly", "dia li", "anh", "tieng anh", "tin",
    "tin hoc", "nhac", "am nhac", "mt", "mi thuat", "my thuat", "cn", "cong nghe", "td",
    "the duc", "gdtc", "gdqp", "gdcd", "gdktpl", "ktpl", "khtn", "hdtn", "gddp", "tieng viet",
    "phap", "nga", "trung", "nhat"})  # fmt: skip
_HAS_CLASS = re.compile(r"(?<!\w)[0-9]{1,2}[^\W\d_]")
_TIME = re.compile(r"(?<!\w)[0-9]{1,2}[hg](?:[0-5][0-9])?(?!\w)")  # "15h", "7h30"
_MARK = 3  # letters of the longest text that is a mark, such as "x"
_FREE = frozenset({"nghi", "duoc nghi"})
_CLASS = r"[0-9]{1,2}(?:[^\W\d_][^\W_]*(?:[./][0-9]{1,2})?|[./][0-9]{1,2})(?!\w)"
_GROUP = rf"(?<!\w){_CLASS}(?: (?:{PART}|nh|n)\.? ?[0-9]{{1,2}}(?!\w))?"
_GROUPS = re.compile(rf"{_GROUP}(?:\+{_GROUP})*", re.IGNORECASE)
_BETWEEN = re.compile(rf"({_GROUP})\s*(?:[,;+&/\n]|\bvà\b)\s*(?={_CLASS})", re.IGNORECASE)
_CUT_SHORT = re.compile(rf"{_CLASS}\s*[,;+&]\s*[0-9]{{1,2}}(?![\w./])")
_BESIDE_CLASS = re.compile(rf"(?<=\S)-(?={_CLASS})|(?<!\w)({_CLASS})-(?=\S)")
_PIECES = re.compile(r"\s+-\s+|\s*[–—:;,()]\s*")


def split_lesson(text: str) -> list[Lesson]:
    """From "Toán - Hà", "Toán, Hà", "Toán" + line break + "C.Hà" … → subject, teacher, room.

    Two lines, or two parts of one, that each name subject and teacher are two groups.
    """
    lines = [line for part in text.splitlines() if (line := clean(part).strip("-–— "))]
    parts = [clean(part) for line in lines for part in line.split("/")]
    for several in (lines, parts):
        if len(several) > 1 and all(map(_is_taught, several)):
            return [_split_line(one) for one in several]
    if len(lines) > 1 and all(_DASH.search(line) or _IN_BRACKETS.match(line) for line in lines):
        return [_split_line(line) for line in lines]
    lines = [_BRACKETED.sub(r"\1", line) for line in lines if any(map(str.isalnum, line))]
    if len(lines) > 1 and all(map(_is_room, lines[1:])):
        subject, teacher, room = _split_line(lines[0])
        return [(subject, teacher, " ".join([room, *lines[1:]]).strip())]
    if len(lines) > 1:
        return [_lesson(lines)]
    return [_split_line(lines[0])] if lines else []


def groups_in(text: str) -> list[str]:
    """The classes or groups of a text: "10A1, 10A2", "10A1+10A2", "Lớp 10A1"; none of "10A1,2"."""
    if _CUT_SHORT.search(text):
        return []
    joined = _BETWEEN.sub(r"\1+", text)
    return [name for part in joined.split("+") if (name := class_name_of(part))]


def _is_taught(line: str) -> bool:
    """Whether a text names subject and teacher; a dash without blanks is a part of many names."""
    subject, teacher, _ = _split_line(line)
    return bool(teacher) and fold(subject) in _SUBJECTS


def _split_line(line: str) -> Lesson:
    if _DASH.search(line):
        return _lesson([part for part in _DASH.split(line) if part])
    if match := _IN_BRACKETS.match(line):
        if _is_room(match[2]):
            subject, teacher, room = _split_line(match[1])
            return subject, teacher, f"{room} {match[2]}".strip()
        return _lesson([match[1], match[2]])
    parts = [part for part in _LIST.split(line) if part]
    if len(parts) > 1:
        return _lesson(parts)
    if "-" in line:
        return _tight(line)
    before, _, after = line.partition("/")
    is_taught = fold(before) in _SUBJECTS and after and fold(after) not in _SUBJECTS
    return (before.strip(), after.strip(), "") if is_taught else (line, "", "")


def _tight(line: str) -> Lesson:
    """Dashes without blanks, which subjects have too: "GDKT-PL-Hà", "Tiếng Anh-C.Hà-P.201"."""
    parts = [part.strip() for part in line.split("-") if part.strip()]
    room = parts.pop() if len(parts) > 1 and _is_room(parts[-1]) else ""
    has_teacher = len(parts) > 1 and fold(parts[-1]) not in _ACTIVITIES
    teacher = parts.pop() if has_teacher else ""
    return "-".join(parts), teacher, room


def _lesson(parts: Sequence[str]) -> Lesson:
    """Subject first; then who and where, told apart by how rooms are named, else by their order."""
    subject, *rest = parts
    while rest and fold(rest[0]) in _ACTIVITIES:
        subject = f"{subject} - {rest.pop(0)}"
    pieces = [piece for part in rest for piece in _who_and_where(part)]
    rooms = [piece for piece in pieces if _is_room(piece)]
    people = [piece for piece in pieces if not _is_room(piece)]
    if rooms or len(people) < 2 or len(rest) < 2:
        return subject, "+".join(people), " ".join(rooms)
    return subject, people[0], " ".join(people[1:])


def _who_and_where(part: str) -> list[str]:
    """From "Hà (P.201)" and "Hà, P.201" → both; several teachers stay together."""
    match = _IN_BRACKETS.match(part)
    if match and _is_room(match[2]) and "_(" not in part:
        return [match[1], match[2]]
    pieces = [piece for piece in re.split(r"\s*[,;]\s*", part) if piece]
    return pieces if any(map(_is_room, pieces)) else [part]


def _is_room(text: str) -> bool:
    return bool(_ROOM.fullmatch(unicodedata.normalize("NFC", text).casefold()))


def is_subject(text: str) -> bool:
    """Whether a text is a subject's name and nothing else."""
    return fold(text) in _SUBJECTS


def has_class(text: str) -> bool:
    """Whether a text names a class."""
    return bool(_HAS_CLASS.search(_TIME.sub("", text)))


def lesson_cells(page: Page, spots: Sequence[Spot], name: str, when: When) -> Iterator[Cell]:
    """The lessons in a class's cell, or in several for one slot; several are groups of it."""
    text = "\n".join(one for spot in spots if (one := page.at(*spot)))
    at = spots[0]
    lessons = [] if fold(text) in _FREE else split_lesson(text)
    marked = [page.first_of(*spot) for spot in spots if page.at(*spot)]
    if lessons:
        page.ledger.use(marked, "lessons")
    else:
        page.ledger.pass_over(marked, "free")
    for n, (subject, teacher, room) in enumerate(lessons, start=1):
        group = name if len(lessons) == 1 else f"{name} {PART} {n}"
        yield Cell(group, *when, subject, teachers_in(teacher), room, cell_place(page, *at))


def taught_cells(
    page: Page, at: Spot, teachers: tuple[Teacher, ...], when: When, text: str, usual: str = ""
) -> Iterator[Found]:
    """The lessons in a teacher's cell: class and subject (else the usual one), then room.

    A cell that names no class is a cross or a remark, and no lesson.
    """
    place = cell_place(page, *at)
    first = page.first_of(*at)
    if not any(map(str.isdigit, _TIME.sub("", text))):
        if (text and len(text) < _MARK) or fold(text) in _FREE:
            page.ledger.pass_over([first], "free")
        return
    page.ledger.use([first], "lessons")
    if not usual and not has_class(text) and not _GROUPS.search(text) and _is_one_piece(text):
        yield Trouble("bad_class", place, {"value": clean(text)[:20]})
        return
    if _CUT_SHORT.search(text):
        yield Trouble("bad_class", place, {"value": clean(text)[:20]})
        return
    lines = [clean(line) for line in _BETWEEN.sub(r"\1+", text).splitlines() if line.strip()]
    are_lessons = all(_GROUPS.search(line) for line in lines)
    for line in lines if are_lessons else [" - ".join(lines)]:
        names, subject, room = _taught(line)
        for group in groups_in(names):
            yield Cell(group, *when, subject or usual, teachers, room, place)


def _is_one_piece(text: str) -> bool:
    return len([piece for piece in _PIECES.split(text.strip()) if piece.strip()]) == 1


def _taught(line: str) -> Lesson:
    """Class, subject and room, in whichever order they stand."""
    spaced = _BESIDE_CLASS.sub(lambda match: f"{match[1] or ''} - ", line)
    pieces = [piece for part in _PIECES.split(spaced) if (piece := part.strip("- "))]
    where = [n for n, piece in enumerate(pieces) if _GROUPS.fullmatch(class_name_of(piece))]
    where += [n for n, piece in enumerate(pieces) if _GROUPS.search(piece)]
    names = pieces.pop(where[0] if where else 0)
    others = [piece for piece in pieces if not _is_room(piece)]
    match = _GROUPS.search(names)
    if match and not others:  # "Toán 10A1"; beside a subject the whole is a group: "HSG 10A1 - Lý"
        others = [class_name_of(names[: match.start()] + names[match.end() :])]
        names = match[0]
    rooms = [*others[1:], *(piece for piece in pieces if _is_room(piece))]
    return names, others[0] if others else "", " ".join(rooms)
