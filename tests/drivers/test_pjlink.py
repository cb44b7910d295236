"""What the transcript does not show: passwords, odd projectors, faults on the wire."""

import asyncio

import pytest

from devices.capability import Capability
from devices.errors import (
    MalformedReplyError,
    NotNowError,
    PasswordRefusedError,
    RefusedError,
    SilentError,
    UnreachableError,
)
from drivers.codecs.pjlink import digest
from drivers.pjlink import PjlinkProjector
from drivers.tables.pjlink import PjlinkTimes
from drivers.transports.tcp import TcpTransport
from tests.drivers.ends import soon


def projector(device, **more) -> PjlinkProjector:
    return PjlinkProjector(TcpTransport(device.address), **more)


async def greeted(device, greeting: bytes = b"PJLINK 0\r"):
    end = await device.met()
    end.say(greeting)
    return end


async def ask_power(driver):
    return asyncio.create_task(driver.read_fast())


class Fake:
    """Answers by table on every connection; what is not in it is ERR1."""

    def __init__(self, device, answers: dict[str, str], *, one_each: bool = False) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self._device = device
        self._one_each = one_each
        self._task = asyncio.create_task(self._serve())

    async def _serve(self) -> None:
        while True:
            end = await greeted(self._device)
            while question := await self._line(end):
                self.asked.append(question)
                body = question[2:6]
                answer = self.answers.get(question[2:], self.answers.get(body, "ERR1"))
                end.say(f"%{question[1]}{body}={answer}\r".encode())
                if self._one_each:
                    end.close()
                    break

    @staticmethod
    async def _line(end) -> str:
        try:
            return (await end.heard.readuntil(b"\r"))[:-1].decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            return ""

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


@pytest.fixture
async def fake(tcp_device):
    fakes = []

    def make(answers, **more):
        fakes.append(Fake(tcp_device, answers, **more))
        return fakes[-1]

    yield make
    for one in fakes:
        await one.stop()


async def test_the_digest_goes_out_once_for_each_connection(tcp_device):
    driver = projector(tcp_device, password="secret")
    for salt in ("11111111", "22222222"):
        prefix = digest(salt, "secret")
        reading = await ask_power(driver)
        end = await greeted(tcp_device, f"PJLINK 1 {salt}\r".encode())
        await end.answer(prefix + b"%1POWR ?\r", b"%1POWR=0\r")
        assert await reading == {Capability.POWER: "off"}
        reading = await ask_power(driver)
        await end.answer(b"%1POWR ?\r", b"%1POWR=0\r")
        await reading
        await driver.close()


async def test_a_password_is_not_sent_where_none_is_asked(tcp_device):
    driver = projector(tcp_device, password="secret")
    reading = await ask_power(driver)
    end = await greeted(tcp_device)
    await end.answer(b"%1POWR ?\r", b"%1POWR=0\r")
    await reading
    await driver.close()


async def test_a_refused_digest_is_tried_once_more_on_a_new_connection(tcp_device):
    driver = projector(tcp_device, password="secret")
    reading = await ask_power(driver)
    for salt, answer in (("11111111", b"PJLINK ERRA\r"), ("22222222", b"%1POWR=1\r")):
        end = await greeted(tcp_device, f"PJLINK 1 {salt}\r".encode())
        await end.answer(digest(salt, "secret") + b"%1POWR ?\r", answer)
    assert await reading == {Capability.POWER: "on"}
    await driver.close()


async def test_a_wrong_password_stops_after_two_connections(tcp_device, caplog):
    driver = projector(tcp_device, password="hush-hush")
    reading = await ask_power(driver)
    for _ in range(2):
        end = await greeted(tcp_device, b"PJLINK 1 11111111\r")
        await end.answer(digest("11111111", "hush-hush") + b"%1POWR ?\r", b"PJLINK ERRA\r")
    with pytest.raises(PasswordRefusedError, match="refused the PJLink password") as caught:
        await reading
    assert tcp_device.connections == 2
    assert "hush-hush" not in str(caught.value) + caplog.text


@pytest.mark.parametrize(
    ("greeting", "password", "sentence"),
    [
        (b"PJLINK 1 11111111\r", None, "asks for a password and none is set"),
        (b"PJLINK 2 11111111\r", "secret", "auth_scheme_unsupported"),
        (b"PJLINK ERRA\r", "secret", "before we spoke"),
    ],
)
async def test_greetings_that_end_the_talk_before_the_password(
    tcp_device, greeting, password, sentence
):
    driver = projector(tcp_device, password=password)
    reading = await ask_power(driver)
    end = await greeted(tcp_device, greeting)
    with pytest.raises(PasswordRefusedError, match=sentence):
        await reading
    assert await end.heard.read() == b""


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH\r\n", b"%1POWR=1\r"])
async def test_something_that_is_no_projector(tcp_device, greeting):
    driver = projector(tcp_device)
    reading = await ask_power(driver)
    await greeted(tcp_device, greeting)
    with pytest.raises(MalformedReplyError):
        await reading


async def test_no_greeting_is_silence(tcp_device):
    driver = projector(tcp_device, times=PjlinkTimes(answer_within_s=0.1))
    with pytest.raises(SilentError):
        await driver.read_fast()


async def test_half_an_answer_and_then_the_end(tcp_device):
    driver = projector(tcp_device)
    reading = await ask_power(driver)
    end = await greeted(tcp_device)
    await end.answer(b"%1POWR ?\r", b"%1PO")
    end.close()
    with pytest.raises(UnreachableError):
        await reading


async def test_class_1_with_the_words_of_an_optoma(fake, tcp_device):
    served = fake({"CLSS": "Class 1", "POWR": "1", "INST": "11 31", "INPT": "31", "AVMT": "30"})
    driver = projector(tcp_device)
    reports = await driver.read_all()
    assert reports[Capability.INPUTS] == "31"
    offers = {offer.capability: offer for offer in driver.offers}
    assert offers[Capability.INPUTS].choices == {"11": "RGB 1", "31": "Digital 1"}
    assert Capability.FREEZE not in offers
    assert all(question.startswith("%1") for question in served.asked)
    await driver.close()


async def test_what_it_never_answers_is_not_offered_and_not_asked_again(fake, tcp_device):
    served = fake({"CLSS": "1", "POWR": "0", "ERST": "000000", "INST": "ERR3"})
    driver = projector(tcp_device)
    await driver.read_all()
    assert served.asked.count("%1LAMP ?") == 1
    await driver.read_all()
    assert served.asked.count("%1LAMP ?") == 1
    assert Capability.LAMP not in {offer.capability for offer in driver.offers}
    await driver.close()


async def test_odd_answers_hide_only_themselves(fake, tcp_device):
    fake({"CLSS": "2", "POWR": "1", "INST": "banana", "LAMP": "many", "ERST": "9", "AVMT": "11"})
    driver = projector(tcp_device)
    assert await driver.read_all() == {
        Capability.POWER: "on",
        Capability.BLANK: True,
        Capability.MUTE: False,
    }
    await driver.close()


async def test_identity(fake, tcp_device):
    fake({"POWR": "0", "CLSS": "2", "NAME": " Room ", "INF1": "", "SNUM": "S1", "SVER": "ERR3"})
    driver = projector(tcp_device)
    await driver.read_all()
    assert driver.notes == {"name": "Room", "serial": "S1"}
    await driver.close()


async def test_chosen_inputs_are_offered_without_asking(fake, tcp_device):
    served = fake({"POWR": "1", "CLSS": "1", "INPT": "31"})
    driver = projector(tcp_device, inputs={"31": "Máy tính"})
    await driver.read_all()
    offer = next(one for one in driver.offers if one.capability is Capability.INPUTS)
    assert offer.choices == {"31": "Máy tính"}
    assert not any("INST" in question for question in served.asked)
    await driver.close()


@pytest.mark.parametrize(
    ("answer", "reported"),
    [("0", "off"), ("1", "on"), ("2", "cooling"), ("3", "warming"), ("ERR4", "fault")],
)
async def test_power(fake, tcp_device, answer, reported):
    fake({"POWR": answer})
    driver = projector(tcp_device)
    assert await driver.read_fast() == {Capability.POWER: reported}
    await driver.close()


async def test_power_that_cannot_be_said_now_is_left_out(fake, tcp_device):
    fake({"POWR": "ERR3"})
    driver = projector(tcp_device)
    assert await driver.read_fast() == {}
    await driver.close()


async def test_power_that_makes_no_sense(fake, tcp_device):
    fake({"POWR": "7"})
    driver = projector(tcp_device)
    with pytest.raises(MalformedReplyError, match="'7' for its power"):
        await driver.read_fast()
    await driver.close()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("ERR1", RefusedError),
        ("ERR2", RefusedError),
        ("ERR3", NotNowError),
        ("ERR4", RefusedError),
        ("PERHAPS", MalformedReplyError),
    ],
)
async def test_refused_commands(fake, tcp_device, answer, error):
    fake({"POWR 1": answer})
    driver = projector(tcp_device)
    with pytest.raises(error):
        await driver.write(Capability.POWER, "on")
    await driver.close()


@pytest.mark.parametrize(
    ("capability", "value"), [(Capability.INPUTS, "99"), (Capability.VOLUME, 10)]
)
async def test_wishes_that_never_reach_the_wire(tcp_device, capability, value):
    driver = projector(tcp_device)
    with pytest.raises(RefusedError):
        await driver.write(capability, value)
    assert tcp_device.connections == 0


async def test_a_projector_that_blanks_only_picture_and_sound_together(fake, tcp_device):
    served = fake({"AVMT 11": "ERR2", "AVMT 31": "OK", "AVMT 30": "OK"})
    driver = projector(tcp_device)
    await driver.write(Capability.BLANK, True)
    await driver.write(Capability.BLANK, False)
    assert served.asked == ["%1AVMT 11", "%1AVMT 31", "%1AVMT 30"]
    with pytest.raises(RefusedError, match="together with the picture"):
        await driver.write(Capability.MUTE, True)
    await driver.close()


async def test_a_projector_with_one_command_for_each_connection(fake, tcp_device):
    served = fake({"POWR": "0", "CLSS": "1", "INST": "11"}, one_each=True)
    driver = projector(tcp_device)
    for _ in range(3):
        assert (await driver.read_all())[Capability.POWER] == "off"
    assert tcp_device.connections >= len(served.asked)
    await driver.close()


async def test_nul_bytes_inside_answers(fake, tcp_device):
    fake({"POWR": "\x001\0"})
    driver = projector(tcp_device)
    assert await driver.read_fast() == {Capability.POWER: "on"}
    await driver.close()


async def test_an_idle_connection_is_closed_and_opened_again(fake, tcp_device):
    fake({"POWR": "1"})
    driver = projector(tcp_device, times=PjlinkTimes(idle_close_s=0.02))
    await driver.read_fast()
    await soon(lambda: not driver._session.is_open)
    await driver.read_fast()
    assert tcp_device.connections == 2
    await driver.close()
    await driver.close()
