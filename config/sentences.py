"""What the schema says of a mistake, turned into a sentence for the person who made it."""

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from config.room import RoomConfig


def sentence(name: str, raw: Mapping[str, Any], error: ErrorDetails) -> str:
    """One mistake found by the schema, with its place in the file and how to mend it."""
    place = _place(error["loc"], raw)
    kind = error["type"]
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(error["loc"][-1]), _known_keys(error["loc"]), 1)
        cure = f"did you mean `{near[0]}`?" if near else "take it out"
        return f"{name}: {place} is not a known setting; {cure}"
    if kind == "missing":
        return f"{name}: {place} is missing; add it (see docs/settings.md)"
    if kind == "value_error":
        said = str(error["ctx"]["error"])
        return f"{name}: {place + ' ' if place else ''}{said}"
    got = repr(error["input"])
    shown = got if len(got) <= 60 else got[:57] + "…"
    said = error["msg"][:1].lower() + error["msg"][1:]
    return f"{name}: {place} is {shown}: {said}; see docs/settings.md"


def _place(loc: tuple[int | str, ...], raw: Mapping[str, Any]) -> str:
    """`device 2 ("projector").address`: the way to a setting, as a person would look for it."""
    words: list[str] = []
    here: object = raw
    for part in loc:
        here = _inside(here, part)
        if isinstance(part, int):
            label = here.get("id") if isinstance(here, dict) else None
            words[-1] += f" {part + 1}" + (f' ("{label}")' if isinstance(label, str) else "")
        elif part != "[key]":
            words.append(str(part))
    return ".".join(words)


def _inside(here: object, part: int | str) -> object:
    try:
        return here[part]  # type: ignore[index] # whatever cannot be indexed has nothing inside
    except (KeyError, IndexError, TypeError):
        return None


def _known_keys(loc: tuple[int | str, ...]) -> list[str]:
    """The keys that the schema knows beside the last part of `loc`."""
    model: Any = RoomConfig
    for part in loc[:-1]:
        if isinstance(part, int) or model is None:
            continue
        field_info = model.model_fields.get(part)
        model = _model_of(field_info.annotation) if field_info else None
    return [info.alias or key for key, info in model.model_fields.items()] if model else []


def _model_of(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_of(inner)
        if found:
            return found
    return None
