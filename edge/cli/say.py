"""What the command line says: words by locale, tables, and one plain sentence where it fails."""

import os
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import NoReturn

import typer

from web.serving.words import Words


@cache
def _words() -> Words:
    return Words.read(Path(__file__).parent / "words")


def language() -> str:
    """`vi` where the locale is Vietnamese, else `en`."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name)
        if value:
            return "vi" if value.lower().startswith("vi") else "en"
    return "en"


def say(key: str, **params: object) -> str:
    """The text of a catalogue key in the person's language."""
    return _words().say(language(), key, **params)


def refuse(sentence: object) -> NoReturn:
    """End with exit code 1 and one plain sentence on stderr."""
    print(sentence, file=sys.stderr)
    raise typer.Exit(1)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table whose columns fit the terminal."""
    from rich.console import Console
    from rich.table import Table

    made = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        made.add_row(*row)
    Console(highlight=False, markup=False).print(made)
