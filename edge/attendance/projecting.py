"""Marks, lessons and runs written as tables, behind the facts, and made anew from them."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator

from edge.attendance.journal import Entry, Journal
from edge.attendance.ports import FactStore
from edge.store import projections
from edge.store.errors import StoreError
from edge.store.projections import LessonRow, MarkRow, Row, RunRow
from edge.store.stored import Stored
from school.records import School
from school.register import Register
from school.room_runs import Run
from school.rules import Rules
from sync.wire.fact import fact_of

log = logging.getLogger(__name__)

PAUSE_S = 2.0
_DAY_MS = 86_400_000


def lesson_rows(register: Register, lesson_id: str) -> list[Row]:
    """The rows of one lesson: a row for each mark that stands, and one for the lesson."""
    marks = register.marks(lesson_id)
    rows: list[Row] = [
        MarkRow(
            lesson_id=lesson_id,
            person_id=mark.person_id,
            presence=mark.presence.value,
            excuse=mark.excuse.value if mark.excuse else "none",
            minutes=mark.minutes,
            source=mark.source.value,
            at_ms=mark.at_ms or 0,
            fact_id=mark.fact_id,
        )
        for mark in marks
        if mark.source is not None
    ]
    state = register.lesson(lesson_id)
    rows.append(
        LessonRow(
            lesson_id=lesson_id,
            attendance=state.attendance.value,
            confirmed_at_ms=state.confirmed_at_ms,
            body=_text({"counts": state.counts._asdict(), "confirmed_by": state.confirmed_by}),
            fact_id=max((mark.fact_id for mark in marks), default=""),
        )
    )
    return rows


def run_row(run: Run) -> RunRow:
    """The row of one run."""
    ended = run.ended
    body = {
        "lessons": list(run.lessons),
        "picture": run.fact.body.get("picture") is True,
        "started_ms": run.fact.wall_ms,
        "ended_ms": ended.wall_ms if ended else None,
        "reason": ended.text("reason") if ended else None,
    }
    state = "ended" if ended else "open"
    return RunRow(run.id, state, _text(body), ended.id if ended else run.fact.id)


def all_rows(register: Register, room: str) -> list[Row]:
    """Every row that the facts of a room give."""
    rows = [row for lesson in register.touched_lessons() for row in lesson_rows(register, lesson)]
    rows += [run_row(run) for run in register.runs(room)]
    return rows


def replay_with(
    room: str, school: School, rules: Rules
) -> Callable[[Iterator[Stored]], Iterable[Row]]:
    """How `projections.differences` and `projections.rebuild` replay this room's facts."""

    def replay(stored: Iterator[Stored]) -> Iterable[Row]:
        register = Register(school, rules)
        for one in stored:
            register.apply(fact_of(room, one.incarnation, one.event))
        return all_rows(register, room)

    return replay


class Projector:
    """Writes what changed, some seconds behind the facts and in one go."""

    def __init__(
        self, journal: Journal, store: FactStore, sleep: Callable[[float], Awaitable[None]]
    ) -> None:
        self._journal = journal
        self._store = store
        self._sleep = sleep
        self._due: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._written: dict[str, list[Row]] = {}
        journal.watch(self._note)

    async def run(self) -> None:
        """Write until cancelled; first what a kill may have kept from being written."""
        await self._journal.replayed()
        self._due |= dict.fromkeys(self._recent(self._journal.now().at_ms))
        self._wake.set()
        while True:
            await self._wake.wait()
            await self._sleep(PAUSE_S)
            await self.flush()

    async def flush(self) -> None:
        """Write what is due now."""
        self._wake.clear()
        due, self._due = self._due, {}
        changes = {key: self._rows(key) for key in due}
        changes = {key: rows for key, rows in changes.items() if rows != self._written.get(key)}
        if not changes:
            return

        def change(connection: sqlite3.Connection) -> None:
            for key, rows in changes.items():
                _replace(connection, key, self._written.get(key), rows)

        try:
            await self._store.project(change)
        except StoreError as error:
            log.warning("marks were not written as tables; they stay in the log: %s", error)
            self._due = dict.fromkeys(changes) | self._due
            return
        self._written |= changes

    def _rows(self, key: str) -> list[Row]:
        runs = self._journal.register.runs(self._journal.room)
        run = next((run for run in runs if run.id == key), None)
        return [run_row(run)] if run else lesson_rows(self._journal.register, key)

    def _recent(self, at_ms: int) -> list[str]:
        """Lessons and runs of about a day around a moment."""
        register = self._journal.register
        runs = register.runs(self._journal.room)
        found = [run.id for run in runs if abs(run.fact.wall_ms - at_ms) <= _DAY_MS]
        return found + [one for one in register.touched_lessons() if _is_near(register, one, at_ms)]

    def _note(self, entry: Entry) -> None:
        if not self._journal.is_replayed:
            return
        register, fact, judgement = self._journal.register, entry.fact, entry.judgement
        lessons = [fact.text("lesson"), *fact.texts("lessons")]
        if judgement is not None and judgement.lesson_id is not None:
            lessons.append(judgement.lesson_id)
        if fact.kind.startswith("run."):
            lessons += [fact.text("run"), *self._recent(register.when_of(fact).at_ms)]
        self._due |= dict.fromkeys(register.canonical(one) for one in lessons if one)
        if self._due:
            self._wake.set()


def _is_near(register: Register, lesson_id: str, at_ms: int) -> bool:
    planned = register.timetable.lesson(lesson_id)
    return planned is None or abs(planned.starts_ms - at_ms) <= _DAY_MS


def _replace(
    connection: sqlite3.Connection, key: str, before: list[Row] | None, rows: list[Row]
) -> None:
    """Write what differs; what an earlier process wrote of this key is unknown and goes first."""
    if before is None:
        connection.execute("DELETE FROM mark WHERE lesson_id = ?", (key,))
        before = []
    kept = {row.person_id for row in rows if isinstance(row, MarkRow)}
    for row in before:
        if isinstance(row, MarkRow) and row.person_id not in kept:
            connection.execute(
                "DELETE FROM mark WHERE lesson_id = ? AND person_id = ?", (key, row.person_id)
            )
    projections.write(connection, [row for row in rows if row not in before])


def _text(body: dict[str, object]) -> str:
    return json.dumps(body, sort_keys=True, separators=(",", ":"))
