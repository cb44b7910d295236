"""House rules, applied to each line of the catalogue."""

import asyncio
import inspect
from contextlib import suppress
from pathlib import Path

import pytest

from devices.address import MqttAddress, SerialAddress, TcpAddress
from devices.capability import Capability, ValueKind
from devices.driving import DeviceSettings
from devices.errors import DeviceError, RefusedError, UnreachableError
from drivers.catalogue import CATALOGUE, Entry, Surroundings
from drivers.transports.mqtt import MqttLink
from tests.drivers import transcript

ALL = pytest.mark.parametrize("one", CATALOGUE.values(), ids=lambda one: one.name)
ON_WIRES = [
    (one, form) for one in CATALOGUE.values() for form in one.addresses if form in ("tcp", "serial")
]
DEVICES = pytest.mark.parametrize(
    "one", [one for one in CATALOGUE.values() if one.build], ids=lambda one: one.name
)


def idle_link() -> MqttLink:
    return MqttLink(host="127.0.0.1", port=9, client_id="idle")


def build(one: Entry, address, clock, link: MqttLink | None = None):
    settings = DeviceSettings("the-one", one.name, address)
    surroundings = Surroundings("a1-05", link or idle_link(), clock, lambda: 0.5)
    return (one.build or one.build_reader)(settings, surroundings)


def any_address(one: Entry, tmp_path):
    """An address of the right form where nobody is."""
    return {
        "tcp": TcpAddress("127.0.0.1", 9),
        "serial": SerialAddress(str(tmp_path / "no-port")),
        "mqtt": MqttAddress("nobody"),
    }[one.addresses[0]]


def open_files() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


@ALL
def test_its_line_is_whole_and_honest(one):
    assert one.name == one.name.lower().strip()
    assert one.kind in {"projector", "display", "reader", "relay"}
    assert one.title
    assert one.source
    assert set(one.addresses) <= {"serial", "tcp", "mqtt"}
    assert (one.build is None) != (one.build_reader is None)
    assert (one.kind == "reader") == (one.build_reader is not None)
    recorded = "no hardware yet" not in transcript.read(one.name).head["from"]
    assert recorded == ("not yet on hardware" not in one.tested_on)


@ALL
def test_its_transcript_has_steps(one):
    assert transcript.read(one.name).steps


@ALL
def test_it_explains_its_options(one):
    assert all(len(text) > 10 for text in one.options.values())


@ALL
async def test_building_opens_nothing(one, clock, tmp_path):
    before = open_files()
    driver = build(one, any_address(one, tmp_path), clock)
    assert open_files() == before
    assert inspect.getdoc(type(driver))
    await driver.close()
    await driver.close()


@ALL
async def test_nobody_there_is_unreachable_in_one_sentence(one, clock, tmp_path):
    driver = build(one, any_address(one, tmp_path), clock)
    asking = driver.read_all() if one.build else driver.run(lambda _: None, lambda: None)
    with pytest.raises(UnreachableError) as caught:
        await asking
    assert str(caught.value)
    assert "\n" not in str(caught.value)
    await driver.close()


@DEVICES
async def test_its_offers(one, clock, tmp_path):
    driver = build(one, any_address(one, tmp_path), clock)
    offers = driver.offers
    assert len({offer.capability for offer in offers}) == len(offers) > 0
    for offer in offers:
        assert offer.settles_within_s > 0
        assert (offer.kind is ValueKind.CHOICE) == bool(offer.choices)
        if offer.capability is Capability.POWER:
            assert set(offer.choices) == {"on", "off"}
        if offer.kind is ValueKind.NUMBER:
            assert offer.unit
            assert offer.low < offer.high
    assert driver.notes == {}
    named = {name.split(" ")[0] for name in one.capabilities}
    assert {offer.capability.value for offer in offers} <= named
    await driver.close()


@DEVICES
async def test_what_it_does_not_offer_is_refused_before_the_wire(one, clock, tmp_path):
    driver = build(one, any_address(one, tmp_path), clock)
    writable = {offer.capability for offer in driver.offers if offer.writable}
    for capability in {Capability.PTZ, Capability.LAMP, Capability.STILL} - writable:
        with pytest.raises(RefusedError):
            await driver.write(capability, "on")
    await driver.close()


class Hands:
    """The other end of a wire that says one thing to whoever calls."""

    def __init__(self, form: str, tcp_device, pty_device, says: bytes) -> None:
        self.form, self.tcp, self.pty, self.says = form, tcp_device, pty_device, says
        self.address = tcp_device.address if form == "tcp" else pty_device.address
        self.task = asyncio.create_task(self._talk())

    async def _talk(self) -> None:
        while True:
            if self.form == "tcp":
                (await self.tcp.met()).say(self.says)
            else:
                self.pty.say(self.says)
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError, OSError):
            await self.task


@pytest.mark.parametrize(("one", "form"), ON_WIRES, ids=lambda it: getattr(it, "name", it))
@pytest.mark.parametrize("says", [b"\x00\xff\xaa\x02%!" * 20, b"%1PO", b"\xaa\xff\x00\xff"])
async def test_nonsense_on_the_wire_is_a_device_error_and_no_more(
    one, form, says, tcp_device, pty_device, clock
):
    hands = Hands(form, tcp_device, pty_device, says)
    driver = build(one, hands.address, clock)
    cards = []

    async def take(card) -> None:
        cards.append(card)

    with suppress(TimeoutError):  # a reader listens on; a slow answer limit need not be waited for
        async with asyncio.timeout(0.5):
            with pytest.raises(DeviceError):
                await (driver.read_all() if one.build else driver.run(take, lambda: None))
    assert cards == []
    await driver.close()
    await hands.stop()


@pytest.mark.parametrize(("one", "form"), ON_WIRES, ids=lambda it: getattr(it, "name", it))
async def test_after_a_cancelled_call_the_wire_can_be_used_by_the_next(
    one, form, tcp_device, pty_device, clock
):
    address = tcp_device.address if form == "tcp" else pty_device.address
    for _ in range(3):
        driver = build(one, address, clock)

        async def take(card) -> None:
            raise AssertionError

        calling = driver.read_all() if one.build else driver.run(take, lambda: None)
        task = asyncio.create_task(calling)
        await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await driver.close()
