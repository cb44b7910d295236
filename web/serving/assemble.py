"""Puts a web surface together: routes, errors, roles, idempotency, guard."""

from collections.abc import Callable, Mapping

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig
from starlette.types import ASGIApp

from web.serving.errors import install_errors
from web.serving.guard import Guard, GuardRules
from web.serving.idempotency import AnswerMemory
from web.serving.roles import close_routes


def new_app(title: str) -> FastAPI:
    """An empty application without its documentation pages; add routes, then `assemble` it.

    Nothing is told to tracing systems, whatever the environment says: no data leaves the school.
    """
    silent: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False}
    return FastAPI(title=title, openapi_url=None, docs_url=None, redoc_url=None, telemetry=silent)


def assemble(
    app: FastAPI,
    rules: GuardRules,
    *,
    now_s: Callable[[], float],
    statuses: Mapping[str, int] | None = None,
) -> ASGIApp:
    """The application as a server runs it.

    Args:
        app: all its routes are there, each with a role.
        rules: hosts, who is asking, body limit.
        now_s: monotonic seconds, for what is remembered a day.
        statuses: the surface's own error codes and their HTTP statuses.

    Raises:
        RouteWithoutRoleError: a route declares no role.
    """
    install_errors(app, statuses)
    close_routes(app, AnswerMemory(now_s))
    return Guard(app, rules)
