"""Sessions on real sockets and pseudo-terminals, with a codec of lines."""

import asyncio

import pytest

from devices.errors import MalformedReplyError, SilentError, UnreachableError
from drivers.codecs.framing import Cut, Framer
from drivers.session import Limits, Session
from drivers.transports.serial_port import Line, SerialTransport
from drivers.transports.tcp import TcpTransport

SHORT_S = 0.15
LONG_S = 10.0


def cut_line(buffer: bytes) -> Cut[str]:
    if buffer[0] == ord("!"):
        return Cut(1, reason="an exclamation mark")
    end = buffer.find(b"\n")
    return Cut(end + 1, buffer[:end].decode()) if end >= 0 else Cut(0)


def framer() -> Framer[str]:
    return Framer(cut_line)


def anything(_: str) -> bool:
    return True


def on_tcp(device, limit_s: float = LONG_S, **more) -> Session[str]:
    return Session(TcpTransport(device.address), framer, Limits(limit_s), **more)


def on_pty(device, limit_s: float, quiet_s: float) -> Session[str]:
    wire = SerialTransport(device.address, Line())
    return Session(wire, framer, Limits(limit_s, quiet_s=quiet_s))


async def test_questions_take_turns(tcp_device):
    session = on_tcp(tcp_device)

    async def device():
        end = await tcp_device.met()
        await end.answer(b"one\n", b"1\n")
        await end.answer(b"two\n", b"2\n")

    answers = asyncio.gather(
        session.ask(b"one\n", anything), session.ask(b"two\n", anything), device()
    )
    assert (await answers)[:2] == ["1", "2"]
    session.close()


async def test_messages_that_are_no_answer_are_passed_over(tcp_device):
    session = on_tcp(tcp_device)
    asking = asyncio.create_task(session.ask(b"?\n", lambda line: line == "b"))
    await (await tcp_device.met()).answer(b"?\n", b"a\nb\nc\n")
    assert await asking == "b"
    session.close()


async def test_an_unread_message_never_answers_the_next_question(tcp_device):
    session = on_tcp(tcp_device)
    asking = asyncio.create_task(session.ask(b"?\n", anything))
    end = await tcp_device.met()
    await end.answer(b"?\n", b"answer\nunasked\n")
    assert await asking == "answer"
    asking = asyncio.create_task(session.ask(b"again\n", anything))
    await end.answer(b"again\n", b"right\n")
    assert await asking == "right"
    session.close()


async def test_silence_closes_a_connection_and_a_late_answer_is_never_seen(tcp_device):
    session = on_tcp(tcp_device, SHORT_S)
    with pytest.raises(SilentError, match=r"did not answer within 0.15 s"):
        await session.ask(b"first\n", anything)
    assert not session.is_open
    late = await tcp_device.met()
    late.say(b"late\n")
    asking = asyncio.create_task(session.ask(b"second\n", anything))
    await (await tcp_device.met()).answer(b"second\n", b"second\n")
    assert await asking == "second"
    session.close()


async def test_cancelling_a_question_closes_the_connection(tcp_device):
    session = on_tcp(tcp_device)
    asking = asyncio.create_task(session.ask(b"first\n", anything))
    end = await tcp_device.met()
    await end.expect(b"first\n")
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not session.is_open
    end.say(b"late\n")
    asking = asyncio.create_task(session.ask(b"second\n", anything))
    await (await tcp_device.met()).answer(b"second\n", b"second\n")
    assert await asking == "second"
    session.close()


async def test_on_a_serial_line_a_late_answer_is_drained(pty_device):
    session = on_pty(pty_device, SHORT_S, quiet_s=0.3)
    with pytest.raises(SilentError):
        await session.ask(b"first\n", anything)
    asking = asyncio.create_task(session.ask(b"second\n", anything))
    await pty_device.expect(b"first\n")
    pty_device.say(b"late\n")
    await pty_device.answer(b"second\n", b"second\n")
    assert await asking == "second"
    assert session.is_open
    session.close()


async def test_on_a_serial_line_cancelling_drains_too(pty_device):
    session = on_pty(pty_device, LONG_S, quiet_s=0.3)
    asking = asyncio.create_task(session.ask(b"first\n", anything))
    await pty_device.expect(b"first\n")
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    asking = asyncio.create_task(session.ask(b"second\n", anything))
    pty_device.say(b"late\n")
    await pty_device.answer(b"second\n", b"second\n")
    assert await asking == "second"
    session.close()


async def test_a_line_that_never_falls_quiet_is_reported(pty_device):
    session = on_pty(pty_device, SHORT_S, quiet_s=0.5)
    with pytest.raises(SilentError):
        await session.ask(b"?\n", anything)

    async def babble():
        while True:
            pty_device.say(b"bla")
            await asyncio.sleep(0.01)

    babbling = asyncio.create_task(babble())
    with pytest.raises(MalformedReplyError, match="never falls quiet"):
        await session.ask(b"?\n", anything)
    babbling.cancel()
    session.close()


async def test_a_late_answer_may_come_in_many_pieces(pty_device):
    session = on_pty(pty_device, SHORT_S, quiet_s=0.5)
    with pytest.raises(SilentError):
        await session.ask(b"first\n", anything)
    asking = asyncio.create_task(session.ask(b"second\n", anything))
    await pty_device.expect(b"first\n")
    for _ in range(20):
        pty_device.say(b"la")
        await asyncio.sleep(0.005)
    pty_device.say(b"te\n")
    await pty_device.answer(b"second\n", b"second\n")
    assert await asking == "second"
    session.close()


async def test_garbage_on_a_connection_ends_it_at_once(tcp_device):
    session = on_tcp(tcp_device)
    asking = asyncio.create_task(session.ask(b"?\n", anything))
    await (await tcp_device.met()).answer(b"?\n", b"!!!!")
    with pytest.raises(MalformedReplyError, match="an exclamation mark"):
        await asking
    assert not session.is_open


async def test_noise_before_an_answer_on_a_serial_line_is_skipped(pty_device):
    session = on_pty(pty_device, LONG_S, quiet_s=0.1)
    asking = asyncio.create_task(session.ask(b"?\n", anything))
    await pty_device.answer(b"?\n", b"!!", b"yes\n")
    assert await asking == "yes"
    session.close()


async def test_noise_alone_is_malformed(pty_device):
    session = on_pty(pty_device, SHORT_S, quiet_s=0.1)
    asking = asyncio.create_task(session.ask(b"?\n", anything))
    await pty_device.answer(b"?\n", b"!!")
    with pytest.raises(MalformedReplyError):
        await asking
    session.close()


async def test_half_an_answer_is_malformed(tcp_device):
    session = on_tcp(tcp_device, SHORT_S)
    asking = asyncio.create_task(session.ask(b"?\n", anything))
    await (await tcp_device.met()).answer(b"?\n", b"hal")
    with pytest.raises(MalformedReplyError, match="half an answer"):
        await asking


async def test_half_an_answer_never_joins_the_next_one(tcp_device):
    session = on_tcp(tcp_device, SHORT_S)
    with pytest.raises(SilentError):
        await session.ask(b"?\n", anything)
    (await tcp_device.met()).say(b"hal")
    asking = asyncio.create_task(session.ask(b"?\n", anything))
    await (await tcp_device.met()).answer(b"?\n", b"f\n")
    assert await asking == "f"
    session.close()


async def test_a_device_that_hangs_up_after_each_answer_is_noticed(tcp_device):
    session = on_tcp(tcp_device)
    asking = asyncio.create_task(session.ask(b"one\n", anything))
    end = await tcp_device.met()
    await end.answer(b"one\n", b"1\n")
    assert await asking == "1"
    asking = asyncio.create_task(session.ask(b"two\n", anything))
    await end.expect(b"two\n")
    end.close()
    await (await tcp_device.met()).answer(b"two\n", b"2\n")
    assert await asking == "2"
    assert session.hangs_up
    session.close()


async def test_a_device_that_hangs_up_on_the_first_question_is_unreachable(tcp_device):
    session = on_tcp(tcp_device)
    asking = asyncio.create_task(session.ask(b"one\n", anything))
    end = await tcp_device.met()
    await end.expect(b"one\n")
    end.close()
    with pytest.raises(UnreachableError, match="closed by the device"):
        await asking
    assert not session.hangs_up


async def test_an_idle_connection_is_closed_in_order(tcp_device):
    wire = TcpTransport(tcp_device.address)
    session = Session(wire, framer, Limits(LONG_S, idle_close_s=0.05))
    asking = asyncio.create_task(session.ask(b"?\n", anything))
    end = await tcp_device.met()
    await end.answer(b"?\n", b"a\n")
    assert await asking == "a"
    assert await end.heard.read(1) == b""
    assert not session.is_open


async def test_the_gap_is_kept(tcp_device):
    gap_s = 0.2
    session = Session(TcpTransport(tcp_device.address), framer, Limits(LONG_S, gap_s=gap_s))
    asking = asyncio.create_task(session.ask(b"one\n", anything))
    end = await tcp_device.met()
    await end.answer(b"one\n", b"1\n")
    await asking
    asking = asyncio.create_task(session.ask(b"two\n", anything))
    idle_s = session.idle_s
    await end.expect(b"two\n")
    assert idle_s < session.idle_s >= gap_s
    end.say(b"2\n")
    await asking
    session.close()


async def test_a_greeting_gives_what_goes_before_the_first_question_only(tcp_device):
    session = on_tcp(tcp_device, greet=lambda greeting: greeting.encode() + b"+")
    asking = asyncio.create_task(session.ask(b"one\n", anything))
    end = await tcp_device.met()
    end.say(b"hello\n")
    await end.answer(b"hello+one\n", b"1\n")
    assert await asking == "1"
    asking = asyncio.create_task(session.ask(b"two\n", anything))
    await end.answer(b"two\n", b"2\n")
    assert await asking == "2"
    session.close()


async def test_no_greeting_is_silence(tcp_device):
    session = on_tcp(tcp_device, SHORT_S, greet=lambda greeting: b"")
    with pytest.raises(SilentError):
        await session.ask(b"one\n", anything)


async def test_nobody_there(tcp_device):
    address = tcp_device.address
    session = on_tcp(tcp_device)
    await tcp_device.stop()
    with pytest.raises(UnreachableError, match=f"{address} cannot be reached"):
        await session.ask(b"?\n", anything)
