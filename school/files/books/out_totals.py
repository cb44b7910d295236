"""Anonymous totals of the school by half day, for the authorities (domain reference §7, PR-13).

Counts under 5 are hidden, zeros among them, and so many others that no hidden one can be computed
from the size of the school and the rest. There are rows for the whole school only: parts of a
school that add up to it would undo the hiding.
"""

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from school.files.books.out_about import SESSION_NAMES, About
from school.files.books.out_days import HalfDays, Held, Patience, Sign
from school.files.sheets.formulas import neutral
from school.marks import HERE, Presence
from school.records import School
from school.register import Register

SMALL = 5
_TOGETHER = 15  # with less, an outsider who knows this rule could work single counts out
HIDDEN = "*"
_PARTS = ("Đúng giờ", "Đi muộn", "Vắng P", "Vắng K", "Chưa rõ", "Chưa ghi")
_PLACES = {
    Sign.PRESENT: "Đúng giờ",
    Sign.EXCUSED: "Vắng P",
    Sign.UNEXCUSED: "Vắng K",
    Sign.UNKNOWN: "Chưa rõ",
    Sign.NO_DATA: "Chưa ghi",
}


def totals_file(
    register: Register, held: Iterable[Held], patience: Patience, about: About
) -> bytes:
    """The totals as CSV, UTF-8 with byte order mark; one row for each day and half day.

    Args:
        register: records and facts.
        held: lessons of the span in the order of time.
        patience: when an unknown excuse is written as K, as in the month sheets.
        about: source, time, completeness.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["Ngày", "Buổi", *_PARTS, "Sĩ số", "Lớp đã chốt"])
    days = HalfDays(register, held, patience)
    for when, lessons in days.lessons.items():
        counts = _counts(days.on(when), lessons)
        row = [HIDDEN if n is None else n for n in hide_small([counts[part] for part in _PARTS])]
        done = _done(register.school, lessons)
        writer.writerow([when[0].isoformat(), SESSION_NAMES[when[1]], *row, done])
    writer.writerow([])
    writer.writerow([neutral(about.school)])
    writer.writerow([neutral(about.line)])
    writer.writerow([f"{HIDDEN} = dưới {SMALL} em, hoặc được giấu để không tính ngược ra số đó"])
    return out.getvalue().encode("utf-8-sig")


def hide_small(parts: Sequence[int]) -> list[int | None]:
    """The parts and, last, their sum; None where a number stays hidden.

    All parts under 5 are hidden, then the smallest others until two or more are hidden that have 15
    or more together. The last part, pupils without a mark, helps nobody to hide: outsiders can
    work it out from the classes that are not confirmed. Where even all others have fewer than 5,
    it is hidden too, and the sum.
    """
    last = len(parts) - 1
    hidden = {n for n, part in enumerate(parts) if part < SMALL}
    rest = sorted((part, n) for n, part in enumerate(parts[:last]) if n not in hidden)
    if hidden:
        while rest and not _is_enough(parts, hidden - {last}):
            hidden.add(rest.pop(0)[1])
        if not _is_enough(parts, hidden - {last}):
            return [None] * (len(parts) + 1)
    shown = [None if n in hidden else part for n, part in enumerate(parts)]
    return [*shown, sum(parts)]


def _is_enough(parts: Sequence[int], hidden: Collection[int]) -> bool:
    return len(hidden) >= 2 and sum(parts[n] for n in hidden) >= _TOGETHER


def _counts(signs: Mapping[str, Sign], lessons: Sequence[Held]) -> Counter[str]:
    """Pupils of the half day by their place, each once; late is who came late to the first."""
    first: dict[str, Presence] = {}
    for one in lessons:
        for person, presence in one.presences.items() if one.is_confirmed else ():
            if presence in HERE:
                first.setdefault(person, presence)
    return Counter(
        "Đi muộn" if sign is Sign.PRESENT and first.get(person) is Presence.LATE else _PLACES[sign]
        for person, sign in signs.items()
    )


def _done(school: School, lessons: Sequence[Held]) -> str:
    done: dict[str, bool] = {}
    for one in lessons:
        group = school.groups.get(one.state.group_key)
        if group is not None and group.is_class:
            done[group.key] = done.get(group.key, True) and one.is_confirmed
    return f"{sum(done.values())}/{len(done)} lớp"
