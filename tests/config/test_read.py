"""Every setting of `room.toml` is read, under its own name, by somebody who acts on it."""

import ast
from functools import cache
from pathlib import Path

import pytest
from pydantic import BaseModel

from config import room
from school.rules import Rules

ROOT = Path(__file__).parents[2]
CARRIERS = {"config/room.py", "school/rules.py"}
"""They say what the settings are; to name one there is not to read it."""

SECTIONS = [
    one
    for one in vars(room).values()
    if isinstance(one, type) and issubclass(one, BaseModel) and one.__module__ == "config.room"
]
SETTINGS = sorted({name for section in SECTIONS for name in section.model_fields})
CHECKED_WHERE_THEY_STAND = {"schema_"}


def attributes(folder: str, *, passed_on: bool) -> set[str]:
    """Names that are read off something; with `passed_on` also in the room's mapping to rules."""
    found: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        name = str(path.relative_to(ROOT))
        if name in CARRIERS or (name == "edge/settings.py" and not passed_on):
            continue
        tree = ast.parse(path.read_text("utf-8"))
        found |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return found


@cache
def read(*, passed_on: bool) -> set[str]:
    folders = ("edge", "school", "sync", "config", "drivers")
    return set().union(*(attributes(one, passed_on=passed_on) for one in folders))


@pytest.mark.parametrize(
    "setting", [one for one in SETTINGS if one not in CHECKED_WHERE_THEY_STAND]
)
def test_a_setting_is_read(setting):
    assert setting in read(passed_on=True)


@pytest.mark.parametrize("rule", Rules.__dataclass_fields__)
def test_a_rule_is_followed(rule):
    assert rule in read(passed_on=False)
