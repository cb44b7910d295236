"""`lophoc import …`: what a school's files would change, and, with `--into`, the change itself."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.cli.progress import Progress
from edge.cli.say import refuse, say

if TYPE_CHECKING:
    from sync.school.files.decisions import Decisions
    from sync.school.files.preview import Preview
    from sync.school.files.source import Source
    from sync.school.files.trouble import Trouble
    from sync.school.school_rows import SchoolFile

import_app = typer.Typer(no_args_is_help=True)

Files = Annotated[list[Path] | None, typer.Argument(help=say("import.opt.files"))]
AsJson = Annotated[bool, typer.Option("--json", help=say("cli.opt.json"))]
Into = Annotated[Path | None, typer.Option(help=say("import.opt.into"))]
Against = Annotated[Path | None, typer.Option(help=say("import.opt.against"))]
Undo = Annotated[bool, typer.Option("--undo", help=say("import.opt.undo"))]
Match = Annotated[list[str] | None, typer.Option(help=say("import.opt.match"))]
NewNames = Annotated[bool, typer.Option("--new-names", help=say("import.opt.new_names"))]
Yes = Annotated[bool, typer.Option("--yes", help=say("import.opt.yes"))]
From = Annotated[str | None, typer.Option("--from", help=say("import.opt.from"))]

_LOCAL = timedelta(hours=7)


@dataclass(frozen=True)
class _Wishes:
    """What the person asked for on the command line."""

    files: list[Path]
    as_json: bool
    into: Path | None
    against: Path | None
    undo: bool
    yes: bool


@dataclass(frozen=True)
class _Outcome:
    """What an import would do, and the records after it."""

    preview: "Preview"
    after: "Callable[[SchoolFile], SchoolFile]"


Compare = Callable[["SchoolFile | None", "Decisions"], _Outcome]
Work = Callable[["list[Source]"], Compare]
"""Reads the files; what it gives compares them with the records."""


@import_app.command("roster", help=say("import.roster"))
def roster(  # noqa: PLR0913, PLR0917 - an argument for each option
    files: Files = None,
    as_json: AsJson = False,
    into: Into = None,
    against: Against = None,
    undo: Undo = False,
    match: Match = None,
    new_names: NewNames = False,
    yes: Yes = False,
    day: From = None,
) -> None:
    """Pupil lists."""
    wishes = _Wishes(files or [], as_json, into, against, undo, yes)
    _run("roster", _roster, wishes, _decisions(match, day, takes_new=new_names))


@import_app.command("timetable", help=say("import.timetable"))
def timetable(  # noqa: PLR0913, PLR0917 - an argument for each option
    files: Files = None,
    as_json: AsJson = False,
    into: Into = None,
    against: Against = None,
    undo: Undo = False,
    match: Match = None,
    new_names: NewNames = False,
    day: From = None,
) -> None:
    """Timetables."""
    wishes = _Wishes(files or [], as_json, into, against, undo, yes=True)
    _run("timetable", _timetable, wishes, _decisions(match, day, takes_new=new_names))


@import_app.command("plan", help=say("import.plan"))
def plan(
    files: Files = None,
    as_json: AsJson = False,
    into: Into = None,
    against: Against = None,
    undo: Undo = False,
) -> None:
    """Teaching plans."""
    wishes = _Wishes(files or [], as_json, into, against, undo, yes=True)
    _run("plan", _plan, wishes, _decisions(None, None, takes_new=False))


def _roster(sources: "list[Source]") -> Compare:
    from sync.school.files.roster import read_roster
    from sync.school.files.roster_change import apply_roster, compare_roster

    read = read_roster(sources)

    def compare(records: "SchoolFile | None", said: "Decisions") -> _Outcome:
        change = compare_roster(records, read, said)
        return _Outcome(change.preview(), lambda file: apply_roster(file, change, said))

    return compare


def _timetable(sources: "list[Source]") -> Compare:
    from sync.school.files.timetable_change import apply_timetable, compare_timetable
    from sync.school.files.timetable_in import read_timetable

    read = read_timetable(sources)

    def compare(records: "SchoolFile | None", said: "Decisions") -> _Outcome:
        change = compare_timetable(records, read, said)
        return _Outcome(change.preview(), lambda file: apply_timetable(file, change, said))

    return compare


def _plan(sources: "list[Source]") -> Compare:
    from sync.school.files.plan_change import apply_plan, compare_plan
    from sync.school.files.plan_in import read_plan

    read = read_plan(sources)

    def compare(records: "SchoolFile | None", said: "Decisions") -> _Outcome:
        del said  # a plan has no names to decide about
        change = compare_plan(records, read)
        return _Outcome(change.preview(), lambda file: apply_plan(file, change))

    return compare


def _run(kind: str, work: Work, wishes: _Wishes, said: "Decisions") -> None:
    from edge.cli.import_state import FolderRecords, StateRefusedError, new_records, opened

    if wishes.undo and wishes.into is None:
        refuse(say("import.undo_needs_into"))
    if not wishes.files and not wishes.undo:
        refuse(say("import.no_files"))
    try:
        if wishes.into is None:
            records = FolderRecords(_there(wishes.against)).read() if wishes.against else None
            _show(_previewed(kind, work, wishes, said, records).preview, wishes)
            return
        with opened(_there(wishes.into) if wishes.undo else wishes.into) as state:
            if wishes.undo:
                typer.echo(say("import.undone", name=state.undo()))
                return
            file = state.read() or new_records()
            outcome = _previewed(kind, work, wishes, said, file)
            _agree(outcome.preview, wishes)
            with Progress() as progress:
                progress.step(say("import.writing"))
                kept = state.write(outcome.after(file))
            _show(outcome.preview, wishes)
            if not wishes.as_json:
                typer.echo(say("import.written", name=kept))
    except StateRefusedError as error:
        refuse(error)


def _there(folder: Path) -> Path:
    """A folder that must be there already."""
    return folder if folder.is_dir() else refuse(say("import.no_folder", folder=folder))


def _previewed(
    kind: str, work: Work, wishes: _Wishes, said: "Decisions", records: "SchoolFile | None"
) -> _Outcome:
    """Read the files; a file that cannot be used ends the command with its one sentence."""
    from sync.school.files.preview import Preview
    from sync.school.files.trouble import FileRefusedError

    try:
        with Progress() as progress:
            names = ", ".join(path.name for path in wishes.files)
            progress.step(say("import.reading", files=names))
            compare = work(_sources(wishes.files))
            progress.step(say("import.comparing"))
            return compare(records, said)
    except FileRefusedError as error:
        if wishes.as_json:
            _show(Preview(kind, "unknown", errors=(error.trouble,)), wishes)
            raise typer.Exit(1) from error
        refuse(_sentence(error.trouble))


def _sources(files: list[Path]) -> "list[Source]":
    from sync.school.files.source import MAX_SOURCE_BYTES, Source
    from sync.school.files.trouble import refuse as refused

    sources = []
    for path in files:
        try:
            with path.open("rb") as stream:
                source = Source(path.name, stream.read(MAX_SOURCE_BYTES + 1))
        except OSError as error:
            refuse(say("import.unreadable", file=path, why=error.strerror or "?"))
        if len(source.raw) > MAX_SOURCE_BYTES:
            raise refused("too_large", source.place, limit_mb=str(MAX_SOURCE_BYTES >> 20))
        sources.append(source)
    return sources


def _decisions(match: list[str] | None, day: str | None, *, takes_new: bool) -> "Decisions":
    from sync.school.files.decisions import Decisions

    pairs = [text.partition("=") for text in match or []]
    if any(not equals or not name or not wanted for name, equals, wanted in pairs):
        refuse(say("import.bad_match"))
    try:
        first = date.fromisoformat(day) if day else (datetime.now(UTC) + _LOCAL).date()
    except ValueError:
        refuse(say("import.bad_day", value=day))
    wishes = {name.strip(): wanted.strip() for name, _, wanted in pairs}
    return Decisions(first, wishes, takes_new, is_day_told=day is not None)


def _agree(preview: "Preview", wishes: _Wishes) -> None:
    """Refuse what may not be written; ask where a class would lose many."""
    if preview.errors or preview.unmatched:
        _show(preview, wishes)
        key = "import.has_errors" if preview.errors else "import.has_unmatched"
        refuse(say(key, n=len(preview.errors or preview.unmatched)))
    if preview.losses and not wishes.yes:
        import sys

        names = ", ".join(f"{one.class_name} ({one.gone}/{one.size})" for one in preview.losses)
        question = say("import.losses", classes=names)
        if not sys.stdin.isatty():
            refuse(f"{question} {say('import.losses_cure')}")
        typer.confirm(question, abort=True, err=True)


def _show(preview: "Preview", wishes: _Wishes) -> None:
    if wishes.as_json:
        typer.echo(json.dumps(as_json(preview), ensure_ascii=False, indent=2))
        return
    counts = preview.counts._asdict()
    typer.echo(say(f"import.counts.{preview.kind}", format=preview.format, **counts))
    if preview.classes:
        typer.echo(say("import.classes", n=len(preview.classes), names=", ".join(preview.classes)))
    if preview.slots:
        typer.echo(say("import.slots", n=preview.slots))
    if preview.valid_from:
        typer.echo(say("import.valid_from", day=f"{preview.valid_from:%d/%m/%Y}"))
    for one in preview.unmatched:
        near = ", ".join(one.suggestions) or say("import.no_suggestion")
        typer.echo(say("import.unmatched", name=one.name, suggestions=near))
    for trouble in preview.errors:
        typer.echo(_sentence(trouble))


def as_json(preview: "Preview") -> dict[str, object]:
    """A preview as other programs read it."""
    return {
        "kind": preview.kind,
        "format": preview.format,
        "counts": preview.counts._asdict(),
        "classes": list(preview.classes),
        "slots": preview.slots,
        "unmatched": [
            {"name": one.name, "suggestions": list(one.suggestions)} for one in preview.unmatched
        ],
        "errors": [_trouble(one) for one in preview.errors],
    }


def _trouble(trouble: "Trouble") -> dict[str, str]:
    return {
        "place": _place(trouble),
        "message": say(f"import.trouble.{trouble.code}", **trouble.params),
        "cure": say(f"import.cure.{trouble.code}", **trouble.params),
    }


def _sentence(trouble: "Trouble") -> str:
    told = _trouble(trouble)
    return f"{told['place']}: {told['message']} {told['cure']}"


def _place(trouble: "Trouble") -> str:
    place = trouble.place
    parts = [place.file, place.sheet]
    if place.row:
        parts.append(say("import.place.row", row=place.row))
    if place.column:
        parts.append(say("import.place.column", column=place.column))
    return " · ".join(part for part in parts if part)
