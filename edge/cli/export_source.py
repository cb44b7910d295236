"""Where an export reads from: the hub's database or a room's store, both without changing them."""

import sqlite3
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edge.cli.progress import Counter, Progress
from edge.cli.say import refuse, say
from sync.school.facts import Fact, fact_of
from sync.school.records import School
from sync.school.register import Register
from sync.school.rules import Rules
from sync.school.school_file import SchoolFileError, read_school
from sync.wire.event import Event, Lane

if TYPE_CHECKING:
    from sqlalchemy import Row, Select

    from edge.store.stored import Stored


@dataclass(frozen=True)
class Source:
    """Records and facts of an export.

    Attributes:
        kind: `hub`, `room` or `file`.
        words: where they are from; written into the files, which are Vietnamese.
        folder: where it keeps its state; the access log lies there.
        school: the records.
        rules: the thresholds by which facts are judged.
        count: how many facts there are.
        facts: reads them.
    """

    kind: str
    words: str
    folder: Path
    school: School
    rules: Rules
    count: int
    facts: Callable[[], Iterator[Fact]]

    def register(self, cut: Callable[[Fact], Fact]) -> Register:
        """The facts replayed.

        Args:
            cut: leaves of a fact what the export needs (`Span`, `OnePupil`).
        """
        register = Register(self.school, self.rules)
        with Progress() as progress:
            counter = Counter(progress, "facts", self.count)
            for fact in self.facts():
                register.apply(cut(fact))
                counter.one_more()
        return register


def school_only(path: Path) -> Source:
    """A school file without any facts; ends the program with a sentence if it cannot be used."""
    return Source("file", "tệp danh sách trường", path.parent, _school(path), Rules(), 0, _nothing)


def _nothing() -> Iterator[Fact]:
    return iter(())


def open_source(config: Path, state: Path | None) -> Source:
    """All facts of a hub or of a room; ends the program with a sentence if they cannot be read.

    Args:
        config: `hub.toml` or `room.toml`.
        state: the room's folder; None = where the agent keeps it.
    """
    try:
        keys = tomllib.loads(config.read_text(encoding="utf-8")).keys()
    except OSError as error:
        refuse(say("cli.export.unreadable", file=config, reason=error.strerror))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        refuse(say("cli.export.unreadable", file=config, reason=error))
    if "room" in keys:  # a room's file speaks of its hub too
        return _room(config, state)
    if "hub" in keys:
        return _hub(config)
    refuse(say("cli.export.bad_config", file=config))


def _school(path: Path) -> School:
    try:
        return read_school(path.read_bytes())
    except OSError as error:
        refuse(say("cli.export.unreadable", file=path, reason=error.strerror))
    except SchoolFileError as error:
        refuse(f"{path}: {error}")


def _hub(config: Path) -> Source:
    from sqlalchemy import func, select

    from sync.hub.records import held_school
    from sync.hub.settings import SettingsError, load_settings
    from sync.hub.tables import event

    try:
        settings = load_settings(config)
        school = held_school(settings)
    except (SettingsError, SchoolFileError) as error:
        refuse(error)
    count = select(func.count()).select_from(event).where(event.c.lane == Lane.ATTENDANCE)
    return Source(
        kind="hub",
        words="máy chủ trường",
        folder=settings.state,
        school=school,
        rules=settings.rules,
        count=next(_rows(settings.database, count))[0],
        facts=lambda: _hub_facts(settings.database),
    )


def _hub_facts(database: str) -> Iterator[Fact]:
    from sqlalchemy import select

    from sync.hub.tables import event, source

    names = ("seq", "kind", "boot", "mono_ms", "wall_ms", "tq", "body")
    wanted = (
        select(source.c.agent_id, source.c.incarnation, *(event.c[name] for name in names))
        .join(source)
        .where(event.c.lane == Lane.ATTENDANCE)
        .order_by(event.c.received)
        .execution_options(yield_per=2000)
    )
    for row in _rows(database, wanted):
        room, incarnation, *columns = tuple(row)
        fact = _fact(room, int(incarnation, 16), Event(*columns))
        if fact is not None:
            yield fact


def _rows(database: str, query: "Select[Any]") -> Iterator["Row[Any]"]:
    from sqlalchemy.exc import SQLAlchemyError

    from sync.hub.database import DatabaseError, open_beside

    try:
        engine = open_beside(database)
        try:
            with engine.connect() as connection:
                yield from connection.execute(query)
        finally:
            engine.dispose()
    except DatabaseError as error:
        refuse(error)
    except SQLAlchemyError as error:
        refuse(say("cli.export.unreadable", file=database, reason=error))


def _fact(room: str, incarnation: int, one: Event) -> Fact | None:
    try:
        return fact_of(room, incarnation, one)
    except ValueError:
        return None  # of a kind that the hub kept without knowing it


def _room(config: Path, state: Path | None) -> Source:

    from config.load import ConfigError, load_room
    from edge.cli.state_folder import state_folder
    from edge.settings import SchoolUnusableError, held_school, rules_of
    from edge.teaching import STORE_FILE

    folder = state_folder(state)
    path = folder / STORE_FILE
    if not path.is_file():
        refuse(say("cli.export.no_store", file=path))
    try:
        loaded = load_room(config)
        school = held_school(loaded, folder)
    except (ConfigError, SchoolUnusableError) as error:
        refuse(error)
    room = loaded.room.room.id
    return Source(
        kind="room",
        words=f"hộp phòng {room}",
        folder=folder,
        school=school,
        rules=rules_of(loaded.room.attendance, loaded.room.lesson),
        count=sum(1 for _ in _stored(path)),
        facts=lambda: _room_facts(path, room),
    )


def _room_facts(path: Path, room: str) -> Iterator[Fact]:
    for one in _stored(path):
        fact = _fact(room, one.incarnation, one.event)
        if fact is not None:
            yield fact


def _stored(path: Path) -> Iterator["Stored"]:
    from edge.store import projections

    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            yield from projections.facts(connection)
    except sqlite3.Error as error:
        refuse(say("cli.export.unreadable", file=path, reason=error))
