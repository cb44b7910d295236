"""Both units under a real systemd: fresh start, restart, reboot, full disk and room again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from school.school_file import write_school
from school.school_rows import SchoolFile
from tests.school.kit import make_rows
from tests.systemd.container import Container, until

PANEL = "http://127.0.0.1:8080"
CONSOLE = "http://127.0.0.1:8090"
ADDRESSES = {"lophoc-agent": PANEL, "lophoc-hub": CONSOLE}
SETTINGS = {"lophoc-agent": "room.toml", "lophoc-hub": "hub.toml"}
DISKS = {"lophoc-agent": "lophoc", "lophoc-hub": "lophoc-hub"}
UNITS = pytest.mark.parametrize("unit", ADDRESSES)

ROOM = """schema = 1
[room]
id = "a1-05"
name = "A1.05"
[attendance]
school = "school.json"
[[device]]
id = "projector"
name = "Máy chiếu"
driver = "pjlink"
address = "tcp:127.0.0.1:9"
[[reader]]
id = "door"
name = "Cửa"
driver = "rdm6300"
address = "serial:/dev/serial/by-path/not-there"
feedback = "none"
"""
HUB = """schema = 1
[hub]
state = "/var/lib/lophoc-hub"
console = "127.0.0.1:8090"
rooms = "127.0.0.1:8443"
public_hosts = ["hub.school.lan", "localhost"]
school = "school.json"
"""

pytestmark = [pytest.mark.root, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def container(tmp_path_factory) -> Iterator[Container]:
    folder: Path = tmp_path_factory.mktemp("container")
    school = write_school(SchoolFile.model_validate(make_rows())).decode()
    one = Container(folder, {"room.toml": ROOM, "hub.toml": HUB, "school.json": school})
    try:
        one.boot()
        one.run("systemctl", "enable", "--now", "--no-block", *ADDRESSES)
        yield one
    finally:
        one.close()


def is_ready(container: Container, unit: str) -> bool:
    health = container.health(ADDRESSES[unit])
    return bool(health) and health.get("ready", health.get("attendance") == "ok")


def until_ready(container: Container, unit: str) -> None:
    try:
        until(lambda: is_ready(container, unit), f"{unit} is ready", 180)
    except AssertionError as error:
        raise AssertionError(container.journal(unit)[-3000:]) from error


def serves(container: Container, unit: str) -> bool:
    return container.get(ADDRESSES[unit])[0] == 200


def found(container: Container) -> set[str]:
    """Codes of what the room finds not to be as it should."""
    return {one["code"] for one in container.health(PANEL).get("findings", ())}


@UNITS
def test_a_fresh_machine_starts_at_the_first_try(container, unit):
    """The first migration once loaded numpy, and the unit's own filter killed the agent."""
    until_ready(container, unit)
    assert container.show(unit, "ActiveState") == "active"
    assert container.show(unit, "NRestarts") == "0", container.journal(unit)


@UNITS
def test_a_restart_goes_on_with_the_same_data(container, unit):
    until_ready(container, unit)
    before = container.show(unit, "MainPID")
    container.run("systemctl", "restart", unit)
    until_ready(container, unit)
    assert container.show(unit, "MainPID") != before
    assert container.show(unit, "NRestarts") == "0", container.journal(unit)


def test_a_reboot_brings_both_back(container):
    container.reboot()
    for unit in ADDRESSES:
        until_ready(container, unit)
        assert container.show(unit, "NRestarts") == "0", container.journal(unit)


@UNITS
def test_a_wrong_file_is_said_once_and_its_mend_is_taken_up(container, unit):
    """A unit that only ended wrote five lines each second, for ever."""
    until_ready(container, unit)
    settings = container.root / "etc/lophoc" / SETTINGS[unit]
    good = settings.read_text()
    settings.write_text(good.replace("schema = 1", "schema = one"))
    container.run("systemctl", "restart", "--no-block", unit)
    until(lambda: settings.name in container.show(unit, "StatusText"), "the cause is told", 60)
    said = container.show(unit, "StatusText")
    assert container.show(unit, "ActiveState") == "activating"
    assert container.journal(unit).count(said) == 1
    settings.write_text(good)
    until_ready(container, unit)
    assert container.show(unit, "StatusText") == ""
    assert container.show(unit, "NRestarts") == "0", container.journal(unit)


@UNITS
@pytest.mark.parametrize("fresh", [False, True], ids=["with data", "without"])
def test_a_full_disk_kills_nothing_for_good(container, unit, fresh):
    """Whatever systemd or the program try meanwhile: when there is room again, both come back."""
    until_ready(container, unit)
    container.run("systemctl", "stop", unit)
    if fresh:
        container.empty(DISKS[unit])
    container.fill(DISKS[unit])
    container.run("systemctl", "start", "--no-block", unit)
    told = "served, or said why not"  # on a busy machine each try takes many seconds
    until(lambda: serves(container, unit) or container.show(unit, "StatusText"), told, 180)
    if unit == "lophoc-agent":  # no lesson without a panel, and none that hides the full disk
        until(lambda: "disk_full" in found(container), "the room says that its disk is full", 180)
    assert container.show(unit, "ActiveState") in ("active", "activating")
    container.free(DISKS[unit])
    until_ready(container, unit)
    assert container.show(unit, "ActiveState") == "active"
