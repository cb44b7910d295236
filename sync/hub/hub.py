"""The school's hub as one process: database, authority, two listeners, the page's live state."""

import asyncio
import json
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from school.mistakes import SchoolFileError
from school.records import School
from school.thresholds import PASSED_OVER_THRESHOLD
from sync.hub.attendance import SchoolAttendance
from sync.hub.authority import AuthorityError, open_authority
from sync.hub.console_api import Console, build_console
from sync.hub.database import DatabaseError, migrate, open_beside, open_writer, refusal
from sync.hub.desk import BusyError, Desk
from sync.hub.epochs import current_epoch
from sync.hub.fleet import Fleet
from sync.hub.ingest import Taken
from sync.hub.live import Live
from sync.hub.records import (
    HeldRecords,
    RecordsState,
    give_first_thresholds,
    has_served,
    held_records,
    passed_over_in,
    records_folder,
)
from sync.hub.rooms_api import RoomsDoor, build_rooms_app
from sync.hub.session_file import SessionFile
from sync.hub.sessions import Sessions, TokenError, load_or_make_token, make_token
from sync.hub.settings import HubSettings, SettingsError, load_settings
from sync.state.lock import StateLock, StateLockedError
from sync.state.records import PASSED_OVER, RecordsFolder
from sync.state.records_api import RecordsRoutes
from sync.state.running import Running as Address
from sync.state.running import tell_running
from sync.state.whole_file import write_whole
from web.serving.server import AddressError, Tls, WebServer

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_ANYWHERE = frozenset({"0.0.0.0", "[::]"})

_log = logging.getLogger(__name__)


class HubError(Exception):
    """The hub cannot start.

    Attributes:
        sentences: one for each reason: what, where, how to mend it.
    """

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Running:
    """A hub that serves.

    Attributes:
        console: base address of pages and API.
        rooms: base address of the rooms' listener.
        token: bearer token of the API.
        root: root certificate for rooms to pin.
        refreshing: keeps the page true; it never ends but by a fault of ours.
    """

    console: str
    rooms: str
    token: str
    root: Path
    refreshing: asyncio.Task[None]


@dataclass(frozen=True, slots=True)
class Times:
    """The hub's clocks, as arguments for tests.

    Attributes:
        now_ms: Unix milliseconds.
        now_s: monotonic seconds.
    """

    now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    now_s: Callable[[], float] = time.monotonic


def run_hub(
    config: Path, times: Times | None = None, started: Callable[[], None] = lambda: None
) -> None:
    """Run the hub until SIGTERM or SIGINT; `STATE/hub.json` says where it listens.

    Args:
        config: `hub.toml`.
        times: its clocks; the system's where none are given.
        started: told once it serves.

    Raises:
        HubError: it cannot start.
    """
    try:
        settings = load_settings(config)
    except SettingsError as error:
        raise HubError(*error.sentences) from error
    asyncio.run(_until_told(settings, times, started))


@asynccontextmanager
async def hub(settings: HubSettings, times: Times | None = None) -> AsyncIterator[Running]:
    """Serve as long as the context lasts.

    Raises:
        HubError: it cannot start.
    """
    times = times or Times()
    async with AsyncExitStack() as stack:
        try:
            running = await _start(settings, times, stack)
        except (
            AddressError,
            AuthorityError,
            BusyError,
            DatabaseError,
            OSError,
            SchoolFileError,
            StateLockedError,
            TokenError,
        ) as error:
            raise HubError(str(error)) from error
        yield running


async def _until_told(
    settings: HubSettings, times: Times | None, started: Callable[[], None]
) -> None:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    async with hub(settings, times) as running:
        with suppress(OSError):  # a full disk: whoever asks for it finds the addresses in the log
            _tell(settings.state / "hub.json", running)
        _log.info("pages and API at %s, rooms at %s", running.console, running.rooms)
        started()
        stopping = asyncio.create_task(told.wait())
        await asyncio.wait({stopping, running.refreshing}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if running.refreshing.done():
            running.refreshing.result()  # better to end loudly than to show an old page


def _first_write(writer: Engine, now_ms: int) -> None:
    try:
        with writer.begin() as connection:
            current_epoch(connection, now_ms)
    except SQLAlchemyError as error:
        raise DatabaseError(refusal(writer, error)) from error


async def _start(settings: HubSettings, times: Times, stack: AsyncExitStack) -> Running:
    stack.enter_context(StateLock.take(settings.state))
    records = records_folder(settings)
    held = _settle(records, settings)
    school = held.school
    token = load_or_make_token(settings.token_file, make_token)
    writer = open_writer(settings.database)
    stack.callback(writer.dispose)
    migrate(writer)
    _first_write(writer, times.now_ms())
    reader = open_beside(settings.database)
    stack.callback(reader.dispose)
    desks = _desks(writer, reader, stack)
    today = school.day_of(times.now_ms())
    attendance, fleet = SchoolAttendance(school, settings.rules, today), Fleet(school)
    live = Live(attendance, fleet, desks.reading, lambda: desks.writing.refusal, times.now_ms, held)
    hosts = frozenset(settings.public_hosts) | _LOOPBACK

    def heard(_: str, taken: Taken | None) -> None:
        if taken is not None and taken.forked:
            _log.error("a room sent %d events that contradict what is stored", taken.forked)
        live.poke()

    door = RoomsDoor(desks.gate, desks.writing, hosts, times.now_ms, heard)
    rooms_server = _rooms_server(settings, door, datetime.fromtimestamp(times.now_ms() / 1000, UTC))
    kept = SessionFile(settings.state / "sessions.json", times.now_ms)
    sessions = Sessions(token, times.now_s, secure=settings.behind_https, file=kept)
    notes = _name_passed_over(settings, school, today)
    console = Console(
        attendance, fleet, desks.reading, live, sessions, hosts, times.now_ms, times.now_s, notes
    )

    async def adopt() -> None:
        with suppress(OSError, SchoolFileError):  # an undo may bring records without thresholds
            await asyncio.to_thread(give_first_thresholds, settings)
        live.records = now = await asyncio.to_thread(held_records, settings)
        fleet.school = now.school
        with suppress(BusyError):  # then it is done a little later, in its turn
            await desks.reading.do(lambda _: attendance.adopt(now.school))
        live.poke()

    _, app = build_console(console, RecordsRoutes(records, adopt).router())
    pages = WebServer(app, settings.console, before_stop=(live.stream.close,))
    refreshing = await _begin(live, (pages, rooms_server), stack)
    tell_running(settings.state, Address(pages.url, token))
    root = settings.state / "root.pem"
    return Running(pages.url, rooms_server.url, token, root, refreshing)


@dataclass(frozen=True, slots=True)
class _Desks:
    gate: Desk
    reading: Desk
    writing: Desk


def _desks(writer: Engine, reader: Engine, stack: AsyncExitStack) -> _Desks:
    reading = reader.execution_options(reading=True)
    desks = _Desks(
        Desk(reading, "hub-gate"), Desk(reading, "hub-reading"), Desk(writer, "hub-writing")
    )
    for desk in (desks.gate, desks.reading, desks.writing):
        stack.callback(desk.close)
    return desks


def _rooms_server(settings: HubSettings, door: RoomsDoor, now: datetime) -> WebServer:
    host = settings.rooms.rpartition(":")[0]
    named = () if host in _ANYWHERE else (host,)
    authority = open_authority(settings.state, (*settings.public_hosts, *named), now)
    tls = Tls(authority.certificate, authority.key)
    return WebServer(build_rooms_app(door), settings.rooms, tls=tls)


async def _begin(
    live: Live, servers: tuple[WebServer, ...], stack: AsyncExitStack
) -> asyncio.Task[None]:
    await live.refresh()

    async def stop() -> None:
        await asyncio.gather(*(server.stop() for server in servers))

    stack.push_async_callback(stop)
    for server in servers:
        await server.start()
    refreshing = asyncio.create_task(live.run(), name="hub page")

    async def end() -> None:
        refreshing.cancel()
        await asyncio.wait({refreshing})

    stack.push_async_callback(end)
    return refreshing


def _settle(records: RecordsFolder, settings: HubSettings) -> HeldRecords:
    """Take the file that `hub.toml` names, where it is new; without it, what is held goes on."""
    is_refused = False
    try:
        records.mend()
        if records.settle():
            _log.warning("%s: %s", settings.school, PASSED_OVER)
    except OSError as error:
        _log.warning("%s: %s; the records in %s hold", settings.school, error, settings.state)
    except SchoolFileError as error:
        if not has_served(settings):
            raise SchoolFileError(f"{settings.school}: {error}") from error
        _log.error("%s: %s; what is held in %s goes on", settings.school, error, settings.state)
        is_refused = True
    try:
        give_first_thresholds(settings)
    except (OSError, SchoolFileError) as error:
        _log.warning("thresholds could not be written to %s: %s", settings.state, error)
    held = held_records(settings)
    if is_refused and held.state is RecordsState.OK:
        return replace(held, state=RecordsState.FILE_REFUSED, file=str(settings.school))
    return held


def _name_passed_over(
    settings: HubSettings, school: School, today: date
) -> list[dict[str, object]]:
    """Say once which thresholds of `hub.toml` the records pass over; the same for `/health`."""
    found = passed_over_in(settings, school, today)
    for key, (given, holds) in found.items():
        _log.warning(PASSED_OVER_THRESHOLD, "hub.toml", key, given, holds)
    return [
        {"code": "threshold_passed_over", "key": key, "file": given, "holds": holds}
        for key, (given, holds) in found.items()
    ]


def _tell(path: Path, running: Running) -> None:
    """Say where the hub listens."""
    words = {"console": running.console, "rooms": running.rooms, "pid": os.getpid()}
    write_whole(path, f"{json.dumps(words)}\n".encode(), 0o644)
