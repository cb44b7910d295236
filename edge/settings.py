"""The room's file in the words of attendance and lessons."""

import secrets
from collections.abc import Mapping

from config.load import LoadedRoom
from config.room import AttendanceSection, LessonSection
from edge.lesson.default_scenes import scenes_for
from edge.lesson.scene import Scene, SceneName, Scenes, Step
from sync.school.records import School
from sync.school.room_copy import is_for_office, room_copy
from sync.school.rules import Rules
from sync.school.school_check import school_of
from sync.school.school_file import SchoolFileError, read_rows, read_school
from sync.school.school_rows import SchoolFile


class SchoolUnusableError(Exception):
    """The roster and timetable cannot be used; the text is one sentence with place and cure."""


def load_school(loaded: LoadedRoom) -> School:
    """The room's roster and timetable, without what only the office may have.

    Returns:
        An empty school where the room's file names none.

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


def _school_rows(loaded: LoadedRoom, name: str) -> SchoolFile:
    return read_rows(loaded.beside(name).read_bytes())


def empty_school() -> School:
    """No pupils and no lessons: devices work, and cards are noted under a key nobody keeps."""
    lists = ("rooms", "classes", "people", "cards", "bells", "timetable")
    empty = ",".join(f'"{name}":[]' for name in lists)
    school = '"schema":1,"school":{"id":"none","name":"-"}'
    return read_school(f'{{{school},"card_key":"{secrets.token_hex(32)}",{empty}}}'.encode())


def rules_of(attendance: AttendanceSection, lesson: LessonSection) -> Rules:
    """The thresholds of the room's file."""
    return Rules(
        open_before_min=attendance.open_before_min,
        late_after_min=attendance.late_after_min,
        quiet_after_min=attendance.quiet_after_min,
        suggest_absent_min=attendance.maybe_absent_after_min,
        handover_within_min=lesson.handover_within_min,
        end_warning_min=lesson.auto_end_notice_min,
        end_after_min=lesson.auto_end_min,
        extend_min=lesson.extend_min,
        untouched_end_min=lesson.idle_end_min,
        countdown_s=lesson.end_countdown_s,
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
