"""What judging taps and runs looks up."""

from dataclasses import dataclass

from sync.school.dating import Dating
from sync.school.records import School
from sync.school.rules import Rules
from sync.school.timetable import Timetable


@dataclass(frozen=True, slots=True)
class Law:
    """What placing a tap looks up: records, timetable, settings, dates."""

    school: School
    timetable: Timetable
    rules: Rules
    dating: Dating
