"""One Server-Sent-Events stream for a page: a snapshot, then small named events with `rev`."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from web.serving.roles import caller_of

QUEUE_LIMIT = 256  # events a slow reader may owe before it is given a fresh snapshot
STREAMS_PER_SESSION = 4  # browsers allow six connections per host
HEARTBEAT_S = 15.0

_BEAT = b": \n\n"
_START: Mapping[str, Any] = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-accel-buffering", b"no"),
    ],
}


class EventStream:
    """Tells every listening page what has changed.

    All calls belong to the event loop's thread. Publishing encodes once, wakes the listeners and
    never waits for one.

    Args:
        snapshot: the whole state now, as JSON values; called for each new or lagging listener.
    """

    def __init__(self, snapshot: Callable[[], Mapping[str, Any]]) -> None:
        self._snapshot = snapshot
        self._listeners: dict[str, list[_Listener]] = {}
        self._beat: asyncio.TimerHandle | None = None
        self._closed = False
        self.rev = 0

    def publish(self, name: str, data: Mapping[str, Any]) -> int:
        """Tell `{"rev", **data}` as the event `name`; returns its rev."""
        self.rev += 1
        if self._listeners:
            frame = _frame(name, {"rev": self.rev, **data})
            for listeners in self._listeners.values():
                for listener in listeners:
                    listener.put(frame)
        return self.rev

    def response(self) -> Response:
        """The answer of a `GET /events` route."""
        return _StreamResponse(self)

    @property
    def listeners(self) -> int:
        """How many streams are open."""
        return sum(len(listeners) for listeners in self._listeners.values())

    def close(self) -> None:
        """End all streams, and every later one at once; the server can stop then."""
        self._closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.end()

    async def pour(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request until its reader leaves, is the fifth newest, or the server stops."""
        session = caller_of(scope).name
        listener = self._join(session)
        gone = asyncio.ensure_future(_until_gone(receive, listener))
        try:
            await send(dict(_START))
            while (frames := await listener.take(self._snapshot_frame)) is not None:
                await send({"type": "http.response.body", "body": frames, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            gone.cancel()
            self._leave(session, listener)

    def _snapshot_frame(self) -> bytes:
        return _frame("snapshot", {"rev": self.rev, **self._snapshot()})

    def _join(self, session: str) -> "_Listener":
        listener = _Listener()
        if self._closed:
            listener.end()
        listeners = self._listeners.setdefault(session, [])
        listeners.append(listener)
        if len(listeners) > STREAMS_PER_SESSION:
            listeners.pop(0).end()
        if self._beat is None:
            self._beat = asyncio.get_running_loop().call_later(HEARTBEAT_S, self._beat_all)
        return listener

    def _leave(self, session: str, listener: "_Listener") -> None:
        listeners = self._listeners.get(session, [])
        if listener in listeners:
            listeners.remove(listener)
        if not listeners:
            self._listeners.pop(session, None)
        if not self._listeners and self._beat is not None:
            self._beat.cancel()
            self._beat = None

    def _beat_all(self) -> None:
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.put(_BEAT)
        self._beat = asyncio.get_running_loop().call_later(HEARTBEAT_S, self._beat_all)


class _Listener:
    """Frames one reader still has to be sent."""

    def __init__(self) -> None:
        self._frames: list[bytes] = []
        self._stale = True  # a snapshot is due
        self._ended = False
        self._waiting: asyncio.Future[None] | None = None

    def put(self, frame: bytes) -> None:
        if self._stale:
            return
        self._frames.append(frame)
        if len(self._frames) > QUEUE_LIMIT:
            self._frames.clear()
            self._stale = True
        self._wake()

    def end(self) -> None:
        self._ended = True
        self._wake()

    async def take(self, snapshot: Callable[[], bytes]) -> bytes | None:
        """Everything due, in one piece; None = the stream has ended."""
        while not (self._ended or self._stale or self._frames):
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        if self._ended:
            return None
        if self._stale:
            self._stale = False
            return snapshot()
        frames = self._frames
        self._frames = []
        return frames[0] if len(frames) == 1 else b"".join(frames)

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)


class _StreamResponse(Response):
    def __init__(self, stream: EventStream) -> None:
        super().__init__(media_type="text/event-stream")
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._stream.pour(scope, receive, send)


def _frame(name: str, data: Mapping[str, Any]) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (name.encode(), to_json(data))


async def _until_gone(receive: Receive, listener: _Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.end()
