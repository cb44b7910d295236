"""What a school may set about its hub: `hub.toml`, read with one clear sentence per mistake."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from school.rules import Rules
from school.thresholds import KEYS

_ADDRESS = re.compile(r"(\[[0-9a-f:]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
_HOST = re.compile(r"\[[0-9a-f:]+\]|[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_TOO_LARGE = 1 << 20
_FIRST = "the first row of the records' thresholds, which hold from then on, in rooms too"


class SettingsError(Exception):
    """`hub.toml` cannot be used.

    Attributes:
        sentences: one for each mistake: file, place, what is wrong, how to mend it.
    """

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = tuple(sentences)


class HubSection(BaseModel):
    """The section `[hub]`. Relative paths count from the file's folder."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    state: Path = Field(description="folder of the database, the authority and the token")
    console: str = Field(
        default="127.0.0.1:8090", description="address of pages and API; loopback, or behind TLS"
    )
    rooms: str = Field(default="127.0.0.1:8443", description="address of the rooms' https listener")
    public_hosts: tuple[str, ...] = Field(
        default=("localhost", "127.0.0.1"),
        min_length=1,
        description="names and addresses by which rooms and people reach this hub, without port",
    )
    school: Path = Field(
        default=Path("school.json"),
        description="the school's records to begin with; taken over anew when the file changes, "
        "else what `lophoc import --into` gave holds",
    )
    database: str | None = Field(
        default=None, description="database address; without it hub.db in the state folder"
    )
    token_file: Path = Field(
        default=Path("hub.token"), description="bearer token, made at first start; below state"
    )
    behind_https: bool = Field(
        default=False, description="a proxy with TLS stands before the console: secure cookies"
    )
    open_before_min: int = Field(
        default=20, ge=0, le=1440, description=f"taps count from so long before; {_FIRST}"
    )
    late_after_min: int = Field(
        default=5, ge=0, le=1440, description=f"a tap is late from so long after; {_FIRST}"
    )
    maybe_absent_after_min: int = Field(
        default=15, ge=0, le=1440, description=f"panels ask about who is missing; {_FIRST}"
    )

    @field_validator("console", "rooms")
    @classmethod
    def _address(cls, text: str) -> str:
        match = _ADDRESS.fullmatch(text)
        if match is None or int(match[2]) > 65_535:
            raise ValueError('write host:port, such as "127.0.0.1:8090"')
        return text

    @field_validator("public_hosts")
    @classmethod
    def _hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        names = tuple(host.strip().lower() for host in hosts)
        for name in names:
            if not _HOST.fullmatch(name):
                raise ValueError(f"{name!r} is not a host name; leave port and https:// out")
        return names


class HubFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal[1] = Field(alias="schema", description="version of the file's form")
    hub: HubSection


class HubSettings(BaseModel):
    """Settings with every path and address made whole."""

    model_config = ConfigDict(frozen=True)

    state: Path
    console: str
    rooms: str
    public_hosts: tuple[str, ...]
    school: Path
    database: str
    token_file: Path
    behind_https: bool
    rules: Rules = Rules()
    thresholds: Mapping[str, int] = {}  # those that stand in the file


def load_settings(path: Path) -> HubSettings:
    """Read `hub.toml`.

    Raises:
        SettingsError: it is missing, not UTF-8, not TOML, or says something wrong.
    """
    try:
        section = HubFile.model_validate(_parse(path)).hub
    except ValidationError as error:
        raise SettingsError([_sentence(path, dict(e)) for e in error.errors()]) from error
    folder = path.absolute().parent
    state = folder / section.state
    return HubSettings(
        state=state,
        console=section.console,
        rooms=section.rooms,
        public_hosts=section.public_hosts,
        school=folder / section.school,
        database=section.database or f"sqlite:///{state / 'hub.db'}",
        token_file=state / section.token_file,
        behind_https=section.behind_https,
        rules=Rules(
            open_before_min=section.open_before_min,
            late_after_min=section.late_after_min,
            maybe_absent_after_min=section.maybe_absent_after_min,
        ),
        thresholds={key: getattr(section, key) for key in KEYS if key in section.model_fields_set},
    )


def _parse(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _TOO_LARGE:
            raise SettingsError([f"{path}: the file is larger than 1 MiB; this is no hub.toml."])
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError([f"{path}: cannot be read: {error.strerror}."]) from error
    except UnicodeDecodeError as error:
        raise SettingsError([f"{path}: is not UTF-8 text; save it as UTF-8."]) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError([f"{path}: is not TOML: {error}."]) from error


def _sentence(path: Path, error: dict[str, Any]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "missing":
        return f"{path}: {where} is missing; add it."
    if error["type"] == "extra_forbidden":
        return f"{path}: {where} is not a setting; look for a typing mistake or take it out."
    reason = error["msg"].removeprefix("Value error, ")
    return f"{path}: {where} is wrong: {reason}."
