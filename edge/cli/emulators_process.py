"""The demo's third process: emulated devices, the embedded broker, the bench, the way to the hub.

`python -m edge.cli.emulators_process PLAN`: runs until SIGTERM. A module of the command line
because only there the emulators may be named.
"""

import asyncio
import contextlib
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from drivers.emulators.emulator import Emulator, Fault, Settings, TouchReader
from drivers.emulators.mqtt_client import Broker
from drivers.emulators.registry import EMULATORS, Place
from drivers.transports.embedded_broker import embedded_broker
from drivers.transports.mqtt import MqttLink, MqttMessage
from edge.demo.bench import Bench, make_bench
from edge.demo.plan import DevicePlan, Plan
from edge.demo.proxy import Proxy
from edge.demo.taps import Hand, Value
from web.serving.server import AddressError, WebServer


class Emulated:
    """One emulated device as the bench sees it."""

    def __init__(self, plan: DevicePlan, emulator: Emulator) -> None:
        self.id = plan.id
        self.driver = plan.driver
        self.address = plan.address
        self.emulator = emulator

    @property
    def fault(self) -> str:
        """What is wrong with it."""
        return self.emulator.fault.value

    async def set_fault(self, fault: str) -> None:
        """Break it, or mend it with `none`."""
        await self.emulator.set_fault(Fault(fault))

    def state(self) -> Mapping[str, Value]:
        """What it believes of itself."""
        return self.emulator.state()


class EmulatedCardReader(Emulated):
    """One emulated card reader as the bench sees it."""

    async def touch(self, uid: str) -> None:
        """Lay a card on it and take it away.

        Raises:
            ValueError: it cannot read such a card.
        """
        assert isinstance(self.emulator, TouchReader)  # noqa: S101 - the plan's readers all are
        await self.emulator.touch(uid)


def build(plan: Plan, one: DevicePlan) -> Emulator:
    """The emulator of one line of the plan; it is not started yet."""
    settings = Settings(
        id=one.number or one.id,
        room=plan.room,
        password=one.password,
        kind=one.kind,
        fast=plan.fast,
    )
    return EMULATORS[one.driver].build(settings, _place(plan, one))


def _place(plan: Plan, one: DevicePlan) -> Place:
    if one.tcp is not None:
        return one.tcp
    return one.pty if one.pty is not None else Broker("127.0.0.1", plan.broker)


async def run(plan: Plan) -> None:
    """Run everything until SIGTERM or SIGINT.

    Raises:
        OSError: a port is taken.
    """
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    devices = {one.id: Emulated(one, build(plan, one)) for one in plan.devices}
    readers = {one.id: EmulatedCardReader(one, build(plan, one)) for one in plan.readers}
    hands = {name: Hand(reader, time.monotonic) for name, reader in readers.items()}
    proxy = Proxy(plan.proxy, plan.hub)
    everything: dict[str, Emulated] = {**devices, **readers}
    bench = Bench(plan, everything, hands, proxy)
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(embedded_broker("127.0.0.1", plan.broker))
        for one in everything.values():
            await _start(stack, one)
        stack.push_async_callback(proxy.close)
        await proxy.start()
        await stack.enter_async_context(_ears(plan, hands))
        server = WebServer(make_bench(bench, time.monotonic), f"127.0.0.1:{plan.bench}")
        await server.start()
        stack.push_async_callback(server.stop)
        await over.wait()


async def _start(stack: contextlib.AsyncExitStack, one: Emulated) -> None:
    await one.emulator.start()
    stack.push_async_callback(one.emulator.close)


@contextlib.asynccontextmanager
async def _ears(plan: Plan, hands: Mapping[str, Hand]) -> AsyncIterator[None]:
    """Listens to what the room says to its readers, while the block lasts."""
    link = MqttLink(host="127.0.0.1", port=plan.broker, client_id=f"bench-{plan.room}")

    async def hear(message: MqttMessage) -> None:
        reader = message.topic.split("/")[-2]
        if reader in hands and not message.retain:
            hands[reader].hear(message.payload)

    link.subscribe(f"lophoc/{plan.room}/readers/+/feedback", hear)
    task = asyncio.create_task(link.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def main() -> int:
    """Run the plan in the file named on the command line; gives the exit code."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    logging.getLogger("amqtt").setLevel(logging.CRITICAL)
    logging.getLogger("transitions").setLevel(logging.CRITICAL)
    plan = Plan.model_validate_json(Path(sys.argv[1]).read_text())
    try:
        asyncio.run(run(plan))
    except (OSError, AddressError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
