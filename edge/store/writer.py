"""The thread that owns the store's writing connection: what to commit together, and when.

A tap waits for nothing but its own commit: urgent facts go at once, those that came during a
commit go together in the next. Telemetry, projections and cursors wait for a free moment.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from edge.store.errors import StoreError, StoreFullError
from edge.store.ledger import Change, Ledger, NewFact
from sync.wire.event import Lane


@dataclass(frozen=True, slots=True)
class Pace:
    """When work that may wait is committed.

    Attributes:
        change_s: a projection or cursor waits at most so long.
        telemetry_s: a telemetry fact waits at most so long.
        group: so many waiting pieces go at once; also the most facts in one urgent group × 5.
        checkpoint_pages: the log is copied into the file above so many pages, when idle.
        idle_s: how long nothing must have come to count as idle.
    """

    change_s: float = 0.2
    telemetry_s: float = 5.0
    group: int = 100
    checkpoint_pages: int = 1000
    idle_s: float = 0.05


@dataclass(slots=True, eq=False)
class FactJob:
    """A fact to be stored."""

    future: "asyncio.Future[Any]"
    fact: NewFact


@dataclass(slots=True, eq=False)
class ChangeJob:
    """A projection or cursor to be written."""

    future: "asyncio.Future[Any]"
    change: Change


@dataclass(slots=True, eq=False)
class Errand:
    """Anything else that needs the writing connection, in its turn."""

    future: "asyncio.Future[Any]"
    run: Callable[[Ledger], object]
    last: bool = False  # the thread ends after it


Job = FactJob | ChangeJob | Errand
Outcome = tuple["asyncio.Future[Any]", object]
"""A future and its result; an exception is raised in whoever waits."""


class Writer:
    """The writing thread.

    Args:
        loop: where futures live.
        pace: when work that may wait is committed.
        watchers: each is called on the loop after facts were committed.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, pace: Pace, watchers: Sequence[Callable[[], None]]
    ) -> None:
        self._loop = loop
        self._pace = pace
        self._watchers = watchers
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._later: list[FactJob | ChangeJob] = []
        self._due_s = 0.0  # of the oldest in _later
        self._thread: threading.Thread | None = None
        self.submit = self._jobs.put

    def start(self, open_ledger: Callable[[], Ledger], opened: "asyncio.Future[Ledger]") -> None:
        """Start the thread; `opened` gets the ledger that it opened, or the error."""
        self._thread = threading.Thread(
            target=self._run, args=(open_ledger, opened), name="store-write", daemon=True
        )
        self._thread.start()

    def join(self) -> None:
        """Wait until the thread has ended."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, open_ledger: Callable[[], Ledger], opened: "asyncio.Future[Ledger]") -> None:
        try:
            ledger = open_ledger()
        except Exception as error:  # noqa: BLE001 - raised in whoever waits for the store to open
            self._tell([(opened, error)])
            return
        self._tell([(opened, ledger)])
        while self._turn(ledger):
            pass
        ledger.close()

    def _turn(self, ledger: Ledger) -> bool:
        """Take what is there, commit it; False after the last errand."""
        urgent: list[FactJob] = []
        for job in self._gather(ledger):
            if isinstance(job, Errand):
                self._commit_urgent(ledger, urgent)
                urgent = []
                self._run_errand(ledger, job)
                if job.last:
                    return False
            elif isinstance(job, FactJob) and job.fact.lane <= Lane.AUDIT:
                urgent.append(job)
            else:
                self._put_off(job)
        self._commit_urgent(ledger, urgent)
        self._commit_later(ledger)
        return True

    def _gather(self, ledger: Ledger) -> Sequence[Job]:
        try:
            jobs = [self._jobs.get(timeout=self._patience_s(ledger))]
        except Empty:
            if not self._later and ledger.log_pages >= self._pace.checkpoint_pages:
                ledger.checkpoint()
            return ()
        waiting = min(self._jobs.qsize(), 5 * self._pace.group)
        jobs += [self._jobs.get_nowait() for _ in range(waiting)]
        return jobs

    def _patience_s(self, ledger: Ledger) -> float | None:
        if self._later:
            return max(0.0, self._due_s - time.monotonic())
        if ledger.log_pages >= self._pace.checkpoint_pages:
            return self._pace.idle_s
        return None

    def _put_off(self, job: FactJob | ChangeJob) -> None:
        wait_s = self._pace.change_s if isinstance(job, ChangeJob) else self._pace.telemetry_s
        due_s = time.monotonic() + wait_s
        self._due_s = min(self._due_s, due_s) if self._later else due_s
        self._later.append(job)

    def _commit_urgent(self, ledger: Ledger, jobs: Sequence[FactJob]) -> None:
        if not jobs:
            return
        try:
            stored = ledger.append([job.fact for job in jobs])
        except StoreFullError as error:
            self._commit_taps_alone(ledger, jobs, error)
        except StoreError as error:
            self._tell([(job.future, error) for job in jobs])
        else:
            self._tell(list(zip((job.future for job in jobs), stored, strict=True)), facts=True)

    def _commit_taps_alone(
        self, ledger: Ledger, jobs: Sequence[FactJob], full: StoreFullError
    ) -> None:
        """The reserve is for taps: the rest of a group that did not fit is refused."""
        taps = [job for job in jobs if job.fact.lane == Lane.ATTENDANCE]
        self._tell([(job.future, full) for job in jobs if job.fact.lane != Lane.ATTENDANCE])
        if len(taps) < len(jobs):
            self._commit_urgent(ledger, taps)
        else:
            self._tell([(job.future, full) for job in taps])

    def _commit_later(self, ledger: Ledger, *, now: bool = False) -> None:
        full = len(self._later) >= self._pace.group
        due = bool(self._later) and time.monotonic() >= self._due_s
        if not (self._later and (now or full or due)):
            return
        jobs, self._later = self._later, []
        facts = [job for job in jobs if isinstance(job, FactJob)]
        changes = [job for job in jobs if isinstance(job, ChangeJob)]
        try:
            stored, failures = ledger.change(
                [job.fact for job in facts], [job.change for job in changes]
            )
        except StoreError as error:
            self._tell([(job.future, error) for job in jobs])
            return
        outcomes: list[Outcome] = [
            (job.future, fact) for job, fact in zip(facts, stored, strict=True)
        ]
        outcomes += [(job.future, why) for job, why in zip(changes, failures, strict=True)]
        self._tell(outcomes, facts=bool(facts))

    def _run_errand(self, ledger: Ledger, errand: Errand) -> None:
        self._commit_later(ledger, now=True)
        try:
            result = errand.run(ledger)
        except Exception as error:  # noqa: BLE001 - raised in whoever sent the errand
            result = error
        self._tell([(errand.future, result)])

    def _tell(self, outcomes: list[Outcome], *, facts: bool = False) -> None:
        """Resolve a whole group's futures with one turn of the loop."""
        with suppress(RuntimeError):  # the loop was closed under us: nobody waits any more
            self._loop.call_soon_threadsafe(self._resolve, outcomes, facts)

    def _resolve(self, outcomes: list[Outcome], facts: bool) -> None:  # noqa: FBT001 - call_soon passes by place
        for future, result in outcomes:
            if future.done():
                continue
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)
        if facts:
            for call in self._watchers:
                call()
