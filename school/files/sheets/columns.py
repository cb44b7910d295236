"""From recognised top rows to headings by column: one row of them, or groups with a second row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from school.files.sheets.grid import TOP_ROWS, Grid, Span, as_text
from school.files.sheets.headings import known_roles

OTHERS = "!"
"""Stands for a heading of somebody else than the pupil."""
NUMBER = "#"
"""Stands for a text that begins with a number: no heading does."""
_BESIDE_NAME = ("stt", "code", "birth", "class", "gender", "status", "homeroom", "unit")
_OF_NAMES = frozenset({"family", "given", "name", "code"})
_WIDEST_GROUP = 30
Texts = Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Heads:
    """The headings of a list.

    Attributes:
        row: where they stand.
        first_row: the first row below them.
        known: column → heading that a map names.
        open: the same without those of somebody else than the pupil.
        taken: columns with any heading.
    """

    row: int
    first_row: int
    known: Texts
    open: Texts
    taken: frozenset[int]


def heads_of(top: Grid, spans: Sequence[Span]) -> Heads | None:
    """The headings; None where the rows have none of a list of people."""
    row = _header_row(top)
    if row is None:
        return None
    rows = _with_spans(top, spans)
    below = _second_row(top, row)
    spread = {c: text for c, text in rows[row].items() if text in known_roles()}
    known = {c: t for c, t in spread.items() if c not in _grouped(row, spans, below)} | below
    closed = {c for n in (row - 1, row) for c, t in rows.get(n, {}).items() if t == OTHERS}
    closed |= _under_others(_texts(top, row), below)
    return Heads(
        row=row,
        first_row=row + (2 if below else 1),
        known=known,
        open={c: text for c, text in known.items() if c not in closed},
        taken=frozenset(rows[row]) | frozenset(_texts(top, row + 1) if below else ()),
    )


def by_role(headings: Texts) -> dict[str, tuple[int, ...]]:
    """Role → its columns, left to right.

    Only a name may have several, and a day of birth that stands in one column for boys and in
    another for girls.
    """
    found: dict[str, list[int]] = {}
    for column in sorted(headings):
        found.setdefault(known_roles()[headings[column]], []).append(column)
    once = {
        role: tuple(columns[:1])
        for role, columns in found.items()
        if role not in {"name", "family", "given"}
    }
    births = _side_by_side(found.get("birth", []))
    return once | {"name": _name_columns(found)} | ({"birth": births} if births else {})


def _side_by_side(columns: Sequence[int]) -> tuple[int, ...]:
    return tuple(c for n, c in enumerate(columns) if c - n == columns[0])


def second_list(headings: Texts) -> int:
    """The column where a second list begins, with its own numbers and names; 0 for none."""
    numbers = sorted(c for c, text in headings.items() if known_roles()[text] == "stt")
    names = [c for c, text in headings.items() if known_roles()[text] in {"name", "given"}]
    second = numbers[1] if len(numbers) > 1 else 0
    return second if second and min(names) < second < max(names) else 0


def _name_columns(found: Mapping[str, list[int]]) -> tuple[int, ...]:
    names, family, given = (found.get(role, []) for role in ("name", "family", "given"))
    if not given:
        return _side_by_side(names)
    left = [c for c in [*names, *family] if c < given[0]][-1:]
    return (*left, given[0])


def _texts(top: Grid, row: int) -> dict[int, str]:
    return {column: as_text(value) for column, value in top.get(row, {}).items()}


def _roles(texts: Texts) -> set[str]:
    return {known_roles()[text] for text in texts.values() if text in known_roles()}


def _header_row(top: Grid) -> int | None:
    """The first row of headings; of a caption such as "Lớp:" above them, the row below it."""
    found = next((n for n in sorted(top) if n <= TOP_ROWS and _is_header(top, n)), None)
    if found is None or _are_heads(_roles(_texts(top, found))):
        return found
    below = _texts(top, found + 1)
    is_covered = any(c in below for c, t in _texts(top, found).items() if t in known_roles())
    return found + 1 if is_covered and _are_heads(_roles(below)) else found


def _is_header(top: Grid, row: int) -> bool:
    found = _roles(_texts(top, row))
    if not found:
        return False  # a title right above the headings is none of them
    return _are_heads(found | _roles(_second_row(top, row)))


def _are_heads(roles: set[str]) -> bool:
    return bool(roles & {"name", "given"}) and bool(roles & set(_BESIDE_NAME))


def _second_row(top: Grid, header: int) -> dict[int, str]:
    """The headings of a second heading row; none where the next row holds a pupil."""
    texts = _texts(top, header + 1)
    if any(text[:1].isdigit() or text == NUMBER for text in texts.values()):
        return {}
    found = {c: t for c, t in texts.items() if t in known_roles()}
    above = _texts(top, header)
    is_row_of_heads = len(_roles(found)) > 1
    return {
        c: text
        for c, text in found.items()
        if is_row_of_heads or c not in above or known_roles()[text] in _OF_NAMES
    }


def _grouped(header: int, spans: Sequence[Span], below: Texts) -> set[int]:
    """Columns of a group whose headings stand in the second row: its own is none of theirs."""
    groups = [
        set(range(s.left, s.right + 1)) for s in spans if s.top == header and s.right > s.left
    ]
    return {c for group in groups if group & set(below) for c in group if c not in below}


def _under_others(texts: Texts, below: Texts) -> set[int]:
    """Columns under somebody else's heading that is not merged over them."""
    closed: set[int] = set()
    is_others = False
    for column in range(1, max([*texts, *below], default=0) + 1):
        is_others = texts[column] == OTHERS if column in texts else is_others
        if is_others:
            closed.add(column)
    return closed


def _with_spans(top: Grid, spans: Sequence[Span]) -> dict[int, dict[int, str]]:
    rows = {row: _texts(top, row) for row in top}
    for span in spans:
        text = rows.get(span.top, {}).get(span.left)
        if text and span.top <= TOP_ROWS and span.right - span.left < _WIDEST_GROUP:
            for row in range(span.top, min(span.bottom, TOP_ROWS + 1) + 1):
                for column in range(span.left, span.right + 1):
                    rows.setdefault(row, {}).setdefault(column, text)
    return rows
