"""No small count of pupils can be worked out from the totals."""

import csv
import io
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from school.files.books.out_totals import HIDDEN, SMALL, hide_small, totals_file

NUMBERS = st.integers(0, 6) | st.integers(0, 60)


def others(parts: list[int], shown: list[int | None]) -> Iterator[tuple[int, ...]]:
    """All tables an outsider, who knows our rule and the last part, cannot tell from this one."""
    core = [n for n in range(len(parts) - 1) if shown[n] is None]
    left = sum(parts[n] for n in core)
    for values in shares(left, len(core)):
        table = list(parts)
        for n, value in zip(core, values, strict=True):
            table[n] = value
        if hide_small(table) == shown:
            yield tuple(table)


def shares(whole: int, count: int) -> Iterator[tuple[int, ...]]:
    """Each way in which so many numbers add up to the whole."""
    if count == 1:
        yield (whole,)
    if count > 1:
        for first in range(whole + 1):
            for rest in shares(whole - first, count - 1):
                yield (first, *rest)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=3, max_size=3), st.integers(0, 12), st.integers(0, 9))
def test_no_hidden_count_can_be_worked_out(small, other, unmarked):
    parts = [other + 40, *small, unmarked]
    shown = hide_small(parts)
    hidden = [n for n, part in enumerate(parts[:-1]) if part < SMALL]
    assert all(shown[n] is None for n in hidden)
    may_be = {n: set() for n in hidden}
    for table in others(parts, shown):
        for n in hidden:
            may_be[n].add(table[n])
        if all(len(values) >= 3 for values in may_be.values()):
            return
    assert hidden == []


@given(st.lists(NUMBERS, min_size=2, max_size=7))
def test_no_small_number_is_shown_nor_follows_from_a_sum(parts):
    *shown, total = hide_small(parts)
    assert all(value is None or value >= SMALL for value in shown)
    assert all(value in (None, part) for value, part in zip(shown, parts, strict=True))
    assert total in (None, sum(parts))
    hidden = [part for part, value in zip(parts[:-1], shown, strict=False) if value is None]
    if total is not None and (hidden or shown[-1] is None):
        assert len(hidden) >= 2
        assert sum(hidden) >= SMALL
    if all(part >= SMALL for part in parts):
        assert shown == parts


def test_the_file_has_school_rows_only_and_adds_up(school, register, held, patience, said, to_pdf):
    text = totals_file(register, held, patience, said).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0][:2] == ["Ngày", "Buổi"]
    body = [row for row in rows[1:] if len(row) > 2]
    assert len(body) == 25 + 4
    assert {row[-1] for row in body} == {"1/2 lớp"}
    assert not any(value.isdigit() and int(value) < SMALL for row in body for value in row[2:])
    assert any(HIDDEN in row for row in body)
    assert "Nguồn: máy chủ trường" in text
    assert not any(person.name in text for person in school.people.values())
    printed = to_pdf(totals_file(register, held, patience, said), "totals.csv")[1]
    assert "Lớp đã chốt" in printed
    assert "2026-11-30" in printed or "30/11/2026" in printed or "11/30/26" in printed
