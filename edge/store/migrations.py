"""The store's schema, step by step. Imported only when a step is pending: it costs 0.2 s.

A step never changes lane tables in place; it adds. The number of steps is `opening.SCHEMA`, kept in
the file as `user_version`.
"""

from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from edge.store import projections
from sync.uplink import lanes

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
