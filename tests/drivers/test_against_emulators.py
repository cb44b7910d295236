"""Drivers and emulators were written apart from one source; here each reads the other.

Over real ports, a real pseudo-terminal and the embedded broker.
"""

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from devices.address import MqttAddress, SerialAddress, TcpAddress
from devices.capability import Capability
from devices.driving import DeviceSettings
from devices.errors import DeviceError, PasswordRefusedError, RefusedError
from drivers.catalogue import Surroundings, entry
from drivers.emulators.emulator import Fault, Settings
from drivers.emulators.mqtt_client import Broker
from drivers.emulators.registry import EMULATORS
from drivers.families import epson_escvp21, panasonic_serial, samsung_mdc
from drivers.tables import pjlink as pjlink_table
from drivers.transports.embedded_broker import embedded_broker
from drivers.transports.mqtt import MqttLink
from tests.drivers.ends import running, soon

ROOM = "a1-05"


def now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


def build(driver: str, address, link=None, password=None, **options):
    settings = DeviceSettings("it", driver, address, password=password, options=options)
    one = entry(driver)
    return (one.build or one.build_reader)(settings, Surroundings(ROOM, link, now_ms, lambda: 0.5))


@pytest.fixture
async def emulate():
    started = []

    async def start(driver: str, place, **more):
        emulator = EMULATORS[driver].build(Settings(fast=True, room=ROOM, **more), place)
        started.append(emulator)
        return emulator, await emulator.start()

    yield start
    for emulator in started:
        await emulator.close()


@pytest.fixture
async def link():
    async with embedded_broker() as address:
        host, _, port = address.rpartition(":")
        async with running(MqttLink(host=host, port=int(port), client_id="room")) as one:
            one.place = Broker(host, int(port))
            yield one


async def reads(driver, capability: Capability, value) -> None:
    """Read until the device reports a value."""
    async with asyncio.timeout(30):
        while True:
            with suppress(RefusedError):
                if (await driver.read_fast()).get(capability) == value:
                    return
            await asyncio.sleep(0.02)


async def write_when_taken(driver, capability: Capability, value) -> None:
    """Write again while the device cannot take it yet."""
    async with asyncio.timeout(30):
        while True:
            with suppress(RefusedError):
                return await driver.write(capability, value)
            await asyncio.sleep(0.02)


def tcp(address: str) -> TcpAddress:
    host, _, port = address.rpartition(":")
    return TcpAddress(host, int(port))


@pytest.fixture
def impatient(monkeypatch):
    """Give up on an answer after 0.3 s; the fast emulators take far less."""
    limit = {"answer_within_s": 0.3}
    monkeypatch.setattr(pjlink_table, "PjlinkTimes", partial(pjlink_table.PjlinkTimes, **limit))
    for module in (samsung_mdc, epson_escvp21, panasonic_serial):
        times = replace(module.FAMILY.times, serial_quiet_s=0.2, gap_s=0.0, **limit)
        monkeypatch.setattr(module, "FAMILY", replace(module.FAMILY, times=times))


DISPLAYS = [
    "pjlink-tcp",
    "samsung-mdc-tcp",
    "samsung-mdc-serial",
    "epson-escvp21-tcp",
    "epson-escvp21-serial",
    "panasonic-serial-serial",
]


@pytest.fixture(params=DISPLAYS)
async def display(request, emulate, tmp_path):
    """A display with its driver."""
    name, _, form = request.param.rpartition("-")
    password = "JBMIAProjectorLink" if form == "tcp" and name != "samsung-mdc" else None
    if name == "epson-escvp21":
        password = password and password[:16]
    place = 0 if form == "tcp" else Path(tmp_path / "board")
    emulator, address = await emulate(
        name, place, id="0" if name == "samsung-mdc" else "1", password=password
    )
    options = {"quiet_after_on_s": 0} if name == "samsung-mdc" else {}
    where = tcp(address) if form == "tcp" else SerialAddress(address)
    driver = build(name, where, password=password, **options)
    yield driver, emulator
    await driver.close()


async def test_a_display_is_switched_on_set_and_switched_off(display):
    driver, emulator = display
    assert (await driver.read_all())[Capability.POWER] == "off"
    await driver.write(Capability.POWER, "on")
    await reads(driver, Capability.POWER, "on")
    reports = await driver.read_all()
    assert driver.notes
    inputs = next(one for one in driver.offers if one.capability is Capability.INPUTS).choices
    other = next(code for code in inputs if code != reports[Capability.INPUTS])
    await write_when_taken(driver, Capability.INPUTS, other)
    await reads(driver, Capability.INPUTS, other)
    offered = {offer.capability for offer in driver.offers}
    switch = Capability.MUTE if Capability.MUTE in offered else Capability.BLANK
    await write_when_taken(driver, switch, True)
    await reads(driver, switch, True)
    assert set(reports) <= {offer.capability for offer in driver.offers}
    await write_when_taken(driver, Capability.POWER, "off")
    await reads(driver, Capability.POWER, "off")
    assert emulator.state()["power"] == "off"


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.GARBAGE, Fault.HALF, Fault.UNPLUGGED])
async def test_a_fault_is_a_device_error_and_passes(impatient, display, fault):
    driver, emulator = display
    await driver.read_all()
    await emulator.set_fault(fault)
    with pytest.raises(DeviceError):
        await driver.read_fast()
    await emulator.set_fault(Fault.NONE)
    async with asyncio.timeout(30):
        while True:
            with suppress(DeviceError):
                assert (await driver.read_all())[Capability.POWER] == "off"
                return
            await asyncio.sleep(0.05)


async def test_a_wrong_password(emulate):
    _, address = await emulate("pjlink", 0, password="right")
    driver = build("pjlink", tcp(address), password="wrong")
    with pytest.raises(PasswordRefusedError):
        await driver.read_all()


@pytest.fixture(params=["rdm6300", "ascii-reader", "mqtt-reader"])
async def reader(request, emulate, tmp_path, link):
    """A card reader with its driver, running."""
    if request.param == "rdm6300":
        emulator, address = await emulate("rdm6300", tmp_path / "reader")
        driver = build("rdm6300", SerialAddress(address))
    elif request.param == "ascii-reader":
        emulator, address = await emulate("ascii-reader", tmp_path / "reader")
        driver = build("ascii-reader", SerialAddress(address), technology="em4100")
    else:
        emulator, _ = await emulate("mqtt-reader", link.place, id="door")
        driver = build("mqtt-reader", MqttAddress("door"), link)
    cards, heard = [], asyncio.Event()

    async def take(card) -> None:
        cards.append((card.technology, card.uid))

    task = asyncio.create_task(driver.run(take, heard.set))
    async with asyncio.timeout(10):
        await heard.wait()
    yield emulator, cards
    task.cancel()
    with suppress(asyncio.CancelledError, DeviceError):
        await task
    await driver.close()


async def test_a_card(reader):
    emulator, cards = reader
    await emulator.touch("100086F444")
    await soon(lambda: cards)
    assert cards == [("em4100", "100086F444")]


async def test_garbage_from_a_reader_is_no_card(reader):
    emulator, cards = reader
    await emulator.set_fault(Fault.GARBAGE)
    await emulator.touch("0100000001")
    await emulator.set_fault(Fault.NONE)
    await emulator.touch("0100000002")
    await soon(lambda: cards)
    assert cards == [("em4100", "0100000002")]


@pytest.mark.parametrize(
    ("kind", "capability", "wish"),
    [("screen", Capability.SCREEN, "down"), ("relay", Capability.RELAY, True)],
)
async def test_a_relay(emulate, link, kind, capability, wish):
    await emulate("mqtt-relay", link.place, id="it", kind=kind)
    driver = build("mqtt-relay", MqttAddress("it"), link, kind=kind)
    await soon(lambda: link.connected)
    async with asyncio.timeout(10):
        while True:
            with suppress(DeviceError):
                await driver.read_all()
                break
    await driver.write(capability, wish)
    await reads(driver, capability, wish)
    await driver.close()


async def test_a_buzzer(emulate, link):
    emulator, _ = await emulate("mqtt-relay", link.place, id="it", kind="buzzer")
    driver = build("mqtt-relay", MqttAddress("it"), link, kind="buzzer")
    async with asyncio.timeout(10):
        while True:
            with suppress(DeviceError):
                await driver.read_all()
                break
    before = emulator.state()
    await driver.write(Capability.BEEPER, "again")
    await soon(lambda: emulator.state() != before)
    await driver.close()
