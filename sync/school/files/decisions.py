"""What a person has decided about an import."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Decisions:
    """Decisions that go with the files.

    Attributes:
        day: the first day on which the import holds.
        matches: name in the file → name or id in the school.
        takes_new: whether names that match nobody are new people, classes and rooms.
    """

    day: date
    matches: Mapping[str, str] = field(default_factory=dict)
    takes_new: bool = False
