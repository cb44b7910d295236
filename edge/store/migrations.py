"""The store's schema, step by step: a program of its own, run only when a step is pending.

`python -m edge.store.migrations FILE` exits with 0, or with SQLite's primary result code and the
error as its last line. A program of its own, because the agent lives for weeks and would never give
back the memory that sqlite-utils takes. A step never changes lane tables in place; it adds. The
number of steps is `opening.SCHEMA`, kept in the file as `user_version`.
"""

import sqlite3
import sys
from pathlib import Path

# sqlite-utils takes numpy along where it is installed, only to know its number types. numpy starts
# OpenBLAS, whose mbind(2) is killed by the unit's SystemCallFilter. None makes that import fail,
# which sqlite-utils expects.
sys.modules.setdefault("numpy", None)  # type: ignore[arg-type] # documented by importlib

from sqlite_utils import Database  # noqa: E402
from sqlite_utils.migrations import Migrations  # noqa: E402

from edge.store import projections  # noqa: E402
from sync.uplink import lanes  # noqa: E402

STEPS = Migrations("lophoc-store")


@STEPS(name="0001_outbox")
def _outbox(db: Database) -> None:
    for statement in lanes.TABLES:
        db.execute(statement)
    db.execute("PRAGMA user_version = 1")


@STEPS(name="0002_projections")
def _projections(db: Database) -> None:
    for statement in projections.TABLES:
        db.execute(statement)
    db.execute("PRAGMA user_version = 2")


def migrate(path: Path) -> None:
    """Bring the file up to date, one transaction a step.

    Raises:
        sqlite3.Error: a step failed; those before it are kept.
    """
    db = Database(path)
    try:
        db.execute("PRAGMA synchronous = FULL")
        STEPS.apply(db)
    finally:
        db.close()


def main(arguments: list[str]) -> int:
    """Migrate the file named; returns the exit code of the module's text."""
    try:
        migrate(Path(arguments[0]))
    except sqlite3.Error as error:
        sys.stderr.write(f"{error}\n")
        return int(getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
