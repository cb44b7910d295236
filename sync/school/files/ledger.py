"""What became of each cell of a table: used, passed over for a reason, or read by nobody.

No cell is unaccounted for: what no reader has marked, and no error or question names, is told.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sync.school.files.grid import Seen, Table, letters
from sync.school.files.questions import Answers, Question
from sync.school.files.trouble import Place, Trouble

Spot = tuple[int, int]
_Box = tuple[int, int, int, int]  # top, left, bottom, right
_MAX_UNREAD = 200
PASSED = "passed"
"""The meaning of cells that are passed over; the reason stands beside it."""


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
    """A cell that nobody has read; `sheet` for a whole sheet."""

    place: Place
    text: str


@dataclass(frozen=True, slots=True)
class Account:
    """What became of all the files of one import."""

    how: tuple[How, ...] = ()
    unread: tuple[Unread, ...] = ()
    questions: tuple[Question, ...] = ()
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
        found = [(box, m) for m, spots in by_mark.items() for box in _boxes(spots, filled)]
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
        headings: plain texts of the headings, by which a template of answers is found again.
    """

    answers: Answers = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    headings: dict[str, None] = field(default_factory=dict)
    _ledgers: list[tuple[Table, Ledger, Mapping[Spot, str]]] = field(default_factory=list)
    _sheets: list[tuple[Place, str]] = field(default_factory=list)

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
            return chosen
        self.questions.setdefault(question.key, question)
        return ""

    def pass_sheet(self, place: Place, why: str) -> None:
        """A sheet that is not read at all."""
        self._sheets.append((place, why))

    def account(self, errors: Iterable[Trouble]) -> Account:
        """What became of everything."""
        how: list[How] = []
        unread = [Unread(place, why) for place, why in self._sheets]
        told: dict[tuple[str, str], list[Place]] = defaultdict(list)
        for place in (*(e.place for e in errors), *(q.place for q in self.questions.values())):
            told[place.file, place.sheet].append(place)
        for table, ledger, texts in self._ledgers:
            place, seen = ledger.place, table.seen
            how += [*_hidden(place, seen), *ledger.how(seen)]
            for row, column in ledger.unread(seen, told[place.file, place.sheet])[:_MAX_UNREAD]:
                at = Place(place.file, place.sheet, row, letters(column))
                unread.append(Unread(at, texts.get((row, column), "")))
        questions = tuple(self.questions.values())
        return Account(tuple(how), tuple(unread), questions, tuple(self.headings))


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


def _boxes(spots: list[Spot], filled: set[Spot]) -> list[_Box]:
    """Few boxes over the cells of one mark, with no cell of another in them."""
    mine = set(spots)
    boxes: list[_Box] = []
    for row, column in spots:
        here = (row, column, row, column)
        for n in range(len(boxes) - 1, max(len(boxes) - 4, -1), -1):
            joined = _around(boxes[n], here)
            if joined == boxes[n]:
                break
            if _is_clear(joined, boxes[n], mine, filled):
                boxes[n] = joined
                break
        else:
            boxes.append(here)
    return boxes


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
    for row in range(top, bottom + 1):
        is_inside = inner[0] <= row <= inner[2]
        for column in range(left, right + 1):
            if is_inside and inner[1] <= column <= inner[3]:
                continue
            if (row, column) in filled and (row, column) not in mine:
                return False
    return True


def _range(box: _Box) -> str:
    first, last = f"{letters(box[1])}{box[0]}", f"{letters(box[3])}{box[2]}"
    return first if first == last else f"{first}:{last}"
