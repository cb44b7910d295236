"""What the school's office keeps about a person beside the room's records: codes, day of birth.

A room holds none of it (domain reference §7 PR-1): `room_copy` makes the file that a room may have.
"""

from dataclasses import dataclass
from datetime import date

from school.year import within

CITIZEN = "citizen"
"""The system of the 12-digit personal number of the state (số định danh cá nhân)."""


@dataclass(frozen=True, slots=True)
class OfficeCode:
    """A person's code in one system; both days count, None is open.

    Attributes:
        system: `moet`, `vnedu`, `smas`, `qlth`, `oneroster`, `citizen`, … or `school`.
        code: text, with its leading zeros.
        valid_from: first day.
        valid_to: last day.
    """

    system: str
    code: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class OfficeRecord:
    """A person as the office knows one.

    Attributes:
        birth: tells equal full names apart; None where unknown.
        gender: as the school writes it; empty where unknown.
        codes: every code there was, the old ones with their last day.
    """

    birth: date | None = None
    gender: str = ""
    codes: tuple[OfficeCode, ...] = ()

    def code_on(self, day: date) -> str:
        """The newest code that is valid on a day; empty where there is none.

        The state's personal number is given only where no system has a code of its own.
        """
        valid = [c for c in self.codes if within(day, c.valid_from, c.valid_to)]
        ranked = sorted(valid, key=lambda c: (c.system != CITIZEN, c.valid_from or date.min))
        return ranked[-1].code if ranked else ""
