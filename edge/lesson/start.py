"""What a start touch asks for. Apart, because the API needs it before the page is served."""

from collections.abc import Mapping
from dataclasses import dataclass

NOT_READ_YET: Mapping[str, object] = {"starting": True}
"""The lesson object until the store has been read: nobody knows yet what is on."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a start touch asks for; with nothing named, the lesson that the panel offers.

    Attributes:
        lesson_id: a lesson of the timetable.
        group_key: another class or group, now.
        add_group: a second class beside the ones that are here (ghép lớp).
        meeting: no lesson at all, devices only.
        substitute: another teacher gives the planned lesson.
        picture: whether the display is asked for.
        by: `panel` or a person id.
    """

    lesson_id: str | None = None
    group_key: str | None = None
    add_group: str | None = None
    meeting: bool = False
    substitute: bool = False
    picture: bool = True
    by: str = "panel"
