from pathlib import Path

import pytest

from drivers.emulators.emulator import Emulator, Fault, Settings, spoil
from drivers.emulators.mqtt_client import Broker
from drivers.emulators.registry import EMULATORS

PLACES = [0, Path("link"), Broker("127.0.0.1", 1)]


def build(name: str, place) -> Emulator:
    return EMULATORS[name].build(Settings(id=EMULATORS[name].default_id), place)


@pytest.mark.parametrize("name", EMULATORS)
def test_each_is_built_where_it_says_it_can_be_and_nowhere_else(name: str) -> None:
    entry = EMULATORS[name]
    for place, option in zip(PLACES, ("--tcp PORT", "--pty LINK", "--mqtt HOST:PORT"), strict=True):
        if option in entry.places():
            assert build(name, place).fault is Fault.NONE
        else:
            with pytest.raises(ValueError, match=entry.places()[0]):
                build(name, place)


@pytest.mark.parametrize("fault", Fault)
def test_every_fault_spoils_a_message_in_its_own_way(fault: Fault) -> None:
    seen = spoil(b"abcdef", fault, lambda count: b"?" * count)
    wanted = {
        Fault.SILENT: b"",
        Fault.UNPLUGGED: b"",
        Fault.GARBAGE: b"?" * 16,
        Fault.HALF: b"abc",
    }
    assert seen == wanted.get(fault, b"abcdef")
