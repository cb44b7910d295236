"""Where an export reads from: the hub's database or a room's store, both without changing them."""

import sqlite3
import tomllib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.progress import Counter, Progress
from edge.cli.say import refuse, say
from school.facts import Fact
from school.records import School
from school.register import Register
from school.rules import Rules
from school.school_file import SchoolFileError, read_school
from school.span import Window
from sync.wire.fact import fact_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from edge.store.stored import Stored

Pages = Iterator[tuple[int, list[Fact]]]

_PAGE = 2000


@dataclass(frozen=True)
class Source:
    """Records and facts of an export.

    Attributes:
        kind: `hub`, `room` or `file`.
        words: where they are from; written into the files, which are Vietnamese.
        folder: where it keeps its state; the access log lies there.
        school: the records.
        rules: the thresholds by which facts are judged.
        count: how many rows there are to read.
        pages: reads them: how many are read so far, and the facts found in the last few. Of a
            long past it may leave out what is of other days (`Span.window`).
    """

    kind: str
    words: str
    folder: Path
    school: School
    rules: Rules
    count: int
    pages: Callable[[Window | None], Pages]

    def register(self, cut: Callable[[Fact], Fact], window: Window | None = None) -> Register:
        """The facts replayed.

        Args:
            cut: leaves of a fact what the export needs (`Span`, `OnePupil`).
            window: which facts have a say; None = all have.
        """
        register = Register(self.school, self.rules)
        with Progress() as progress:
            counter = Counter(progress, "facts", self.count)
            for done, facts in self.pages(window):
                for fact in facts:
                    register.apply(cut(fact))
                counter.now_at(done)
        return register


def school_only(path: Path) -> Source:
    """A school file without any facts; ends the program with a sentence if it cannot be used."""
    return Source("file", "tệp danh sách trường", path.parent, _school(path), Rules(), 0, _nothing)


def _nothing(_: Window | None) -> Pages:
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
    from sync.hub.facts import last_received, read_pages
    from sync.hub.records import held_school
    from sync.hub.settings import SettingsError, load_settings

    try:
        settings = load_settings(config)
        school = held_school(settings)
    except (SettingsError, SchoolFileError) as error:
        refuse(error)
    with _reading(settings.database) as connection:
        last = last_received(connection)

    def pages(window: Window | None) -> Pages:
        with _reading(settings.database) as connection:
            yield from read_pages(connection, 0, last, window)

    return Source(
        kind="hub",
        words="máy chủ trường",
        folder=settings.state,
        school=school,
        rules=settings.rules,
        count=last,
        pages=pages,
    )


@contextmanager
def _reading(database: str) -> Iterator["Connection"]:
    from sqlalchemy.exc import SQLAlchemyError

    from sync.hub.database import DatabaseError, open_beside

    try:
        engine = open_beside(database)
        try:
            with engine.execution_options(reading=True).connect() as connection:
                yield connection  # a hub that runs goes on writing meanwhile
        finally:
            engine.dispose()
    except DatabaseError as error:
        refuse(error)
    except SQLAlchemyError as error:
        refuse(say("cli.export.unreadable", file=database, reason=error))


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
        pages=lambda _: _room_pages(path, room),
    )


def _room_pages(path: Path, room: str) -> Pages:
    stored, done = _stored(path), 0
    while page := list(islice(stored, _PAGE)):
        done += len(page)
        yield done, [fact for one in page if (fact := _fact(room, one)) is not None]


def _fact(room: str, one: "Stored") -> Fact | None:
    try:
        return fact_of(room, one.incarnation, one.event)
    except ValueError:
        return None  # of a kind that the store kept without knowing it


def _stored(path: Path) -> Iterator["Stored"]:
    from edge.store import projections

    try:
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            yield from projections.facts(connection)
    except sqlite3.Error as error:
        refuse(say("cli.export.unreadable", file=path, reason=error))
