"""A small room that speaks the room's API over real HTTP and Server-Sent Events, driven by tests.

It serves the panel through the product's own serving code and keeps the shapes of the API with the
simplest behaviour behind them; what devices and pupils do is said by the test. It can be stopped
and started on its port, as an agent that restarts.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.types import ASGIApp

from tests.browser.room_model import START, counts, idle_room, make_run, pupils, reading
from web.serving.assemble import assemble, new_app
from web.serving.events import EventStream
from web.serving.guard import GuardRules
from web.serving.roles import Caller, Role, declare
from web.serving.server import WebServer
from web.serving.static import Assets

WEB = Path(__file__).resolve().parents[2] / "web"
FOLDERS = ("vendor", "fonts", "icons", "css", "i18n", "shared", "teacher")
PAGES = {"/": "teacher/index.html", "/dev/parts": "teacher/parts.html"}


class RoomServer:
    """The room and its server; every method may be called from the test's thread."""

    def __init__(self) -> None:
        """Serve an idle room on a free port."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.reset()
        self._port = 0
        self.start()

    # --- the room ---------------------------------------------------------------------------

    def reset(self) -> None:
        """An idle room at 08:12, and nothing asked of it yet."""
        self.calls: list[tuple[str, str, dict[str, Any], str]] = []
        self.answers: dict[tuple[str, str], tuple[int, dict[str, Any]]] = {}
        self.obedient = True
        self.marks: dict[str, list[dict[str, Any]]] = {}
        self.before: dict[str, dict[str, Any]] = {}
        self.acts: dict[str, list[str]] = {}
        self.room = idle_room()
        self.set_now(12)

    @property
    def lesson(self) -> dict[str, Any]:
        """The lesson object of the API, to be changed in place and then told."""
        lesson: dict[str, Any] = self.room["lesson"]
        return lesson

    def set_now(self, minutes: float) -> None:
        """Move the room's clock to so many minutes after 08:00; told with the next snapshot."""
        self.now = START + timedelta(minutes=minutes)
        self._now_set = time.monotonic()

    def snapshot(self) -> dict[str, Any]:
        """The whole room, as GET /api/room says it, without its rev."""
        at = self.now + timedelta(seconds=time.monotonic() - self._now_set)
        return {**self.room, "clock": {**self.room["clock"], "at": at.isoformat("T", "seconds")}}

    def device(self, name: str = "projector") -> dict[str, Any]:
        """One device, to be changed in place and then told."""
        return next(one for one in self.room["devices"] if one["id"] == name)

    def read(self, capability: str, value: object, name: str = "projector", **more: Any) -> None:
        """Let a device report a value, and tell it."""
        self.device(name)["readings"][capability] = reading(value, **more)
        self.tell_device(name)

    def tell_device(self, name: str = "projector") -> None:
        """Send the event `device`."""
        told = {"device": self.device(name), "safe_to_cut": self.room["safe_to_cut"]}
        self.tell("device", told)

    def tell_lesson(self) -> None:
        """Send the event `lesson`."""
        self.tell("lesson", {"lesson": self.lesson})

    def begin(self, *, size: int = 43, state: str = "running", picture: bool = True) -> str:
        """Start the planned lesson with a class of `size`; returns its id."""
        one = self.lesson["planned"] or self.lesson["next"]
        name = str(one["id"])
        self.marks[name] = pupils(size)
        one.update(counts=counts(self.marks[name]), attendance="open")
        self.lesson["run"] = make_run([name], state=state, picture=picture)
        self.lesson["lessons"] = [one]
        self.room["safe_to_cut"] = False
        self.tell_lesson()
        return name

    def hand_over(self) -> None:
        """End the run near the next lesson: the devices stay on."""
        at = self.lesson["next"]["starts_at"]
        self.lesson["run"].update(state="ending", handover={"slot": 3, "slot_name": "", "at": at})
        self.tell_lesson()

    def tell_clock(self) -> None:
        """Send the event `clock`."""
        self.tell("clock", {"clock": self.snapshot()["clock"]})

    def finish(self) -> None:
        """End the run: nothing runs any more."""
        self.lesson.update(run=None, lessons=[])
        self.tell_lesson()

    def mark(self, lesson_id: str, person_id: str, **change: object) -> dict[str, Any]:
        """Change one mark and tell it."""
        mark = next(one for one in self.marks[lesson_id] if one["person_id"] == person_id)
        mark.update(change)
        all_counts = counts(self.marks[lesson_id])
        for one in self.lesson["lessons"]:
            if one["id"] == lesson_id:
                one["counts"] = all_counts
        self.tell("mark", {"lesson_id": lesson_id, "mark": mark, "counts": all_counts})
        return mark

    def touch(self, lesson_id: str, person_id: str, change: dict[str, Any]) -> dict[str, Any]:
        """A mark by the teacher, which can be taken back once."""
        mark = next(one for one in self.marks[lesson_id] if one["person_id"] == person_id)
        self.before[person_id] = {key: mark[key] for key in ("presence", "minutes", "source")}
        return self.mark(lesson_id, person_id, **change)

    def tap(self, lesson_id: str, person_id: str, outcome: str = "present") -> None:
        """One card: the mark, then the tap."""
        mark = self.mark(lesson_id, person_id, presence="present", source="card")
        tap = {
            "tap_id": f"1-{person_id}",
            "outcome": outcome,
            "lesson_id": lesson_id,
            "person_id": person_id,
            "short_name": mark["short_name"],
            "class_name": "10A1",
            "last4": "7F2A",
            "at": self.now.isoformat(),
            "reader": "door",
        }
        self.tell("tap", {"tap": tap, "tapped": {"k": 1, "n": len(self.marks[lesson_id])}})

    def find(self, *found: tuple[str, str, str, str]) -> None:
        """What is not as it should be now: area, code, level and subject of each."""
        keys = ("area", "code", "level", "subject")
        told = [dict(zip(keys, one, strict=True)) for one in found]
        self.tell("health", {"health": {"ok": not told, "findings": told}})

    def tell(self, name: str, body: dict[str, Any]) -> None:
        """Send one event to every open page, and wait until it is on its way."""
        self._call(lambda: self.stream.publish(name, body))

    def tell_all(self) -> None:
        """Give every page a new snapshot, as after a gap: its stream is ended and comes again."""
        self.stop()
        self.start()

    # --- its server -------------------------------------------------------------------------

    def start(self) -> None:
        """Listen, on the same port each time."""
        self.stream = EventStream(self.snapshot)
        server = WebServer(
            build_app(self), f"127.0.0.1:{self._port}", before_stop=(self.stream.close,)
        )
        self._port = asyncio.run_coroutine_threadsafe(server.start(), self._loop).result(10)
        self._server = server
        self.url = server.url

    def stop(self) -> None:
        """End every stream and stop to listen."""
        asyncio.run_coroutine_threadsafe(self._server.stop(), self._loop).result(10)

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _call(self, what: Callable[[], object]) -> None:
        if threading.current_thread() is self._thread:
            what()
        else:
            self._loop.call_soon_threadsafe(what)


class Routes:
    """The routes of the room's API that the panel uses.

    Args:
        room: who answers.
    """

    def __init__(self, room: RoomServer) -> None:
        self._room = room

    def add_to(self, app: FastAPI) -> None:
        """Add all of them."""
        app.get("/health")(self.health)
        app.get("/events")(self.events)
        app.get("/api/lessons/{lesson_id}/marks")(self.marks)
        app.api_route("/api/{path:path}", methods=["POST", "PUT"])(self.act)

    @declare(Role.PUBLIC)
    async def health(self) -> dict[str, str]:
        """That somebody is there."""
        return {"state": "ok"}

    @declare(Role.PANEL)
    async def events(self) -> Response:
        """The stream."""
        return self._room.stream.response()

    @declare(Role.PANEL)
    async def marks(self, lesson_id: str) -> dict[str, Any]:
        """One list."""
        marks = self._room.marks[lesson_id]
        return {"marks": marks, "counts": counts(marks)}

    @declare(Role.PANEL, own_key=True)
    async def act(self, path: str, request: Request) -> Response:
        """Whatever is asked: a prepared answer, or what an obedient room does."""
        body = await request.json()
        room = self._room
        room.calls.append((request.method, path, body, request.headers["Idempotency-Key"]))
        if prepared := room.answers.get((request.method, path)):
            return JSONResponse(prepared[1], prepared[0])
        return JSONResponse(_act(room, path.split("/"), body))


def build_app(room: RoomServer) -> ASGIApp:
    """The guarded application of one room."""
    app = new_app("room of the browser tests")
    Routes(room).add_to(app)
    Assets(WEB, FOLDERS).install(app, PAGES)
    rules = GuardRules(
        hosts=frozenset({"127.0.0.1"}),
        identify=lambda _, __: Caller("panel", frozenset({Role.PANEL})),
    )
    return assemble(app, rules, now_s=time.monotonic)


def _act(room: RoomServer, path: list[str], body: dict[str, Any]) -> dict[str, Any]:
    if path[0] == "lesson" and path[1] in ("start", "takeover"):
        room.begin(picture=bool(body["picture"]))
    if path[0] == "devices" and room.obedient:
        room.read(body["capability"], body["value"], path[1])
        room.tell("command", {"command": {**body, "state": "done", "reason": ""}})
    if path[0] == "lessons":
        return _ROLL_ACTS[path[2]](room, path, body)
    return {"command_id": body.get("command_id"), "state": "accepted"}


def _put_mark(room: RoomServer, path: list[str], body: dict[str, Any]) -> dict[str, Any]:
    said = {key: value for key, value in body.items() if key != "over"}
    fact = f"1-{len(room.calls)}"
    change = {"minutes": None, "source": "teacher", "question": None, "fact": fact, **said}
    return room.touch(path[1], path[3], change)


def _undo(room: RoomServer, path: list[str], body: dict[str, Any]) -> dict[str, Any]:
    people = body.get("person_ids") or room.acts.pop(body["act"], [])
    for person_id in people:
        room.mark(path[1], person_id, **room.before.pop(person_id))
    if body.get("act") == "chot":
        _seal(room, path[1], "open", None)
    return {"marks": room.marks[path[1]]}


def _all_present(room: RoomServer, path: list[str], _: dict[str, Any]) -> dict[str, Any]:
    people = [mark["person_id"] for mark in room.marks[path[1]] if mark["presence"] == "unmarked"]
    for person_id in people:
        room.touch(path[1], person_id, {"presence": "present"})
    room.acts["all"] = people
    return {"act": "all", "changed": [{"person_id": person_id} for person_id in people]}


def _confirm(room: RoomServer, path: list[str], body: dict[str, Any]) -> dict[str, Any]:
    left = [mark["person_id"] for mark in room.marks[path[1]] if mark["presence"] == "unmarked"]
    filled = left if body.get("fill_absent") else []
    for person_id in filled:
        room.touch(path[1], person_id, {"presence": "absent", "source": "teacher"})
    room.acts["chot"] = filled
    _seal(room, path[1], "confirmed", room.now.isoformat())
    return {"act": "chot", "counts": counts(room.marks[path[1]])}


def _reopen(room: RoomServer, path: list[str], _: dict[str, Any]) -> dict[str, Any]:
    _seal(room, path[1], "open", None)
    return {"act": "reopening"}


def _seal(room: RoomServer, lesson_id: str, attendance: str, at: str | None) -> None:
    for one in room.lesson["lessons"]:
        if one["id"] == lesson_id:
            one.update(attendance=attendance, confirmed_at=at, carried=None)
    room.tell_lesson()


_ROLL_ACTS = {
    "marks": _put_mark,
    "undo": _undo,
    "all_present": _all_present,
    "confirm": _confirm,
    "reopen": _reopen,
}
