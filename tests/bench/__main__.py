"""`make bench`: measures ours beside its limits in one run, prints the table, asserts nothing.

`make bench ARGS="a b --write"` takes some rows only, and writes `docs/performance.md` and the JSON.
"""

import argparse
import asyncio
import json
import platform
import sqlite3
from dataclasses import asdict
from pathlib import Path

from tests.bench.measure import ROOT, Row
from tests.bench.rows import ROWS, measure

_HEAD = """# Performance

Ours beside the least that could do the same (`tests/bench/bare.py`), measured in turn in one run:
absolute figures drift with the machine, ratios less so. `make bench ARGS=--write` makes this page.

| row | what | unit | ours | limit | ratio | goal | met | p99 ours | p99 limit |
|---|---|---|---|---|---|---|---|---|---|
"""


def table(rows: list[Row]) -> str:
    """The Markdown table."""
    return _HEAD + "".join(
        f"| {row.id} | {row.what} | {row.unit} | {row.ours:.2f} | {row.limit:.2f} | "
        f"{row.ratio:.2f} | ≤ {row.goal} | {'yes' if row.met else 'no'} | "
        f"{_figure(row.p99_ours)} | {_figure(row.p99_limit)} |\n"
        for row in rows
    )


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("rows", nargs="*", default=list(ROWS))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = asyncio.run(measure(options.rows))
    page = table(rows)
    versions = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    machine = f"\n{platform.machine()}, {versions}.\n"
    print(page + machine)
    if options.write:
        (ROOT / "docs/performance.md").write_text(page + machine)
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=2))


if __name__ == "__main__":
    main()
