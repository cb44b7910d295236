"""Fixtures: other ends for drivers."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.drivers.ends import HandClock, Mosquitto, PtyDevice, TcpDevice


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def tcp_device() -> AsyncIterator[TcpDevice]:
    device = TcpDevice()
    await device.start()
    yield device
    await device.stop()


@pytest.fixture
async def pty_device(tmp_path) -> AsyncIterator[PtyDevice]:
    device = PtyDevice(tmp_path)
    yield device
    device.unplug()


@pytest.fixture(scope="session")
def shared_broker(tmp_path_factory) -> Iterator[Mosquitto]:
    """One broker for the tests that leave it alone."""
    broker = Mosquitto(tmp_path_factory.mktemp("mosquitto"))
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def own_broker(tmp_path) -> Iterator[Mosquitto]:
    """A broker for one test, which may kill it."""
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.kill()
