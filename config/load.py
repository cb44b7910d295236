"""Reading `room.toml` and `secrets.toml`: each mistake is one sentence with place and cure."""

import stat
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config.room import RoomConfig
from config.sentences import sentence

MAX_FILE_BYTES = 256 * 1024


class ConfigError(Exception):
    """The file cannot be used.

    Attributes:
        problems: one sentence for each mistake: file, line or key, what is wrong, how to mend it.
    """

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class LoadedRoom:
    """A room's file with what stands beside it.

    Attributes:
        path: the file itself; names of other files in it are relative to its folder.
        room: its content.
        secrets: passwords by name.
        warnings: sentences about what is missing but stops nothing.
    """

    path: Path
    room: RoomConfig
    secrets: Mapping[str, str] = field(repr=False)
    warnings: tuple[str, ...] = ()

    def beside(self, name: str) -> Path:
        """A file named in room.toml."""
        return self.path.parent / name


def load_room(path: Path) -> LoadedRoom:
    """Read a room's file and its secrets.

    Raises:
        ConfigError: the file cannot be used; all its mistakes at once.
    """
    room = parse_room(read_toml(path), path.name)
    secrets, warnings = _read_secrets(path.parent / "secrets.toml")
    warnings += [
        f'{path.name}: {place} names the secret "{name}", which {path.parent / "secrets.toml"} '
        "does not have; add it there"
        for place, name in _named_secrets(room)
        if name not in secrets
    ]
    return LoadedRoom(path, room, secrets, tuple(warnings))


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file of at most 256 KiB.

    Raises:
        ConfigError: it is not there, not readable, not UTF-8, too large or not TOML.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(
            [f"{path}: cannot be read ({error.strerror}); check the path and its rights"]
        ) from error
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(
            [f"{path}: is larger than 256 KiB, so it is no room file; check the path"]
        )
    if not raw.strip():
        raise ConfigError([f"{path}: is empty; copy an example from config/rooms/ and edit it"])
    try:
        return tomllib.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigError(
            [f"{path}: line {line} is not UTF-8 text; save the file as UTF-8 in the editor"]
        ) from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError([f"{path}: {_syntax(error)}; compare with config/rooms/"]) from error


def _syntax(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "is nested too deeply to be a room file"
    text = str(error)
    what, _, place = text.partition(" (at ")
    return f"{place.rstrip(')')}: {what[:1].lower()}{what[1:]}" if place else text


def parse_room(raw: Mapping[str, Any], name: str) -> RoomConfig:
    """Check the content of a room's file.

    Raises:
        ConfigError: one sentence for each mistake.
    """
    try:
        return RoomConfig.model_validate(raw)
    except ValidationError as error:
        problems = [sentence(name, raw, one) for one in error.errors(include_url=False)]
        raise ConfigError(problems) from error


def _read_secrets(path: Path) -> tuple[dict[str, str], list[str]]:
    if not path.exists():
        return {}, []
    raw = read_toml(path)
    wrong = [key for key, value in raw.items() if not isinstance(value, str)]
    if wrong:
        raise ConfigError([f'{path}: {wrong[0]} must be text in quotes, NAME = "SECRET"'])
    mode = stat.S_IMODE(path.stat().st_mode)
    open_to_others = mode & 0o077
    warnings = [f"{path}: others can read it; run chmod 600 {path}"] if open_to_others else []
    return raw, warnings


def _named_secrets(room: RoomConfig) -> list[tuple[str, str]]:
    named = [(f'"{one.id}"', one.password) for one in room.attached]
    named.append(("mqtt.password", room.mqtt.password if room.mqtt else None))
    return [(place, name) for place, name in named if name is not None]
