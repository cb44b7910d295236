"""A room's file: examples load, and each mistake gets one sentence with place and cure."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.load import ConfigError, load_room
from config.settings_doc import settings_page

ROOT = Path(__file__).parents[2]

GOOD = """
schema = 1
[room]
id = "a1"
name = "A1"
[mqtt]
broker = "127.0.0.1:1883"
[[device]]
id = "screen"
name = "Màn chiếu"
driver = "mqtt-relay"
address = "mqtt:screen"
[[reader]]
id = "desk"
name = "Bàn"
driver = "mqtt-reader"
address = "mqtt:desk"
feedback = "mqtt"
"""


def problems(tmp_path: Path, content: bytes | str) -> tuple[str, ...]:
    path = tmp_path / "room.toml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ConfigError) as caught:
        load_room(path)
    return caught.value.problems


@pytest.mark.parametrize(
    "example", sorted((ROOT / "config/rooms").glob("*.toml")), ids=lambda p: p.name
)
def test_example_rooms_load(example):
    assert load_room(example).room.device


def test_the_settings_page_is_the_schema():
    assert (ROOT / "docs/settings.md").read_text() == settings_page()


def test_defaults_are_whole(tmp_path):
    path = tmp_path / "room.toml"
    path.write_text(GOOD)
    room = load_room(path).room
    assert room.panel.listen == "127.0.0.1:8080"
    assert room.attendance.late_after_min == 5
    assert room.hub is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("schema = 1", "schema = 2", "schema is 2"),
        ('name = "A1"', 'nam = "A1"', "room.nam is not a known setting; did you mean `name`?"),
        ('broker = "127.0.0.1:1883"', 'broker = "127.0.0.1"', "mqtt.broker must be HOST:PORT"),
        (
            '"mqtt:screen"',
            '"screen"',
            "device 1 (\"screen\").address 'screen' is not an address; write",
        ),
        (
            'id = "desk"',
            'id = "screen"',
            'id "screen" is used by both "Màn chiếu" and "Bàn"; change one',
        ),
        ('"mqtt:desk"', '"mqtt:screen"', 'address "mqtt:screen" is used by both'),
        ('feedback = "mqtt"', 'feedback = "buzzer:bell"', 'names "bell", which is no device here'),
        ('[mqtt]\nbroker = "127.0.0.1:1883"', "", "there is no [mqtt] section; add one"),
        ('id = "a1"', "id = 7", "room.id is 7: input should be a valid string"),
        ('id = "a1"', "", "room.id is missing; add it"),
        ('id = "a1"', 'id = "a1', "line 4"),
    ],
)
def test_each_mistake_is_one_sentence_with_its_place(tmp_path, old, new, said):
    assert old in GOOD
    found = problems(tmp_path, GOOD.replace(old, new, 1))
    assert any(said in one for one in found), found
    assert all(one.startswith("room.toml") or str(tmp_path) in one for one in found)
    assert all("\n" not in one for one in found)


def test_all_mistakes_are_told_at_once(tmp_path):
    found = problems(tmp_path, GOOD.replace('name = "A1"', "").replace('"mqtt:desk"', '"x"'))
    assert len(found) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty; copy an example"),
        (b" \n\n", "is empty; copy an example"),
        (b"# " + b"x" * 300_000, "is larger than 256 KiB"),
        (b'schema = 1\nname = "\xff"', "line 2 is not UTF-8 text; save the file as UTF-8"),
        (b"a = " + b"[" * 5000, "compare with config/rooms/"),
    ],
)
def test_a_file_that_is_no_room_file(tmp_path, content, said):
    (one,) = problems(tmp_path, content)
    assert said in one


def test_a_missing_file_says_so(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_room(tmp_path / "no.toml")


def test_a_missing_secret_is_a_warning_and_a_secret_is_never_shown(tmp_path):
    path = tmp_path / "room.toml"
    path.write_text(GOOD.replace("broker =", 'username = "agent"\npassword = "mqtt"\nbroker ='))
    (warning,) = load_room(path).warnings
    assert 'names the secret "mqtt"' in warning
    secrets = tmp_path / "secrets.toml"
    secrets.write_text('mqtt = "hunter2"\n')
    secrets.chmod(0o644)
    loaded = load_room(path)
    assert "chmod 600" in loaded.warnings[0]
    assert loaded.secrets["mqtt"] == "hunter2"
    assert "hunter2" not in repr(loaded)
    secrets.chmod(0o600)
    assert load_room(path).warnings == ()


def test_a_secret_that_is_no_text(tmp_path):
    path = tmp_path / "room.toml"
    path.write_text(GOOD)
    (tmp_path / "secrets.toml").write_text("mqtt = 5\n")
    with pytest.raises(ConfigError, match="mqtt must be text in quotes"):
        load_room(path)


@given(st.binary(max_size=400))
def test_any_bytes_load_or_give_sentences(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("any") / "room.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_room(path)
    assert caught.value.problems
