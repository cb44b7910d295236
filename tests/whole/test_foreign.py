"""The running agent beside a projector of others: a press, its remote control, and its silence."""

import asyncio
import threading
import uuid

import httpx
import pytest

from tests.room.foreign import ForeignPjlink
from tests.whole.demo import Demo
from tests.whole.test_agent import Agent

ROOM = """schema = 1
[room]
id = "foreign"
name = "Foreign"
[panel]
listen = "127.0.0.1:{port}"
[[device]]
id = "projector"
name = "Máy chiếu"
driver = "pjlink"
address = "tcp:127.0.0.1:{projector}"
"""


@pytest.fixture
def projector():
    """A foreign projector on a loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    device = ForeignPjlink(**{"POWR ?": "1", "POWR 1": "OK", "POWR 0": "OK"})
    asyncio.run_coroutine_threadsafe(device.plug_in(), loop).result(10)
    yield device
    asyncio.run_coroutine_threadsafe(device.drop_address(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def room(tmp_path, projector):
    agent = Agent(tmp_path)
    port = projector.address.port
    agent.config.write_text(ROOM.format(port=agent.port, projector=port))
    agent.start()
    agent.until_ready()
    Demo.until(lambda: device(agent)["link"] == "online", "the projector is online")
    yield agent
    agent.stop()


def device(agent: Agent):
    return agent.get("/api/devices/projector")


def power(agent: Agent):
    shown = device(agent)["readings"]["power"]
    return shown["value"], shown["quality"]


def press(agent: Agent, value: str) -> str:
    body = {"capability": "power", "value": value, "command_id": str(uuid.uuid4())}
    url = f"http://127.0.0.1:{agent.port}/api/devices/projector/commands"
    assert httpx.post(url, json=body, trust_env=False).status_code == 202
    return body["command_id"]


def ended(agent: Agent, command_id: str):
    found = agent.get(f"/api/commands/{command_id}")
    return found["state"] if found["state"] in {"done", "failed", "expired"} else None


def test_on_after_its_remote_switched_it_off(room, projector):
    Demo.until(lambda: power(room) == ("on", "confirmed"), "it is on")

    async def strike(command: str) -> None:
        projector.answers["POWR ?"] = command[-1]

    projector.does = strike
    projector.answers["POWR ?"] = "0"  # its remote control
    command = press(room, "on")
    Demo.until(lambda: ended(room, command) == "done", "the press came true")
    assert projector.sent("POWR 1") == 1
    assert power(room) == ("on", "confirmed")


def test_a_projector_that_is_silent_while_it_starts_is_starting(room, projector):
    projector.answers["POWR ?"] = "0"
    usual = dict(projector.answers)

    async def fall_silent(_command: str) -> None:
        projector.answers = {"POWR 1": "OK"} | dict.fromkeys(
            key for key in usual if key != "POWR 1"
        )

    projector.does = fall_silent
    command = press(room, "on")
    Demo.until(lambda: power(room) == ("warming", "assumed"), "it is starting", 30)
    assert device(room)["link"] == "online"
    assert ended(room, command) is None
    projector.does, projector.answers = None, usual | {"POWR ?": "1"}
    Demo.until(lambda: ended(room, command) == "done", "the press came true", 30)
