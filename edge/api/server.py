"""The room's web surface: all routers, the panel's pages, one guard."""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from fastapi import APIRouter
from starlette.types import ASGIApp, Scope

import web
from edge.api.refusals import STATUSES
from web.serving.assemble import assemble, new_app
from web.serving.guard import GuardRules, Headers
from web.serving.roles import Caller, Role
from web.serving.static import Assets

# The kiosk's listener is on loopback alone: whoever can reach it stands in the room.
IN_THE_ROOM = Caller("panel", frozenset({Role.PANEL}))
HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
FOLDERS = ("vendor", "fonts", "icons", "css", "i18n", "shared", "teacher")


def make_app(routers: Iterable[APIRouter]) -> ASGIApp:
    """The application of the kiosk's listener."""
    app = new_app("lophoc room")
    for router in routers:
        app.include_router(router)
    pages = {"/": "teacher/index.html"}
    if os.environ.get("LOPHOC_DEVELOPMENT"):
        pages["/dev/parts"] = "teacher/parts.html"
    Assets(Path(web.__file__).parent, FOLDERS).install(app, pages)
    rules = GuardRules(hosts=HOSTS, identify=_who)
    return assemble(app, rules, now_s=time.monotonic, statuses=STATUSES)


def _who(_: Scope, __: Headers) -> Caller:
    return IN_THE_ROOM
