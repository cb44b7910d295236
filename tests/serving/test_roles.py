import httpx
import pytest
from fastapi import APIRouter
from starlette.responses import PlainTextResponse
from starlette.routing import Mount

from web.serving.assemble import new_app
from web.serving.idempotency import AnswerMemory
from web.serving.roles import (
    Role,
    RouteWithoutRoleError,
    check_every_route_has_a_role,
    close_routes,
    declare,
)


async def hello() -> str:
    return "hello"


def test_a_route_without_a_role_fails_the_build():
    app = new_app("x")
    app.get("/forgotten")(hello)
    with pytest.raises(RouteWithoutRoleError, match=r"GET /forgotten declares no role"):
        close_routes(app, AnswerMemory(lambda: 0.0))


def test_a_route_without_a_role_in_an_included_router_fails_the_build():
    app, router = new_app("x"), APIRouter()
    router.get("/inner")(hello)
    app.include_router(router, prefix="/outer")
    with pytest.raises(RouteWithoutRoleError, match="/outer/inner"):
        check_every_route_has_a_role(app)


def test_a_mount_without_a_role_fails_the_build():
    app = new_app("x")
    app.router.routes.append(Mount("/files", app=PlainTextResponse("x")))
    with pytest.raises(RouteWithoutRoleError, match="/files"):
        check_every_route_has_a_role(app)


def test_a_mount_inside_a_router_cannot_be_closed_so_it_fails_the_build():
    app, router = new_app("x"), APIRouter()
    router.routes.append(Mount("/files", app=declare(Role.PUBLIC)(PlainTextResponse("x"))))
    app.include_router(router)
    with pytest.raises(RouteWithoutRoleError, match="add it to the application itself"):
        check_every_route_has_a_role(app)


async def test_the_table_names_every_route(surface):
    table = check_every_route_has_a_role(surface.app)
    assert {title: access.role for title, access in table.items()} == {
        "GET /api/open": Role.PUBLIC,
        "POST /api/wish/{name}": Role.PANEL,
        "POST /api/own": Role.PANEL,
        "POST /api/quick": Role.PANEL,
        "GET /api/fault": Role.PUBLIC,
        "GET /api/events": Role.PANEL,
    }


@pytest.mark.parametrize(
    ("token", "status", "code"), [(None, 401, "sign_in"), ("it", 403, "forbidden")]
)
@pytest.mark.parametrize("body", [b'{"value": 1}', b"not json", b""])
async def test_without_the_role_nothing_is_read_or_done(
    surface, http: httpx.AsyncClient, token, status, code, body
):
    headers = {"content-type": "application/json", "idempotency-key": "k"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    answer = await http.post("/api/wish/a", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert surface.wishes == []


async def test_a_slash_too_many_is_not_found_and_not_redirected(http):
    assert (await http.get("/api/open/")).status_code == 404
