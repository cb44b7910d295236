"""The hub's pages and API: rooms, attendance, taps, and the stream of what changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, FastAPI, Query, Request
from fastapi import Path as InPath
from pydantic import BaseModel, Field
from sqlalchemy import Connection
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp

from sync.hub.attendance import SchoolAttendance, UnknownClassError
from sync.hub.desk import BusyError, Desk
from sync.hub.fleet import MOST_TAPS, Fleet
from sync.hub.live import Live
from sync.hub.metrics import render
from sync.hub.sessions import Sessions
from sync.state import records_api
from web.serving.assemble import assemble, new_app
from web.serving.errors import ApiError
from web.serving.guard import GuardRules
from web.serving.roles import NOBODY, Role, caller_of, declare
from web.serving.static import Assets

WEB = Path(__file__).parents[2] / "web"
Json = dict[str, Any]
STATUSES = {"unknown_class": 404, "wrong_token": 401, "replaying": 503} | records_api.STATUSES

T = TypeVar("T")

Day = Annotated[
    date | None,
    Query(
        alias="date",
        ge=date(2000, 1, 1),
        le=date(2100, 12, 31),
        description="a local date; today where it is left out",
        examples=["2026-11-23"],
    ),
]
ClassName = Annotated[str, InPath(max_length=120, description="key or name", examples=["10a1"])]


class SignIn(BaseModel):
    """The body of a sign-in."""

    token: str = Field(max_length=200, description="what the token file holds")


@dataclass(frozen=True, slots=True)
class Console:
    """What the console works with.

    Attributes:
        attendance: lives in the reading thread.
        fleet: answers about rooms.
        reading: the reading thread.
        live: what the page shows.
        sessions: who may look.
        hosts: names by which people call this hub.
        now_ms: Unix milliseconds.
        now_s: monotonic seconds.
        notes: what is to be put right at leisure, for `/health`.
    """

    attendance: SchoolAttendance
    fleet: Fleet
    reading: Desk
    live: Live
    sessions: Sessions
    hosts: frozenset[str]
    now_ms: Callable[[], int]
    now_s: Callable[[], float]
    notes: Sequence[Json] = ()


def build_console(console: Console, records: APIRouter) -> tuple[FastAPI, ASGIApp]:
    """The application with its route table, and the same behind its guard."""
    app = new_app("lophoc hub")
    app.include_router(_open_routes(console))
    app.include_router(_attendance_routes(console))
    app.include_router(_room_routes(console))
    app.include_router(records)
    folders = ("css", "fonts", "hub", "i18n", "icons", "shared", "vendor")
    Assets(WEB, folders).install(app, {"/": "hub/index.html"})
    rules = GuardRules(console.hosts, console.sessions.identify)
    return app, assemble(app, rules, now_s=console.now_s, statuses=STATUSES)


def _open_routes(console: Console) -> APIRouter:
    router = APIRouter()

    @router.get("/health")
    @declare(Role.PUBLIC)
    async def health() -> Json:
        """Whether all is well; `replaying` while the hub reads its own past after a start.

        `notes` are there where something is to be put right at leisure.
        """
        health = console.live.health()
        return health | {"notes": list(console.notes)} if console.notes else health

    @router.get("/metrics")
    @declare(Role.HUB_VIEWER)
    async def metrics() -> Response:
        """The same for Prometheus, room by room."""
        return Response(render(console.live), media_type="text/plain; version=0.0.4")

    @router.get("/api/session")
    @declare(Role.PUBLIC)
    async def session(request: Request) -> dict[str, bool]:
        """Whether the caller is signed in."""
        return {"signed_in": caller_of(request.scope) is not NOBODY}

    @router.post("/api/session")
    @declare(Role.PUBLIC, own_key=True)
    async def sign_in(body: SignIn) -> Response:
        """Open a session with the bearer token."""
        cookie = console.sessions.sign_in(body.token)
        if cookie is None:
            raise ApiError("wrong_token", "This is not the token of this hub.")
        return JSONResponse({"signed_in": True}, headers={"set-cookie": cookie})

    @router.delete("/api/session")
    @declare(Role.HUB_VIEWER, own_key=True)
    async def sign_out(request: Request) -> Response:
        """End the session."""
        cookie = console.sessions.sign_out(caller_of(request.scope))
        return JSONResponse({"signed_in": False}, headers={"set-cookie": cookie})

    @router.get("/events")
    @declare(Role.HUB_VIEWER)
    async def events() -> Response:
        """`snapshot`, then `class`, `room` and `whole`, each with `rev`."""
        return console.live.stream.response()

    return router


def _attendance_routes(console: Console) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.get("/attendance")
    @declare(Role.HUB_VIEWER)
    async def attendance(
        day: Day = None,
        class_name: Annotated[str | None, Query(alias="class", max_length=120)] = None,
    ) -> dict[str, Any]:
        """Marks of a day's lessons, one for each pupil and lesson that somebody spoke of."""
        wanted = day or console.live.today()
        marks = await _ask(console, lambda c: console.attendance.marks_on(c, wanted, class_name))
        return {"date": wanted.isoformat(), "marks": marks}

    @router.get("/classes/{class_name}")
    @declare(Role.HUB_VIEWER)
    async def sheet(class_name: ClassName, day: Day = None) -> dict[str, Any]:
        """One class's day: lessons, and pupils with their marks by lesson."""
        wanted = day or console.live.today()
        found = await _ask(console, lambda c: console.attendance.sheet(c, wanted, class_name))
        return {"date": wanted.isoformat(), **found}

    return router


def _room_routes(console: Console) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.get("/rooms")
    @declare(Role.HUB_VIEWER)
    async def rooms() -> dict[str, Any]:
        """All admitted rooms: when they were last heard, and how far their lanes are."""
        now_ms = console.now_ms()
        return {"rooms": await _read(console, lambda c: console.fleet.rooms(c, now_ms))}

    @router.get("/taps")
    @declare(Role.HUB_VIEWER)
    async def taps(
        after: Annotated[int, Query(ge=0, lt=1 << 53)] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_TAPS)] = 1000,
    ) -> dict[str, Any]:
        """Taps of all rooms in the order of receipt; go on with `after` = `next`."""
        return await _read(console, lambda c: console.fleet.taps(c, after, limit))

    return router


async def _ask(console: Console, question: Callable[[Connection], T]) -> T:
    """Answer from the register, with everything in it that is committed."""
    if not console.live.ready:
        raise ApiError("replaying", "The hub is reading its own past; ask again in a moment.")

    def work(connection: Connection) -> T:
        console.attendance.catch_up(connection)
        return question(connection)

    try:
        return await _read(console, work)
    except UnknownClassError as error:
        raise ApiError("unknown_class", "This school has no such class.") from error


async def _read(console: Console, work: Callable[[Connection], T]) -> T:
    try:
        return await console.reading.do(work)
    except BusyError as error:
        raise ApiError("busy", "The database is slow; ask again in a moment.") from error
