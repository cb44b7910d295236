"""Facts of lane 0 out of the hub's database, in the order of receipt, page by page."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    LargeBinary,
    Select,
    and_,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from school.facts import Fact
from school.moment import TimeQuality
from school.span import LESSON_KINDS, Moments, Window
from sync.hub.tables import event, source
from sync.wire.event import Event, Lane
from sync.wire.fact import fact_of

PAGE = 2000  # rows of all lanes
_COLUMNS = ("seq", "kind", "boot", "mono_ms", "wall_ms", "tq", "body")
_OF_A_MOMENT = ("tap", "run.ended", "run.resumed", "run.extended")
_TRUSTED = tuple(quality.value for quality in TimeQuality if quality.trusted)


class Page(NamedTuple):
    """Some of the facts.

    Attributes:
        until: number of receipt up to which all is read now.
        facts: what was found on the way.
    """

    until: int
    facts: list[Fact]


def last_received(connection: Connection) -> int:
    """Number of receipt of the newest row; 0 without any."""
    return connection.execute(select(func.max(event.c.received))).scalar() or 0


def read_pages(
    connection: Connection, after: int, until: int, window: Window | None = None
) -> Iterator[Page]:
    """The facts from one number of receipt to another.

    Args:
        connection: to read from.
        after: the number read last.
        until: the last number wanted.
        window: which facts have a say (`Span.window`): a year has a million others. Of these come
            only those by which facts are dated and ordered. None = all.
    """
    for first in range(after, until, PAGE):
        last = min(until, first + PAGE)
        rows = connection.execute(_query(first, last, window))
        yield Page(last, [fact for row in rows if (fact := _fact(*row)) is not None])


def _query(after: int, until: int, window: Window | None) -> "Select[Any]":
    here = and_(
        event.c.received > after, event.c.received <= until, event.c.lane == Lane.ATTENDANCE
    )
    wanted = (
        select(source.c.agent_id, source.c.incarnation, *(event.c[name] for name in _COLUMNS))
        .join(source)
        .where(here)
        .order_by(event.c.received)
    )
    return wanted if window is None else wanted.where(or_(_has_a_say(window), *_dates(here)))


def _has_a_say(window: Window) -> ColumnElement[bool]:
    """Not of another day. A lesson without a date, and whatever is written otherwise, has one."""
    is_elsewhen = and_(event.c.tq.in_(_TRUSTED), _is_outside(window.moments_ms))
    lessons = [_holds(f'"lesson":"{month}') for month in window.months]
    return not_(
        or_(
            and_(event.c.kind.in_(_OF_A_MOMENT), is_elsewhen),
            and_(event.c.kind == "run.started", is_elsewhen, _holds_other_days(*window.days)),
            and_(event.c.kind.in_(LESSON_KINDS), _holds('"lesson":"20'), not_(or_(*lessons))),
        )
    )


def _holds_other_days(first: str, last: str | None) -> ColumnElement[bool]:
    """Whether the start of a run names no lesson, or one of another day; of several all stay."""
    begin = '"lessons":["'
    day = func.substr(event.c.body, _where(begin) + len(begin), 8)
    is_other = [day < _bytes(first)]
    if last is not None:
        is_other.append(and_(day > _bytes(last), day < _bytes(":")))  # above all digits
    is_one = not_(or_(_holds('","20'), _holds('","b')))
    return or_(_where(begin) == 0, and_(is_one, or_(*is_other)))


def _dates(here: ColumnElement[bool]) -> list[ColumnElement[bool]]:
    """Of each page the first row of each store, and the first on a good clock of each boot.

    Those of the whole, by which `Dating` goes, are among them.
    """
    store, boot = (event.c.source_id,), (event.c.source_id, event.c.boot)
    is_good = event.c.tq.in_(_TRUSTED)
    first = select(*store, func.min(event.c.seq)).where(here).group_by(*store)
    dated = select(*boot, func.min(event.c.mono_ms)).where(here, is_good).group_by(*boot)
    return [
        tuple_(*store, event.c.seq).in_(first),
        tuple_(*boot, event.c.mono_ms).in_(dated),
    ]


def _is_outside(moments: Moments) -> ColumnElement[bool]:
    return or_(event.c.wall_ms < moments[0], event.c.wall_ms >= moments[1])


class _Position(FunctionElement[int]):
    """Where some bytes stand in others, from 1; 0 for nowhere."""

    type = Integer()
    inherit_cache = True


@compiles(_Position)
def _position(element: _Position, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401 - as SQLAlchemy calls it
    return f"position({' in '.join(_sides(element, compiler, words))})"


@compiles(_Position, "sqlite")
def _instr(element: _Position, compiler: SQLCompiler, **words: Any) -> str:  # noqa: ANN401 - as SQLAlchemy calls it
    part, whole = _sides(element, compiler, words)
    return f"instr({whole}, {part})"


def _sides(element: _Position, compiler: SQLCompiler, words: dict[str, Any]) -> tuple[str, str]:
    part, whole = element.clauses
    return compiler.process(part, **words), compiler.process(whole, **words)


def _holds(text: str) -> ColumnElement[bool]:
    """Whether a body, as it is encoded (design §5), has this text."""
    return _where(text) > 0


def _where(text: str) -> _Position:
    return _Position(_bytes(text), event.c.body)


def _bytes(text: str) -> ColumnElement[bytes]:
    return literal(text.encode(), LargeBinary)


def _fact(room: str, incarnation: str, *columns: Any) -> Fact | None:  # noqa: ANN401 - a row
    try:
        return fact_of(room, int(incarnation, 16), Event(*columns))
    except ValueError:
        return None  # of a kind that the hub kept without knowing it, so it did not judge the body
