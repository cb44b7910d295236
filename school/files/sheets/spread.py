"""How far a label holds that is written once for several rows or columns.

People write "Thứ 2" or "Sáng" beside the first of the lessons that it holds for, or in the middle
of them. Where lessons begin to be numbered anew, something else begins; so a label that stands
alone within such a part holds for all of it.
"""

from collections.abc import Mapping, Sequence

from school.files.sheets.labels import MORNING_SLOTS
from school.records import Session

Part = tuple[int, int]
"""First index, and the one after the last."""
SESSION_ORDER = {Session.MORNING: 1, Session.AFTERNOON: 2, Session.EVENING: 3}


def parts_of(numbers: Sequence[tuple[int, ...]]) -> list[Part]:
    """Where the numbers begin anew: each part counts up."""
    starts = [n for n in range(len(numbers)) if n == 0 or numbers[n] < numbers[n - 1]]
    return list(zip(starts, [*starts[1:], len(numbers)][: len(starts)], strict=True))


def spread(
    parts: Sequence[Part], labels: Mapping[int, str], held: str, *, is_strict: bool = False
) -> list[str | None]:
    """The label that holds at each index; empty for none, None where that cannot be told.

    Args:
        parts: as `parts_of`.
        labels: index → label, where one is written.
        held: what holds before the first label.
        is_strict: whether each part needs a label of its own, once there are any.
    """
    found: list[str | None] = []
    for start, end in parts:
        inside = [n for n in range(start, end) if n in labels]
        if not inside and is_strict and labels and start > 0:
            found += [None] * (end - start)
        elif len(inside) == 1 and inside[0] != start + MORNING_SLOTS:
            held = labels[inside[0]]
            found += [held] * (end - start)
        else:
            before = held if len(inside) < 2 or inside[0] == start else None
            for n in range(start, end):
                before = labels.get(n, before)
                found.append(before)
            held = labels[inside[-1]] if inside else held
    return found
