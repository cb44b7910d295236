"""Refusals of rules and of the store, as the API tells them."""

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager

from pydantic import BaseModel, ConfigDict

from edge.attendance.ports import RefusedByRuleError
from edge.room.view import Json
from edge.store.errors import StoreError
from web.serving.errors import ApiError

STATUSES = {
    "no_device": 404,
    "unknown_lesson": 404,
    "unknown_group": 404,
    "no_lesson": 409,
    "unknown_person": 404,
    "no_run": 409,
    "past_lesson": 409,
    "marked_meanwhile": 409,
    "unmarked_left": 409,
    "not_confirmed": 409,
    "starting": 503,
    "not_stored": 503,
}
"""HTTP statuses of the codes that are the room's own."""


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what a rule or the store refuses into the API's own error."""
    try:
        yield
    except RefusedByRuleError as error:
        raise ApiError(error.code, error.message, **error.params) from error
    except StoreError as error:
        raise ApiError("not_stored", f"It could not be stored: {error}.") from error


async def done(work: Awaitable[Json]) -> Json:
    """What a deed of lessons or attendance gave, its refusal told as above."""
    with refusing():
        return await work


class NoBody(BaseModel):
    """A deed about which there is nothing to say: `{}`."""

    model_config = ConfigDict(extra="forbid")
