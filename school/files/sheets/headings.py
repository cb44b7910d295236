"""Maps of headings, kept as data: which column of a list holds what."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from school.names import fold

_SIGNS = re.compile(r"[^a-z0-9]+")
MAPS = ("vnedu", "smas", "qlth")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """A map of one system (a file in `maps/`).

    Attributes:
        id: its short name.
        signature: headings that together tell its files.
        roles: heading → what the column holds.
        words: lists of words by purpose.
    """

    id: str
    signature: frozenset[str]
    roles: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]


def plain(text: str) -> str:
    """A heading as maps write it: "Mã định danh Bộ GD&ĐT (*)" → "ma dinh danh bo gd dt"."""
    return _SIGNS.sub(" ", fold(text)).strip()


@cache
def column_map(name: str) -> ColumnMap:
    """A map by its id."""
    raw = resources.files(__package__).joinpath("maps", f"{name}.toml").read_text("utf-8")
    read = tomllib.loads(raw)
    roles = {heading: role for role, many in read["columns"].items() for heading in many}
    words = {purpose: tuple(many) for purpose, many in read.get("words", {}).items()}
    return ColumnMap(read["id"], frozenset(read.get("signature", ())), roles, words)


@cache
def same_headings() -> dict[str, str]:
    """Every known heading without its blanks → the heading: "HoTen" is "ho ten"."""
    return {heading.replace(" ", ""): heading for heading in known_roles()}


@cache
def known_roles() -> dict[str, str]:
    """Every heading of every map → what its column holds."""
    known: dict[str, str] = {}
    for name in MAPS:
        known |= column_map(name).roles
    return known | dict(column_map("general").roles)
