"""A month of 37 classes as sheets, beside openpyxl's bare write of the same cells.

Run: python -m tests.school.files_out.bench. Prints seconds and the peak of Python's memory.
"""

import io
import sys
import time
import tracemalloc
from collections.abc import Callable

from openpyxl import Workbook
from python_calamine import CalamineWorkbook

from sync.school.files.out_days import Patience, about, classes_in_order
from sync.school.files.out_month import month_sheets
from sync.school.files.xlsx_out import write_book
from tests.school.files_out.kit import AT, FIRST, held_in, month_register, rows, school_of


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


def measured(name: str, work: Callable[[], object]) -> None:
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    tell(f"{name}: {seconds:.2f} s, peak {peak / 1e6:.1f} MB")


def main() -> None:
    school = school_of(rows(classes=37, pupils=42))
    start = time.perf_counter()
    register = month_register(school)
    tell(f"replay: {time.perf_counter() - start:.2f} s")
    start = time.perf_counter()
    held = held_in(register)
    tell(f"lessons of the month: {len(held)}, {time.perf_counter() - start:.2f} s")
    patience = Patience(register, AT.date(), 3)
    said = about(school, "máy chủ trường", AT, held)

    def ours() -> bytes:
        sheets = month_sheets(register, FIRST, classes_in_order(school), held, patience)
        return write_book(sheets, said)

    book = CalamineWorkbook.from_filelike(io.BytesIO(ours()))
    tabs = {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}
    cells = sum(len(row) for body in tabs.values() for row in body)
    tell(f"{len(tabs)} sheets, {cells} cells")
    measured("month sheets", ours)
    measured("openpyxl's bare write", lambda: bare(tabs))


if __name__ == "__main__":
    main()
