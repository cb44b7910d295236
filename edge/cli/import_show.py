"""How `lophoc import` shows what it would do: lines for a person, or JSON for a program."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import typer

from edge.cli.say import say

if TYPE_CHECKING:
    from school.files.preview import Preview
    from school.files.sheets.ledger import How, Unread
    from school.files.sheets.questions import Choice, Question
    from school.files.sheets.trouble import Place, Trouble

_MAX_LINES = 12


def as_json(preview: "Preview") -> dict[str, object]:
    """A preview as other programs read it."""
    shown = {
        "kind": preview.kind,
        "format": preview.format,
        "counts": preview.counts._asdict(),
        "classes": list(preview.classes),
        "slots": preview.slots,
        "unmatched": [
            {"name": one.name, "suggestions": list(one.suggestions)} for one in preview.unmatched
        ],
        "questions": [_question(one) for one in preview.account.questions],
        "unread": [_unread(one) for one in preview.account.unread],
        "errors": [_told(group) for group in _alike(preview.errors)],
        "how": [_how(one) for one in preview.account.how],
    }
    if preview.kind != "timetable":
        return shown
    day = preview.valid_from
    lessons = [
        {
            "class": one.group,
            "weekday": one.weekday,
            "session": one.session.value,
            "slot": one.slot,
            "subject": one.subject,
            "teachers": [teacher.name for teacher in one.teachers],
            "room": one.room,
            "weeks": one.weeks,
        }
        for one in preview.lessons
    ]
    return shown | {"lessons": lessons, "valid_from": day.isoformat() if day else None}


def show(preview: "Preview", *, as_program: bool) -> None:
    """Print a preview."""
    if as_program:
        typer.echo(json.dumps(as_json(preview), ensure_ascii=False, indent=2))
        return
    for line in _lines(preview):
        typer.echo(line)


def sentence(trouble: "Trouble") -> str:
    """A trouble with its place and its cure, as one line."""
    return _sentence([trouble])


def choice_text(choice: "Choice") -> str:
    """A choice as a person reads it."""
    return say(f"import.choice.{choice.word}", **choice.params)


def question_text(question: "Question") -> str:
    """A question as a person reads it, with its place."""
    told = say(f"import.question.{question.code}", **question.params)
    return f"{_place(question.place)}: {told}"


def _lines(preview: "Preview") -> Iterator[str]:
    counts = preview.counts._asdict()
    yield say(f"import.counts.{preview.kind}", format=preview.format, **counts)
    if preview.classes:
        names = ", ".join(preview.classes)
        yield say("import.classes", n=len(preview.classes), names=names)
    if preview.slots:
        yield say("import.slots", n=preview.slots)
    if preview.valid_from:
        yield say("import.valid_from", day=f"{preview.valid_from:%d/%m/%Y}")
    yield from _bounded(list(_how_lines(preview.account.how)))
    yield from _bounded([_unread_line(one) for one in preview.account.unread])
    for one in preview.unmatched:
        near = ", ".join(one.suggestions) or say("import.no_suggestion")
        yield say("import.unmatched", name=one.name, suggestions=near)
    for question in preview.account.questions:
        texts = [f"[{n}] {choice_text(one)}" for n, one in enumerate(question.choices, start=1)]
        yield say("import.asked", question=question_text(question), choices="  ".join(texts))
    yield from (_sentence(group) for group in _alike(preview.errors))


def _bounded(lines: Sequence[str]) -> list[str]:
    if len(lines) <= _MAX_LINES:
        return list(lines)
    return [*lines[:_MAX_LINES], say("import.more", n=len(lines) - _MAX_LINES)]


def _how_lines(how: "Sequence[How]") -> Iterator[str]:
    """A line for each table: as what it was read, and which of its cells are passed over."""
    tables: dict[Place, list[How]] = defaultdict(list)
    for one in how:
        tables[one.place].append(one)
    for place, marks in tables.items():
        whole = [say("import.read_as", **_how(one)) for one in marks
                 if not one.range and one.mark.meaning != "passed"]  # fmt: skip
        passed: dict[str, list[str]] = defaultdict(list)
        for one in marks:
            if one.mark.meaning == "passed":
                passed[_how(one)["why"]].append(one.range)
        hidden = [
            f"{one.range} {_how(one)['meaning']}" for one in marks if one.mark.why == "hidden"
        ]
        parts = [f"{', '.join(ranges)} ({why})" if any(ranges) else why
                 for why, ranges in passed.items()]  # fmt: skip
        told = [*whole, *hidden, *([say("import.passed", what="; ".join(parts))] if parts else [])]
        yield f"{_place(place)}: {' '.join(told)}"


def _how(one: "How") -> dict[str, str]:
    params = dict(one.mark.params)
    return {
        "sheet": one.place.sheet or one.place.file,
        "range": one.range,
        "meaning": say(f"import.meaning.{one.mark.meaning}", **params),
        "why": say(f"import.why.{one.mark.why}", **params),
    }


def _unread(one: "Unread") -> dict[str, str]:
    text = say(f"import.why.{one.why}") if one.why else one.text
    return {"place": _place(one.place, rows=one.rows), "text": text}


def _unread_line(one: "Unread") -> str:
    told = _unread(one)
    return say("import.unread", **told) if told["text"] else say("import.unread_cells", **told)


def _question(question: "Question") -> dict[str, object]:
    return {
        "place": _place(question.place),
        "message": say(f"import.question.{question.code}", **question.params),
        "choices": [choice_text(one) for one in question.choices],
    }


def _alike(errors: "Iterable[Trouble]") -> "list[list[Trouble]]":
    """Errors that say the same of one column of a table, together."""
    groups: dict[object, list[Trouble]] = defaultdict(list)
    for one in errors:
        place = one.place
        key = (one.code, place.file, place.sheet, place.column) if place.row else (one.code, place)
        groups[key].append(one)
    return list(groups.values())


def _told(group: "Sequence[Trouble]") -> dict[str, str]:
    first = group[0]
    rows = [one.place.row for one in group]
    message = say(f"import.trouble.{first.code}", **first.params)
    more = say("import.alike", n=len(group)) if len(group) > 1 else ""
    return {
        "place": _place(first.place, rows=rows),
        "message": f"{message} {more}".strip(),
        "cure": say(f"import.cure.{first.code}", **first.params),
    }


def _sentence(group: "Sequence[Trouble]") -> str:
    told = _told(group)
    place = f"{told['place']}: " if told["place"] else ""
    return f"{place}{told['message']} {told['cure']}"


def _place(place: "Place", rows: Sequence[int] = ()) -> str:
    parts = [place.file, place.sheet]
    if place.row:
        parts.append(say("import.place.row", row=_row_text(rows) or place.row))
    if place.column:
        parts.append(say("import.place.column", column=place.column))
    return " · ".join(part for part in parts if part)


def _row_text(rows: Sequence[int]) -> str:
    """From 2, 3, 4, 7 → "2–4, 7"; of many the first ones."""
    runs: list[tuple[int, int]] = []
    for row in sorted(set(rows)):
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    texts = [f"{first}–{last}" if last > first else str(first) for first, last in runs]
    return ", ".join(texts[:_MAX_LINES]) + (" …" if len(texts) > _MAX_LINES else "")
