"""What an import would do: counts, names that lead nowhere, errors. Nothing is changed by it."""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from school.files.cells import Cell
from school.files.matching import Unmatched
from school.files.sheets.ledger import Account
from school.files.sheets.trouble import Trouble


class Counts(NamedTuple):
    """People, lesson slots or plan lines, by what would become of them."""

    new: int = 0
    changed: int = 0
    gone: int = 0
    kept: int = 0


class Loss(NamedTuple):
    """A class that would lose many pupils at once."""

    class_name: str
    gone: int
    size: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What an import would do.

    Attributes:
        kind: roster, timetable or plan.
        format: which shape the files had.
        counts: people, slots or lines.
        classes: names of the classes in the files.
        slots: (class or group, weekday, session, slot) cells of a timetable.
        unmatched: names that the school does not have.
        errors: what could not be taken, with its place.
        losses: classes that would lose more than a tenth: a person must agree.
        valid_from: the first day that a timetable itself names.
        account: what became of each cell, and what is asked.
        lessons: those of a timetable, as its files say them.
    """

    kind: str
    format: str
    counts: Counts = field(default_factory=Counts)
    classes: tuple[str, ...] = ()
    slots: int = 0
    unmatched: tuple[Unmatched, ...] = ()
    errors: tuple[Trouble, ...] = ()
    losses: tuple[Loss, ...] = ()
    valid_from: date | None = None
    account: Account = field(default_factory=Account)
    lessons: tuple[Cell, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether something is wrong or asked, so that nothing may be written."""
        return bool(self.errors or self.account.questions)
