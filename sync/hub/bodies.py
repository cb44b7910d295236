"""What the bodies of known events must hold; unknown kinds come from newer rooms and are kept.

Only types are judged: a value that this hub does not know yet is no mistake of the room.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from school.ids import parse_lesson_id


class _Body(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True)


def _check_lesson_id(text: str) -> str:
    parse_lesson_id(text)
    return text


def _check_day(text: str) -> str:
    date.fromisoformat(text)
    return text


_Day = Annotated[str, AfterValidator(_check_day)]
_LessonId = Annotated[str, AfterValidator(_check_lesson_id)]


class _Tap(_Body):
    reader: str
    tech: str
    uid_hash: str = Field(pattern=r"^[0-9a-f]{32}$")
    last4: str
    n: int | None = None
    dboot: str | None = None


class _RunStarted(_Body):
    run: str
    lessons: list[str]
    picture: bool
    by: str


class _RunEnded(_Body):
    run: str
    by: str
    reason: str


class _RunContinued(_Body):
    run: str


class _RunDated(_Body):
    run: str
    provisional: list[_LessonId]
    lessons: list[_LessonId]


class _Mark(_Body):
    lesson: str
    person: str
    presence: str
    source: str
    minutes: int | None = None
    note: str | None = None
    prev: str | None = None


class _Confirm(_Body):
    lesson: str
    by: str


class _Reopen(_Body):
    lesson: str
    by: str
    reason: str


class _LateTapKept(_Body):
    lesson: str
    person: str


class _Guest(_Body):
    lesson: str
    person: str
    by: str
    out: bool = False


class _Excuse(_Body):
    lesson: str
    person: str
    excuse: str
    source: str
    reason: str | None = None


class _Leave(_Body):
    leave: str
    person: str
    first: _Day
    last: _Day
    state: str
    session: str | None = None


class _Session(_Body):
    person: str
    day: _Day
    session: str
    absent: bool
    excuse: str
    source: str
    by: str


class _Logbook(_Body):
    lesson: str
    number: int | None = None
    title: str | None = None
    grade: str | None = None
    remark: str | None = None
    signed_by: str | None = None


class _Command(_Body):
    id: str
    device: str
    capability: str
    by: str


class _CommandResult(_Body):
    id: str
    state: str
    reason: str | None = None


class _Anything(_Body):
    pass


KNOWN: Mapping[str, type[_Body]] = {
    "tap": _Tap,
    "run.started": _RunStarted,
    "run.ended": _RunEnded,
    "run.continued": _RunContinued,
    "run.dated": _RunDated,
    "mark": _Mark,
    "confirm": _Confirm,
    "reopen": _Reopen,
    "late_tap_kept": _LateTapKept,
    "guest": _Guest,
    "excuse": _Excuse,
    "leave": _Leave,
    "session": _Session,
    "logbook": _Logbook,
    "command": _Command,
    "command.result": _CommandResult,
}


def flaw(kind: str, body: bytes) -> str | None:
    """Why a body cannot be kept as an event of this kind; None when it can.

    The sentence names the field and never repeats what it holds.
    """
    try:
        KNOWN.get(kind, _Anything).model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "it"
        return f"the body of {kind} is wrong: {where}: {first['msg']}"
    return None
