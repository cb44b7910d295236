"""What an import asks a person, and what the person has answered.

A question has a key that does not change from file to file, so that a template of answers serves
the next file with the same headings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from school.files.sheets.trouble import Place

Answers = Mapping[str, str]
"""Key of a question → id of the choice."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer that may be given.

    Attributes:
        id: as a template keeps it.
        word: which words tell it (`import.choice.<word>`).
        params: what these name.
    """

    id: str
    word: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """Something that a file leaves open; nothing is written before it is answered.

    Attributes:
        code: which words ask it (`import.question.<code>`).
        place: where it was met first.
        choices: the answers that may be given.
        params: what the sentence names.
        about: what tells it from others of the same code; empty where there is one alone.
    """

    code: str
    place: Place
    choices: tuple[Choice, ...]
    params: Mapping[str, str] = field(default_factory=dict)
    about: str = ""

    def __hash__(self) -> int:
        return hash(self.key)

    @property
    def key(self) -> str:
        """What a template calls it."""
        return f"{self.code}:{self.about}" if self.about else self.code


QUESTIONS = (
    "class_or_title",
    "title_or_sheet",
    "swapped_birth",
    "name_remark",
    "struck",
    "which_column",
    "which_sheets",
    "which_week",
    "which_term",
)
"""Every code there is."""
CHOICES = (
    "title",
    "sheet",
    "column",
    "swap",
    "keep",
    "heading",
    "as_it_is",
    "cut",
    "none",
    "shape",
    "week",
)
"""Every word of a choice there is."""
