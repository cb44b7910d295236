"""Where an export reads from: the hub's database or a room's store, both without changing them."""

import gc
import sqlite3
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edge.cli.say import refuse, say
from sync.school.facts import Fact, fact_of
from sync.school.records import School
from sync.school.register import Register
from sync.school.rules import Rules
from sync.school.school_file import SchoolFileError, read_school
from sync.wire.event import Event, Lane

_SILENT_S = 1.0
_PAUSE_S = 0.5


@dataclass(frozen=True)
class Source:
    """Records and facts of an export.

    Attributes:
        register: the facts, replayed.
        words: where they are from; written into the files, which are Vietnamese.
    """

    register: Register
    words: str


class Progress:
    """Says on stderr how far a piece of work is, from the first second on."""

    def __init__(self, what: str, total: int) -> None:
        self._what = what
        self._total = total
        self._done = 0
        self._next = time.monotonic() + _SILENT_S
        self._said = False

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _PAUSE_S
        self._said = True
        words = say(f"cli.export.what.{self._what}")
        line = say("cli.export.progress", done=self._done, total=self._total, what=words)
        start, end = ("\r", "") if sys.stderr.isatty() else ("", "\n")
        print(f"{start}{line}", end=end, file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the line."""
        if self._said and sys.stderr.isatty():
            print(file=sys.stderr)


def school_only(path: Path) -> Source:
    """A school file without any facts; ends the program with a sentence if it cannot be used."""
    return Source(Register(_school(path), Rules()), "tệp danh sách trường")


def open_source(config: Path, state: Path | None) -> Source:
    """All facts of a hub or of a room; ends the program with a sentence if they cannot be read.

    Args:
        config: `hub.toml` or `room.toml`.
        state: the room's folder; None = where the agent keeps it.
    """
    try:
        keys = tomllib.loads(config.read_text(encoding="utf-8")).keys()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        refuse(f"{config}: {error}")
    if "room" in keys:  # a room's file speaks of its hub too
        return _room(config, state)
    if "hub" in keys:
        return _hub(config)
    refuse(say("cli.export.bad_config", file=config))


def _school(path: Path) -> School:
    try:
        return read_school(path.read_bytes())
    except (OSError, SchoolFileError) as error:
        refuse(f"{path}: {error}")


def _replay(register: Register, total: int, facts: Iterator[Fact]) -> None:
    progress = Progress("facts", total)
    for fact in facts:
        register.apply(fact)
        progress.step()
    progress.close()
    gc.freeze()  # hundreds of thousands of marks that stay until the end need no more looking at


def _hub(config: Path) -> Source:
    from sqlalchemy import func, select
    from sqlalchemy.exc import SQLAlchemyError

    from sync.hub.database import DatabaseError, open_beside
    from sync.hub.records import held_school
    from sync.hub.settings import SettingsError, load_settings
    from sync.hub.tables import event, source

    names = ("seq", "kind", "boot", "mono_ms", "wall_ms", "tq", "body")
    wanted = (
        select(source.c.agent_id, source.c.incarnation, *(event.c[name] for name in names))
        .join(source)
        .where(event.c.lane == Lane.ATTENDANCE)
        .order_by(event.c.received)
        .execution_options(yield_per=2000)
    )
    count = select(func.count()).select_from(event).where(event.c.lane == Lane.ATTENDANCE)
    try:
        settings = load_settings(config)
        register = Register(held_school(settings), settings.rules)
        engine = open_beside(settings.database)
        with engine.connect() as connection:
            total = connection.execute(count).scalar() or 0
            rows = connection.execute(wanted)
            facts = (_fact(room, int(inc, 16), Event(*columns)) for room, inc, *columns in rows)
            _replay(register, total, (fact for fact in facts if fact is not None))
        engine.dispose()
    except (SettingsError, DatabaseError, SchoolFileError) as error:
        refuse(error)
    except SQLAlchemyError as error:
        refuse(f"{config}: the database cannot be read: {error}")
    return Source(register, "máy chủ trường")


def _fact(room: str, incarnation: int, one: Event) -> Fact | None:
    try:
        return fact_of(room, incarnation, one)
    except ValueError:
        return None  # of a kind that the hub kept without knowing it


def _room(config: Path, state: Path | None) -> Source:
    import os

    from config.load import ConfigError, load_room
    from edge.cli.agent import DEFAULT_STATE
    from edge.settings import SchoolUnusableError, held_school, rules_of
    from edge.store import projections
    from edge.teaching import STORE_FILE

    path = (state or Path(os.environ.get("LOPHOC_STATE", DEFAULT_STATE))) / STORE_FILE
    if not path.is_file():
        refuse(f"{path} is not there; name the folder with --state")
    try:
        loaded = load_room(config)
        room = loaded.room.room.id
        rules = rules_of(loaded.room.attendance, loaded.room.lesson)
        register = Register(held_school(loaded, path.parent), rules)
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            total = sum(1 for _ in projections.facts(connection))
            stored = projections.facts(connection)
            found = (_fact(room, one.incarnation, one.event) for one in stored)
            _replay(register, total, (fact for fact in found if fact is not None))
        finally:
            connection.close()
    except (ConfigError, SchoolUnusableError) as error:
        refuse(error)
    except sqlite3.Error as error:
        refuse(f"{path} cannot be read: {error}")
    return Source(register, f"hộp phòng {loaded.room.room.id}")
