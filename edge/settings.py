"""The room's file in the words of attendance and lessons."""

from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path

from config.load import LoadedRoom
from config.room import AttendanceSection, LessonSection
from edge.lesson.default_scenes import scenes_for
from edge.lesson.scene import Scene, SceneName, Scenes, Step
from school.first_thresholds import held_rows, with_first_row
from school.records import School
from school.room_copy import is_for_office, room_copy
from school.room_cut import cut_for_room
from school.rules import Rules
from school.school_check import school_of
from school.school_file import (
    SchoolFileError,
    empty_school,
    read_rows,
    read_school,
    write_school,
)
from school.school_rows import SchoolFile
from school.thresholds import KEYS, passed_over
from sync.state.records import NAME, RecordsFolder


class SchoolUnusableError(Exception):
    """The roster and timetable cannot be used; the text is one sentence with place and cure."""


def records_folder(loaded: LoadedRoom, state: Path) -> RecordsFolder:
    """Where the room's records are; those that its file names are what it begins with."""
    name = loaded.room.attendance.school
    seed = None if name is None else loaded.beside(name)
    return RecordsFolder(state, seed, partial(for_room, loaded, state))


def held_school(loaded: LoadedRoom, state: Path) -> School:
    """The roster and timetable that hold in the room, without what only the office may have.

    Returns:
        Those of the state folder, else those that the room's file names, else an empty school.

    Raises:
        SchoolUnusableError: they cannot be read.
    """
    try:
        raw = records_folder(loaded, state).read()
        return given_school(loaded) if raw is None else read_school(raw)
    except (OSError, SchoolFileError) as error:
        raise SchoolUnusableError(f"{state / NAME}: {error}") from error


def given_school(loaded: LoadedRoom) -> School:
    """The roster and timetable that the room's file names; an empty school where it names none.

    Raises:
        SchoolUnusableError: the file cannot be read.
    """
    name = loaded.room.attendance.school
    if name is None:
        return empty_school()
    try:
        return school_of(room_copy(_school_rows(loaded, name)))
    except (OSError, SchoolFileError) as error:
        raise SchoolUnusableError(f"{loaded.beside(name)}: {error}") from error


def has_office_data(loaded: LoadedRoom) -> bool:
    """Whether the room's school file holds what no room may have; False where none is readable."""
    name = loaded.room.attendance.school
    try:
        return name is not None and is_for_office(_school_rows(loaded, name))
    except (OSError, SchoolFileError):
        return False


def for_room(loaded: LoadedRoom, state: Path, raw: bytes) -> bytes:
    """A school file as a room may hold it.

    A room without a server is where the office keeps all lists: nothing of them is cut, and the
    room's file gives the first row of thresholds.

    Raises:
        SchoolFileError: it cannot be used.
    """
    rows = _of_room(loaded, read_rows(raw))
    held = held_rows(_read(state / NAME))
    if held or loaded.room.hub is None:
        rows = with_first_row(rows, rules_of(loaded.room.attendance, loaded.room.lesson), held)
    school_of(rows)
    return write_school(rows)


def _of_room(loaded: LoadedRoom, rows: SchoolFile) -> SchoolFile:
    if loaded.room.hub is not None:
        rows = cut_for_room(rows, loaded.room.room.id, None)
    return room_copy(rows)


def _read(path: Path) -> bytes | None:
    return path.read_bytes() or None if path.exists() else None


def passed_over_in(loaded: LoadedRoom, school: School, today: date) -> dict[str, tuple[int, int]]:
    """What the room's file says of thresholds and what the records say instead, by key."""
    given = loaded.room.attendance.model_dump(include=set(KEYS), exclude_unset=True)
    return passed_over(given, school.thresholds, today)


def _school_rows(loaded: LoadedRoom, name: str) -> SchoolFile:
    return read_rows(loaded.beside(name).read_bytes())


def rules_of(attendance: AttendanceSection, lesson: LessonSection) -> Rules:
    """The thresholds of the room's file."""
    return Rules(
        open_before_min=attendance.open_before_min,
        late_after_min=attendance.late_after_min,
        quiet_after_min=attendance.quiet_after_min,
        maybe_absent_after_min=attendance.maybe_absent_after_min,
        handover_within_min=lesson.handover_within_min,
        auto_end_notice_min=lesson.auto_end_notice_min,
        auto_end_min=lesson.auto_end_min,
        extend_min=lesson.extend_min,
        idle_end_min=lesson.idle_end_min,
        end_countdown_s=lesson.end_countdown_s,
    )


def scenes_of(loaded: LoadedRoom) -> Scenes:
    """The profile's scenes, with those of the room's file in their place."""
    scenes = dict(scenes_for(loaded.room.room.profile))
    for name, section in loaded.room.scene.items():
        steps = (Step(**step.model_dump()) for step in section.step)
        scenes[SceneName(name)] = Scene(tuple(steps))
    return scenes


def buzzers_of(loaded: LoadedRoom) -> Mapping[str, str]:
    """Reader id → device id of its buzzer, for readers that are answered by one."""
    return {
        reader.id: reader.feedback.partition(":")[2]
        for reader in loaded.room.reader
        if reader.feedback.startswith("buzzer:")
    }
