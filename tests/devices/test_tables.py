"""The tables of states are whole, and wishes are read as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.address import MqttAddress, SerialAddress, TcpAddress, parse_address
from devices.capability import Capability, Offer, ValueKind
from devices.link import LINK_AFTER, Contact, Link
from devices.power import MOVE_FOR, Power, PowerMove, move_for
from devices.reading import Quality, Reading


def test_every_power_state_answers_every_wish():
    assert set(MOVE_FOR) == {(power, wish) for power in Power for wish in (Power.ON, Power.OFF)}


def test_a_lamp_is_never_struck_while_it_cools_nor_cut_while_it_strikes():
    assert move_for(Power.COOLING, Power.ON) is PowerMove.QUEUE
    assert move_for(Power.WARMING, Power.OFF) is PowerMove.QUEUE


def test_every_link_state_knows_every_contact():
    assert set(LINK_AFTER) == {(link, contact) for link in Link for contact in Contact}
    assert LINK_AFTER[Link.ONLINE, Contact.PASSWORD_REFUSED] is Link.REFUSED


def test_a_reading_goes_stale_after_its_own_deadline():
    reading = Reading("on", 1_000, Quality.CONFIRMED, stale_after_ms=500)
    assert reading.seen_at(1_500).quality is Quality.CONFIRMED
    assert reading.seen_at(1_501).quality is Quality.STALE
    assert Reading().seen_at(10**9).quality is Quality.UNKNOWN
    assert Reading("up", 0, Quality.ASSUMED).seen_at(10**9).quality is Quality.ASSUMED


@pytest.mark.parametrize(
    "address",
    [
        SerialAddress("/dev/serial/by-id/usb-x"),
        TcpAddress("10.0.0.7", 4352),
        TcpAddress("::1", 1515),
        MqttAddress("screen"),
    ],
)
def test_addresses_read_back_as_they_are_written(address):
    assert parse_address(str(address)) == address


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_one_clear_sentence(text):
    try:
        assert parse_address(str(parse_address(text))) == parse_address(text)
    except ValueError as error:
        assert "write " in str(error)


VOLUME = Offer(Capability.VOLUME, ValueKind.NUMBER, writable=True, low=0, high=100)
POWER = Offer(Capability.POWER, ValueKind.CHOICE, writable=True, choices={"on": "", "off": ""})
MUTE = Offer(Capability.MUTE, ValueKind.SWITCH, writable=True)


@pytest.mark.parametrize(
    ("offer", "raw", "value"),
    [
        (VOLUME, 30, 30),
        (VOLUME, "30", 30),
        (POWER, "on", "on"),
        (MUTE, "OFF", False),
        (MUTE, True, True),
    ],
)
def test_wishes_are_read_as_json_and_as_the_command_line_writes_them(offer, raw, value):
    assert offer.parse(raw) == value


@pytest.mark.parametrize(
    ("offer", "raw"),
    [
        (VOLUME, 101),
        (VOLUME, True),
        (VOLUME, "²"),
        (VOLUME, 3.5),
        (POWER, "On"),
        (POWER, 1),
        (MUTE, "maybe"),
    ],
)
def test_a_wish_that_does_not_fit_names_what_would(offer, raw):
    with pytest.raises(ValueError, match=f"{offer.capability} takes"):
        offer.parse(raw)


@given(st.sampled_from([VOLUME, POWER, MUTE]), st.none() | st.text() | st.integers() | st.floats())
def test_any_wish_fits_or_is_refused_with_a_value_error(offer, raw):
    try:
        offer.parse(raw)
    except ValueError as error:
        assert offer.capability.value in str(error)
