"""Anonymous totals of the school by half day, for the authorities (domain reference §7, PR-13).

Counts under 5 are hidden, zeros among them, and so many others that no hidden one can be computed
from the size of the school and the rest. There are rows for the whole school only: parts of a
school that add up to it would undo the hiding.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from sync.school.files.out_about import SESSION_NAMES, About, neutral
from sync.school.files.out_days import Held, Sign, sign_of
from sync.school.marks import HERE, Presence
from sync.school.records import School, Session
from sync.school.sessions import Lesson

SMALL = 5
_TOGETHER = 15  # with less, an outsider who knows this rule could work single counts out
HIDDEN = "*"
_PARTS = ("Đúng giờ", "Đi muộn", "Vắng P", "Vắng K", "Chưa rõ", "Chưa ghi")
_PLACES = {
    Sign.EXCUSED: "Vắng P",
    Sign.UNEXCUSED: "Vắng K",
    Sign.UNKNOWN: "Chưa rõ",
    Sign.NO_DATA: "Chưa ghi",
}


def totals_file(school: School, held: Iterable[Held], about: About) -> bytes:
    """The totals as CSV, UTF-8 with byte order mark; one row for each day and half day."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["Ngày", "Buổi", *_PARTS, "Sĩ số", "Lớp đã chốt"])
    for (day, session), lessons in _by_half_day(held).items():
        parts = list(_counts(school, lessons).values())
        row = [HIDDEN if n is None else n for n in hide_small(parts)]
        writer.writerow([day.isoformat(), SESSION_NAMES[session], *row, _done(school, lessons)])
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


def _by_half_day(held: Iterable[Held]) -> Mapping[tuple[date, Session], list[Held]]:
    found: dict[tuple[date, Session], list[Held]] = defaultdict(list)
    for one in held:
        if one.state.session is not None:
            found[one.day, one.state.session].append(one)
    return found


def _counts(school: School, lessons: Sequence[Held]) -> Mapping[str, int]:
    """Pupils of the half day by their place; each pupil once, from confirmed lessons."""
    said: dict[str, list[Lesson]] = {}
    for one in lessons:
        group = school.groups.get(one.state.group_key)
        if group is not None and not group.counts_to_45:
            continue
        for mark in one.marks:
            lesson = Lesson(one.state.slot, one.is_confirmed, mark)
            said.setdefault(mark.person_id, []).append(lesson)
    counts = dict.fromkeys(_PARTS, 0)
    for lessons_of_one in said.values():
        counts[_place(lessons_of_one)] += 1
    return counts


def _place(lessons: Sequence[Lesson]) -> str:
    sign = sign_of(lessons)
    if sign is not Sign.PRESENT:
        return _PLACES[sign]
    here = (one.mark.presence for one in lessons if one.is_confirmed and one.mark.presence in HERE)
    return "Đi muộn" if next(here, None) is Presence.LATE else "Đúng giờ"


def _done(school: School, lessons: Sequence[Held]) -> str:
    done: dict[str, bool] = {}
    for one in lessons:
        group = school.groups.get(one.state.group_key)
        if group is not None and group.is_class:
            done[group.key] = done.get(group.key, True) and one.is_confirmed
    return f"{sum(done.values())}/{len(done)} lớp"
