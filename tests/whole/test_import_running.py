"""`lophoc import … --into` a folder whose agent or hub is running: through it, and undone again."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.whole.demo import ROOT, Demo, running_demo

NEW_CLASS = "STT,Họ và tên,Lớp,Ngày sinh,Mã HS\n" + "".join(
    f"{n},{name},10A9,0{n}/02/2010,00123456{n}\n"
    for n, name in ((1, "Giàng A Páo"), (2, "Nguyễn Thị Én"), (3, "Đặng Huy"))
)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with running_demo(tmp_path_factory.mktemp("import") / "demo", "--fast") as running:
        yield running


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    file = tmp_path / "ds.csv"
    file.write_text(NEW_CLASS, "utf-8")
    return file


def lophoc(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "edge.cli.main", *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def class_names(demo: Demo) -> set[str]:
    return {one["name"] for one in demo.panel("/api/lesson")["choices"]}


def test_a_running_room_goes_by_the_new_roster_and_back(demo, roster):
    demo.panel("/api/lesson/start", {})
    (lesson_id,) = demo.panel("/api/lesson")["run"]["lessons"]
    card = demo.info["cards"][0]["uid"]
    assert demo.tap(card)["feedback"] in {"present", "late"}
    before, pid = class_names(demo), demo.pid("agent")

    done = lophoc("import", "roster", str(roster), "--into", str(demo.state / "room"))
    assert done.returncode == 0, done.stderr
    assert class_names(demo) == before | {"10A9"}
    assert demo.panel("/api/lesson")["run"]["lessons"] == [lesson_id]
    assert demo.panel(f"/api/lessons/{lesson_id}/marks")["counts"]["present"] == 1
    assert demo.tap(card)["feedback"] == "repeat"
    held = json.loads((demo.state / "room" / "school.json").read_text())
    assert not held["office"]  # a room holds no codes and no days of birth

    back = lophoc("import", "roster", "--undo", "--into", str(demo.state / "room"))
    assert back.returncode == 0, back.stderr
    assert class_names(demo) == before
    assert demo.pid("agent") == pid
    demo.panel("/api/lesson/end", {})


def test_who_leaves_during_the_day_stays_in_the_confirmed_lesson(demo, tmp_path):
    """On the panel and on the hub, after the import and after its undo."""
    demo.panel("/api/lesson/start", {})
    (lesson_id,) = demo.panel("/api/lesson")["run"]["lessons"]
    leaves = demo.info["cards"][3]
    assert demo.tap(leaves["uid"])["feedback"] in {"present", "late", "repeat"}
    demo.panel(f"/api/lessons/{lesson_id}/confirm", {"fill_absent": True})

    def on_panel() -> dict[str, str]:
        marks = demo.panel(f"/api/lessons/{lesson_id}/marks")["marks"]
        return {mark["person_id"]: mark["presence"] for mark in marks}

    def on_hub() -> dict[str, str]:
        marks = demo.hub(f"/api/attendance?date={_day(lesson_id)}&class=10A1")["marks"]
        return {m["person_id"]: m["presence"] for m in marks if m["lesson_id"] == lesson_id}

    demo.until(lambda: len(on_hub()) == 42 and "unmarked" not in on_hub().values(), "the hub knows")
    before = on_panel()
    assert on_hub() == before
    assert before[leaves["person_id"]] in {"present", "late"}
    names = [card["name"] for card in demo.info["cards"] if card["class"] == "10A1"]
    rows = [f"{n},{name},10A1" for n, name in enumerate(names, start=1) if name != leaves["name"]]
    file = tmp_path / "10a1.csv"
    file.write_text("STT,Họ và tên,Lớp\n" + "\n".join(rows), "utf-8")
    folders = [str(demo.state / one) for one in ("hub", "room")]
    for into in folders:
        done = lophoc("import", "roster", str(file), "--yes", "--into", into)
        assert done.returncode == 0, done.stderr + done.stdout
    gone = demo.hub("/api/classes/10a1")["pupils"]
    assert leaves["person_id"] in {one["person_id"] for one in gone}
    assert (on_panel(), on_hub()) == (before, before)
    for into in folders:
        assert lophoc("import", "roster", "--undo", "--into", into).returncode == 0
    assert (on_panel(), on_hub()) == (before, before)
    demo.panel("/api/lesson/end", {})


def _day(lesson_id: str) -> str:
    return f"{lesson_id[:4]}-{lesson_id[4:6]}-{lesson_id[6:8]}"


def test_a_running_hub_goes_by_the_new_roster_and_back(demo, roster):
    into = str(demo.state / "hub")
    done = lophoc("import", "roster", str(roster), "--into", into)
    assert done.returncode == 0, done.stderr
    pupils = demo.hub("/api/classes/10a9")["pupils"]
    assert [one["name"] for one in pupils] == ["Giàng A Páo", "Nguyễn Thị Én", "Đặng Huy"]
    again = lophoc("import", "roster", str(roster), "--into", into, "--json")
    assert json.loads(again.stdout)["counts"] == {"new": 0, "changed": 0, "gone": 0, "kept": 3}
    for _ in range(2):
        assert lophoc("import", "roster", "--undo", "--into", into).returncode == 0
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        demo.hub("/api/classes/10a9")


def test_who_may_not_read_the_folder_may_not_change_the_records(demo):
    url = demo.info["panel"] + "/api/records"
    with httpx.Client(trust_env=False) as client:
        for token in ("", "Bearer x", f"Bearer {demo.info['hub_token']}"):
            headers = {"authorization": token, "if-match": "x"} if token else {"if-match": "x"}
            assert client.get(url, headers=headers).status_code == 403
            assert client.put(url, json={}, headers=headers).status_code == 403
