import pytest

from devices.power import Power
from drivers.emulators.pjlink_model import LampedPower, PjlinkModel, Projector


def test_power_takes_human_times(clock) -> None:
    lamp = LampedPower(clock, Projector())
    assert lamp.power is Power.OFF
    assert lamp.wish(Power.ON)
    clock.pass_(29.9)
    assert lamp.power is Power.WARMING
    clock.pass_(0.2)
    assert lamp.power is Power.ON
    assert lamp.wish(Power.OFF)
    clock.pass_(59.9)
    assert lamp.power is Power.COOLING
    clock.pass_(0.2)
    assert lamp.power is Power.OFF


@pytest.mark.parametrize(
    ("before", "wish", "taken"),
    [
        (Power.OFF, Power.OFF, True),
        (Power.OFF, Power.ON, True),
        (Power.WARMING, Power.ON, True),
        (Power.WARMING, Power.OFF, False),
        (Power.ON, Power.ON, True),
        (Power.ON, Power.OFF, True),
        (Power.COOLING, Power.OFF, True),
        (Power.COOLING, Power.ON, False),
    ],
)
def test_a_lamp_is_neither_cut_while_it_strikes_nor_struck_while_it_cools(
    clock, before: Power, wish: Power, taken: bool
) -> None:
    lamp = LampedPower(clock, Projector())
    if before is not Power.OFF:
        lamp.wish(Power.ON)
    if before in (Power.ON, Power.COOLING):
        clock.pass_(30)
        assert lamp.power is Power.ON
    if before is Power.COOLING:
        lamp.wish(Power.OFF)
    assert lamp.power is before
    assert lamp.wish(wish) is taken


def test_lamp_hours_count_only_while_it_burns(clock) -> None:
    model = PjlinkModel(clock, Projector(lamp_h=100))
    clock.pass_(50 * 3600)
    assert model.answer("1", "LAMP", "?") == "100 0"
    model.answer("1", "POWR", "1")
    clock.pass_(2 * 3600)
    assert model.answer("1", "LAMP", "?") == "102 1"
    model.answer("1", "POWR", "0")
    clock.pass_(10 * 3600)
    assert model.answer("1", "LAMP", "?") == "102 0"


def on(clock, **box) -> PjlinkModel:
    model = PjlinkModel(clock, Projector(**box))
    assert model.answer("1", "POWR", "1") == "OK"
    clock.pass_(30)
    return model


def test_power_answers_are_the_four_digits(clock) -> None:
    model = PjlinkModel(clock, Projector())
    heard = [model.answer("1", "POWR", "?")]
    model.answer("1", "POWR", "1")
    heard.append(model.answer("1", "POWR", "?"))
    clock.pass_(30)
    heard.append(model.answer("1", "POWR", "?"))
    model.answer("1", "POWR", "0")
    heard.append(model.answer("1", "POWR", "?"))
    assert heard == ["0", "3", "1", "2"]


@pytest.mark.parametrize(
    ("command_class", "body", "parameter", "answer"),
    [
        ("1", "XXXX", "?", "ERR1"),
        ("1", "INNM", "?31", "ERR1"),  # class 2 asked with class 1
        ("1", "POWR", "2", "ERR2"),
        ("1", "POWR", "", "ERR2"),
        ("1", "INPT", "99", "ERR2"),
        ("1", "INPT", "31", "ERR3"),  # standby
        ("1", "INPT", "?", "ERR3"),
        ("1", "AVMT", "?", "ERR3"),
        ("1", "AVMT", "41", "ERR2"),
        ("1", "INST", "?", "11 31 32 51"),
        ("2", "INST", "?", "11 31 32 51 61"),
        ("1", "INST", "1", "ERR2"),
        ("1", "CLSS", "?", "2"),
        ("1", "ERST", "?", "000000"),
        ("2", "INNM", "?31", "HDMI 1"),
        ("2", "INNM", "?99", "ERR2"),
        ("2", "FREZ", "1", "ERR3"),
        ("2", "SVOL", "?", "ERR2"),  # there is no such question
        ("2", "FILT", "?", "310"),
        ("2", "IRES", "?", "ERR3"),
        ("1", "NAME", "?", "Máy chiếu A1.05"),
    ],
)
def test_answers_in_standby(clock, command_class, body, parameter, answer) -> None:
    assert PjlinkModel(clock, Projector()).answer(command_class, body, parameter) == answer


def test_a_lamp_that_failed_answers_err4(clock) -> None:
    model = PjlinkModel(clock, Projector())
    model.errors["lamp"] = 2
    assert model.answer("1", "POWR", "1") == "ERR4"
    assert model.answer("1", "ERST", "?") == "020000"
    assert model.state()["errors"] == "lamp"


def test_a_laser_has_no_lamp_and_a_dustproof_one_no_filter(clock) -> None:
    model = PjlinkModel(clock, Projector(lamp_h=None, filter_h=None))
    assert model.answer("1", "LAMP", "?") == "ERR1"
    assert model.answer("2", "FILT", "?") == "ERR1"


def test_a_class_one_projector_knows_no_class_two(clock) -> None:
    model = on(clock, pjlink_class=1)
    assert model.answer("1", "CLSS", "?") == "1"
    assert model.answer("2", "POWR", "?") == "ERR1"
    assert model.answer("2", "FREZ", "1") == "ERR1"


def test_mutes_follow_their_table(clock) -> None:
    model = on(clock)
    for parameter, after in [("11", "11"), ("21", "31"), ("10", "21"), ("20", "30"), ("31", "31")]:
        assert model.answer("1", "AVMT", parameter) == "OK"
        assert model.answer("1", "AVMT", "?") == after
    assert model.state()["blank"] is True


def test_input_and_freeze_are_taken_when_on(clock) -> None:
    model = on(clock)
    assert model.answer("2", "INPT", "61") == "OK"
    assert model.answer("2", "INPT", "?") == "61"
    assert model.answer("2", "FREZ", "1") == "OK"
    assert model.answer("2", "FREZ", "?") == "1"
    assert model.answer("2", "FREZ", "2") == "ERR2"
    assert model.answer("2", "SVOL", "1") == "OK"
    assert model.answer("2", "IRES", "?") == "1920x1080"
    assert model.state()["input_name"] == "USB viewer"


def test_power_off_forgets_mute_and_freeze(clock) -> None:
    model = on(clock)
    model.answer("1", "AVMT", "31")
    model.answer("2", "FREZ", "1")
    model.answer("1", "POWR", "0")
    clock.pass_(60)
    model.answer("1", "POWR", "1")
    clock.pass_(30)
    assert model.answer("1", "AVMT", "?") == "30"
    assert model.answer("2", "FREZ", "?") == "0"
