"""`docs/settings.md`, written from the schema, so that each setting is described in one place."""

import typing
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from config.room import RoomConfig

_HEAD = """# Settings of a room

`room.toml`, checked by `lophoc check FILE`. This page is generated from `config/room.py` by
`make docs`; edit the descriptions there. Passwords are named here and kept in `secrets.toml`
beside the file (`NAME = "SECRET"`, mode 0600). Names of files are relative to the file's folder.
"""


def settings_page() -> str:
    """The whole page in Markdown."""
    parts = [_HEAD]
    for title, model in _sections(RoomConfig, "", many=False):
        rows = [
            f"| `{info.alias or key}` | {info.description} | {_default(info)} |\n"
            for key, info in model.model_fields.items()
            if not list(_models(info.annotation))
        ]
        parts.append(f"\n## {title}\n\n{(model.__doc__ or '').strip()}\n")
        if rows:
            parts += ["\n| setting | what | default |\n|---|---|---|\n", *rows]
    return "".join(parts)


def _sections(
    model: type[BaseModel], path: str, *, many: bool
) -> Iterator[tuple[str, type[BaseModel]]]:
    name = f"[[{path}]]" if many else f"[{path}]"
    yield f"`{name}`" if path else "The file", model
    for key, info in model.model_fields.items():
        listed = typing.get_origin(info.annotation) is tuple
        inside = {"": key, "scene": f"scene.NAME.{key}"}.get(path, f"{path}.{key}")
        for inner in _models(info.annotation):
            yield from _sections(inner, inside, many=listed)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _models(inner)


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True, validated_data={})
    empty = value is None or value is PydanticUndefined or value in ("", (), {})
    return "–" if empty else f"`{value}`"
