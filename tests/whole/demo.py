"""The whole demo as a person starts it, and hands to use it with: panel, bench, hub."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[2]
READY_WITHIN_S = 60.0


class Demo:
    """One running demo."""

    def __init__(self, state: Path, *options: str, **environment: str) -> None:
        self.state = state
        self._environment = {**os.environ, **environment}
        self._command = [sys.executable, "-m", "edge.cli.main", "demo", "--state", str(state)]
        self._command += ["--port", "0", "--hub-port", "0", *options]
        self._process: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(timeout=10.0, trust_env=False)
        self.log = state.with_suffix(".log")

    def start(self) -> None:
        """Start it and wait until panel, bench and hub answer."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.until(self._ready, "the demo is ready", READY_WITHIN_S)

    def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        code = self._process.wait(20)
        self._client.close()
        return code

    def _ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(f"the demo ended by itself: {self.log.read_text()[-2000:]}")
        with contextlib.suppress(OSError, ValueError, KeyError, httpx.HTTPError):
            return self.panel("/health")["ready"] and bool(self.hub("/health"))
        return False

    @property
    def info(self) -> dict[str, Any]:
        """`demo.json` as it is now."""
        return json.loads((self.state / "demo.json").read_text())

    def pid(self, name: str) -> int:
        """Process id of `agent`, `hub` or `emulators` now."""
        return self.info["pids"][name]

    def kill(self, name: str) -> None:
        """SIGKILL one process; the demo starts it again."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid(name), signal.SIGKILL)

    def panel(self, path: str, body: dict[str, Any] | None = None, method: str = "") -> Any:
        """Ask the room's API; with a body, POST or `method`."""
        return self._ask(self.info["panel"], path, body, method)

    def bench(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """Use the bench."""
        return self._ask(self.info["bench"], path, body, "")

    def hub(self, path: str) -> Any:
        """Ask the hub's API."""
        info = self.info
        headers = {"Authorization": f"Bearer {info['hub_token']}"}
        answer = self._client.get(info["hub"] + path, headers=headers)
        return answer.raise_for_status().json()

    def _ask(self, base: str, path: str, body: dict[str, Any] | None, method: str) -> Any:
        headers = {} if body is None else {"Idempotency-Key": str(uuid.uuid4())}
        method = method or ("GET" if body is None else "POST")
        answer = self._client.request(method, base + path, json=body, headers=headers)
        return answer.raise_for_status().json()

    def tap(self, uid: str, reader: str = "door") -> dict[str, Any]:
        """Tap a card; the bench waits for the reader's feedback at most 5 s."""
        return self.bench("/api/tap", {"uid": uid, "reader": reader})

    def hub_taps(self) -> list[dict[str, Any]]:
        """Every tap that the hub has, in order of receipt."""
        taps: list[dict[str, Any]] = []
        after = 0
        while True:
            page = self.hub(f"/api/taps?after={after}&limit=500")
            taps += page["taps"]
            if not page["taps"]:
                return taps
            after = page["next"]

    @staticmethod
    def until(is_so: Callable[[], Any], what: str, limit_s: float = 30.0) -> Any:
        """Wait until something is so; returns what it gave."""
        give_up = time.monotonic() + limit_s
        while time.monotonic() < give_up:
            with contextlib.suppress(httpx.HTTPError, OSError, ValueError):
                if found := is_so():
                    return found
            time.sleep(0.05)
        raise AssertionError(f"not within {limit_s:.0f} s: {what}")


@contextlib.contextmanager
def running_demo(state: Path, *options: str, **environment: str) -> Iterator[Demo]:
    """A demo while the block lasts."""
    demo = Demo(state, *options, **environment)
    try:
        demo.start()
        yield demo
    finally:
        demo.stop()
