"""The room's web surface: all routers, the panel's pages, one guard."""

import hmac
import os
import time
from collections.abc import Iterable
from pathlib import Path

from fastapi import APIRouter
from starlette.types import ASGIApp, Scope

import web
from edge.api.refusals import STATUSES
from school.mistakes import MAX_FILE_BYTES
from sync.state import records_api
from web.serving.assemble import assemble, new_app
from web.serving.guard import GuardRules, Headers, bearer
from web.serving.roles import Caller, Role
from web.serving.static import Assets

# The kiosk's listener is on loopback alone: whoever can reach it stands in the room.
IN_ROOM = Caller("panel", frozenset({Role.PANEL}))
RECORDS = Caller("records", frozenset({Role.PANEL, Role.RECORDS}), MAX_FILE_BYTES)
HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
FOLDERS = ("vendor", "fonts", "icons", "css", "i18n", "shared", "teacher")


def make_app(routers: Iterable[APIRouter], records_token: str) -> ASGIApp:
    """The application of the kiosk's listener.

    Args:
        routers: all routes.
        records_token: whoever knows it may read the state folder, so may change the records.
    """
    app = new_app("lophoc room")
    for router in routers:
        app.router.routes.extend(router.routes)  # included ones are built and compared twice
    pages = {"/": "teacher/index.html"}
    if os.environ.get("LOPHOC_DEVELOPMENT"):
        pages["/dev/parts"] = "teacher/parts.html"
    Assets(Path(web.__file__).parent, FOLDERS).install(app, pages)

    def who(_: Scope, headers: Headers) -> Caller:
        token = bearer(headers) or ""
        return RECORDS if hmac.compare_digest(token.encode(), records_token.encode()) else IN_ROOM

    statuses = STATUSES | records_api.STATUSES
    return assemble(app, GuardRules(HOSTS, who), now_s=time.monotonic, statuses=statuses)
