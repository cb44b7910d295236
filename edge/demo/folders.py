"""Where the demo keeps what, and which ports it uses."""

import fcntl
import json
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# Below the ports that the kernel gives to outgoing connections, so that none of them can take a
# port of ours while its process starts again.
_FREE_FROM, _FREE_TO = 20_000, 32_000
_TRIES = 200
_FREE_TRIES, _FREE_PAUSE_S = 10, 0.1


class DemoError(Exception):
    """The demo cannot run: one sentence with place and cure."""


@dataclass(frozen=True, slots=True)
class Folders:
    """The files of one demo, all below `root`."""

    root: Path

    @property
    def room_file(self) -> Path:
        """The room's configuration."""
        return self.root / "room.toml"

    @property
    def secrets_file(self) -> Path:
        """The room's passwords."""
        return self.root / "secrets.toml"

    @property
    def hub_file(self) -> Path:
        """The hub's configuration."""
        return self.root / "hub.toml"

    @property
    def hub_root(self) -> Path:
        """The hub's root certificate as the room has it."""
        return self.root / "hub-root.pem"

    @property
    def school_file(self) -> Path:
        """The made-up school."""
        return self.root / "school.json"

    @property
    def plan_file(self) -> Path:
        """What the emulators' process is to be."""
        return self.root / "emulators.json"

    @property
    def notice_file(self) -> Path:
        """What runs where, for people and programs."""
        return self.root / "demo.json"

    @property
    def clock_offset_file(self) -> Path:
        """Milliseconds by which the room's clock was moved."""
        return self.root / "clock-offset"

    @property
    def room_state(self) -> Path:
        """The agent's state."""
        return self.root / "room"

    @property
    def hub_state(self) -> Path:
        """The hub's state."""
        return self.root / "hub"

    @property
    def serial_ports(self) -> Path:
        """Links to the emulated serial ports."""
        return self.root / "ports"

    def log(self, process: str) -> Path:
        """What a process wrote."""
        return self.root / "log" / f"{process}.log"

    def make(self) -> None:
        """Make the folders.

        Raises:
            DemoError: one of them cannot be made.
        """
        try:
            for folder in (self.room_state, self.hub_state, self.serial_ports, self.root / "log"):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DemoError(
                f"{error.filename}: cannot be made ({error.strerror}); name another folder with "
                "--state"
            ) from error


class DemoLock:
    """Held while a demo runs, so that a second one in the same folder is refused."""

    def __init__(self, root: Path) -> None:
        self._path = root / "demo.lock"
        self._file: int | None = None

    def take(self) -> None:
        """Take it.

        Raises:
            DemoError: another demo has it.
        """
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self.release()
            raise DemoError(
                f"{self._path.parent}: a demo runs here already; end it with Ctrl-C, or name "
                "another folder with --state"
            ) from error

    def release(self) -> None:
        """Give it back. May be called twice."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports on loopback.

    Attributes:
        panel: the room's page.
        hub: the hub's page.
        rooms: the hub's listener for rooms, behind `proxy`.
        proxy: the bench's way to the hub, which can be cut.
        bench: the bench's page.
        broker: the embedded MQTT broker.
        projector: the emulated projector.
    """

    panel: int
    hub: int
    rooms: int
    proxy: int
    bench: int
    broker: int
    projector: int


def choose_ports(root: Path, panel: int, hub: int, chance: Callable[[int], int]) -> Ports:
    """Ports for this demo: those asked for, those of the last demo here, or free ones.

    Args:
        root: the demo's folder, which remembers them.
        panel: wanted for the panel; 0 = any.
        hub: wanted for the hub's page; 0 = any.
        chance: a random number below its argument.

    Raises:
        DemoError: one that was asked for is taken.
    """
    for option, port in (("--port", panel), ("--hub-port", hub)):
        if port and not _becomes_free(port):
            raise DemoError(f"port {port} is taken; name another with {option}, or 0 for any")
    file = root / "ports.json"
    last, chosen = _read_ports(file), dict[str, int]()
    wanted = {"panel": panel, "hub": hub}
    for name in Ports.__slots__:
        taken = {*chosen.values(), panel, hub}
        chosen[name] = wanted.get(name, 0) or _free_port(last.get(name, 0), taken, chance)
    replace_file(file, json.dumps(chosen))
    return Ports(**chosen)


def _free_port(wanted: int, taken: set[int], chance: Callable[[int], int]) -> int:
    for attempt in range(_TRIES):
        port = wanted if attempt == 0 else _FREE_FROM + chance(_FREE_TO - _FREE_FROM)
        if port and port not in taken and _is_free(port) and _reserve(port):
            return port
    raise DemoError(f"no free port was found between {_FREE_FROM} and {_FREE_TO}")


_reserved: dict[int, socket.socket] = {}
"""Ports that no other demo chooses as long as this process lives."""


def _reserve(port: int) -> bool:
    """Keep other demos from it: two that begin together would both find it free.

    The name in the kernel's own space goes with the process, however it ends.
    """
    if port in _reserved:
        return True
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0lophoc-demo-port-{port}")
    except OSError:
        mark.close()
        return False
    _reserved[port] = mark
    return True


def _becomes_free(port: int) -> bool:
    """Whether it is free, or is at once: a killed demo's processes may just be going."""
    for _ in range(_FREE_TRIES):
        if _is_free(port):
            return True
        time.sleep(_FREE_PAUSE_S)
    return False


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _read_ports(file: Path) -> dict[str, int]:
    try:
        ports = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(ports, dict):
        return {}
    return {name: port for name, port in ports.items() if isinstance(port, int)}


def replace_file(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file whole or not at all; a reader never sees half of it."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
