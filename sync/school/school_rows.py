"""The rows of the school file `school.json`, as it stands on disk.

Shape (schema 1); every id of a class or group is its key in lesson ids (`ids.group_key`):

    {"schema": 1,
     "school": {"id": "thcs-nguyen-du", "name": "Trường THCS Nguyễn Du", "utc_offset_min": 420},
     "card_key": "<64 hex digits>",
     "rooms": [{"id": "a1-05", "name": "A1.05"}],
     "classes": [{"id": "10a1", "name": "10A1", "home_room": "a1-05"}],
     "groups": [{"id": "hsg-toan", "name": "HSG Toán", "members": ["<person id>"],
                 "counts_to_45": false}],
     "people": [{"id": "…", "kind": "pupil", "name": "Nguyễn Thị An", "class_id": "10a1", "stt": 1},
                {"id": "…", "kind": "staff", "name": "Trần Thị Hà"}],
     "cards": [{"person_id": "…", "tech": "mifare", "uid": "04A1B2C3", "revoked": false}],
     "bells": [{"session": "S", "slot": 1, "start": "07:00", "end": "07:45",
                "weekdays": [1, 2, 3, 4, 5, 6], "date": null}],
     "timetable": [{"group": "10a1", "weekday": 1, "session": "S", "slot": 1, "subject": "Toán",
                    "teacher_id": "…", "room": null}]}

Weekdays are ISO (1 = Monday). A bell with a date holds on that date alone, and a date with bells of
its own has only those. A timetable row without a room is held in the class's home room. Optional:
`utc_offset_min`, `groups`, `stt`, `revoked`, `weekdays` (all seven), `date`, `subject`,
`teacher_id`, `room`, `home_room`.
"""

import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sync.school.ids import GROUP_KEY
from sync.school.records import PersonKind, Session

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Key = Annotated[str, Field(pattern=rf"^{GROUP_KEY}$", max_length=48)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Time = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
Weekday = Annotated[int, Field(ge=1, le=7, strict=True)]
Slot = Annotated[int, Field(ge=1, le=99, strict=True)]


class _Row(BaseModel):
    """What every row shares: an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid")


class SchoolRow(_Row):
    """The school itself."""

    id: Id
    name: Name
    utc_offset_min: Annotated[int, Field(ge=-720, le=840, strict=True)] = 420


class RoomRow(_Row):
    """A room."""

    id: Id
    name: Name


class ClassRow(_Row):
    """A class of the school year."""

    id: Key
    name: Name
    home_room: Id | None = None


class GroupRow(_Row):
    """Pupils who have some lessons together, apart from their classes."""

    id: Key
    name: Name
    members: list[Id]
    counts_to_45: bool = False


class PersonRow(_Row):
    """A pupil or a member of staff."""

    id: Id
    kind: PersonKind
    name: Name
    class_id: Key | None = None
    stt: Annotated[int, Field(ge=1, le=999, strict=True)] | None = None


class CardRow(_Row):
    """A card and its owner."""

    person_id: Id
    tech: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    uid: Annotated[str, Field(max_length=40)]
    revoked: bool = False


class BellRow(_Row):
    """One slot of the bell schedule."""

    session: Session
    slot: Slot
    start: Time
    end: Time
    weekdays: Annotated[list[Weekday], Field(min_length=1)] = Field(
        default_factory=lambda: [1, 2, 3, 4, 5, 6, 7]
    )
    date: datetime.date | None = None


class TimetableRow(_Row):
    """One lesson of the week."""

    group: Key
    weekday: Weekday
    session: Session
    slot: Slot
    subject: Annotated[str, Field(max_length=80)] = ""
    teacher_id: Id | None = None
    room: Id | None = None


class SchoolFile(_Row):
    """The whole file."""

    schema_: Literal[1] = Field(alias="schema", default=1)
    school: SchoolRow
    card_key: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{64}$")]
    rooms: list[RoomRow]
    classes: list[ClassRow]
    groups: list[GroupRow] = Field(default_factory=list)
    people: list[PersonRow]
    cards: list[CardRow]
    bells: list[BellRow]
    timetable: list[TimetableRow]
