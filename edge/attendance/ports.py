"""What attendance needs of the rest of the room, as small protocols."""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Protocol, TypeVar

from edge.store.stored import Stored
from school.facts import Json
from sync.wire.event import Lane

T = TypeVar("T")

Publish = Callable[[str, Mapping[str, object]], object]
"""Tells the panel: name of the event, its data. Must not raise and must not wait."""


class FactStore(Protocol):
    """The room's store, as far as facts of lane 0 go."""

    async def append(self, lane: Lane, kind: str, body: Mapping[str, Json]) -> Stored:
        """Store one fact; returns after its commit. Raises StoreError where it could not."""

    async def project(self, change: Callable[[sqlite3.Connection], None]) -> None:
        """Write a projection with the next group."""

    async def read(self, question: Callable[[sqlite3.Connection], T]) -> T:
        """Ask on a read-only connection."""


class ReaderAnswers(Protocol):
    """How a reader tells the pupil. Raises `devices.errors.DeviceError` where it cannot."""

    async def show(self, reader_id: str, feedback: Mapping[str, str | int | None]) -> None:
        """Publish `{"tap_id", "outcome", "n"?}` to the reader."""

    async def beep(self, device_id: str, pattern: str) -> None:
        """Sound a buzzer: `ok`, `again`, `other` or `refused`."""


class LessonOpener(Protocol):
    """Opens a lesson where attendance may do so."""

    async def open_by_mark(self, lesson_id: str) -> None:
        """The first touch of a name opens the lesson that is on; does nothing otherwise."""

    async def open_by_card(self, person_id: str) -> None:
        """A teacher's card opens the teacher's lesson that is on; does nothing otherwise."""


class RefusedByRuleError(Exception):
    """A rule of attendance or lessons says no: tell the caller the code and its parameters.

    Args:
        code: a word for the error table.
        message: one plain English sentence.
        params: what the sentence speaks of.
    """

    def __init__(self, code: str, message: str, **params: str | int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.params = params
