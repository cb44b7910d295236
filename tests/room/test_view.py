"""Devices as the room's API shows them."""

import json

from devices.address import TcpAddress
from drivers.catalogue import CATALOGUE
from edge.room.keeper import Identity, Keeper, Surround
from edge.room.view import device_json
from tests.drivers.ends import HandClock
from tests.drivers.test_catalogue import build


def test_sources_are_told_in_the_order_in_which_they_were_given() -> None:
    """An object's keys that look like numbers are put first by a browser: a list is not."""
    name = next(one for one in CATALOGUE if "escvp21" in one)
    driver = build(name, TcpAddress("127.0.0.1", 9), inputs="A0=Máy tính, 30=Máy vật thể, 11")
    surround = Surround(HandClock(), lambda: 0.0, lambda _: None, lambda _: None)
    keeper = Keeper(Identity("it", "It", "projector", name, ""), driver, surround)
    shown = json.loads(json.dumps(device_json(keeper, 0, str)))
    assert shown["capabilities"]["inputs"]["order"] == ["A0", "30", "11"]
