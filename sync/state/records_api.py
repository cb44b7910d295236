"""`/api/records`: how `lophoc import --into` reaches the agent or the hub that holds the folder.

The body is a whole school file. Who writes says with `If-Match` which version it was made from.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from school.mistakes import SchoolFileError
from sync.state.records import (
    NothingToUndoError,
    RecordsFolder,
    StaleRecordsError,
    digest,
)
from web.serving.errors import ApiError
from web.serving.roles import Role, declare

STATUSES = {"no_records": 404, "nothing_to_undo": 409, "stale_records": 412}
"""HTTP statuses of the codes that are this router's own."""


class _Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RecordsRoutes:
    """Routes of the school's records.

    Args:
        folder: where they are; this process holds its lock.
        adopt: told that others hold now; returns when everything here goes by them.
    """

    def __init__(self, folder: RecordsFolder, adopt: Callable[[], Awaitable[None]]) -> None:
        self._folder = folder
        self._adopt = adopt
        self._turn = asyncio.Lock()

    def router(self) -> APIRouter:
        """All of them."""
        router = APIRouter(prefix="/api/records")
        router.get("")(self.records)
        router.put("")(self.replace)
        router.post("/undo")(self.undo)
        return router

    @declare(Role.RECORDS)
    async def records(self) -> Response:
        """The school file that holds, with its ETag."""
        raw = await asyncio.to_thread(self._folder.read)
        if raw is None:
            raise ApiError("no_records", "There are no records here yet.")
        headers = {"etag": f'"{digest(raw)}"'}
        return Response(raw, media_type="application/json", headers=headers)

    @declare(Role.RECORDS, own_key=True)
    async def replace(
        self, request: Request, if_match: Annotated[str, Header(max_length=70)]
    ) -> dict[str, str]:
        """Put a school file in place of the one that holds; an empty `If-Match` is of the first."""
        raw, base = await request.body(), if_match.strip('"')
        try:
            kept = await self._write(lambda: self._folder.replace(raw, base))
        except SchoolFileError as error:
            raise ApiError("malformed", f"{error}.", field="body") from error
        except StaleRecordsError as error:
            raise ApiError("stale_records", "The records have changed; look again.") from error
        return {"kept": kept}

    @declare(Role.RECORDS, own_key=True)
    async def undo(self, body: _Nothing) -> dict[str, str]:
        """Put the version before back."""
        del body
        try:
            return {"name": await self._write(self._folder.undo)}
        except NothingToUndoError as error:
            raise ApiError("nothing_to_undo", "There is no version before this one.") from error

    async def _write(self, work: Callable[[], str]) -> str:
        """One at a time, away from the loop: taps and devices go on meanwhile."""
        async with self._turn:
            try:
                said = await asyncio.to_thread(work)
            except OSError as error:
                message = f"The records could not be written: {error.strerror}."
                raise ApiError("busy", message) from error
            await self._adopt()
            return said
