"""What a person has decided about an import."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions that go with the files.

    Attributes:
        day: the first day on which the import holds.
        matches: name in the file → name or id in the school.
        takes_new: whether names that match nobody are new people, classes and rooms.
        is_day_told: whether a person named the day, so that it goes before the file's own.
    """

    day: date
    matches: Mapping[str, str] = field(default_factory=dict)
    takes_new: bool = False
    is_day_told: bool = False

    def from_day(self, of_file: date | None) -> "Decisions":
        """The decisions for a file that names its own first day."""
        return self if self.is_day_told or of_file is None else replace(self, day=of_file)
