"""The roll by touch: `/api/lessons/{id}/…`."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from edge.api.refusals import NoBody, done, refusing
from edge.attendance.wish import MAX_MINUTES, Wish
from edge.room.view import Json
from school.marks import Presence
from web.serving.roles import Role, declare

if TYPE_CHECKING:
    from edge.attendance.roll import Roll

PersonId = Annotated[str, Field(min_length=1, max_length=64)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class MarkBody(_Body):
    """Where a pupil is."""

    presence: Presence = Field(examples=["late"])
    minutes: int | None = Field(None, ge=0, le=MAX_MINUTES, description="Late or left by so many.")
    note: str = Field("", max_length=40, examples=["forgot_card"])
    over: str | None = Field(
        None,
        max_length=64,
        description="`fact` of the mark that was seen when this was said; a newer word of a person "
        "then stands (409 `marked_meanwhile`).",
    )


class ConfirmBody(_Body):
    """Confirming the roll."""

    fill_absent: bool = Field(default=False, description="Mark whoever is unmarked absent first.")


class ReasonBody(_Body):
    """Why."""

    reason: str = Field(min_length=1, max_length=200)


class PersonBody(_Body):
    """Whom."""

    person_id: PersonId


class GuestBody(PersonBody):
    """Who learns with the class, or, with `out`, no more."""

    out: bool = False


class UndoBody(_Body):
    """What to take back: the last touch of some pupils, or one act as a whole."""

    person_ids: list[PersonId] | None = Field(None, min_length=1, max_length=200)
    over: str | None = Field(
        None, max_length=64, description="`fact` of the touch that is to be taken back."
    )
    act: str | None = Field(
        None, min_length=1, max_length=32, description="As `confirm`, `all_present` answered it."
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> "UndoBody":
        if (self.person_ids is None) is (self.act is None):
            raise ValueError("give either person_ids or act")
        return self


class MarkRoutes:
    """Routes of marks.

    Args:
        roll: the roll; raises ApiError `starting` until the store has been read.
        touched: told that somebody used the panel.
    """

    def __init__(self, roll: "Callable[[], Roll]", touched: Callable[[], None]) -> None:
        self._get_roll = roll
        self._touched = touched

    def _roll(self) -> "Roll":
        self._touched()
        return self._get_roll()

    def router(self) -> APIRouter:
        """All of them."""
        router = APIRouter(prefix="/api/lessons/{lesson_id}")
        router.get("/marks")(self.marks)
        router.put("/marks/{person_id}")(self.put_mark)
        router.post("/confirm")(self.confirm)
        router.post("/reopen")(self.reopen)
        router.post("/keep")(self.keep)
        router.post("/all_present")(self.all_present)
        router.post("/undo")(self.undo)
        router.post("/guests")(self.guests)
        return router

    @declare(Role.PANEL)
    async def marks(self, lesson_id: str) -> Json:
        """The whole roster with its marks, in the order of the class list."""
        with refusing():
            return self._get_roll().marks(lesson_id)

    @declare(Role.PANEL)
    async def put_mark(self, lesson_id: str, person_id: str, body: MarkBody) -> Json:
        """Say where a pupil is."""
        wish = Wish(body.presence, body.minutes, body.note)
        return await done(self._roll().put_mark(lesson_id, person_id, wish, body.over))

    @declare(Role.PANEL)
    async def confirm(self, lesson_id: str, body: ConfirmBody) -> Json:
        """Confirm the roll (chốt)."""
        return await done(self._roll().confirm(lesson_id, fill_absent=body.fill_absent))

    @declare(Role.PANEL)
    async def reopen(self, lesson_id: str, body: ReasonBody) -> Json:
        """Open a confirmed roll again."""
        return await done(self._roll().reopen(lesson_id, body.reason))

    @declare(Role.PANEL)
    async def keep(self, lesson_id: str, body: PersonBody) -> Json:
        """Leave a mark as it is though the pupil's card came later."""
        return await done(self._roll().keep_late_tap(lesson_id, body.person_id))

    @declare(Role.PANEL)
    async def guests(self, lesson_id: str, body: GuestBody) -> Json:
        """A pupil of another class whose card came here learns with this one, or no more."""
        return await done(self._roll().welcome(lesson_id, body.person_id, out=body.out))

    @declare(Role.PANEL)
    async def all_present(self, lesson_id: str, body: NoBody) -> Json:
        """The whole class is here."""
        return await done(self._roll().all_present(lesson_id))

    @declare(Role.PANEL)
    async def undo(self, lesson_id: str, body: UndoBody) -> Json:
        """Take back the last touch of some pupils, or one act as far as it still stands."""
        if body.act is not None:
            return await done(self._roll().undo_act(lesson_id, body.act))
        return await done(self._roll().undo(lesson_id, body.person_ids or []))
