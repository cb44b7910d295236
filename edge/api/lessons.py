"""The lesson: `/api/lesson`, start, end, keep, continue, extend, takeover."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from edge.api.refusals import NoBody, done
from edge.lesson.start import Start
from edge.room.view import Json
from web.serving.roles import Role, declare

if TYPE_CHECKING:
    from edge.lesson.lessons import Lessons

LessonId = Annotated[str, Field(min_length=1, max_length=80)]
GroupKey = Annotated[str, Field(min_length=1, max_length=48)]


class StartBody(BaseModel):
    """What to start; with nothing named, the lesson that the panel offers."""

    model_config = ConfigDict(extra="forbid")

    lesson_id: LessonId | None = Field(None, examples=["20261123-S-2-10a1"])
    group_key: GroupKey | None = Field(None, description="Another class or group, now.")
    add_group: GroupKey | None = Field(None, description="A second class in the same room.")
    meeting: bool = Field(default=False, description="No lesson: devices only.")
    picture: bool = Field(default=True, description="Whether the display is wanted.")


class TakeoverBody(BaseModel):
    """Another teacher gives the planned lesson."""

    model_config = ConfigDict(extra="forbid")

    lesson_id: LessonId | None = None
    picture: bool = True


class EndBody(BaseModel):
    """How to end."""

    model_config = ConfigDict(extra="forbid")

    off: bool = Field(default=False, description="At once, without the countdown.")


class LessonRoutes:
    """Routes of the lesson.

    Args:
        lessons: the lesson part; raises ApiError `starting` until the store has been read.
    """

    def __init__(self, lessons: "Callable[[], Lessons]") -> None:
        self._lessons = lessons

    def router(self) -> APIRouter:
        """All of them."""
        router = APIRouter(prefix="/api/lesson")
        router.get("")(self.lesson)
        router.post("/start")(self.start)
        router.post("/end")(self.end)
        router.post("/keep")(self.keep)
        router.post("/continue")(self.go_on)
        router.post("/extend")(self.extend)
        router.post("/takeover")(self.takeover)
        return router

    @declare(Role.PANEL)
    async def lesson(self) -> Json:
        """The run that is on, and the lesson that the timetable offers."""
        return self._lessons().view()

    @declare(Role.PANEL)
    async def start(self, body: StartBody) -> Json:
        """Start a lesson: the fact is stored, then the room gets ready."""
        return await done(self._lessons().start(Start(**body.model_dump())))

    @declare(Role.PANEL)
    async def takeover(self, body: TakeoverBody) -> Json:
        """Start the planned lesson in another teacher's place."""
        return await done(self._lessons().start(Start(**body.model_dump(), substitute=True)))

    @declare(Role.PANEL)
    async def end(self, body: EndBody) -> Json:
        """End the lesson: a countdown, a hand-over, or at once."""
        return await done(self._lessons().end(off=body.off))

    @declare(Role.PANEL)
    async def keep(self, body: NoBody) -> Json:
        """Stop the countdown."""
        return await done(self._lessons().keep())

    @declare(Role.PANEL)
    async def go_on(self, body: NoBody) -> Json:
        """Take an end back, also one that handed over: the same run goes on."""
        return await done(self._lessons().go_on())

    @declare(Role.PANEL)
    async def extend(self, body: NoBody) -> Json:
        """Keep teaching past the planned end."""
        return await done(self._lessons().extend())
