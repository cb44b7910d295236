"""A month of 37 classes from a hub's database to sheets, beside openpyxl's bare write of the cells.

Run: python -m tests.school.files_out.bench. Prints seconds of each step and memory.
"""

import gc
import io
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from edge.cli.export_source import Source, open_source
from school.files.books.out_days import Held, Patience, about, classes_in_order
from school.files.books.out_month import month_sheets
from school.files.books.xlsx_out import write_book
from school.one_pupil import OnePupil
from school.register import Register
from school.rules import Rules
from school.span import Span
from tests.school.files_out.hub_kit import write_hub
from tests.school.files_out.kit import AT, FIRST, LAST, held_in, month_facts, rows, school_of

Result = TypeVar("Result")


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def bare(tabs: dict[str, list[list]]) -> bytes:
    book = Workbook(write_only=True)
    for name, body in tabs.items():
        page = book.create_sheet(name)
        for row in body:
            page.append([None if value == "" else value for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def measured(name: str, work: Callable[[], Result]) -> Result:
    gc.collect()  # what the step before left is not this one's
    start, cpu = time.perf_counter(), time.process_time()
    result = work()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    tell(f"{name}: {seconds:.2f} s ({cpu:.2f} s of the processor)")
    return result


def peak_mb(work: Callable[[], object]) -> float:
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def month(config: Path) -> None:
    """`lophoc export month`, as a user calls it."""
    lophoc = (sys.executable, "-m", "edge.cli.main")
    options = ("--month", f"{FIRST:%Y-%m}", "--config", config, "--out", config.parent / "m.xlsx")
    subprocess.run([*lophoc, "export", "month", *options], check=True, stdout=subprocess.DEVNULL)


def sheets(register: Register, held: list[Held]) -> bytes:
    said = about(register.school, "máy chủ trường", AT, held)
    classes, patience = classes_in_order(register.school), Patience(register, AT.date(), 3)
    return write_book(month_sheets(register, FIRST, classes, held, patience), said)


def replayed(source: Source, span: Span) -> Register:
    return source.register(partial(span.cut, school=source.school), span.window(source.school))


def whole(source: Source, span: Span) -> bytes:
    register = replayed(source, span)
    return sheets(register, held_in(register))


def tell_command(config: Path) -> None:
    """Before this process grows: a child begins as its image, which would count as the child's."""
    measured("the whole command, from the hub's database to the file", lambda: month(config))
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    tell(f"memory of the whole command, with the interpreter: {peak:.0f} MB")


def main() -> None:
    gc.disable()  # as the command does
    given = rows(classes=37, pupils=42)
    with TemporaryDirectory() as folder:
        config = write_hub(Path(folder), given, month_facts(school_of(given)))
        tell_command(config)
        source = open_source(config, None)
        span = Span(FIRST, LAST)
        measured("read, replay, collect and write the hub's month", lambda: whole(source, span))
        register = measured("of this: read and replay", lambda: replayed(source, span))
        later = Span(LAST + timedelta(1), LAST + timedelta(30))
        measured("the same where another month is asked for", lambda: replayed(source, later))
        others = frozenset(source.school.groups) - {"10a1"}
        one = Span(FIRST, LAST, others)
        measured("the same for one class", lambda: replayed(source, one))
        pupil = OnePupil(source.school, "hs-10a1-01")
        measured("the same for one pupil's record", lambda: source.register(pupil.cut))
    facts = list(month_facts(register.school))

    def replay() -> None:
        fresh = Register(register.school, Rules())
        for fact in facts:
            fresh.apply(fact)

    measured(f"replay alone, {len(facts)} facts", replay)
    held = measured("collect the lessons", lambda: held_in(register))

    def ours() -> bytes:
        return sheets(register, held)

    content = measured(f"write {len(held)} lessons as month sheets", ours)
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    tabs = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    measured(f"openpyxl's bare write of their {len(tabs)} sheets", lambda: bare(tabs))
    tell(f"peak beyond the register: {peak_mb(lambda: held_in(register)):.1f} MB to collect, "
         f"{peak_mb(ours):.1f} MB to write")  # fmt: skip


if __name__ == "__main__":
    main()
