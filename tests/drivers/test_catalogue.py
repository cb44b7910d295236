import subprocess
import sys

import pytest

from devices.address import MqttAddress, SerialAddress, TcpAddress
from devices.capability import Capability
from devices.driving import DeviceSettings
from drivers.catalogue import (
    CATALOGUE,
    MisfitError,
    Surroundings,
    UnknownDriverError,
    devices_table,
    entry,
)
from drivers.transports.mqtt import MqttLink

TCP, SERIAL, MQTT = TcpAddress("127.0.0.1", 9), SerialAddress("/dev/none"), MqttAddress("it")


def surroundings(link: MqttLink | None = None) -> Surroundings:
    return Surroundings("a1-05", link, lambda: 0, lambda: 0.5)


def build(driver: str, address, link=None, **options):
    one = entry(driver)
    settings = DeviceSettings("the-one", driver, address, options=options)
    return (one.build or one.build_reader)(settings, surroundings(link))


def test_near_names_are_told():
    with pytest.raises(UnknownDriverError, match=r"no driver 'samsung'; did you mean samsung-mdc"):
        entry("samsung")
    with pytest.raises(UnknownDriverError, match=r"there are: pjlink, samsung-mdc"):
        entry("xyzzy")


@pytest.mark.parametrize(
    ("driver", "address", "sentence"),
    [
        ("pjlink", SERIAL, "pjlink is reached by tcp:HOST:PORT, not by serial:/dev/none"),
        ("samsung-mdc", MQTT, "samsung-mdc is reached by tcp:HOST:PORT, not by mqtt:it"),
        ("rdm6300", TCP, "rdm6300 is reached by serial:/dev/serial/by-id/…, not by tcp:"),
        ("ascii-reader", TCP, "ascii-reader is reached by serial:/dev/serial/by-id/…, not by tcp:"),
        ("mqtt-reader", SERIAL, "mqtt-reader is reached by mqtt:NAME"),
        ("mqtt-relay", MQTT, "mqtt-relay needs a broker; add [mqtt]"),
    ],
)
def test_addresses_that_do_not_fit(driver, address, sentence):
    with pytest.raises(MisfitError) as caught:
        build(driver, address)
    assert sentence in str(caught.value)
    assert '"the-one"' in str(caught.value)


@pytest.mark.parametrize(
    ("driver", "address", "options", "sentence"),
    [
        (
            "samsung-mdc",
            TCP,
            {"display_id": 254},
            "display_id of samsung-mdc must be a whole number",
        ),
        ("samsung-mdc", TCP, {"display_id": "0"}, "from 0 to 253; got '0'"),
        ("samsung-mdc", TCP, {"display_id": True}, "got True"),
        ("samsung-mdc", TCP, {"blank": "yes"}, "blank of samsung-mdc must be true or false"),
        ("samsung-mdc", TCP, {"inputs": "hdmi1,scart"}, "must be some of: hdmi1, hdmi2"),
        ("samsung-mdc", TCP, {"inputs": " , "}, "must be some of"),
        ("samsung-mdc", TCP, {"inputs": 5}, "must be some of"),
        ("samsung-mdc", SERIAL, {"quiet_after_on_s": 61}, "from 0 to 60"),
        ("pjlink", TCP, {"inputs": "99"}, "must be some of: 11, 12"),
        ("rdm6300", SERIAL, {"frames_per_touch": 0}, "from 1 to 5"),
        (
            "ascii-reader",
            SERIAL,
            {"length": 6},
            "length of ascii-reader must be one of: 4, 5, 7, 10",
        ),
        ("ascii-reader", SERIAL, {"technology": "em4100", "length": 4}, "must be one of: 5; got 4"),
        ("ascii-reader", SERIAL, {"technology": "mifare", "length": 5}, "one of: 4, 7, 10; got 5"),
        ("ascii-reader", SERIAL, {"base": "octal"}, "one of: hex, decimal"),
        ("ascii-reader", SERIAL, {"byte_order": True}, "one of: as_sent, reversed"),
        ("ascii-reader", SERIAL, {"prefix": "thẻ"}, "at most 16 printable ASCII signs"),
        ("ascii-reader", SERIAL, {"suffix": "\r"}, "at most 16 printable ASCII signs"),
        ("ascii-reader", SERIAL, {"suffix": "x" * 17}, "at most 16 printable ASCII signs"),
        ("ascii-reader", SERIAL, {"prefix": 7}, "at most 16 printable ASCII signs"),
        ("mqtt-reader", MQTT, {"technology": "iris"}, "one of: auto, mifare, em4100"),
        ("mqtt-relay", MQTT, {"kind": "siren"}, "one of: screen, buzzer, relay"),
    ],
)
def test_options_that_do_not_fit(driver, address, options, sentence):
    link = MqttLink(host="127.0.0.1", port=9, client_id="x")
    with pytest.raises(MisfitError) as caught:
        build(driver, address, link, **options)
    assert sentence in str(caught.value)


def test_inputs_may_be_chosen_and_named():
    driver = build("samsung-mdc", TCP, inputs="hdmi2=Máy tính, ops")
    offer = next(one for one in driver.offers if one.capability is Capability.INPUTS)
    assert offer.choices == {"hdmi2": "Máy tính", "ops": "OPS"}


def test_the_start_path_pays_for_no_driver():
    code = (
        "import sys, drivers.catalogue as c; c.entry('pjlink'); "
        "print(sorted(m for m in ('serial', 'paho', 'asyncio', 'difflib') if m in sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_table_names_every_driver_and_option():
    table = devices_table()
    for one in CATALOGUE.values():
        assert f"| `{one.name}` | {one.title} |" in table
        for option in one.options:
            assert f"| `{one.name}` | `{option}` |" in table
