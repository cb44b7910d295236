"""Whose week a sheet holds: a class's or a teacher's, by its title, its tab or its file."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from school.files.cells import Teacher, is_class_name, teacher_of
from school.files.class_names import class_in
from school.files.sheets.labels import NO_NAMES, UNIT_WORDS
from school.files.sheets.trouble import Place
from school.files.timetables.grid_texts import class_heading, stem
from school.files.timetables.lesson_texts import has_class, is_subject
from school.names import clean, fold

_CLASS = re.compile(r"\blớp\b", re.IGNORECASE)
_TEACHER = re.compile(
    r"(?:giáo viên|\bgv|\bthầy|\bcô)(?! ?cn\b| chủ nhiệm)\s*[:.]?\s+(.+)", re.IGNORECASE
)
_AFTER_NAME = re.compile(r"\s{2,}|\s+[-–]\s+|[,;(\n]|\b(?:tổ|môn|lớp|áp dụng|năm)\b", re.IGNORECASE)
_PHONE = re.compile(r"[\s,;(–-]*(?:đt|sđt|tel)?[\s:.]*\+?[0-9][0-9 .]{7,14}\)?$", re.IGNORECASE)
_MAX_WORDS = 6


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose week it is: one of the two; none where nothing says it."""

    class_name: str = ""
    teacher: Teacher | None = None

    def __bool__(self) -> bool:
        return bool(self.class_name or self.teacher)

    @property
    def name(self) -> str:
        """As a person calls it."""
        return self.teacher.name if self.teacher else self.class_name


def owner_in(title: str) -> Owner:
    """Whom a title names: "THỜI KHÓA BIỂU LỚP 10A1", "Giáo viên: Trần Thị Hà   Tổ: Toán"."""
    name, taught = class_in(title), _TEACHER.search(title)
    if taught and not (name and _CLASS.search(title[: taught.start()])):
        name = clean(_AFTER_NAME.split(taught[1].strip())[0])
        return Owner(teacher=teacher_of(name)) if name else Owner()
    return Owner(class_heading(name) or name) if name else Owner()


def bare_owner(title: str, lessons: Iterable[str]) -> Owner:
    """Whom a title is that is a name and nothing else: "10A1", "Trần Thị Hà - 0900000001".

    A person's name is a teacher's only above lessons that name classes.
    """
    if (name := class_heading(title)) and is_class_name(name):
        return Owner(name)
    person = _PHONE.sub("", clean(title))
    is_named = is_person(person) and (" " in person or "." in person)
    return Owner(teacher=teacher_of(person)) if is_named and name_classes(lessons) else Owner()


def owner_named(place: Place, lessons: Iterable[str]) -> tuple[Owner, str]:
    """By the sheet's name, else the file's: "10A1", "TKB 10A1", "Lớp 7-3 chiều", "Trần Thị Hà".

    Also which of the two it was: "sheet" or "file".
    """
    texts = list(lessons)
    for name, why in ((place.sheet, "sheet"), (stem(place.file), "file")):
        if name and (found := _named(clean(name.replace("_", " ")), texts)):
            return found, why
    return Owner(), ""


def _named(name: str, lessons: list[str]) -> Owner:
    words = [word.strip("()[].") for word in re.split(r"[\s–]+|(?<=[^\W\d])-(?=[0-9])", name)]
    if in_name := next((word for word in words if is_class_name(word)), ""):
        return Owner(in_name)
    person = owner_in(name).teacher
    if person is None and is_person(name):
        person = teacher_of(name)
    return Owner(teacher=person) if person and name_classes(lessons) else Owner()


def is_person(name: str) -> bool:
    """Whether a text may be somebody's name, and is not a department's or a title's."""
    words = re.split(r"[\s.]+", name.strip("."))
    plain = [fold(word) for word in words]
    lower = name.casefold()
    if not all(word and word.isalpha() and word[0].isupper() for word in words):
        return False
    if len(words) > _MAX_WORDS or is_subject(name):
        return False
    is_unit = any(lower == word or lower.startswith(f"{word} ") for word in UNIT_WORDS)
    return not is_unit and not all(word in NO_NAMES for word in plain[:2])


def name_classes(lessons: Iterable[str]) -> bool:
    """Whether more of the lessons name a class than not, as those of a teacher do."""
    texts = [text for text in lessons if len(text) > 1]
    return sum(map(has_class, texts)) * 2 > len(texts)


def lessons_below(
    texts: Mapping[int, Mapping[int, str]], row: int, days: Iterable[int]
) -> list[str]:
    """The texts under the days of a heading, as far as the rows go on."""
    columns = set(days)
    return [
        text
        for n in range(row + 1, row + 13)
        for column, text in texts.get(n, {}).items()
        if column in columns
    ]
