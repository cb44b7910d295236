"""The link to the broker, against Debian's Mosquitto."""

import asyncio
import datetime
import ipaddress
import logging
import signal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from devices.errors import SilentError, UnreachableError
from drivers.transports import mqtt as mqtt_module
from drivers.transports import mqtt_connection
from drivers.transports.mqtt import MqttLink, MqttMessage
from tests.drivers.ends import Mosquitto, running, soon


class Box:
    """A handler that keeps what it is given, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.messages: list[MqttMessage] = []
        self.failures = failures

    async def __call__(self, message: MqttMessage) -> None:
        self.messages.append(message)
        if self.failures:
            self.failures -= 1
            raise OSError("the disk is full")

    @property
    def payloads(self) -> list[bytes]:
        return [message.payload for message in self.messages]


@pytest.fixture
def topic(request) -> str:
    return f"test/{request.node.name}"


async def test_publish_and_receive_in_order(shared_broker, topic):
    box = Box()
    link = shared_broker.link(topic.replace("/", "-"))
    link.subscribe(f"{topic}/+", box)  # before it runs
    async with running(link):
        for number in range(20):
            await link.publish(f"{topic}/a", b"%d" % number, qos=number % 2)
        await soon(lambda: len(box.messages) == 20)
    assert box.payloads == [b"%d" % number for number in range(20)]
    assert box.messages[1] == MqttMessage(f"{topic}/a", b"1", retain=False, qos=1)


async def test_subscribing_and_unsubscribing_while_connected(shared_broker, topic):
    box = Box()
    async with running(shared_broker.link(topic.replace("/", "-"))) as link:
        link.subscribe(topic, box)
        await link.publish(topic, b"heard")
        await soon(lambda: box.messages)
        link.unsubscribe(topic)
        link.unsubscribe(topic)
        after = Box()
        link.subscribe(f"{topic}/after", after)
        await link.publish(topic, b"not heard")
        await link.publish(f"{topic}/after", b"after")
        await soon(lambda: after.messages)
    assert box.payloads == [b"heard"]


async def test_two_listeners_on_one_filter_are_refused(shared_broker, topic):
    link = shared_broker.link("twice")
    link.subscribe(topic, Box())
    with pytest.raises(UnreachableError, match="listened to already"):
        link.subscribe(topic, Box())


async def test_retained_messages_say_so(shared_broker, topic):
    box = Box()
    async with running(shared_broker.link(topic.replace("/", "-"))) as link:
        await link.publish(topic, b"kept", retain=True)
        link.subscribe(topic, box)
        await soon(lambda: box.messages)
    assert box.messages == [MqttMessage(topic, b"kept", retain=True, qos=1)]


async def test_publishing_before_there_is_a_connection(shared_broker):
    link = shared_broker.link("early")
    assert not link.connected
    with pytest.raises(UnreachableError, match="is not connected"):
        await link.publish("test/early", b"x")


async def test_a_broker_that_is_killed_and_comes_back(own_broker, caplog):
    box, changes = Box(), []
    link = own_broker.link("survivor")
    link.subscribe("test/a", box)
    link.on_change(changes.append)
    async with running(link):
        own_broker.kill()
        await soon(lambda: not link.connected)
        with pytest.raises(UnreachableError):
            await link.publish("test/a", b"lost")
        own_broker.start()
        await soon(lambda: link.connected)
        await link.publish("test/a", b"found")
        await soon(lambda: box.messages)
    assert box.payloads == [b"found"]
    assert changes == [True, False, True, False]
    told = [record.getMessage() for record in caplog.records if record.name == mqtt_module.__name__]
    assert len(told) == 2
    assert "was lost" in told[0]
    assert "is back" in told[1]


async def test_no_broker_at_all_is_said_once(own_broker, caplog):
    own_broker.kill()
    async with running(own_broker.link("alone"), wait=False) as link:
        await soon(lambda: caplog.records)
        await asyncio.sleep(1.2)  # a second attempt fails too
        assert not link.connected
    (only,) = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert "cannot be reached" in only.getMessage()


async def test_a_message_that_was_not_taken_comes_again(own_broker, monkeypatch):
    monkeypatch.setattr(mqtt_module, "_REDELIVER_AFTER_S", 0.05)
    box, other = Box(failures=2), Box()
    link = own_broker.link("again")
    link.subscribe("test/a", box)
    link.subscribe("test/b", other)
    async with running(link), running(own_broker.link("sender")) as sender:
        await sender.publish("test/a", b"card")
        await sender.publish("test/b", b"else")
        await soon(lambda: len(box.messages) == 3)
        await soon(lambda: link.connected)
        await link.publish("test/b", b"last")
        await soon(lambda: len(other.messages) == 2)
    assert box.payloads == [b"card"] * 3
    assert other.payloads == [b"else", b"last"]


async def test_a_taken_message_does_not_come_again(own_broker):
    box = Box()
    first = own_broker.link("same")
    first.subscribe("test/a", box)
    async with running(first), running(own_broker.link("sender")) as sender:
        await sender.publish("test/a", b"once")
        await soon(lambda: box.messages)
        await first.publish("test/other", b"the acknowledgement has left before this")
    second = own_broker.link("same")
    second.subscribe("test/a", box)
    async with running(second), running(own_broker.link("sender")) as sender:
        await sender.publish("test/a", b"twice")
        await soon(lambda: len(box.messages) == 2)
    assert box.payloads == [b"once", b"twice"]


async def test_a_message_in_hand_when_we_die_comes_again(own_broker):
    holding = asyncio.Event()

    async def hold(_: MqttMessage) -> None:
        holding.set()
        await asyncio.Event().wait()

    first = own_broker.link("same")
    first.subscribe("test/a", hold)
    async with running(own_broker.link("sender")) as sender:
        async with running(first):
            await sender.publish("test/a", b"card")
            await holding.wait()
        await sender.publish("test/a", b"while away")
    box = Box()
    second = own_broker.link("same")
    second.subscribe("test/a", box)
    async with running(second):
        await soon(lambda: len(box.messages) == 2)
    assert box.payloads == [b"card", b"while away"]


async def test_a_handler_that_hangs_holds_up_nobody_else(shared_broker, topic):
    box = Box()

    async def hang(_: MqttMessage) -> None:
        await asyncio.Event().wait()

    link = shared_broker.link(topic.replace("/", "-"))
    link.subscribe(f"{topic}/hung", hang)
    link.subscribe(f"{topic}/well", box)
    async with running(link):
        await link.publish(f"{topic}/hung", b"x")
        await link.publish(f"{topic}/well", b"y")
        await soon(lambda: box.messages)


async def test_a_payload_above_4_kib_is_dropped_and_said_once(shared_broker, topic, caplog):
    box = Box()
    link = shared_broker.link(topic.replace("/", "-"))
    link.subscribe(topic, box)
    async with running(link):
        await link.publish(topic, b"x" * 4097)
        await link.publish(topic, b"x" * 5000)
        await link.publish(topic, b"y" * 4096)
        await soon(lambda: box.messages)
    assert box.payloads == [b"y" * 4096]
    assert sum("4097 bytes was dropped" in line for line in caplog.messages) == 1
    assert not any("5000" in line for line in caplog.messages)


async def test_many_messages_wait_without_being_lost(shared_broker, topic):
    box = Box()
    link = shared_broker.link(topic.replace("/", "-"))
    link.subscribe(topic, box)
    async with running(link):
        await asyncio.gather(*(link.publish(topic, b"%d" % number) for number in range(100)))
        await soon(lambda: len(box.messages) == 100)


async def test_a_frozen_broker_is_silent_to_a_publisher(own_broker, monkeypatch):
    monkeypatch.setattr(mqtt_connection, "_ACKNOWLEDGED_WITHIN_S", 0.1)
    async with running(own_broker.link("waiting")) as link:
        own_broker.freeze(signal.SIGSTOP)
        try:
            with pytest.raises(SilentError, match="did not acknowledge"):
                await link.publish("test/a", b"x")
        finally:
            own_broker.freeze(signal.SIGCONT)


async def test_a_broker_that_dies_before_it_acknowledges(own_broker):
    async with running(own_broker.link("waiting")) as link:
        own_broker.freeze(signal.SIGSTOP)
        publishing = asyncio.create_task(link.publish("test/a", b"x"))
        await asyncio.sleep(0)
        own_broker.kill()
        with pytest.raises(UnreachableError, match="was lost"):
            await publishing


async def test_a_wrong_password_is_said_and_the_password_is_not(tmp_path, caplog):
    broker = Mosquitto(tmp_path, "allow_anonymous false")
    broker.start()
    try:
        link = broker.link("stranger", username="room", password="hush-hush")
        async with running(link, wait=False):
            await soon(lambda: any("refused us" in line for line in caplog.messages))
            assert not link.connected
    finally:
        broker.kill()
    assert "hush-hush" not in caplog.text


async def test_a_topic_that_the_broker_keeps_from_us_is_named(tcp_device, caplog):
    link = MqttLink(host="127.0.0.1", port=tcp_device.address.port, client_id="nosy")
    link.subscribe("theirs/a", Box())
    async with running(link, wait=False):
        broker = await tcp_device.met()
        connect = await broker.heard.readexactly(2)
        await broker.heard.readexactly(connect[1])
        broker.say(b"\x20\x02\x00\x00")
        head = await broker.heard.readexactly(4)
        broker.say(b"\x90\x03" + head[2:] + b"\x80")
        await soon(lambda: link.connected)
    assert any("does not let us listen to theirs/a" in line for line in caplog.messages)


@pytest.mark.timeout(20)  # a handler that waited for itself would stop the whole room
async def test_a_broker_that_dies_while_we_acknowledge_its_message(tcp_device):
    """What nobody listens for is acknowledged in paho's own callback; the write finds no wire."""
    link = MqttLink(host="127.0.0.1", port=tcp_device.address.port, client_id="room")
    link.subscribe("ours/a", Box())
    async with running(link, wait=False):
        broker = await tcp_device.met()
        connect = await broker.heard.readexactly(2)
        await broker.heard.readexactly(connect[1])
        broker.say(b"\x20\x02\x00\x00")
        subscribe = await broker.heard.readexactly(4)
        broker.say(b"\x90\x03" + subscribe[2:] + b"\x01")
        await soon(lambda: link.connected)
        broker.say(b"\x32\x0a\x00\x05other\x00\x07!")  # QoS 1, number 7
        tcp_device.reset()
        await soon(lambda: not link.connected)
        assert await tcp_device.met()  # and we come again


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x20\xff\xff\xff\xff", b""]
)
async def test_something_that_is_no_broker(tcp_device, answer, caplog):
    link = MqttLink(host="127.0.0.1", port=tcp_device.address.port, client_id="x")
    async with running(link, wait=False):
        end = await tcp_device.met()
        end.say(answer)
        end.close()
        await soon(lambda: any("MQTT broker" in line for line in caplog.messages))
        assert not link.connected


async def test_something_that_never_answers(tcp_device, monkeypatch, caplog):
    monkeypatch.setattr(mqtt_connection, "_CONNECT_WITHIN_S", 0.1)
    link = MqttLink(host="127.0.0.1", port=tcp_device.address.port, client_id="x")
    async with running(link, wait=False):
        await tcp_device.met()
        await soon(lambda: any("does not answer as a broker" in line for line in caplog.messages))


async def test_a_missing_authority_file_is_said(shared_broker, tmp_path, caplog):
    link = shared_broker.link("tls", ca_file=str(tmp_path / "none.pem"))
    async with running(link, wait=False):
        await soon(lambda: any("cannot be reached" in line for line in caplog.messages))


async def test_tls_with_the_rooms_own_authority(tmp_path, authority):
    root, certificate, key = authority
    broker = Mosquitto(
        tmp_path, "allow_anonymous true", f"certfile {certificate}", f"keyfile {key}"
    )
    broker.start()
    box = Box()
    try:
        link = broker.link("tls", ca_file=str(root))
        link.subscribe("test/tls", box)
        async with running(link):
            for _ in range(20):
                await link.publish("test/tls", b"x" * 4000)
            await soon(lambda: len(box.messages) == 20)
    finally:
        broker.kill()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A self-signed certificate for loopback: (root, certificate, key)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "room")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    pem = serialization.Encoding.PEM
    (folder / "root.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "room.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "root.pem", folder / "root.pem", folder / "room.key"
