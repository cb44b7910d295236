"""Which rows of a list are people's: what stands below the last one is no part of it.

And what a row takes from others: a class that is written once for many, the last word of a name in
a column without a heading.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import pairwise

from school.files.cells import is_class_name
from school.files.class_names import class_in, class_name_of
from school.files.rosters.layout import Layout
from school.files.sheets.birth import is_day
from school.files.sheets.grid import Broken, Table, Value, as_text, cell_place
from school.files.sheets.headings import column_map, plain
from school.files.sheets.trouble import refuse

Row = dict[int, Value]
_NUMBER = re.compile(r"[0-9]{1,5}\s*[.)]?")
_CODE = re.compile(r"(?=.*[0-9])\S+(?: \S+)?")
_COLUMN_NUMBER = re.compile(r"\(?[0-9]{1,2}\)?")
_DATED = re.compile(r"\bngay\b.*\bthang\b.*\bnam\b")
_GENDERS = frozenset({"nam", "nu"})
_TITLES = ("danh sach", "ds", "lop")
_UNITS = ("tổ ", "nhóm ", "bộ môn", "bộ phận", "ban giám hiệu", "bgh", "khối ",
    "văn phòng", "hành chính", "nhân viên")  # fmt: skip
"""What a row between the staff begins with that names a department; no family is called so."""
_MANY = 12


def list_body(rows: Mapping[int, Row], layout: Layout) -> tuple[dict[int, Row], int]:
    """The rows above totals and signatures, without headings repeated on a new page.

    Also the number of the row right below the last person, where it may be one more; else 0.
    """
    people = {n for n, row in rows.items() if _is_persons(row, layout)}
    last = max(people, default=0)
    body: dict[int, Row] = {}
    for n, row in rows.items():
        ends = (_is_footer(row) and not _is_numbered(row, layout)) or (
            _is_lone_total(row) and n not in people
        )
        if (people and n > last) or (ends and not people):
            break
        if not ends and not _is_heading_again(row, layout):
            body[n] = row
    below = rows.get(last + 1, {})
    if not people or not _may_be_person(below, layout):
        return body, 0
    return body | {last + 1: below}, last + 1


def class_titles(body: Mapping[int, Row], layout: Layout) -> dict[int, str]:
    """Titles among the people, where one sheet holds several lists: row → the class from there on.

    "DANH SÁCH HỌC SINH LỚP 9B", or the class alone in its row. A remark that names a class ("Chuyển
    đến từ lớp 9B") is no title.
    """
    titles = ((n, _title(row)) for n, row in body.items() if not _is_persons(row, layout))
    return {n: name for n, text in titles if (name := _titled_class(text))}


def departments(body: Mapping[int, Row], layout: Layout) -> set[int]:
    """Rows of a list of staff that name the department of those below: "Tổ Toán - Tin"."""
    titles = ((n, _title(row)) for n, row in body.items() if not _is_numbered(row, layout))
    return {n for n, text in titles if layout.is_of_staff and _is_unit(text)}


def _is_unit(text: str) -> bool:
    return unicodedata.normalize("NFC", f"{text.strip()} ").casefold().startswith(_UNITS)


def fill_classes(body: Mapping[int, Row], table: Table, layout: Layout) -> None:
    """A class that is written once for several rows holds for each of them.

    In a merged block it does; else where no two rows after each other have it written, down to
    where numbers begin anew.
    """
    for column in layout.of("class"):
        for block in table.spans():
            held = body.get(block.top, {}).get(block.left)
            if block.left == column and held is not None:
                for n in range(block.top + 1, min(block.bottom, max(body)) + 1):
                    if n in body:
                        body[n].setdefault(column, held)
        if not any(_has(one, column, as_text(other.get(column))) for one, other in
                   pairwise(body.values())):  # fmt: skip
            _fill_down(body.values(), column, layout.of("stt"))


def with_given_names(table: Table, layout: Layout, body: Mapping[int, Row]) -> Layout:
    """The layout with the column without a heading as part of the name, where it is one.

    Raises:
        FileRefusedError: it holds something, and that need not be names.
    """
    named = [row for row in body.values() if layout.unheaded and layout.columns["name"][0] in row]
    beside = [row[layout.unheaded] for row in named if layout.unheaded in row]
    if not beside:
        return layout
    if len(beside) < len(named) or not _are_given_names([as_text(value) for value in beside]):
        raise refuse("unheaded", cell_place(table, layout.first_row - 1, layout.unheaded))
    names = (*layout.columns["name"], layout.unheaded)
    return replace(layout, columns={**layout.columns, "name": names})


def _title(row: Row) -> str:
    """The text of a row with one text alone; else empty."""
    texts = [as_text(value) for value in row.values()]
    return texts[0] if len(texts) == 1 else ""


def _titled_class(text: str) -> str:
    if plain(text).startswith(_TITLES):
        return class_in(text)
    name = class_name_of(text)
    return name if is_class_name(name) else ""


def _are_given_names(texts: Collection[str]) -> bool:
    """One word or two each, of letters, and as various as names are."""
    words = [plain(text) for text in texts]
    various = set(words)
    is_various = len(various) > _MANY or len(various) * 2 > len(words)
    are_words = all(word.replace(" ", "").isalpha() and word.count(" ") < 2 for word in words)
    return is_various and are_words and not various <= _GENDERS


def _has(row: Row, column: int, text: str) -> bool:
    return bool(text) and as_text(row.get(column)) == text


def _fill_down(rows: Collection[Row], column: int, numbers: Collection[int]) -> None:
    held: Value | None = None
    before = 0
    for row in rows:
        number = next((_number(row.get(c)) for c in numbers), 0)
        if column in row or number < before:
            held = row.get(column)
        elif held is not None:
            row[column] = held
        before = number


def _number(value: Value | None) -> int:
    text = as_text(value).rstrip(".) ")
    return int(text) if _NUMBER.fullmatch(text) else 0


def _is_persons(row: Row, layout: Layout) -> bool:
    """A number or a code; else a name with something beside it that only people have."""
    if _is_numbered(row, layout):
        return True
    is_born = any(_is_birth(row.get(c)) for c in layout.of("birth"))
    in_class = any(_has_digit(row.get(c)) for c in layout.of("class"))
    has_gender = any(plain(as_text(row.get(c))) in _GENDERS for c in layout.of("gender"))
    return bool(_name(row, layout)) and (is_born or in_class or has_gender)


def _is_numbered(row: Row, layout: Layout) -> bool:
    numbers = [(row.get(c), _NUMBER) for c in layout.of("stt")]
    numbers += [(row.get(c), _CODE) for c in layout.of("code")]
    return any(
        isinstance(value, float | Broken) or shape.fullmatch(as_text(value).strip())
        for value, shape in numbers
    )


def _is_birth(value: Value | None) -> bool:
    """A day, or what was meant as one: "5/9/11", "2011"."""
    is_one_word = " " not in as_text(value).strip()
    return isinstance(value, Broken) or is_day(value) or (_has_digit(value) and is_one_word)


def _has_digit(value: Value | None) -> bool:
    return any(sign.isdigit() for sign in as_text(value))


def _name(row: Row, layout: Layout) -> str:
    name = " ".join(as_text(row.get(c)) for c in layout.columns["name"]).strip()
    return name if any(sign.isalpha() for sign in name) else ""


def _may_be_person(row: Row, layout: Layout) -> bool:
    """A name that is written as one is, in a list whose other rows have numbers."""
    name = _name(row, layout)
    words = name.split()
    are_names = all(word[0].isupper() and (len(word) < 2 or not word.isupper()) for word in words)
    is_name = len(words) > 1 and are_names and not any(sign in name for sign in ":.,0123456789")
    return is_name and not _is_footer(row) and bool(layout.of("stt"))


def _is_footer(row: Row) -> bool:
    return is_footer_text(_first_text(row))


def is_footer_text(text: str) -> bool:
    """Whether a text begins as totals, dates and signatures below a list do."""
    text = plain(text)
    words = column_map("general").words["footers"]
    return bool(_DATED.search(text)) or any(
        text == word or text.startswith(f"{word} ") for word in words
    )


def _is_lone_total(row: Row) -> bool:
    return is_lone_total_text(_first_text(row))


def is_lone_total_text(text: str) -> bool:
    """Whether a text is the word for a total and a number, and nothing else."""
    words = column_map("general").words["footers_alone"]
    return plain(text).strip("0123456789 ") in words


def _first_text(row: Row) -> str:
    return plain(as_text(next((v for v in row.values() if not isinstance(v, float)), "")))


def _is_heading_again(row: Row, layout: Layout) -> bool:
    """Headings repeated on a new page, or the numbers of the columns below them: "(1)", "(2)"."""
    numbers = [_COLUMN_NUMBER.fullmatch(as_text(value).strip()) for value in row.values()]
    if len(numbers) > 1 and all(numbers) and layout.columns["name"][-1] in row:
        return True
    general = column_map("general").roles
    if plain(as_text(row.get(layout.columns["name"][-1]))) not in general:
        return False
    texts = [plain(as_text(value)) for value in row.values()]
    return len(texts) > 1 and sum(text in general for text in texts) * 2 > len(texts)
