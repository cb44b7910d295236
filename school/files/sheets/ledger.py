"""What became of each cell of a table: used, passed over for a reason, or read by nobody.

No cell is unaccounted for: what no reader has marked, and no error or question names, is told.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from school.files.sheets.grid import Seen, Table, as_text, letters
from school.files.sheets.headings import plain
from school.files.sheets.questions import Answers, Question
from school.files.sheets.trouble import Place, Trouble

Spot = tuple[int, int]
_Box = tuple[int, int, int, int]  # top, left, bottom, right
_MAX_UNREAD = 200
_LOOKS_BACK, _MAX_BOX = 3, 60_000
PASSED = "passed"
"""The meaning of cells that are passed over; the reason stands beside it."""
MEANINGS = (
    # of a table
    "class-grid", "teacher-columns", "class-rows", "teacher-grid", "class-sheets", "teacher-sheets",
    "flat", "fet-csv", "fet-xml", "asc-xml", "oneroster", "clock", "week", "plan",
    "pupils", "staff", "hidden_rows", "hidden_columns",
    # of cells
    "headings", "title", "owner", "day", "session", "slot", "lessons", "group", "subject",
    "teacher", "room", "from", "stt", "name", "class", "code", "birth", "gender", "status",
    "homeroom", PASSED,
)  # fmt: skip
REASONS = (
    "drawn", "heading", "title", "titles", "sheet", "file", "names_time", "hidden", "above",
    "headings_row", "by_program", "by_clock", "by_date", "unplaced", "no_students",
    "beside", "not_chosen", "not_tried",
    "break", "footer", "free", "section", "other_sheet", "other_column", "repeated", "left",
    "stays", "no_shape", "no_list", "look_up", "hidden_sheet", "struck", "comment", "not_needed",
)  # fmt: skip
"""Every meaning and every reason there is."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What became of a cell.

    Attributes:
        meaning: which words tell it (`import.meaning.<meaning>`).
        why: which words tell the reason (`import.why.<why>`).
        params: what these name.
    """

    meaning: str
    why: str
    params: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class How:
    """How a part of a table was read: its range ("C3:F12"; empty for all of it) and its mark."""

    place: Place
    range: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Unread:
    """Cells that nobody has read.

    Attributes:
        place: the cell; the first of several in a column; a sheet as a whole.
        text: of the cell; empty where it was never taken into memory.
        rows: of several cells in a column.
        why: which words tell why a sheet is not read (`import.why.<why>`).
    """

    place: Place
    text: str = ""
    rows: tuple[int, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """What became of all the files of one import."""

    how: tuple[How, ...] = ()
    unread: tuple[Unread, ...] = ()
    questions: tuple[Question, ...] = ()
    answered: tuple[tuple[Question, str], ...] = ()
    headings: tuple[str, ...] = ()


class Ledger:
    """The marks of one table; the first mark of a cell stays."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.marks: dict[Spot, Mark] = {}
        self.whole: list[How] = []

    def read_as(self, meaning: str, why: str, **params: str) -> None:
        """Say how the table as a whole was read, and why."""
        mark = Mark(meaning, why, tuple(params.items()))
        if all(one.mark != mark for one in self.whole):
            self.whole.append(How(self.place, "", mark))

    def use(self, spots: Iterable[Spot], meaning: str, why: str = "heading") -> None:
        """Cells whose value the result depends on."""
        mark = Mark(meaning, why)
        for spot in spots:
            self.marks.setdefault(spot, mark)

    def pass_over(self, spots: Iterable[Spot], why: str) -> None:
        """Cells that hold nothing that is wanted, and the reason."""
        self.use(spots, PASSED, why)

    def how(self, seen: Seen) -> Iterator[How]:
        """The marks as ranges, from the top."""
        by_mark: dict[Mark, list[Spot]] = defaultdict(list)
        filled = {(row, column) for row, line in seen.filled.items() for column in line}
        for spot in sorted(filled & set(self.marks)):
            by_mark[self.marks[spot]].append(spot)
        yield from self.whole
        rows_of: dict[int, list[int]] = defaultdict(list)
        for row, column in sorted(filled):
            rows_of[column].append(row)
        found = [(box, m) for m, spots in by_mark.items() for box in _boxes(spots, rows_of, filled)]
        for box, mark in sorted(found, key=lambda one: one[0]):
            yield How(self.place, _range(box), mark)

    def unread(self, seen: Seen, told: Collection[Place]) -> list[Spot]:
        """The cells that no mark accounts for and no told place names, by its row or its cell."""
        rows = {place.row for place in told if place.row}
        return [
            (row, column)
            for row, line in sorted(seen.filled.items())
            for column in line
            if row not in rows and (row, column) not in self.marks
        ]


@dataclass
class Reading:
    """The reading of all the files of one import.

    Attributes:
        answers: what a person has answered.
        questions: what is open.
        answered: what was asked and had its answer.
        headings: plain texts of the headings, by which a template of answers is found again.
    """

    answers: Answers = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    answered: dict[Question, str] = field(default_factory=dict)
    headings: dict[str, None] = field(default_factory=dict)
    _ledgers: list[tuple[Table, Ledger, Mapping[Spot, str]]] = field(default_factory=list)
    _sheets: list[tuple[Place, str]] = field(default_factory=list)
    _notes: list[How] = field(default_factory=list)

    def ledger(self, table: Table) -> Ledger:
        """A new ledger for a table; `texts_of` gives it what a person may be shown."""
        made = Ledger(table.place)
        self._ledgers.append((table, made, {}))
        return made

    def show(self, ledger: Ledger, texts: Mapping[int, Mapping[int, str]]) -> None:
        """The texts that may be shown of cells that nobody reads."""
        flat = {(row, column): text for row, line in texts.items() for column, text in line.items()}
        self._ledgers = [
            (table, one, flat if one is ledger else shown) for table, one, shown in self._ledgers
        ]

    def ask(self, question: Question) -> str:
        """The id of the choice that a person has made; empty while the question is open."""
        chosen = self.answers.get(question.key, "")
        if any(chosen == choice.id for choice in question.choices):
            self.answered.setdefault(question, chosen)
            return chosen
        self.questions.setdefault(question.key, question)
        return ""

    def note_headings(self, table: Table, row: int) -> None:
        """The headings of a table, by which a template of answers is found again."""
        line = table.read(last_row=row).get(row, {})
        self.headings |= dict.fromkeys(plain(as_text(value)) for value in line.values())

    def note(self, place: Place, meaning: str, why: str, **params: str) -> None:
        """How a file without cells was read, or a part of it."""
        self._notes.append(How(place, "", Mark(meaning, why, tuple(params.items()))))

    def pass_sheet(self, place: Place, why: str) -> None:
        """A sheet that is not read at all."""
        self._sheets.append((place, why))

    def account(self, errors: Iterable[Trouble]) -> Account:
        """What became of everything."""
        how = list(self._notes)
        unread = [Unread(place, why=why) for place, why in self._sheets]
        told: dict[tuple[str, str], list[Place]] = defaultdict(list)
        for place in (*(e.place for e in errors), *(q.place for q in self.questions.values())):
            told[place.file, place.sheet].append(place)
        for table, ledger, texts in self._ledgers:
            place, seen = ledger.place, table.seen
            how += [*_hidden(place, seen), *ledger.how(seen)]
            spots = ledger.unread(seen, told[place.file, place.sheet])
            unread += _unread(place, spots, texts)[:_MAX_UNREAD]
            unread += _commented(place, seen)[:_MAX_UNREAD]
        questions = tuple(self.questions.values())
        answered = tuple(self.answered.items())
        return Account(tuple(how), tuple(unread), questions, answered, tuple(self.headings))


def _unread(place: Place, spots: list[Spot], texts: Mapping[Spot, str]) -> list[Unread]:
    """Each cell with its text; those of a column without texts together."""
    found: list[Unread] = []
    silent: dict[int, list[int]] = defaultdict(list)
    for row, column in spots:
        if text := texts.get((row, column), ""):
            found.append(Unread(Place(place.file, place.sheet, row, letters(column)), text))
        else:
            silent[column].append(row)
    for column, rows in silent.items():
        at = Place(place.file, place.sheet, rows[0], letters(column))
        found.append(Unread(at, rows=tuple(rows)))
    return found


def _commented(place: Place, seen: Seen) -> list[Unread]:
    """Comments beside the cells."""
    return [
        Unread(Place(place.file, place.sheet, row, letters(column)), why="comment")
        for row, column in seen.commented
    ]


def _hidden(place: Place, seen: Seen) -> Iterator[How]:
    rows = sorted(row for row in seen.hidden_rows if row in seen.filled)
    filled = {column for line in seen.filled.values() for column in line}
    for top, bottom in _runs(rows):
        yield How(place, f"{top}:{bottom}", Mark("hidden_rows", "hidden"))
    for left, right in _runs(sorted(seen.hidden_columns & filled)):
        ends = f"{letters(left)}:{letters(right)}"
        yield How(place, ends, Mark("hidden_columns", "hidden"))


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for n in numbers:
        if runs and runs[-1][1] == n - 1:
            runs[-1] = (runs[-1][0], n)
        else:
            runs.append((n, n))
    return runs


def _boxes(spots: list[Spot], rows_of: Mapping[int, list[int]], filled: set[Spot]) -> list[_Box]:
    """Few boxes over the cells of one mark, with no cell of another in them."""
    mine = set(spots)
    boxes: list[_Box] = []
    for column in sorted({column for _, column in spots}):
        held = [row for row in rows_of[column] if (row, column) in mine]
        cuts = [row for row in rows_of[column] if (row, column) not in mine]
        for top, bottom in _between(held, cuts):
            here = (top, column, bottom, column)
            for n in range(len(boxes) - 1, max(len(boxes) - 1 - _LOOKS_BACK, -1), -1):
                joined = _around(boxes[n], here)
                if _is_clear(joined, boxes[n], mine, filled):
                    boxes[n] = joined
                    break
            else:
                boxes.append(here)
    return boxes


def _between(held: list[int], cuts: list[int]) -> list[tuple[int, int]]:
    """First and last of the held rows in each stretch without a cut."""
    ends = [0, *(bisect_left(held, cut) for cut in cuts), len(held)]
    pairs = [(held[a], held[b - 1]) for a, b in pairwise(ends) if b > a]
    return pairs


def _around(one: _Box, other: _Box) -> _Box:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _is_clear(box: _Box, inner: _Box, mine: set[Spot], filled: set[Spot]) -> bool:
    """Whether no cell of another mark lies in a box outside the part that is known to be clear."""
    top, left, bottom, right = box
    if (bottom - top + 1) * (right - left + 1) > _MAX_BOX:
        return False
    columns = range(left, right + 1)
    new = [*range(top, inner[0]), *range(inner[2] + 1, bottom + 1)]
    spots = [(row, c) for row in new for c in columns]
    outside = [c for c in columns if not inner[1] <= c <= inner[3]]
    spots += [(row, c) for row in range(inner[0], inner[2] + 1) for c in outside]
    return all(spot in mine or spot not in filled for spot in spots)


def _range(box: _Box) -> str:
    first, last = f"{letters(box[1])}{box[0]}", f"{letters(box[3])}{box[2]}"
    return first if first == last else f"{first}:{last}"
