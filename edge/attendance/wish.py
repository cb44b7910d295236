"""What a touch on a name asks for. Apart, because the API needs it before the page is served."""

from dataclasses import dataclass

from school.marks import Presence

NOTES = ("", "forgot_card")
MAX_MINUTES = 600


@dataclass(frozen=True, slots=True)
class Wish:
    """What a teacher wants a mark to be.

    Attributes:
        presence: where the pupil is.
        minutes: late by so much, or left so long before the end; None = as of now.
        note: one of `NOTES`.
    """

    presence: Presence
    minutes: int | None = None
    note: str = ""
