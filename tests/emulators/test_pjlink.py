import hashlib
import re

import pytest

from drivers.emulators.emulator import Fault, Settings
from drivers.emulators.pjlink import PjlinkEmulator


@pytest.fixture
async def start():
    running = []

    async def build(password: str | None = None, **more) -> tuple[PjlinkEmulator, str]:
        emulator = PjlinkEmulator(Settings(password=password, fast=True), 0, **more)
        running.append(emulator)
        return emulator, await emulator.start()

    yield build
    for emulator in running:
        await emulator.close()


def digest(greeting: bytes, password: str) -> bytes:
    salt = greeting.split()[2]
    return hashlib.md5(salt + password.encode(), usedforsecurity=False).hexdigest().encode()


async def test_without_password_it_greets_and_answers(start, call) -> None:
    _, address = await start()
    caller = await call(address)
    assert await caller.line() == b"PJLINK 0\r"
    assert await caller.ask(b"%1POWR ?\r") == b"%1POWR=0\r"
    assert await caller.ask(b"%1POWR 1\r") == b"%1POWR=OK\r"
    assert await caller.ask(b"%1POWR ?\r") == b"%1POWR=3\r"
    assert await caller.ask(b"%2INNM ?32\r") == b"%2INNM=HDMI 2\r"


async def test_the_password_is_wanted_once_with_a_fresh_salt(start, call) -> None:
    _, address = await start("Secret1")
    salts = set()
    for _ in range(3):
        caller = await call(address)
        greeting = await caller.line()
        assert re.fullmatch(rb"PJLINK 1 [0-9a-f]{8}\r", greeting)
        salts.add(greeting)
        first = await caller.ask(digest(greeting, "Secret1") + b"%1CLSS ?\r")
        assert first == b"%1CLSS=2\r"
        assert await caller.ask(b"%1POWR ?\r") == b"%1POWR=0\r"
    assert len(salts) == 3


@pytest.mark.parametrize("wrong", ["Secret2", ""])
async def test_a_wrong_digest_is_refused_and_hung_up_on(start, call, wrong: str) -> None:
    _, address = await start("Secret1")
    caller = await call(address)
    greeting = await caller.line()
    await caller.say(digest(greeting, wrong) + b"%1POWR ?\r%1POWR 1\r")
    assert await caller.rest() == b"PJLINK ERRA\r"


async def test_no_digest_at_all_is_refused(start, call) -> None:
    emulator, address = await start("Secret1")
    caller = await call(address)
    await caller.line()
    await caller.say(b"%1POWR 1\r")
    assert await caller.rest() == b"PJLINK ERRA\r"
    assert emulator.state()["power"] == "off"


async def test_commands_cut_anywhere_and_rubbish_between(start, call) -> None:
    _, address = await start()
    caller = await call(address)
    await caller.line()
    for byte in b"rubbish\r%1CL":
        await caller.say(bytes([byte]))
    assert await caller.ask(b"SS ?\r") == b"%1CLSS=2\r"
    await caller.say(b"\xff" * 5000)  # far over the longest packet
    assert await caller.ask(b"\r%1CLSS ?\r") == b"%1CLSS=2\r"


async def test_it_hangs_up_on_an_idle_caller(start, call) -> None:
    _, address = await start(idle_drop_s=0.05)
    caller = await call(address)
    assert await caller.rest() == b"PJLINK 0\r"


async def test_fault_wrong_password_refuses_the_right_one(start, call) -> None:
    emulator, address = await start("Secret1")
    before = await call(address)
    await before.line()
    await emulator.set_fault(Fault.WRONG_PASSWORD)
    assert await before.rest() == b""
    caller = await call(address)
    await caller.say(digest(await caller.line(), "Secret1") + b"%1POWR ?\r")
    assert await caller.rest() == b"PJLINK ERRA\r"
    await emulator.set_fault(Fault.NONE)
    again = await call(address)
    reply = await again.ask(digest(await again.line(), "Secret1") + b"%1POWR ?\r")
    assert reply == b"%1POWR=0\r"


async def test_fault_silent_accepts_and_says_nothing(start, call) -> None:
    emulator, address = await start(idle_drop_s=0.2)
    await emulator.set_fault(Fault.SILENT)
    caller = await call(address)
    await caller.say(b"%1POWR 1\r")
    assert await caller.rest() == b""
    assert emulator.state()["power"] == "off"


async def test_fault_garbage_sends_lines_that_are_no_pjlink(start, call) -> None:
    emulator, address = await start()
    await emulator.set_fault(Fault.GARBAGE)
    caller = await call(address)
    assert not (await caller.line()).startswith(b"PJLINK")


async def test_fault_half_breaks_off_in_the_middle(start, call) -> None:
    emulator, address = await start(idle_drop_s=0.2)
    await emulator.set_fault(Fault.HALF)
    caller = await call(address)
    assert await caller.rest() == b"PJLI"


async def test_unplugged_refuses_and_comes_back_on_its_port(start, call) -> None:
    emulator, address = await start()
    caller = await call(address)
    await caller.line()
    await emulator.set_fault(Fault.UNPLUGGED)
    assert await caller.rest() == b""
    with pytest.raises(ConnectionRefusedError):
        await call(address)
    await emulator.set_fault(Fault.NONE)
    assert await (await call(address)).line() == b"PJLINK 0\r"


async def test_fast_is_twenty_times_as_fast(clock, call) -> None:
    emulator = PjlinkEmulator(Settings(fast=True, now_s=clock), 0)
    caller = await call(await emulator.start())
    await caller.line()
    await caller.ask(b"%1POWR 1\r")
    clock.pass_(1.4)
    assert await caller.ask(b"%1POWR ?\r") == b"%1POWR=3\r"
    clock.pass_(0.2)
    assert await caller.ask(b"%1POWR ?\r") == b"%1POWR=1\r"
    assert emulator.state()["power"] == "on"
    await emulator.close()
