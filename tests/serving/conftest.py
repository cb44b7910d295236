"""A small surface on a real server."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, Field
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from web.serving.assemble import assemble, new_app
from web.serving.errors import ApiError
from web.serving.events import EventStream
from web.serving.guard import GuardRules, Headers, bearer
from web.serving.idempotency import key_of
from web.serving.plain_json import json_answer, read_body_as
from web.serving.roles import NOBODY, Caller, Role, declare
from web.serving.server import WebServer

HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


class Wish(BaseModel):
    value: int = Field(ge=0, le=100)
    note: str = ""


@dataclass
class Surface:
    """What the small surface has done."""

    app: FastAPI = field(default_factory=lambda: new_app("test"))
    stream: EventStream = field(default_factory=lambda: EventStream(lambda: {"state": [1, "ă"]}))
    wishes: list[int] = field(default_factory=list)
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""


def identify(scope: Scope, headers: Headers) -> Caller:
    token = bearer(headers)
    if token == "panel":
        return Caller("panel", frozenset({Role.PANEL}))
    if token == "it":
        return Caller("it", frozenset({Role.IT}))
    return NOBODY


@declare(Role.PANEL, own_key=True)
async def quick(request: Request) -> Response:
    wanted = read_body_as(Wish, request)
    return json_answer({"value": wanted.value, "key": key_of(request.scope)}, 202)


def build(surface: Surface) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.get("/open")
    @declare(Role.PUBLIC)
    async def opened() -> dict[str, str]:
        return {"say": "mở"}

    @router.post("/wish/{name}")
    @declare(Role.PANEL)
    async def wish(name: str, wanted: Wish) -> dict[str, int]:
        if name == "busy":
            raise ApiError("busy", "Later.", after_s=3)
        surface.wishes.append(wanted.value)
        if name == "held":
            await surface.hold.wait()
        return {"value": wanted.value, "count": len(surface.wishes)}

    @router.post("/own")
    @declare(Role.PANEL, own_key=True)
    async def own(wanted: Wish) -> dict[str, int]:
        surface.wishes.append(wanted.value)
        return {"value": wanted.value}

    router.post("/quick")(quick)

    @router.get("/fault")
    @declare(Role.PUBLIC)
    async def fault() -> None:
        raise RuntimeError("planted")

    @router.get("/events")
    @declare(Role.PANEL)
    async def events() -> Response:
        return surface.stream.response()

    return router


@pytest.fixture
async def surface() -> AsyncIterator[Surface]:
    surface = Surface()
    surface.app.include_router(build(surface))
    rules = GuardRules(HOSTS, identify, body_limit=1000)
    app = assemble(surface.app, rules, now_s=time.monotonic, statuses={"unmarked_left": 409})
    server = WebServer(app, "127.0.0.1:0", before_stop=(surface.stream.close,))
    await server.start()
    surface.url = server.url
    yield surface
    surface.hold.set()
    await server.stop()


@pytest.fixture
async def http(surface: Surface) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=surface.url, trust_env=False) as client:
        yield client
