"""The room as a whole: `/health`, `/api/room`, `/api/sync`, `/events`, `/metrics`."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from edge.room.view import Json
from web.serving.events import EventStream
from web.serving.roles import Role, declare


@dataclass(frozen=True, slots=True)
class RoomRoutes:
    """Routes of the room.

    Attributes:
        snapshot: everything the panel shows.
        health: whether the agent is ready.
        stream: the panel's events.
        metrics: Prometheus text.
    """

    snapshot: Callable[[], Json]
    health: Callable[[], Json]
    stream: EventStream
    metrics: Callable[[], bytes]

    def router(self) -> APIRouter:
        """All of them."""
        router = APIRouter()
        router.get("/health")(self.alive)
        router.get("/api/room")(self.room)
        router.get("/api/sync")(self.sync)
        router.get("/events")(self.events)
        router.get("/metrics")(self.prometheus)
        return router

    @declare(Role.PUBLIC)
    async def alive(self) -> Json:
        """Whether the agent serves, and whether it takes taps yet."""
        return self.health()

    @declare(Role.PANEL)
    async def room(self) -> Json:
        """Everything the panel shows."""
        return {"rev": self.stream.rev, **self.snapshot()}

    @declare(Role.PANEL)
    async def sync(self) -> object:
        """How far the hub is with what this room stored."""
        return self.snapshot()["sync"]

    @declare(Role.PANEL)
    async def events(self) -> Response:
        """The panel's stream: a snapshot, then what changes."""
        return self.stream.response()

    @declare(Role.PANEL)
    async def prometheus(self) -> Response:
        """Figures for Prometheus."""
        return Response(self.metrics(), media_type="text/plain; version=0.0.4")
