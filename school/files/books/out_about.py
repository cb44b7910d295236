"""What every file that we write says of itself: source, time, completeness.

Source: domain reference §5 ("every official-looking number carries source, time, completeness").
"""

from dataclasses import dataclass
from datetime import datetime

SESSION_NAMES = {"S": "Sáng", "C": "Chiều", "T": "Tối"}
"""Half days by their sign in lesson ids."""

WEEKDAY_NAMES = ("", "Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")
"""By ISO weekday, 1 = Monday."""


@dataclass(frozen=True, slots=True)
class About:
    """Where a file's numbers come from.

    Attributes:
        school: the school's name.
        source: the records they were read from, in words.
        at: when the file was made, local time with its zone.
        classes_done: classes all of whose lessons begun by then are confirmed.
        classes: classes that had lessons.
        lessons_done: confirmed lessons.
        lessons: lessons begun by then.
    """

    school: str
    source: str
    at: datetime
    classes_done: int = 0
    classes: int = 0
    lessons_done: int = 0
    lessons: int = 0

    @property
    def completeness(self) -> str:
        """From "37/37 lớp đã chốt (1110/1110 tiết)"."""
        lessons = f"{self.lessons_done}/{self.lessons} tiết"
        return f"{self.classes_done}/{self.classes} lớp đã chốt ({lessons})"

    @property
    def line(self) -> str:
        """All three in one line."""
        return f"Nguồn: {self.source} · Lập lúc {self.at:%H:%M %d/%m/%Y} · {self.completeness}"
