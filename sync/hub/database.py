"""The hub's database: opened so that a commit is on the disk, and migrated.

SQLite: WAL and `synchronous=FULL`, asserted on every connection; the hub has one writing and
checkpointing connection, everybody else leaves checkpoints alone. PostgreSQL: its own defaults,
which sync each commit.
"""

import os
import sqlite3
from collections.abc import Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

BUSY_MS = 5000
_MIGRATION = "cannot be brought to this version"
_DAMAGED = "it is damaged: put the last backup in its place; rooms send again what that lacks"
_CURES = {
    sqlite3.SQLITE_FULL: "make room on its disk",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_READONLY: "it must belong to the hub's user, on a disk that can be written",
    sqlite3.SQLITE_CANTOPEN: "it must belong to the hub's user, on a disk that can be written",
    sqlite3.SQLITE_BUSY: "another program writes to it; try again",
}
_FULL = 2


class DatabaseError(Exception):
    """The database cannot be used: what, where, how to mend."""


def open_writer(url: str) -> Engine:
    """The one engine that writes and checkpoints; makes an SQLite file, synced with its folder.

    Raises:
        DatabaseError: the address is malformed or the file cannot be made.
    """
    path = sqlite_path(url)
    if path is not None:
        _make_file(path)
    return _engine(url, checkpoints=True)


def open_beside(url: str) -> Engine:
    """An engine that may write a little beside a running hub, and never checkpoints.

    Raises:
        DatabaseError: the address is malformed, or there is no such file.
    """
    path = sqlite_path(url)
    if path is not None and not path.exists():
        raise DatabaseError(f"there is no database {path}; start the hub once to make it.")
    return _engine(url, checkpoints=False)


def sqlite_path(url: str) -> Path | None:
    """The file of an SQLite address, None for another database.

    Raises:
        DatabaseError: the address is malformed.
    """
    try:
        parts = make_url(url)
    except ArgumentError as error:
        raise DatabaseError(
            f"{url!r} is no database address; write sqlite:////folder/hub.db"
        ) from error
    if parts.get_backend_name() != "sqlite":
        return None
    if not parts.database or parts.database == ":memory:":
        raise DatabaseError("an SQLite database of the hub needs a file: sqlite:////folder/hub.db.")
    return Path(parts.database)


def migrate(engine: Engine) -> None:
    """Bring the tables to this version, all steps in one transaction.

    Raises:
        DatabaseError: the database cannot be opened or changed.
    """
    from alembic import command  # noqa: PLC0415 - slow to load, wanted here alone
    from alembic.util import CommandError  # noqa: PLC0415 - as above

    config = alembic_config()
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except SQLAlchemyError as error:
        raise DatabaseError(refusal(engine, error, _MIGRATION)) from error
    except CommandError as error:
        raise DatabaseError(f"the database {_MIGRATION}: {error}") from error


def refusal(engine: Engine, error: SQLAlchemyError, what: str = "cannot be used") -> str:
    """One sentence for a person: which database refuses, why, and how to mend it."""
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    cure = _CURES.get(code, "look at the disk and at the database's own messages")
    where = engine.url.database or engine.url.render_as_string()
    return f"the database {what}: {where}: {cause}; {cure}"


def alembic_config() -> Any:  # noqa: ANN401 - Alembic's own class, loaded late
    """Where Alembic finds our steps."""
    from alembic.config import Config  # noqa: PLC0415 - slow to load, wanted here alone

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def insert_new(connection: Connection, table: Table, rows: Iterable[Mapping[str, object]]) -> int:
    """Insert the rows whose key is not there yet; returns how many were new."""
    rows = list(rows)
    if not rows:
        return 0
    dialect = import_module(f"sqlalchemy.dialects.{connection.dialect.name}")  # each loads much
    statement = dialect.insert(table).on_conflict_do_nothing()
    return connection.execute(statement, rows).rowcount


def _engine(url: str, *, checkpoints: bool) -> Engine:
    try:
        engine = create_engine(url, pool_size=2, max_overflow=2, pool_pre_ping=False)
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise DatabaseError(f"{url!r} cannot be opened: {error}") from error
    if engine.dialect.name == "sqlite":
        _make_it_durable(engine, checkpoints=checkpoints)
    return engine


def _make_it_durable(engine: Engine, *, checkpoints: bool) -> None:
    def connected(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        connection.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
        connection.execute("PRAGMA synchronous=FULL")
        level = connection.execute("PRAGMA synchronous").fetchone()[0]
        if (mode, level) != ("wal", _FULL):
            raise DatabaseError(f"SQLite is in mode {mode}, synchronous {level}; FULL was asked")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute(f"PRAGMA wal_autocheckpoint={1000 if checkpoints else 0}")

    def begun(connection: Connection) -> None:
        readonly = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def _make_file(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise DatabaseError(f"{path} cannot be made: {error.strerror}.") from error
    for handle in (file, folder):
        os.fsync(handle)
        os.close(handle)
