"""Facts of lane 0 out of the hub's database, in the order of receipt, page by page."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, not_, or_, select, tuple_

from sync.hub.tables import event, source
from sync.moment import TimeQuality
from sync.school.facts import Fact, fact_of
from sync.wire.event import Event, Lane

PAGE = 2000  # rows of all lanes
_COLUMNS = ("seq", "kind", "boot", "mono_ms", "wall_ms", "tq", "body")
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
    connection: Connection, after: int, until: int, taps_ms: tuple[int, int] | None = None
) -> Iterator[Page]:
    """The facts from one number of receipt to another.

    Args:
        connection: to read from.
        after: the number read last.
        until: the last number wanted.
        taps_ms: from when, and before when, taps are wanted (Unix milliseconds, `Span.taps_ms`);
            a year has hundreds of thousands of them. Of the others come those on a doubtful clock,
            and those by which facts are dated and ordered. None = all.
    """
    for first in range(after, until, PAGE):
        last = min(until, first + PAGE)
        rows = connection.execute(_query(first, last, taps_ms))
        yield Page(last, [fact for row in rows if (fact := _fact(*row)) is not None])


def _query(after: int, until: int, taps_ms: tuple[int, int] | None) -> "Select[Any]":
    here = and_(
        event.c.received > after, event.c.received <= until, event.c.lane == Lane.ATTENDANCE
    )
    wanted = (
        select(source.c.agent_id, source.c.incarnation, *(event.c[name] for name in _COLUMNS))
        .join(source)
        .where(here)
        .order_by(event.c.received)
    )
    return wanted if taps_ms is None else wanted.where(_has_a_say(here, *taps_ms))


def _has_a_say(here: ColumnElement[bool], from_ms: int, until_ms: int) -> ColumnElement[bool]:
    """Not a mere tap of another day.

    Of each page the first row of each store and the first on a good clock of each boot come in any
    case: those of the whole, by which `Dating` goes, are among them.
    """
    store, boot = (event.c.source_id,), (event.c.source_id, event.c.boot)
    is_good = event.c.tq.in_(_TRUSTED)
    first = select(*store, func.min(event.c.seq)).where(here).group_by(*store)
    dated = select(*boot, func.min(event.c.mono_ms)).where(here, is_good).group_by(*boot)
    is_near = and_(event.c.wall_ms >= from_ms, event.c.wall_ms < until_ms)
    return or_(
        not_(and_(event.c.kind == "tap", is_good)),
        is_near,
        tuple_(*store, event.c.seq).in_(first),
        tuple_(*boot, event.c.mono_ms).in_(dated),
    )


def _fact(room: str, incarnation: str, *columns: Any) -> Fact | None:  # noqa: ANN401 - a row
    try:
        return fact_of(room, int(incarnation, 16), Event(*columns))
    except ValueError:
        return None  # of a kind that the hub kept without knowing it, so it did not judge the body
