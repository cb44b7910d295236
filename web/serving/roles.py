"""Who may call what: every route declares one role, and a route without one fails the build."""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from web.serving.errors import ApiError
from web.serving.idempotency import AnswerMemory

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DECLARED = "__lophoc_access__"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
Handle = Callable[[Scope, Receive, Send], Coroutine[Any, Any, None]]


class Role(StrEnum):
    """What a caller may be."""

    PUBLIC = "public"
    PANEL = "panel"
    IT = "it"
    RECORDS = "records"
    ROOM = "room"
    HUB_VIEWER = "hub_viewer"
    HUB_ADMIN = "hub_admin"
    BENCH = "bench"


class RouteWithoutRoleError(Exception):
    """A route declares no role: the build fails, because nobody decided who may call it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking.

    Attributes:
        name: stable for one session, such as `panel` or a session id; never shown.
        roles: what the caller may do; `Role.PUBLIC` needs not be named.
        body_limit: most bytes of a body; None = as everybody.
    """

    name: str
    roles: frozenset[Role] = frozenset()
    body_limit: int | None = None


NOBODY = Caller("")


@dataclass(frozen=True, slots=True)
class Access:
    """What a route declares.

    Attributes:
        role: who may call it.
        own_key: its body carries its own idempotency key, such as `command_id`, so no
            `Idempotency-Key` is asked for.
    """

    role: Role
    own_key: bool = False


def declare(role: Role, *, own_key: bool = False) -> Callable[[Endpoint], Endpoint]:
    """Say who may call an endpoint: `@router.get(...)` above, `@declare(Role.PANEL)` below it."""

    def mark(endpoint: Endpoint) -> Endpoint:
        setattr(endpoint, _DECLARED, Access(role, own_key))
        return endpoint

    return mark


def caller_of(scope: Scope) -> Caller:
    """Who is asking, as the guard found out."""
    caller = scope.get("lophoc.caller", NOBODY)
    assert isinstance(caller, Caller)  # noqa: S101 - only the guard writes it
    return caller


def check_every_route_has_a_role(app: FastAPI) -> dict[str, Access]:
    """The route table: `METHODS path` → who may call it.

    Raises:
        RouteWithoutRoleError: a route declares nothing, or is one we cannot close.
    """
    return {_title(route, path): access for route, path, access in _declared_routes(app)}


def close_routes(app: FastAPI, memory: AnswerMemory) -> None:
    """Let every route refuse callers without its role, and repeat answers to repeated keys.

    Call once, when all routes are there.

    Raises:
        RouteWithoutRoleError: a route declares nothing, or is one we cannot close.
    """
    app.router.redirect_slashes = False
    routes = {id(route): (route, access) for route, _, access in _declared_routes(app)}
    for route, access in routes.values():
        route.handle = _closed(route.handle, access, memory)  # type: ignore[assignment,method-assign] # a route offers no other hook before the body is read


def _declared_routes(app: FastAPI) -> Iterator[tuple[BaseRoute, str, Access]]:
    own = {id(route) for route in app.routes}
    for context in iter_route_contexts(app.routes):
        route, path = context.original_route, str(context.path)
        if not isinstance(route, APIRoute) and id(route) not in own:
            raise RouteWithoutRoleError(
                f"{path} is not an API route: add it to the application itself, not to a router"
            )
        target = getattr(route, "endpoint", None) or getattr(route, "app", None)
        access = getattr(target, _DECLARED, None)
        if not isinstance(access, Access):
            raise RouteWithoutRoleError(
                f"{_title(route, path)} declares no role: put @declare(Role.…) above its function"
            )
        yield route, path, access


def _title(route: BaseRoute, path: str) -> str:
    methods = sorted(getattr(route, "methods", None) or ["*"])
    return f"{','.join(methods)} {path}"


def _closed(handle: Handle, access: Access, memory: AnswerMemory) -> Handle:
    async def closed(scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of(scope)
        if access.role is not Role.PUBLIC and access.role not in caller.roles:
            if not caller.roles:
                raise ApiError("sign_in", "Sign in first.")
            raise ApiError("forbidden", "This is not yours to do.")
        if access.own_key or scope["method"] in SAFE_METHODS:
            await handle(scope, receive, send)
        else:
            await memory.answer(caller.name, handle, scope, receive, send)

    return closed
