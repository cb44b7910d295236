"""`lophoc import …`: what a school's files would change, and, with `--into`, the change itself."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edge.cli.import_maps import kept_map, read_map, save_map
from edge.cli.import_show import choice_text, question_text, sentence, show
from edge.cli.progress import Progress
from edge.cli.say import refuse, say

if TYPE_CHECKING:
    from school.files.decisions import Decisions
    from school.files.preview import Preview
    from school.files.sheets.questions import Answers, Question
    from school.files.sheets.source import Source
    from school.school_rows import SchoolFile

import_app = typer.Typer(no_args_is_help=True)

Files = Annotated[list[Path] | None, typer.Argument(help=say("import.opt.files"))]
AsJson = Annotated[bool, typer.Option("--json", help=say("cli.opt.json"))]
Into = Annotated[Path | None, typer.Option(help=say("import.opt.into"))]
Against = Annotated[Path | None, typer.Option(help=say("import.opt.against"))]
Undo = Annotated[bool, typer.Option("--undo", help=say("import.opt.undo"))]
Match = Annotated[list[str] | None, typer.Option(help=say("import.opt.match"))]
NewNames = Annotated[bool, typer.Option("--new-names", help=say("import.opt.new_names"))]
Yes = Annotated[bool, typer.Option("--yes", help=say("import.opt.yes"))]
UseMap = Annotated[Path | None, typer.Option("--map", help=say("import.opt.map"))]
SaveMap = Annotated[Path | None, typer.Option("--save-map", help=say("import.opt.save_map"))]
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
    map: Path | None
    save_map: Path | None

    @property
    def folder(self) -> Path | None:
        """The state folder that the import is for."""
        return self.into or self.against


@dataclass(frozen=True)
class _Outcome:
    """What an import would do, and the records after it."""

    preview: "Preview"
    after: "Callable[[SchoolFile], SchoolFile]"


Compare = Callable[["SchoolFile | None", "Decisions"], _Outcome]
Work = Callable[["list[Source]", "Answers"], Compare]
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
    use_map: UseMap = None,
    save_to: SaveMap = None,
) -> None:
    """Pupil lists."""
    wishes = _Wishes(files or [], as_json, into, against, undo, yes, use_map, save_to)
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
    use_map: UseMap = None,
    save_to: SaveMap = None,
) -> None:
    """Timetables."""
    wishes = _Wishes(files or [], as_json, into, against, undo, True, use_map, save_to)
    _run("timetable", _timetable, wishes, _decisions(match, day, takes_new=new_names))


@import_app.command("plan", help=say("import.plan"))
def plan(  # noqa: PLR0913, PLR0917 - an argument for each option
    files: Files = None,
    as_json: AsJson = False,
    into: Into = None,
    against: Against = None,
    undo: Undo = False,
    use_map: UseMap = None,
    save_to: SaveMap = None,
) -> None:
    """Teaching plans."""
    wishes = _Wishes(files or [], as_json, into, against, undo, True, use_map, save_to)
    _run("plan", _plan, wishes, _decisions(None, None, takes_new=False))


def _roster(sources: "list[Source]", answers: "Answers") -> Compare:
    from school.files.rosters.roster import read_roster
    from school.files.rosters.roster_change import apply_roster, compare_roster

    read = read_roster(sources, answers)

    def compare(records: "SchoolFile | None", said: "Decisions") -> _Outcome:
        change = compare_roster(records, read, said)
        return _Outcome(change.preview(), lambda file: apply_roster(file, change, said))

    return compare


def _timetable(sources: "list[Source]", answers: "Answers") -> Compare:
    from school.files.timetables.timetable_change import apply_timetable, compare_timetable
    from school.files.timetables.timetable_in import read_timetable

    read = read_timetable(sources, answers)

    def compare(records: "SchoolFile | None", said: "Decisions") -> _Outcome:
        change = compare_timetable(records, read, said)
        return _Outcome(change.preview(), lambda file: apply_timetable(file, change, said))

    return compare


def _plan(sources: "list[Source]", answers: "Answers") -> Compare:
    from school.files.timetables.plan_change import apply_plan, compare_plan
    from school.files.timetables.plan_in import read_plan

    read = read_plan(sources, answers)

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
            outcome = _previewed(kind, work, wishes, said, records)
            preview = _proven(kind, outcome, records or new_records(), is_new=records is None)
            show(preview, as_program=wishes.as_json)
            if preview.is_open:
                raise typer.Exit(1)
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
            _keep_answers(kind, wishes.into, outcome.preview)
            show(outcome.preview, as_program=wishes.as_json)
            if not wishes.as_json:
                typer.echo(say("import.written", name=kept))
    except StateRefusedError as error:
        refuse(error)


def _proven(kind: str, outcome: _Outcome, file: "SchoolFile", *, is_new: bool) -> "Preview":
    """The preview; with an error where the records after the import could not be written."""
    from dataclasses import replace

    from school.files.sheets.trouble import Place, Trouble
    from school.mistakes import SchoolFileError
    from school.school_check import school_of

    preview = outcome.preview
    if preview.is_open or preview.unmatched or (is_new and kind != "roster"):
        return preview
    try:
        school_of(outcome.after(file))
    except SchoolFileError as error:
        trouble = Trouble("records_refused", Place(), {"why": str(error)})
        return replace(preview, errors=(trouble,))
    return preview


def _there(folder: Path) -> Path:
    """A folder that must be there already."""
    return folder if folder.is_dir() else refuse(say("import.no_folder", folder=folder))


def _previewed(
    kind: str, work: Work, wishes: _Wishes, said: "Decisions", records: "SchoolFile | None"
) -> _Outcome:
    """Read the files; a file that cannot be used ends the command with its one sentence."""
    from school.files.preview import Preview
    from school.files.sheets.trouble import FileRefusedError

    try:
        with Progress() as progress:
            names = ", ".join(path.name for path in wishes.files)
            progress.step(say("import.reading", files=names))
            sources = _sources(wishes.files)
            answers = read_map(wishes.map) if wishes.map else {}
            compare = work(sources, answers)
            progress.step(say("import.comparing"))
            outcome = compare(records, said)
        while more := _answers(kind, wishes, outcome.preview, answers):
            answers |= more
            outcome = work(sources, answers)(records, said)
    except FileRefusedError as error:
        if wishes.as_json:
            show(Preview(kind, "unknown", errors=(error.trouble,)), as_program=True)
            raise typer.Exit(1) from error
        refuse(sentence(error.trouble))
    if wishes.save_map:
        _save_map(wishes.save_map, kind, outcome.preview)
    return outcome


def _answers(kind: str, wishes: _Wishes, preview: "Preview", given: "Answers") -> dict[str, str]:
    """Answers to open questions: of the school's template, else of the person at the terminal."""
    opened = {one.key: one for one in preview.account.questions if one.key not in given}
    if not opened:
        return {}
    path = kept_map(wishes.folder, kind, preview.account) if wishes.folder else None
    kept = read_map(path) if path and path.is_file() else {}
    known = {key: answer for key, answer in kept.items() if key in opened}
    return known or (_asked(opened.values()) if wishes.into else {})


def _asked(questions: "Iterable[Question]") -> dict[str, str]:
    import sys

    if not sys.stdin.isatty():
        return {}
    answers = {}
    for question in questions:
        typer.echo(question_text(question), err=True)
        for n, choice in enumerate(question.choices, start=1):
            typer.echo(f"  [{n}] {choice_text(choice)}", err=True)
        number = _choice(len(question.choices))
        answers[question.key] = question.choices[number - 1].id
    return answers


def _choice(last: int) -> int:
    number = 0
    while not 1 <= number <= last:
        number = typer.prompt(say("import.choose", n=last), type=int, err=True)
    return number


def _save_map(path: Path, kind: str, preview: "Preview") -> None:
    try:
        save_map(path, kind, preview.account)
    except OSError as error:
        refuse(say("import.map_unwritable", file=path, why=error.strerror or "?"))
    typer.echo(say("import.map_saved", file=path), err=True)


def _keep_answers(kind: str, folder: Path, preview: "Preview") -> None:
    """The school's template for the next file with these headings."""
    if not preview.account.answered:
        return
    path = kept_map(folder, kind, preview.account)
    try:
        save_map(path, kind, preview.account)
    except OSError as error:  # the import itself is written: say it, and do not fail
        typer.echo(say("import.map_unwritable", file=path, why=error.strerror or "?"), err=True)


def _sources(files: list[Path]) -> "list[Source]":
    from school.files.sheets.source import MAX_SOURCE_BYTES, Source
    from school.files.sheets.trouble import refuse as refused

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
    from school.files.decisions import Decisions

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
    open_ones = (
        ("import.has_errors", preview.errors),
        ("import.has_questions", preview.account.questions),
        ("import.has_unmatched", preview.unmatched),
    )
    for key, ones in open_ones:
        if ones:
            show(preview, as_program=wishes.as_json)
            refuse(say(key, n=len(ones)))
    if preview.losses and not wishes.yes:
        import sys

        names = ", ".join(f"{one.class_name} ({one.gone}/{one.size})" for one in preview.losses)
        question = say("import.losses", classes=names)
        if not sys.stdin.isatty():
            refuse(f"{question} {say('import.losses_cure')}")
        typer.confirm(question, abort=True, err=True)
