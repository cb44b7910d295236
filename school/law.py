"""What judging taps and runs looks up."""

from dataclasses import dataclass

from school.dating import Dating
from school.records import School
from school.rules import Rules
from school.timetable import Timetable


@dataclass(frozen=True, slots=True)
class Law:
    """What placing a tap looks up: records, timetable, settings, dates."""

    school: School
    timetable: Timetable
    rules: Rules
    dating: Dating
