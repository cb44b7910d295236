"""A teaching plan against the records, by (subject, grade, number)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from school.files.preview import Counts, Preview
from school.files.sheets.trouble import Trouble
from school.files.timetables.plan_in import PlanLine, PlanRead
from school.names import fold
from school.school_rows import PlanRow, SchoolFile

Key = tuple[str, int, int]


@dataclass
class PlanChange:
    """What a plan does to the records: the rows that hold afterwards, and the counts."""

    read: PlanRead
    rows: list[PlanRow] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)

    def preview(self) -> Preview:
        """The change in numbers."""
        read = self.read
        return Preview("plan", read.format, self.counts, errors=read.errors, account=read.account)


def compare_plan(file: SchoolFile | None, read: PlanRead) -> PlanChange:
    """What a plan would do; only subjects and grades that it names are compared."""
    wanted: dict[Key, PlanRow] = {}
    errors = list(read.errors)
    for line in read.lines:
        row = _row(line)
        if row is None:
            errors.append(Trouble("bad_number", line.place, {"value": str(line.grade or "")}))
        elif wanted.setdefault(_key(row), row).title != row.title:
            errors.append(Trouble("two_lessons", line.place, {"class": f"{row.number}"}))
    before = file.teaching_plan if file else []
    named = {key[:2] for key in wanted}
    scope = {_key(row): row for row in before if _key(row)[:2] in named}
    same = sum(scope.get(key) == row for key, row in wanted.items())
    known = sum(key in scope for key in wanted)
    gone = sum(key not in wanted for key in scope)
    others = [row for row in before if _key(row) not in scope]
    counts = Counts(len(wanted) - known, known - same, gone, same)
    rows = [*others, *_ordered(wanted.values())]
    return PlanChange(replace(read, errors=tuple(errors)), rows, counts)


def apply_plan(file: SchoolFile, change: PlanChange) -> SchoolFile:
    """The records after a plan."""
    return file.model_copy(update={"teaching_plan": change.rows}, deep=True)


def _key(row: PlanRow) -> Key:
    return (fold(row.subject), row.grade, row.number)


def _ordered(rows: Iterable[PlanRow]) -> list[PlanRow]:
    return sorted(rows, key=_key)


def _row(line: PlanLine) -> PlanRow | None:
    """None where subject or grade is unknown, or a number is beyond what a plan has."""
    if not line.subject or line.grade is None or not 1 <= line.number <= 999:
        return None
    week = line.week if line.week is not None and 1 <= line.week <= 53 else None
    return PlanRow(
        subject=line.subject[:80], grade=line.grade, number=line.number, title=line.title, week=week
    )
