"""The demo's three processes, when they are ready, and the notice that says where they are."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edge.demo.folders import DemoError, Folders, Ports, replace_file
from edge.demo.kept_process import KeptProcess, Recipe
from edge.demo.look import look
from edge.demo.plan import CardPlan, Plan

READY_WITHIN_S = 60.0
DEVICES_WITHIN_S = 10.0
_LOOK_EVERY_S = 0.05
_TOO_MANY_ENDS = 3


@dataclass(frozen=True, slots=True)
class Programs:
    """How the demo starts what it must not import.

    Attributes:
        agent: command of the agent, without its configuration file.
        hub: command of the hub, without its configuration file.
        emulators: command of the emulators, without their plan.
        introduce: makes room and hub know one another; called before they start.
    """

    agent: tuple[str, ...]
    hub: tuple[str, ...]
    emulators: tuple[str, ...]
    introduce: Callable[[Folders], None]


class Cast:
    """Agent, hub and emulators of one demo.

    Args:
        folders: where they keep what.
        ports: where they listen.
        plan: what the emulators are.
        programs: how they are started.
    """

    def __init__(self, folders: Folders, ports: Ports, plan: Plan, programs: Programs) -> None:
        self._folders = folders
        self._ports = ports
        self._plan = plan
        self._is_ready = False
        self._may_agent_start = asyncio.Event()
        self._kept = {
            recipe.name: KeptProcess(recipe, self._tell) for recipe in _recipes(folders, programs)
        }

    async def live(self) -> None:
        """Keep all three running until cancelled; the agent starts once its wires are there."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._kept["emulators"].run())
            group.create_task(self._kept["hub"].run())
            await self._may_agent_start.wait()
            group.create_task(self._kept["agent"].run())

    async def until_ready(self) -> None:
        """Wait until all answer and the room has found its devices; then write the notice.

        Raises:
            DemoError: one of them does not come up.
        """
        await self._answers("emulators", self._ports.bench)
        self._may_agent_start.set()
        await self._answers("agent", self._ports.panel)
        await self._answers("hub", self._ports.hub)
        await _within(DEVICES_WITHIN_S, self._room_is_complete)
        self._is_ready = True
        self._tell()

    def notice(self) -> dict[str, Any]:
        """What `demo.json` says."""
        ports, plan = self._ports, self._plan
        panel = f"http://127.0.0.1:{ports.panel}"
        return {
            "panel": panel,
            "hub": f"http://127.0.0.1:{ports.hub}",
            "bench": f"http://127.0.0.1:{ports.bench}",
            "it": panel,
            "mqtt": f"127.0.0.1:{plan.broker}",
            "hub_token": _read(self._folders.hub_state / "hub.token"),
            "pids": {name: kept.pid for name, kept in self._kept.items()},
            "devices": [
                {"id": one.id, "driver": one.driver, "address": one.address} for one in plan.devices
            ],
            "readers": [{"id": one.id, "driver": one.driver} for one in plan.readers],
            "cards": [_card(card) for card in plan.cards],
        }

    def _tell(self) -> None:
        """Write the notice anew, once everything has come up and at each start after that."""
        if self._is_ready:
            text = json.dumps(self.notice(), ensure_ascii=False, indent=1)
            replace_file(self._folders.notice_file, text, 0o600)

    async def _answers(self, name: str, port: int) -> None:
        async def healthy() -> bool:
            if self._kept[name].ends >= _TOO_MANY_ENDS:
                raise DemoError(f"{name} does not start; {self._folders.log(name)} says why")
            return await look(port, "/health") is not None

        if not await _within(READY_WITHIN_S, healthy):
            raise DemoError(f"{name} does not answer; {self._folders.log(name)} may say why")

    async def _room_is_complete(self) -> bool:
        room = await look(self._ports.panel, "/api/room") or {}
        parts = [*room.get("devices", ()), *room.get("readers", ())]
        knows_time = room.get("clock", {}).get("trusted", False)  # a tap before that has no lesson
        return knows_time and bool(parts) and all(part["link"] == "online" for part in parts)


async def _within(limit_s: float, holds: Callable[[], Awaitable[bool]]) -> bool:
    """Whether something holds before the time is up."""
    give_up_s = time.monotonic() + limit_s
    while not await holds():
        if time.monotonic() > give_up_s:
            return False
        await asyncio.sleep(_LOOK_EVERY_S)
    return True


def _recipes(folders: Folders, programs: Programs) -> tuple[Recipe, ...]:
    # The bench's clock moves the whole school: else the hub would at once set the room right again.
    jumping = {"LOPHOC_CLOCK_OFFSET_FILE": str(folders.clock_offset_file)}
    state = str(folders.room_state)
    room = {"LOPHOC_STATE": state, "MALLOC_ARENA_MAX": "1", **jumping}  # as the unit has it
    started: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
        "emulators": ((*programs.emulators, str(folders.plan_file)), {}),
        "hub": ((*programs.hub, str(folders.hub_file)), jumping),
        "agent": ((*programs.agent, str(folders.room_file)), room),
    }
    return tuple(
        Recipe(name, command, environment, folders.log(name))
        for name, (command, environment) in started.items()
    )


def _card(card: CardPlan) -> dict[str, Any]:
    shown = {"person_id": card.person_id, "name": card.name, "class": card.class_name}
    return {**shown, "uid": card.uid, **({"revoked": True} if card.revoked else {})}


def _read(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
