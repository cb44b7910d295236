"""The desk of an export: its records, its moment, its file, and the log of who took what."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import typer

from edge.cli.access_log import note_access
from edge.cli.export_source import Source, open_source, school_only
from edge.cli.progress import Counter, Progress
from edge.cli.say import refuse, say
from school.facts import Fact
from school.files.books.out_about import About
from school.files.books.out_days import Held, Letters, Patience, about, days_between, held_on
from school.one_pupil import OnePupil
from school.records import Group, Person, PersonKind, School
from school.register import Register
from school.span import Span

_SPAN_MAX = 400


class Desk:
    """One export.

    Attributes:
        source: where it reads from.
        school: the records.
        register: the facts as far as they were asked for; none at first.
        at_ms: the moment of the export, Unix milliseconds.
    """

    def __init__(self, config: Path | None, state: Path | None, school: Path | None = None) -> None:
        if config is None and school is None:
            refuse(say("cli.export.no_source"))
        self.source: Source = (
            open_source(config, state) if config is not None else school_only(school or Path())
        )
        self.school: School = self.source.school
        self.register = Register(self.school, self.source.rules)
        self.at_ms = time.time_ns() // 1_000_000
        self._at = self.school.local(self.at_ms)

    @property
    def today(self) -> date:
        """The local date."""
        return self._at.date()

    def held(self, first: date, last: date, group: Group | None = None) -> list[Held]:
        """Lessons of a span, with progress; their facts are in `register` from here on.

        Args:
            first: first day.
            last: last day.
            group: where it is a class, lessons of other classes are left out.
        """
        if not 0 <= (last - first).days <= _SPAN_MAX:
            refuse(say("cli.export.bad_span", first=first, last=last))
        others = self._other_classes(group)
        span = Span(first, last, others)
        cut = partial(span.cut, school=self.school)
        self.register = self.source.register(cut, span.window(self.school))
        found: list[Held] = []
        with Progress() as progress:
            counter = Counter(progress, "days", (last - first).days + 1)
            for day in days_between(first, last):
                here = held_on(self.register, day, self.at_ms)
                found += [one for one in here if one.state.group_key not in others]
                counter.one_more()
        return found

    def _other_classes(self, group: Group | None) -> frozenset[str]:
        if group is None or not group.is_class:
            return frozenset()
        return frozenset(g.key for g in self.school.groups.values() if g.is_class) - {group.key}

    def facts_of(self, person_id: str) -> list[Fact]:
        """What was said of a pupil; it and what it needs is in `register` from here on."""
        pupil = OnePupil(self.school, person_id)
        self.register = self.source.register(pupil.cut)
        while pupil.begins_anew():
            self.register = self.source.register(pupil.cut)
        return pupil.told

    def about(self, held: list[Held]) -> About:
        """What the file says of itself."""
        return about(self.school, self.source.words, self._at, held)

    def patience(self, days: int) -> Patience:
        """When an unknown excuse becomes K."""
        return Patience(self.register, self.today, days)

    def letters(self, days: int) -> Letters:
        """The short forms of marks."""
        return Letters(self.register, self.patience(days))

    def group(self, name: str | None) -> Group | None:
        """A class or group by key or name; None where none is named."""
        if name is None:
            return None
        return self.school.find_group(name) or refuse_name("no_class", name)

    def pupil(self, text: str) -> Person:
        """A pupil by person id, or by a code that no other pupil ever had."""
        pupils = [p for p in self.school.people.values() if p.kind is PersonKind.PUPIL]
        named = [p for p in pupils if p.id == text]
        found = named or [p for p in pupils if text in self._codes(p.id)]
        return found[0] if len(found) == 1 else refuse_name("no_pupil", text)

    def _codes(self, person_id: str) -> set[str]:
        record = self.school.office.get(person_id)
        return {code.code for code in record.codes} if record else set()

    def note(self, what: str, of: Group | str | None) -> None:
        """Note in the access log what goes out now; without the log nothing does.

        Args:
            what: the export and its days.
            of: the class, or id of the pupil; None for the whole school.
        """
        note_access(
            self.source.folder,
            at=self._at.isoformat(timespec="seconds"),
            what=what,
            of=of.key if isinstance(of, Group) else of or "school",
            source=self.source.kind,
        )


def only(held: list[Held], group: Group | None) -> list[Held]:
    """The lessons of one class; of all without one."""
    return [one for one in held if group is None or one.state.group_key == group.key]


def refuse_name(word: str, name: str) -> NoReturn:
    """End with the sentence that something of this name is not there."""
    refuse(say(f"cli.export.{word}", name=name))


def day_of(text: str | None, default: date) -> date:
    """A day as it was typed; ends with a sentence if it is none."""
    try:
        return default if text is None else date.fromisoformat(text)
    except ValueError:
        refuse(say("cli.export.bad_date", text=text))


def write_file(path: Path, content: bytes, said: str, *, force: bool) -> None:
    """A whole file or none, readable by its owner alone; never in place of another one unasked."""
    part = path.with_name(f".{path.name}.part")
    try:
        if path.exists() and not force:
            refuse(say("cli.export.exists", file=path))
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        refuse(say("cli.export.unwritable", file=path, reason=error.strerror))
    typer.echo(say("cli.export.done", file=path, about=said))


def free_path(out: Path | None, default: str, *, force: bool) -> Path:
    """Where to write; refused early, before the long work."""
    path = out or Path(default)
    if path.exists() and not force:
        refuse(say("cli.export.exists", file=path))
    return path


@contextmanager
def private_folder(beside: Path) -> Iterator[str]:
    """A folder of the owner alone for parts of a file; it goes whatever happens."""
    try:
        folder = TemporaryDirectory(prefix=".lophoc-", dir=beside.parent)
    except OSError as error:
        refuse(say("cli.export.unwritable", file=beside, reason=error.strerror))
    with folder as name:
        yield name
