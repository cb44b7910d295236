"""Commands that ask the running agent: through its API, as the panel does."""

import os
import time
import uuid
from collections.abc import Mapping
from typing import Any

import httpx

from edge.cli.say import refuse

DEFAULT_URL = "http://127.0.0.1:8080"
WAIT_AT_MOST_S = 180.0
LOOK_EVERY_S = 0.3


class Remote:
    """One room's API.

    Args:
        url: base address; None = `LOPHOC_URL`, else the panel's own address.
    """

    def __init__(self, url: str | None) -> None:
        self._url = (url or os.environ.get("LOPHOC_URL") or DEFAULT_URL).rstrip("/")
        self._client = httpx.Client(base_url=self._url, timeout=10.0, trust_env=False)

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """The JSON at a path; ends the program with one sentence where that fails."""
        return self._answer("GET", path, None)

    def post(self, path: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        """Post JSON under a fresh idempotency key."""
        return self._answer("POST", path, body)

    def _answer(self, method: str, path: str, body: Mapping[str, object] | None) -> Any:  # noqa: ANN401
        headers = {"Idempotency-Key": str(uuid.uuid4())} if body is not None else {}
        try:
            answer = self._client.request(method, path, json=body, headers=headers)
            content = answer.json()
        except httpx.TransportError:
            refuse(f"{self._url} does not answer; is the agent running? Name it with --url.")
        except ValueError:
            refuse(f"{self._url} is no lophoc server; check --url.")
        if answer.is_error:
            refuse(content.get("message", content) if isinstance(content, dict) else content)
        return content

    def wait_for_end(self, command: dict[str, Any]) -> dict[str, Any]:
        """Follow a command until it has ended, at most three minutes."""
        give_up = time.monotonic() + WAIT_AT_MOST_S
        while command["state"] in {"accepted", "running"} and time.monotonic() < give_up:
            time.sleep(LOOK_EVERY_S)
            command = self.get(f"/api/commands/{command['command_id']}")
        return command
