import socket
import stat
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.load import load_room
from drivers.catalogue import entry
from edge.cli.demo_introduction import introduce
from edge.demo.files import make_plan, refresh_school, write_files
from edge.demo.folders import DemoError, DemoLock, Folders, Ports, choose_ports, replace_file
from edge.demo.school import CLASS_HERE, CLASS_NEXT_DOOR
from edge.settings import for_room
from school.school_file import read_school
from sync.hub.keys import keys
from sync.hub.settings import load_settings

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PORTS = Ports(8080, 8090, 20001, 20002, 20003, 20004, 20005)


def write(root: Path, *, fast: bool = False) -> Folders:
    folders = Folders(root)
    folders.make()
    school = refresh_school(folders, NOW, bytes_of(1))
    write_files(folders, PORTS, make_plan(folders, PORTS, school, fast=fast))
    return folders


def bytes_of(first: int):
    state = [first]

    def chance(count: int) -> bytes:
        state[0] += 1
        return (state[0] * 2654435761).to_bytes(16, "big")[-8:].rjust(count, b"\x07")[-count:]

    return chance


@pytest.mark.parametrize("fast", [False, True])
def test_the_rooms_file_is_one_a_school_could_have_written(tmp_path: Path, fast: bool) -> None:
    loaded = load_room(write(tmp_path, fast=fast).room_file)
    assert loaded.warnings == ()
    room = loaded.room
    assert room.room.id == "a1-05"
    assert [device.id for device in room.device] == ["projector", "board", "screen", "buzzer"]
    assert {reader.id: reader.feedback for reader in room.reader} == {
        "door": "buzzer:buzzer",
        "desk": "mqtt",
    }
    for one in room.attached:
        assert set(one.options) <= set(entry(one.driver).options)
    assert room.hub is not None
    assert room.hub.url == "https://127.0.0.1:20002"
    assert len(loaded.secrets["projector"]) == 16


def test_the_hubs_file_is_one_a_school_could_have_written(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path).hub_file)
    assert settings.state == tmp_path / "hub"
    assert (settings.console, settings.rooms) == ("127.0.0.1:8090", "127.0.0.1:20001")
    assert settings.school == tmp_path / "school.json"


def test_a_second_start_keeps_cards_and_password(tmp_path: Path) -> None:
    first = write(tmp_path)
    files = (first.secrets_file, first.plan_file, first.school_file)
    before = [file.read_bytes() for file in files]
    again = write(tmp_path)
    assert [file.read_bytes() for file in files] == before
    assert len(read_school(again.school_file.read_bytes()).cards) == len(PLANNED_CARDS)


PLANNED_CARDS = range(84 + 8 + 1)


def test_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    folders = write(tmp_path)
    for file in (folders.secrets_file, folders.plan_file, folders.school_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_cards_of_the_class_that_has_the_lesson_now_come_first_in_order(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    folders.make()
    school = refresh_school(folders, NOW, bytes_of(1))
    cards = make_plan(folders, PORTS, school, fast=False).cards
    assert [card.class_name for card in cards] == ["10A1"] * 42 + ["10A2"] * 42 + [None] * 9
    numbers = {person.id: person.stt for person in school.people}
    assert [numbers[card.person_id] for card in cards[:42]] == list(range(1, 43))


def test_ports_are_remembered_and_all_different(tmp_path: Path) -> None:
    counter = iter(range(11_999, 0, -1))
    first = choose_ports(tmp_path, 0, 0, lambda _: next(counter))
    again = choose_ports(tmp_path, 0, 0, lambda _: next(counter))
    assert first == again
    chosen = {getattr(first, name) for name in Ports.__slots__}
    assert len(chosen) == len(Ports.__slots__)


def test_a_port_that_is_taken_is_told_or_left_alone(tmp_path: Path, taken_port: int) -> None:
    with pytest.raises(DemoError, match=rf"port {taken_port} is taken; .* --hub-port"):
        choose_ports(tmp_path, 0, taken_port, lambda _: 0)
    replace_file(tmp_path / "ports.json", f'{{"bench": {taken_port}, "broker": "x"}}')
    counter = iter(range(5000))
    assert choose_ports(tmp_path, 0, 0, lambda _: next(counter)).bench != taken_port


def test_a_damaged_memory_of_ports_does_no_harm(tmp_path: Path) -> None:
    counter = iter(range(5000))
    for text in ("", "[]", "{", '{"bench": null}'):
        (tmp_path / "ports.json").write_text(text)
        assert choose_ports(tmp_path, 0, 0, lambda _: next(counter)).bench > 0


def test_a_second_demo_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    first, second = DemoLock(tmp_path), DemoLock(tmp_path)
    first.take()
    with pytest.raises(DemoError, match="a demo runs here already"):
        second.take()
    first.release()
    first.release()
    second.take()
    second.release()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DemoError, match="name another folder with --state"):
        Folders(tmp_path / "file" / "demo").make()


def test_a_damaged_school_is_told(tmp_path: Path) -> None:
    folders = write(tmp_path)
    for damage in (b"", b"{", b"\xff\xfe", b'{"schema": 2}'):
        folders.school_file.write_bytes(damage)
        with pytest.raises(DemoError, match=r"school\.json: is damaged"):
            refresh_school(folders, NOW, bytes_of(1))


def test_room_and_hub_are_made_known_to_one_another_once(tmp_path: Path) -> None:
    folders = write(tmp_path)
    introduce(folders)
    (key,) = keys(load_settings(folders.hub_file).database)
    assert (key.agent_id, key.status) == ("a1-05", "active")
    assert folders.hub_root.read_bytes() == (folders.hub_state / "root.pem").read_bytes()
    (folders.hub_state / "hub.db").unlink()  # so a second introduction would be seen
    introduce(folders)
    assert not (folders.hub_state / "hub.db").exists()


def test_damaged_keys_are_told(tmp_path: Path) -> None:
    folders = write(tmp_path)
    (folders.hub_state / "root.key").write_text("nonsense")
    with pytest.raises(DemoError, match="to begin anew"):
        introduce(folders)
    (folders.room_state / "room.key").write_text("nonsense")
    with pytest.raises(DemoError, match="to begin anew"):
        introduce(folders)


def test_the_room_holds_its_own_class_and_the_list_that_it_was_lent(tmp_path: Path) -> None:
    folders = write(tmp_path)
    loaded = load_room(folders.room_file)
    own = read_school(for_room(loaded, tmp_path / "room", folders.school_file.read_bytes()))
    assert all(own.groups[key].listed for key in (CLASS_HERE, CLASS_NEXT_DOOR))
    assert {
        card.uid_hash for card in own.cards.values() if own.people[card.person_id].class_id
    } == {
        card.uid_hash
        for card in read_school(folders.school_file.read_bytes()).cards.values()
        if own.people[card.person_id].class_id
    }


def test_demos_that_begin_together_choose_other_ports(tmp_path):
    """The other has chosen it and does not listen yet."""
    with socket.socket(socket.AF_UNIX) as other:
        other.bind("\0lophoc-demo-port-23456")
        draws = iter([3456, *range(4000, 4100)])
        assert 23456 not in asdict(choose_ports(tmp_path, 0, 0, lambda _: next(draws))).values()
