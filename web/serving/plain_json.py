"""Reads a body as a model and writes an answer in one step each.

For routes that a person's touch waits for: FastAPI's own reading of parameters and checking of
answers cost as much as all the rest of such a request.
"""

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from starlette.requests import Request
from starlette.responses import Response

Model = TypeVar("Model", bound=BaseModel)


def read_body_as(model: type[Model], request: Request) -> Model:
    """The body that the guard let through.

    Raises:
        RequestValidationError: it does not fit; the caller is told as of any other route.
    """
    try:
        return model.model_validate_json(request.scope["lophoc.body"])
    except ValidationError as error:
        raise RequestValidationError(error.errors(include_url=False)) from error


def json_answer(content: Mapping[str, Any], status: int = 200) -> Response:
    """An answer of JSON values."""
    return Response(to_json(content), status, media_type="application/json")
