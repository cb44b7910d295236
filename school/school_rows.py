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

Optional lists, each absent in a school that has no need of them:

    "calendar": [{"year": "2026-2027", "first_day": "2026-09-07", "last_day": "2027-05-28",
                  "semesters": [{"name": "HK I", "first_day": …, "last_day": …}, …],
                  "closed": [{"first_day": …, "last_day": …, "name": "Tết", "declared_on": null}]}],
     "enrolments": [{"person_id": "…", "class_id": "10a1", "valid_from": …, "valid_to": null}],
     "timetables": [{"name": "TKB số 5", "valid_from": "2026-11-23", "rows": [<timetable row>]}],
     "substitutions": [{"kind": "substitute|make_up|swap|room|cancelled", "date": …, "group": …,
                        "session": "S", "slot": 2, "subject": …, "teacher_id": …, "room": …}],
     "teaching_plan": [{"subject": "Toán", "grade": 10, "number": 1, "title": …, "week": 1}],
     "leaves": [{"id": …, "person_id": …, "first_day": …, "last_day": …, "session": null,
                 "state": "requested|approved|refused|withdrawn"}],
     "logbook": [{"lesson": <lesson id>, "number": 12, "title": …, "grade": "Tốt", "remark": …}],
     "exams": [{"group": …, "room": …, "date": …, "start": "07:30", "end": "09:00",
                "subject": …, "candidates": [{"person_id": …, "number": "010001"}]}],
     "thresholds": [{"valid_from": null, "open_before_min": 20, "late_after_min": 5,
                     "maybe_absent_after_min": 15}],
     "lent": [{"room": "a1-05", "group": "hsg-toan", "first_day": …, "last_day": …}],
     "office": [{"person_id": …, "birth": "2010-02-02", "gender": "Nữ",
                 "codes": [{"system": "moet", "code": "0012345678", "valid_from": null}]}]

`office` is for the school server alone: no room may hold it (`room_copy`). A room's copy has
`uid_hash` and `last4` of a card in place of its `uid`.
`listed` is false of a class or group of which a room's copy has id and name alone.
`thresholds` are the same in all rooms and on the server; each row holds from its day on. `lent` are
lists that a room may hold though the timetable brings them into no lesson there.
`timetable` holds before the first of `timetables`; each of these holds from its day until the next.
A pupil with enrolments is in a class on their days alone; `class_id` is the class of today. `bells`
with `valid_from`/`valid_to` (summer, winter) hold instead of those without. Weekdays are ISO
(1 = Monday). A bell with a date holds on that date alone, and a date with bells of
its own has only those; a bell's `name` is shown for its number ("Cả buổi", "Tiết 6"). A timetable
row without a room is held in the class's home room. Optional:
`utc_offset_min`, `groups`, `stt`, `revoked`, `weekdays` (all seven), `date`, `subject`,
`teacher_id`, `room`, `home_room`, `co_teacher_ids` (who else gives the lesson).
"""

import datetime
import unicodedata
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from school.ids import GROUP_KEY
from school.records import PersonKind, RoomKind, Session
from school.year import ChangeKind, LeaveState

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Key = Annotated[str, Field(pattern=rf"^{GROUP_KEY}$", max_length=48)]
Name = Annotated[str, Field(min_length=1, max_length=120)]
Time = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$")]
Weekday = Annotated[int, Field(ge=1, le=7, strict=True)]
Slot = Annotated[int, Field(ge=1, le=99, strict=True)]
Day = datetime.date
Year = Annotated[str, Field(pattern=r"^20[0-9]{2}-20[0-9]{2}$")]


def _room_kind(value: object) -> object:
    """Schools write the gate as `cổng`."""
    is_gate = isinstance(value, str) and unicodedata.normalize("NFC", value) == "cổng"
    return RoomKind.GATE if is_gate else value


class _Row(BaseModel):
    """What every row shares: an unknown key is a mistake."""

    model_config = ConfigDict(extra="forbid", defer_build=True)  # `SchoolFile` builds what it needs


class SchoolRow(_Row):
    """The school itself."""

    id: Id
    name: Name
    utc_offset_min: Annotated[int, Field(ge=-720, le=840, strict=True)] = 420
    bell_offset_min: Annotated[int, Field(ge=-30, le=30, strict=True)] = 0


class RoomRow(_Row):
    """A room, or the gate (`cổng`)."""

    id: Id
    name: Name
    kind: Annotated[RoomKind, BeforeValidator(_room_kind)] = RoomKind.CLASSROOM


class ClassRow(_Row):
    """A class of the school year; `source_id` is its name in the system that rosters come from."""

    id: Key
    name: Name
    source_id: Name | None = None
    home_room: Id | None = None
    homeroom_teacher_id: Id | None = None
    year: Year | None = None
    listed: bool = True


class MemberRow(_Row):
    """A pupil's time in a group; an open end is None."""

    person_id: Id
    valid_from: Day | None = None
    valid_to: Day | None = None


class EnrolmentRow(_Row):
    """A pupil's time in a class; an open end is None."""

    person_id: Id
    class_id: Key
    valid_from: Day | None = None
    valid_to: Day | None = None


class GroupRow(_Row):
    """Pupils who have some lessons together, apart from their classes."""

    id: Key
    name: Name
    members: list[Id] = Field(default_factory=list)
    dated_members: list[MemberRow] = Field(default_factory=list)
    counts_to_45: bool = False
    listed: bool = True


class PersonRow(_Row):
    """A pupil or a member of staff."""

    id: Id
    kind: PersonKind
    name: Name
    class_id: Key | None = None
    stt: Annotated[int, Field(ge=1, le=999, strict=True)] | None = None


class CardRow(_Row):
    """A card and its owner: its number; or, in a room, only what it is looked up by."""

    person_id: Id
    tech: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    uid: Annotated[str, Field(max_length=40)] = ""
    uid_hash: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] | None = None
    last4: Annotated[str, Field(pattern=r"^[0-9A-F]{4}$")] | None = None
    revoked: bool = False
    valid_from: Day | None = None
    valid_to: Day | None = None
    revoked_on: Day | None = None


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
    valid_from: Day | None = None
    valid_to: Day | None = None
    name: Annotated[str, Field(max_length=40)] = ""


class TimetableRow(_Row):
    """One lesson of the week."""

    group: Key
    weekday: Weekday
    session: Session
    slot: Slot
    subject: Annotated[str, Field(max_length=80)] = ""
    teacher_id: Id | None = None
    room: Id | None = None
    co_teacher_ids: list[Id] = Field(default_factory=list)


class VersionRow(_Row):
    """A version of the timetable; it is never edited, the next one follows it."""

    name: Name
    valid_from: Day
    rows: list[TimetableRow]


class SemesterRow(_Row):
    """A semester (học kỳ)."""

    name: Name
    first_day: Day
    last_day: Day


class ClosedRow(_Row):
    """Days off; `declared_on` tells that they were declared late (storm, cold)."""

    first_day: Day
    last_day: Day
    name: Annotated[str, Field(max_length=120)] = ""
    declared_on: Day | None = None


class YearRow(_Row):
    """A school year."""

    year: Year
    first_day: Day
    last_day: Day
    semesters: list[SemesterRow] = Field(default_factory=list)
    closed: list[ClosedRow] = Field(default_factory=list)


class SubstitutionRow(_Row):
    """One lesson of one day that is not as the timetable says; what is None stays as planned."""

    kind: ChangeKind
    date: datetime.date
    group: Key
    session: Session
    slot: Slot
    subject: Annotated[str, Field(max_length=80)] | None = None
    teacher_id: Id | None = None
    room: Id | None = None


class PlanRow(_Row):
    """One lesson of the teaching plan (PPCT)."""

    subject: Annotated[str, Field(min_length=1, max_length=80)]
    grade: Annotated[int, Field(ge=1, le=12, strict=True)]
    number: Annotated[int, Field(ge=1, le=999, strict=True)]
    title: Annotated[str, Field(min_length=1, max_length=300)]
    week: Annotated[int, Field(ge=1, le=53, strict=True)] | None = None


class LeaveRow(_Row):
    """A leave request, without its reason."""

    id: Id
    person_id: Id
    first_day: Day
    last_day: Day
    session: Session | None = None
    state: LeaveState = LeaveState.APPROVED


class LogbookRow(_Row):
    """What stands in the logbook of one lesson."""

    lesson: Annotated[str, Field(max_length=80)]
    number: Annotated[int, Field(ge=1, le=999, strict=True)] | None = None
    title: Annotated[str, Field(max_length=300)] = ""
    grade: Annotated[str, Field(max_length=20)] = ""
    remark: Annotated[str, Field(max_length=300)] = ""
    signed_by: Id | None = None


class CandidateRow(_Row):
    """A pupil in an exam, with the number there (số báo danh)."""

    person_id: Id
    number: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,16}$")]


class ExamRow(_Row):
    """An exam in one room; its list stands instead of the class's."""

    group: Key
    name: Name
    room: Id
    date: datetime.date
    start: Time
    end: Time
    subject: Annotated[str, Field(max_length=80)] = ""
    candidates: Annotated[list[CandidateRow], Field(min_length=1)]


class ThresholdRow(_Row):
    """Thresholds of attendance that hold from a day until the next row does; minutes."""

    valid_from: Day | None = None
    open_before_min: Annotated[int, Field(ge=0, le=1440, strict=True)]
    late_after_min: Annotated[int, Field(ge=0, le=1440, strict=True)]
    maybe_absent_after_min: Annotated[int, Field(ge=0, le=1440, strict=True)]


class LentRow(_Row):
    """A list that the office lent to a room for some days; both count, None is open."""

    room: Id
    group: Key
    first_day: Day | None = None
    last_day: Day | None = None


class CodeRow(_Row):
    """A person's code in one system; text, because leading zeros count."""

    system: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
    code: Annotated[str, Field(min_length=1, max_length=64)]
    valid_from: Day | None = None
    valid_to: Day | None = None


class OfficeRow(_Row):
    """What only the office keeps about a person."""

    person_id: Id
    birth: Day | None = None
    gender: Annotated[str, Field(max_length=20)] = ""
    codes: list[CodeRow] = Field(default_factory=list)


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
    enrolments: list[EnrolmentRow] = Field(default_factory=list)
    calendar: list[YearRow] = Field(default_factory=list)
    timetables: list[VersionRow] = Field(default_factory=list)
    substitutions: list[SubstitutionRow] = Field(default_factory=list)
    teaching_plan: list[PlanRow] = Field(default_factory=list)
    leaves: list[LeaveRow] = Field(default_factory=list)
    logbook: list[LogbookRow] = Field(default_factory=list)
    exams: list[ExamRow] = Field(default_factory=list)
    thresholds: list[ThresholdRow] = Field(default_factory=list)
    lent: list[LentRow] = Field(default_factory=list)
    office: list[OfficeRow] = Field(default_factory=list)
