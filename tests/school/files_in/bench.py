"""Import with preview of a year of 37 classes, beside openpyxl's own bare read: time and memory.

Run: python -m tests.school.files_in.bench. Nothing is asserted; each case runs in its own process.
"""

# ruff: noqa: PLC0415, T201 - each case loads only what it measures, and prints
import json
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

CLASSES = [f"{grade}A{n}" for grade in (10, 11, 12) for n in range(1, 14)][:37]
PUPILS = 1_537


def make(folder: Path) -> None:
    from school.files.cells import Cell, Teacher
    from school.records import Session
    from tests.school.files_in import made

    rows = made.roster_rows(CLASSES, 42)
    (folder / "roster.xlsx").write_bytes(made.book({"DS": [*rows[: 4 + PUPILS], *rows[-4:]]}))
    cells = [
        Cell(
            name,
            day,
            Session.AFTERNOON if n % 2 else Session.MORNING,
            slot,
            "Ngữ văn",
            (Teacher(f"C.Hà {n % 30}"),),
        )
        for n, name in enumerate(CLASSES)
        for day in range(1, 7)
        for slot in range(1, 6)
    ][:1_100]
    (folder / "tkb.xlsx").write_bytes(made.class_grid(cells))


def ours(folder: Path) -> None:
    from school.files.decisions import Decisions
    from school.files.rosters.roster import read_roster
    from school.files.rosters.roster_change import apply_roster, compare_roster
    from school.files.sheets.source import Source
    from school.files.timetables.timetable_change import compare_timetable
    from school.files.timetables.timetable_in import read_timetable
    from school.files.versions import empty_records

    said = Decisions(date(2026, 11, 23))
    file = empty_records("A", "ab" * 32)
    roster = read_roster([Source("roster.xlsx", (folder / "roster.xlsx").read_bytes())])
    change = compare_roster(file, roster, said)
    timetable = read_timetable([Source("tkb.xlsx", (folder / "tkb.xlsx").read_bytes())])
    shown = compare_timetable(apply_roster(file, change, said), timetable, said).preview()
    assert (len(roster.pupils), shown.slots) == (PUPILS, 1_100), (len(roster.pupils), shown.slots)


def bare(folder: Path, *, read_only: bool) -> None:
    from openpyxl import load_workbook

    for name in ("roster.xlsx", "tkb.xlsx"):
        for sheet in load_workbook(folder / name, read_only=read_only).worksheets:
            for _row in sheet.iter_rows(values_only=True):
                pass


CASES = {
    "import with preview": ours,
    "openpyxl, read only": lambda folder: bare(folder, read_only=True),
    "openpyxl, whole": lambda folder: bare(folder, read_only=False),
}


def main() -> None:
    if len(sys.argv) == 3:
        started = time.perf_counter()
        CASES[sys.argv[1]](Path(sys.argv[2]))
        seconds = time.perf_counter() - started
        status = Path("/proc/self/status").read_text()  # ru_maxrss would count the parent
        peak = int(status.partition("VmHWM:")[2].split()[0]) / 1024
        print(json.dumps({"case": sys.argv[1], "s": round(seconds, 2), "peak_mb": round(peak)}))
        return
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        for case in CASES:
            subprocess.run(
                [sys.executable, "-m", "tests.school.files_in.bench", case, folder], check=True
            )


if __name__ == "__main__":
    main()
