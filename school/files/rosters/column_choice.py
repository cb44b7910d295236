"""Which column of a list is which, as a person says it where no map knows the headings."""

from collections.abc import Mapping, Sequence

from school.files.sheets.grid import TOP_ROWS, Table, as_text, cell_place, letters
from school.files.sheets.headings import known_roles, plain, same_headings
from school.files.sheets.ledger import Reading
from school.files.sheets.questions import Choice, Question

_AS = {"name": "ho va ten", "class": "lop", "code": "ma hs", "birth": "ngay sinh", "stt": "stt"}
"""Role → the heading that stands for it."""
_WORDS = {"name": "Họ và tên", "class": "Lớp"}
NONE = "-"
_LONGEST = 40
_LIKE, _SHORT, _OTHER = "n", "s", "o"
_NAMING = frozenset({"ten", "hoten", "name", "student", "hs"})
_OTHER_NAMES = frozenset({"bai", "mon", "lop", "truong", "phong", "gv", "tep", "sach"})


def said_headings(reading: Reading) -> dict[str, str]:
    """Plain heading → the known one that a person takes it for."""
    found = {}
    for role, heading in _AS.items():
        said = reading.answers.get(f"which_column:{role}", "")
        if said and said != NONE:
            found[said] = heading
    return found


def ask_columns(tables: Sequence[Table], reading: Reading) -> bool:
    """Ask which column is which in the first table that begins with headings; whether it could."""
    for table in tables:
        found = _headings(table)
        if found:
            row, headings = found
            reading.note_headings(table, row)
            for role, word in _WORDS.items():
                choices = [
                    Choice(plain(text), "heading", {"column": letters(c), "heading": text})
                    for c, text in headings.items()
                ]
                if role == "class":
                    choices.append(Choice(NONE, "none"))
                place = cell_place(table, row)
                asked = Question("which_column", place, tuple(choices), {"role": word}, about=role)
                reading.ask(asked)
            return True
    return False


def _headings(table: Table) -> tuple[int, Mapping[int, str]] | None:
    """The row that seems to be headings: short texts above rows with numbers or longer ones.

    At least one of them must be the heading of a list of people, or like it.
    """
    top = table.read(last_row=TOP_ROWS + 2, recognise=_sign)
    for row in (n for n in sorted(top) if n <= TOP_ROWS):
        signs = [str(sign) for sign in top[row].values()]
        is_wide = len(signs) > 1 and len(top.get(row + 1, {})) * 2 >= len(signs)
        if is_wide and _LIKE in signs and set(signs) <= {_LIKE, _SHORT}:
            line = table.read(last_row=row)[row]
            return row, {column: as_text(value).strip() for column, value in line.items()}
    return None


def _sign(text: str) -> str:
    """What a text may be; of texts that are no headings nothing is kept."""
    text = text.strip()
    if not text or len(text) >= _LONGEST or text[:1].isdigit():
        return _OTHER if text else ""
    return _LIKE if _is_like(text) else _SHORT


def _is_like(text: str) -> bool:
    """Whether a text may head the names of people."""
    words = plain(text).split()
    known = same_headings().get("".join(words))
    if known:
        return known_roles()[known] in {"name", "family"}
    return bool(_NAMING & set(words)) and not _OTHER_NAMES & set(words)
