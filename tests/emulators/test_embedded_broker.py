import asyncio
import socket
import subprocess
import sys

import pytest

from drivers.transports.embedded_broker import _Subscriptions, embedded_broker, main


async def test_messages_retained_ones_and_wills_arrive(mqtt) -> None:
    async with embedded_broker() as address:
        one = mqtt(address, "one", will="one/status")
        await one.subscribe("a/#")
        two = mqtt(address, "two")
        await two.subscribe("one/status")
        two.paho.publish("a/b", b"hello", qos=1)
        assert await one.next() == ("a/b", b"hello", False)
        two.paho.publish("a/kept", b"state", qos=1, retain=True)
        assert await one.next() == ("a/kept", b"state", False)
        three = mqtt(address, "three")
        await three.subscribe("a/kept")
        assert await three.next() == ("a/kept", b"state", True)
        one.pull_out()
        assert await two.next() == ("one/status", b"offline", False)
        for client in (one, two, three):
            await client.close()


async def test_what_came_while_a_client_was_away_waits_for_it(mqtt) -> None:
    async with embedded_broker() as address:
        room = mqtt(address, "room", clean=False)
        await room.subscribe("cards")
        await room.close()
        reader = mqtt(address, "reader")
        await reader.subscribe("anything")
        await asyncio.sleep(1.2)  # longer than the round in which amqtt forgets sessions
        reader.paho.publish("cards", b"1", qos=1)
        await reader.subscribe("anything-else")  # the broker has handled what came before
        room = mqtt(address, "room", clean=False)
        assert await room.next() == ("cards", b"1", False)
        await room.close()
        await reader.close()


async def test_what_a_client_did_not_acknowledge_comes_again(mqtt) -> None:
    async with embedded_broker() as address:
        room = mqtt(address, "room", clean=False)
        await room.subscribe("cards")
        room.acknowledges = False
        reader = mqtt(address, "reader")
        await reader.subscribe("anything")
        reader.paho.publish("cards", b"1", qos=1)
        assert await room.next() == ("cards", b"1", False)
        room.pull_out()
        room = mqtt(address, "room", clean=False)
        assert await room.next() == ("cards", b"1", False)
        reader.paho.publish("cards", b"2", qos=1)
        assert await room.next() == ("cards", b"2", False)
        await room.close()
        await reader.close()


async def test_a_client_that_comes_back_hears_what_is_retained_on_its_own_topics_alone(
    mqtt,
) -> None:
    async with embedded_broker() as address:
        other = mqtt(address, "other")
        await other.subscribe("secret")
        other.paho.publish("secret", b"1", qos=1, retain=True)
        other.paho.publish("mine", b"2", qos=1, retain=True)
        await other.next()
        room = mqtt(address, "room", clean=False)
        await room.subscribe("mine")
        assert await room.next() == ("mine", b"2", True)
        await room.close()
        room = mqtt(address, "room", clean=False)
        assert await room.next() == ("mine", b"2", True)
        other.paho.publish("mine", b"3", qos=1)
        assert await room.next() == ("mine", b"3", False)


def test_subscriptions_may_change_under_way() -> None:
    subscriptions = _Subscriptions(a=[], b=[])
    for topic in subscriptions:
        subscriptions[f"{topic}/more"] = []
    for topic, _ in subscriptions.items():
        subscriptions[f"{topic}/more"] = []
    assert len(subscriptions) == 6


async def test_it_ends_while_clients_are_connected_and_owe_an_acknowledgement(mqtt) -> None:
    async with embedded_broker() as address:
        room = mqtt(address, "room", clean=False)
        await room.subscribe("cards")
        room.acknowledges = False
        room.paho.publish("cards", b"1", qos=1)
        await room.next()
    await room.close()


async def test_it_listens_on_loopback_alone() -> None:
    with pytest.raises(ValueError, match="no password"):
        async with embedded_broker("192.0.2.1"):
            pass


def test_as_a_process_it_says_its_address_first_and_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "drivers.transports.embedded_broker"]
    with subprocess.Popen(
        [*command, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        host, _, port = process.stdout.readline().decode().strip().rpartition(":")
        with socket.create_connection((host, int(port)), timeout=5):
            process.terminate()
            assert process.wait(5) == 0
        assert process.stderr.read() == b""


def test_a_taken_port_is_told_in_one_sentence(capfd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["--listen", f"127.0.0.1:{port}"]) == 1
    assert capfd.readouterr().err.startswith(f"The broker cannot listen on 127.0.0.1:{port}: ")


@pytest.mark.parametrize("listen", ["127.0.0.1", "x:y", ":1883", "127.0.0.1:70000"])
def test_a_wrong_address_is_wrong_usage(listen: str, capfd) -> None:
    with pytest.raises(SystemExit) as end:
        main(["--listen", listen])
    assert end.value.code == 2
    assert "HOST:PORT" in capfd.readouterr().err
