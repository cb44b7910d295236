"""A small Debian of our own, booted with its real systemd, to run the shipped units in.

The tree is made once by mmdebstrap (kept in `.venv`); each container runs on an overlay over it.
The program under test is this checkout with this interpreter's packages, bound in read-only.
Needs root, mmdebstrap and systemd-nspawn.
"""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
TREE = ROOT / ".venv" / "debian-tree"
PACKAGES = ("dbus", "python3", "systemd", "systemd-sysv")
PYTHON = f"python{sys.version_info.major}.{sys.version_info.minor}"
SITE = f"lib/{PYTHON}/site-packages"
USERS = {"lophoc": ["--groups", "dialout"], "lophoc-hub": []}
_REBOOTS = 133  # how systemd-nspawn ends when the container reboots
STATE_BYTES = 48 << 20
"""Disk of each state folder: small enough to be filled at once."""


def make_tree() -> Path:
    """A Debian of this machine's release, made where it is not there yet."""
    done = TREE / "made"
    if not done.exists():
        shutil.rmtree(TREE, ignore_errors=True)
        suite = _os_release()["VERSION_CODENAME"]
        TREE.parent.mkdir(exist_ok=True)
        command = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
        sh(*command, suite, str(TREE))
        done.touch()
    return TREE


def _os_release() -> dict[str, str]:
    lines = Path("/etc/os-release").read_text().splitlines()
    return {key: value.strip('"') for key, _, value in (line.partition("=") for line in lines)}


def sh(*command: str, check: bool = True, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a command; its output is shown where it fails."""
    done = subprocess.run(command, text=True, capture_output=True, check=False, **more)
    assert not check or done.returncode == 0, f"{command}: {done.stderr}\n{done.stdout}"
    return done


def until(is_so: Callable[[], bool], what: str, within_s: float = 60.0) -> None:
    """Wait until it is so."""
    end = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < end, f"not within {within_s} s: {what}"
        time.sleep(0.2)


class Container:
    """One booted Debian with the units installed, and small disks for their state.

    Args:
        folder: an empty folder for everything of this container.
        files: files below `/etc/lophoc` by name.
    """

    def __init__(self, folder: Path, files: dict[str, str]) -> None:
        self._folder = folder
        self._mounts: list[Path] = []
        self._nspawn: subprocess.Popen[bytes] | None = None
        self.root = self._overlay()
        for user, more in USERS.items():
            self._add_user(user, more)
        self._install(files)

    def boot(self) -> None:
        """Start the container and wait until its systemd has booted."""
        binds = [f"--bind={path}:/var/lib/{name}" for name, path in self._disks().items()]
        reading = {ROOT: "/opt/lophoc/src", Path(sys.prefix) / SITE: "/opt/lophoc/packages"}
        if sys.base_prefix != "/usr":
            reading[Path(sys.base_prefix)] = "/opt/python"
        binds += [f"--bind-ro={path}:{there}" for path, there in reading.items()]
        console = (self._folder / "console.log").open("ab")
        program = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot"]
        program += ["--directory", str(self.root), "--private-network", "--link-journal=no"]
        self._nspawn = subprocess.Popen(
            [*program, "--console=pipe", *binds], stdin=subprocess.DEVNULL, stdout=console,
            stderr=console,
        )  # fmt: skip
        console.close()
        self.until_booted()
        self.run("ldconfig")

    def until_booted(self) -> None:
        """Wait until systemd says that the boot has ended."""

        def booted() -> bool:
            said = self.run("systemctl", "is-system-running", check=False).stdout.strip()
            return said in ("running", "degraded")

        until(booted, "the container has booted", 90)

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command in the container."""
        leader = self._leader()
        if leader is None:
            return subprocess.CompletedProcess(command, 1, "", "the container does not run")
        return sh("nsenter", "-t", leader, "-a", "-r", "-w", *command, check=check)

    def get(self, address: str) -> tuple[int, str]:
        """Fetch a page as somebody in the container would; status 0 = nobody answers."""
        fetch = (
            "import sys, urllib.request as u, urllib.error as e\n"
            "try: a = u.urlopen(sys.argv[1], timeout=5)\n"
            "except e.HTTPError as error: a = error\n"
            "except OSError as error: print(0, error); sys.exit()\n"
            "print(a.status, a.read().decode())\n"
        )
        leader = self._leader() or "0"
        done = sh("nsenter", "-t", leader, "-n", sys.executable, "-c", fetch, address, check=False)
        status, _, body = done.stdout.partition(" ")
        return int(status or 0), body

    def health(self, address: str) -> dict[str, Any]:
        """What `/health` says there; empty where nobody answers."""
        status, body = self.get(f"{address}/health")
        found: dict[str, Any] = json.loads(body) if status == 200 else {}
        return found

    def show(self, unit: str, what: str) -> str:
        """One property of a unit."""
        return self.run("systemctl", "show", unit, "-P", what).stdout.strip()

    def journal(self, unit: str) -> str:
        """All that a unit said."""
        return self.run("journalctl", "-u", unit, "--no-pager", "-o", "cat").stdout

    def disk(self, name: str) -> Path:
        """The state folder of that name, as seen from outside."""
        return self._folder / f"disk-{name}"

    def fill(self, name: str) -> None:
        """Leave no byte of that disk."""
        with (self.disk(name) / "filler").open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 4096):
                    pass
            except OSError:
                return

    def empty(self, name: str) -> None:
        """Leave nothing on that disk."""
        for path in self.disk(name).iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def free(self, name: str) -> None:
        """Give the room back."""
        (self.disk(name) / "filler").unlink()

    def reboot(self) -> None:
        """Reboot from within; systemd-nspawn ends then, and is started again as its unit would."""
        assert self._nspawn is not None
        self.run("systemctl", "reboot", check=False)
        assert self._nspawn.wait(timeout=60) == _REBOOTS
        self.boot()

    def close(self) -> None:
        """Power off and leave nothing mounted."""
        if self._nspawn is not None:
            self.run("systemctl", "poweroff", check=False)
            try:
                self._nspawn.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self._nspawn.kill()
                self._nspawn.wait()
        for path in reversed(self._mounts):
            sh("umount", "--lazy", str(path), check=False)

    def _leader(self) -> str | None:
        """The container's first process, seen from outside."""
        assert self._nspawn is not None
        pid = self._nspawn.pid
        try:
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        except FileNotFoundError:
            return None
        return children[0] if children else None

    def _mount(self, path: Path, *options: str) -> Path:
        path.mkdir()
        sh("mount", *options, str(path))
        self._mounts.append(path)
        return path

    def _overlay(self) -> Path:
        layers = self._mount(self._folder / "layers", "-t", "tmpfs", "tmpfs")
        for name in ("upper", "work"):
            (layers / name).mkdir()
        options = f"lowerdir={make_tree()},upperdir={layers}/upper,workdir={layers}/work"
        return self._mount(self._folder / "root", "-t", "overlay", "-o", options, "overlay")

    def _disks(self) -> dict[str, Path]:
        for name in USERS:
            if not self.disk(name).exists():
                size = f"size={STATE_BYTES}"
                self._mount(self.disk(name), "-t", "tmpfs", "-o", size, "tmpfs")
        return {name: self.disk(name) for name in USERS}

    def _add_user(self, user: str, more: list[str]) -> None:
        sh("chroot", str(self.root), "useradd", "--system", "--user-group", *more, user)

    def _install(self, files: dict[str, str]) -> None:
        there = self.root / "opt/lophoc/.venv"
        (there / "bin").mkdir(parents=True)
        (there / SITE).mkdir(parents=True)
        home = "/usr/bin" if sys.base_prefix == "/usr" else "/opt/python/bin"
        (there / "bin" / "python3").symlink_to(f"{home}/{PYTHON}")
        (there / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n")
        (there / SITE / "lophoc.pth").write_text("/opt/lophoc/src\n/opt/lophoc/packages\n")
        script = there / "bin" / "lophoc"
        script.write_text(
            "#!/opt/lophoc/.venv/bin/python3\n"
            "import sys; from edge.cli.main import main; sys.exit(main())\n"
        )
        script.chmod(0o755)
        (self.root / "etc/ld.so.conf.d/python.conf").write_text("/opt/python/lib\n")
        settings = self.root / "etc/lophoc"
        settings.mkdir()
        for name, text in files.items():
            (settings / name).write_text(text)
        for unit in (ROOT / "systemd").glob("*.service"):
            shutil.copy(unit, self.root / "etc/systemd/system")
