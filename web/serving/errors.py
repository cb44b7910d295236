"""Errors as a code, parameters and one sentence; one table says which HTTP status each code is."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from web.serving.plain_json import json_answer

STATUS: Mapping[str, int] = {
    "bad_request": 400,
    "bad_host": 400,
    "key_missing": 400,
    "key_malformed": 400,
    "sign_in": 401,
    "forbidden": 403,
    "foreign_origin": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_slow": 408,
    "conflict": 409,
    "key_reused": 409,
    "too_big": 413,
    "not_json": 415,
    "malformed": 422,
    "too_many": 429,
    "internal": 500,
    "busy": 503,
}

_CODE_OF_STATUS = {
    400: ("bad_request", "The request could not be read."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take that method."),
    413: ("too_big", "The body is too big."),
}


class ApiError(Exception):
    """The caller is told a code, parameters and one sentence; nothing was changed.

    Args:
        code: a row of `STATUS` or of the surface's own table.
        message: one plain English sentence for developers; screens say the code in their own words.
        params: what the sentence speaks of, as JSON values.
    """

    def __init__(self, code: str, message: str, **params: Any) -> None:  # noqa: ANN401 - any JSON value
        super().__init__(message)
        self.code = code
        self.message = message
        self.params = params


def error_answer(
    code: str, message: str, params: Mapping[str, Any] | None = None, *, status: int | None = None
) -> Response:
    """The JSON answer `{"code", "message", "params"}` with the status of the table."""
    body = {"code": code, "message": message, "params": params or {}}
    return json_answer(body, STATUS[code] if status is None else status)


def sentence(errors: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """The first validation error as (field, sentence); what was sent is never repeated."""
    if not errors:
        return "body", "The request does not fit the form of this address."
    first = errors[0]
    field = ".".join(str(part) for part in first.get("loc", ()) if part not in ("body", "query"))
    if first.get("type") == "json_invalid":
        where = f"at character {field}" if field else first.get("ctx", {}).get("error", "empty")
        return "body", f"The body is not JSON ({where})."
    where = field or "body"
    if first.get("type") == "missing":
        return where, f"The field {where} is missing."
    reason = str(first.get("msg", "it does not fit")).removesuffix(".")
    return where, f"The field {where} is wrong: {reason}."


def install_errors(app: FastAPI, more: Mapping[str, int] | None = None) -> None:
    """Make every error of `app` one of ours.

    Args:
        app: the application, before its first request.
        more: the surface's own codes and their statuses.
    """
    table = {**STATUS, **(more or {})}

    async def ours(_: Request, error: Exception) -> Response:
        assert isinstance(error, ApiError)  # noqa: S101 - registered for this class alone
        return error_answer(error.code, error.message, error.params, status=table[error.code])

    async def malformed(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
        field, text = sentence(error.errors())
        return error_answer("malformed", text, {"field": field})

    async def plain(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - as above
        code, text = _CODE_OF_STATUS.get(error.status_code, ("bad_request", str(error.detail)))
        answer = error_answer(code, text, status=error.status_code)
        answer.headers.update(error.headers or {})
        return answer

    async def internal(_: Request, __: Exception) -> Response:
        return error_answer("internal", "This is a fault of the server; its log says more.")

    app.add_exception_handler(ApiError, ours)
    app.add_exception_handler(RequestValidationError, malformed)
    app.add_exception_handler(HTTPException, plain)
    app.add_exception_handler(Exception, internal)
