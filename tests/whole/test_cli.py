"""The commands as a technician types them, against a running room and against files."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from drivers.catalogue import CATALOGUE
from tests.whole.demo import ROOT, running_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with running_demo(tmp_path_factory.mktemp("cli") / "demo", "--fast") as running:
        yield running


def lophoc(*words: str, language: str = "C.UTF-8", **environment: str):
    return subprocess.run(
        [sys.executable, "-m", "edge.cli.main", *words],
        cwd=ROOT,
        env={**os.environ, "LC_ALL": language, "COLUMNS": "200", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_help_speaks_the_language_of_the_locale():
    assert "Run this room's agent" in lophoc("--help").stdout
    assert "Chạy tác tử của phòng này" in lophoc("--help", language="vi_VN.UTF-8").stdout


def test_every_promised_command_is_there_and_helps():
    listed = lophoc("--help").stdout
    promised = {"demo", "agent", "hub", "check", "devices", "do", "emulate"}
    promised |= {"drivers", "tap", "doctor", "version", "key"}
    for name in promised:
        assert f" {name} " in listed
        assert lophoc(name, "--help").returncode == 0


def test_wrong_usage_is_exit_code_2():
    assert lophoc("do", "projector").returncode == 2
    assert lophoc("nonsense").returncode == 2


def test_version_and_drivers():
    assert lophoc("version").stdout.startswith("lophoc 0.")
    rows = json.loads(lophoc("drivers", "--json").stdout)
    names = [row["id"] for row in rows]
    assert names == list(CATALOGUE)
    assert all(row["tested"] for row in rows)
    assert "samsung-mdc" in lophoc("drivers").stdout


def test_devices_and_do(demo):
    url = demo.info["panel"]
    assert "projector" in lophoc("devices", "--url", url).stdout
    found = json.loads(lophoc("devices", "--json", LOPHOC_URL=url).stdout)
    assert {"projector", "board", "screen", "buzzer"} == {one["id"] for one in found}
    done = lophoc("do", "screen", "screen", "down", "--url", url)
    assert (done.returncode, done.stdout) == (0, "screen: screen = down (confirmed).\n")
    assert demo.bench("/api/devices/screen")["screen"] == "down"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("do", "beamer", "power", "on"), 'no device "beamer" here; devices are: '),
        (("do", "projector", "volume", "3"), '"projector" has no "volume"; it can: power'),
        (("do", "projector", "power", "blue"), "power takes one of: on, off"),
    ],
)
def test_what_the_room_refuses_is_one_sentence(demo, words, said):
    done = lophoc(*words, "--url", demo.info["panel"])
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_no_agent_is_one_sentence():
    done = lophoc("devices", "--url", "http://127.0.0.1:9")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "does not answer; is the agent running?" in done.stderr


def test_tap(demo):
    card = demo.info["cards"][0]["uid"]
    done = lophoc("tap", card, "--state", str(demo.state))
    assert done.returncode == 0
    assert f"{card} at door: " in done.stdout
    assert lophoc("tap", card, "--state", "/nowhere").returncode == 1


def test_check_the_examples_and_the_demo(demo):
    for file in [*(ROOT / "config/rooms").glob("*.toml"), demo.state / "room.toml"]:
        done = lophoc("check", str(file))
        assert (done.returncode, done.stderr) == (0, "")
    assert lophoc("check", str(demo.state / "room.toml"), "--here").returncode == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('driver = "pjlink"', 'driver = "pjlinc"', "did you mean pjlink?"),
        ('driver = "pjlink"', 'driver = "rdm6300"', "is a card reader; put it under [[reader]]"),
        ("tcp:192.168.20.11:4352", "serial:/dev/ttyS9", "pjlink is reached by tcp:…"),
        ('kind = "screen"', 'knd = "screen"', "has no option `knd`; its options are: kind"),
        ("[room]", "[romo]", "romo is not a known setting; did you mean `room`?"),
    ],
)
def test_check_names_place_and_cure(tmp_path, old, new, said):
    text = (ROOT / "config/rooms/projector-and-board.toml").read_text()
    assert old in text
    file = tmp_path / "room.toml"
    file.write_text(text.replace(old, new, 1))
    done = lophoc("check", str(file))
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.startswith("room.toml")


def test_check_here_finds_absent_ports_and_files(tmp_path):
    file = tmp_path / "room.toml"
    file.write_text((ROOT / "config/rooms/projector-and-board.toml").read_text())
    assert lophoc("check", str(file)).returncode == 0
    here = lophoc("check", "--here", str(file))
    assert here.returncode == 1
    assert '"board": there is no port /dev/serial/by-path/' in here.stderr
    assert "attendance.school names school.json, which is not at" in here.stderr


def test_check_here_reads_the_roster_too(tmp_path, demo):
    for name in ("room.toml", "secrets.toml", "hub-root.pem"):
        (tmp_path / name).write_bytes((demo.state / name).read_bytes())
    school = json.loads((demo.state / "school.json").read_text())
    school["cards"].append({**school["cards"][0], "person_id": school["people"][5]["id"]})
    (tmp_path / "school.json").write_text(json.dumps(school))
    done = lophoc("check", "--here", str(tmp_path / "room.toml"))
    assert done.returncode == 1
    both = (school["people"][5]["id"], school["cards"][0]["person_id"])
    (said,) = [line for line in done.stderr.splitlines() if "school.json" in line]
    assert all(person in said for person in both)


@pytest.mark.parametrize("content", [b"", b"schema = ", b"\xff\xfe", b"schema = 1\n"])
def test_an_agent_with_a_broken_file_ends_with_one_sentence_a_mistake(tmp_path, content):
    file = tmp_path / "room.toml"
    file.write_bytes(content)
    done = lophoc("agent", "--config", str(file), LOPHOC_STATE=str(tmp_path / "state"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "room.toml" in done.stderr


def test_doctor_refuses_a_running_room_and_rebuilds_a_stopped_one(tmp_path):
    with running_demo(tmp_path / "demo", "--fast") as demo:
        for card in demo.info["cards"][:5]:
            assert demo.tap(card["uid"])["tap_id"]
        config, state = str(demo.state / "room.toml"), str(demo.state / "room")
        held = lophoc("doctor", "--config", config, "--state", state)
        assert held.returncode == 1
        assert "is in use by process" in held.stderr
    done = lophoc("doctor", "--rebuild", "--config", config, "--state", state)
    assert (done.returncode, done.stderr) == (0, "")
    assert "The store is whole: 5 events" in done.stdout
    again = lophoc("doctor", "--rebuild", "--config", config, "--state", state)
    assert "no difference" in again.stdout
    assert "5 marks" in again.stdout


def test_doctor_without_a_store(tmp_path):
    done = lophoc("doctor", "--config", "x.toml", "--state", str(tmp_path))
    assert done.returncode == 1
    assert "is not there; name the folder with --state" in done.stderr


def test_keys_are_shown_admitted_and_revoked(tmp_path):
    shown = lophoc("key", "show", "--state", str(tmp_path / "room"))
    public = shown.stdout.strip()
    assert len(public) == 44
    assert lophoc("key", "show", "--state", str(tmp_path / "room")).stdout.strip() == public
    hub = tmp_path / "hub.toml"
    hub.write_text(
        "schema = 1\n[hub]\nstate = 'state'\nschool = 'school.json'\n"
        "public_hosts = ['hub.truong.lan']\n"
    )
    admitted = lophoc("key", "admit", "a1-05", public, "--config", str(hub))
    assert (admitted.returncode, admitted.stderr) == (0, "")
    assert "Room a1-05 is admitted with key a1-05." in admitted.stdout
    refused = lophoc("key", "admit", "a1-05", "nonsense", "--config", str(hub))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert lophoc("key", "revoke", "a1-05", "--config", str(hub)).returncode == 0


def test_no_name_of_a_pupil_is_in_any_log(demo):
    demo.panel("/api/lesson/start", {"picture": False})
    for card in demo.info["cards"][:10]:
        demo.tap(card["uid"])
    names = {card["name"] for card in demo.info["cards"]}
    logs = [path.read_text() for path in Path(demo.state).rglob("*.log")]
    assert logs
    assert not [name for name in names for log in logs if name in log]
