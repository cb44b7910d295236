"""The units are sound for systemd itself, and keep what they promise to keep out."""

import subprocess
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).parents[2] / "systemd").glob("*.service"))


@pytest.fixture(params=UNITS, ids=lambda path: path.name)
def unit(request, tmp_path):
    """The unit with a program that exists here, as `verify` insists on it."""
    text = request.param.read_text().replace("/opt/lophoc/.venv/bin/lophoc", "/bin/true")
    copy = tmp_path / request.param.name
    copy.write_text(text)
    return copy


def analyze(*args):
    return subprocess.run(
        ["systemd-analyze", *args], capture_output=True, text=True, check=False, timeout=60
    )


def test_there_are_units():
    assert [unit.name for unit in UNITS] == ["lophoc-agent.service", "lophoc-hub.service"]


def test_systemd_finds_nothing_wrong(unit):
    done = analyze("verify", "--man=no", str(unit))
    ours = [line for line in done.stderr.splitlines() if unit.name in line]
    assert (done.returncode, ours) == (0, [])


def test_verify_sees_mistakes(unit):
    """The negative control: without it a silent `verify` would prove nothing."""
    unit.write_text(unit.read_text().replace("ProtectSystem=strict", "ProtectSystm=strict"))
    assert "ProtectSystm" in analyze("verify", "--man=no", str(unit)).stderr


def test_the_sandbox_is_as_tight_as_promised(unit):
    done = analyze("security", "--offline=true", "--threshold=15", str(unit))
    assert done.returncode == 0, done.stdout[-600:]
