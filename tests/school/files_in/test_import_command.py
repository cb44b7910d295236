"""`lophoc import …`: a preview, one step, and back."""
# ruff: noqa: E501 - lines of files, kept whole

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from edge.cli.commands import app
from school.school_file import read_school
from sync.state.lock import StateLock
from tests.school.files_in import made

RUN = CliRunner()
KEYS = ["kind", "format", "counts", "classes", "slots", "unmatched", "questions", "unread",
        "errors", "how"]  # fmt: skip


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    file = tmp_path / "ds.xlsx"
    file.write_bytes(made.roster())
    return file


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def test_a_preview_has_exactly_its_keys_and_writes_nothing(lists: Path):
    done = RUN.invoke(app, ["import", "roster", str(lists), "--json"])
    assert done.exit_code == 0
    shown = json.loads(done.stdout)
    assert list(shown) == KEYS
    assert shown["counts"] == {"new": 40, "changed": 0, "gone": 0, "kept": 0}
    assert shown["classes"] == ["10A1", "10A2"]
    assert [path.name for path in lists.parent.iterdir()] == ["ds.xlsx"]


def test_written_compared_lost_and_put_back(lists: Path, state: Path):
    assert RUN.invoke(app, ["import", "roster", str(lists), "--into", str(state)]).exit_code == 0
    first = (state / "school.json").read_bytes()
    assert len(read_school(first).roster("10a1")) == 20
    rows = made.roster_rows(("10A1", "10A2"), 20)
    del rows[4:8]
    lists.write_bytes(made.book({"S": rows}))
    command = ["import", "roster", str(lists), "--into", str(state)]
    asked = RUN.invoke(app, command)
    assert asked.exit_code == 1
    assert "10A1 (4/20)" in asked.stderr
    assert (state / "school.json").read_bytes() == first
    assert RUN.invoke(app, [*command, "--yes"]).exit_code == 0
    assert (state / "school.json").read_bytes() != first
    assert (state / "school.json.2").read_bytes() == first
    assert RUN.invoke(app, ["import", "roster", "--into", str(state), "--undo"]).exit_code == 0
    assert (state / "school.json").read_bytes() == first
    assert RUN.invoke(app, ["import", "roster", "--into", str(state), "--undo"]).exit_code == 0
    assert not (state / "school.json").exists()
    assert RUN.invoke(app, ["import", "roster", "--into", str(state), "--undo"]).exit_code == 1


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path):
    file, gone = tmp_path / "ds.xlsx", tmp_path / "gone"
    file.write_bytes(made.roster())
    for words in (["--into", str(gone), "--undo"], [str(file), "--against", str(gone)]):
        done = RUN.invoke(app, ["import", "roster", *words])
        assert done.exit_code == 1
        assert str(gone) in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not gone.exists()


def test_a_held_lock_refuses(lists: Path, state: Path):
    with StateLock.take(state):  # by a command, which has no address
        done = RUN.invoke(app, ["import", "roster", str(lists), "--into", str(state)])
    assert done.exit_code == 1
    assert "in use by process" in done.stderr
    assert not (state / "school.json").exists()


def test_errors_and_refused_files_write_nothing(tmp_path: Path, state: Path):
    file = tmp_path / "ds.csv"
    file.write_text("STT,Họ tên,Lớp,Ngày sinh\n1,An,6A,31/02/2010\n", "utf-8")
    done = RUN.invoke(app, ["import", "roster", str(file), "--into", str(state)])
    assert done.exit_code == 1
    assert "row 2 · column D" in done.stdout
    file.write_bytes(b"")
    refused = RUN.invoke(app, ["import", "roster", str(file), "--json", "--into", str(state)])
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["errors"][0]["place"] == "ds.csv"
    assert not (state / "school.json").exists()


def test_timetable_and_plan_after_the_roster(lists: Path, state: Path, tmp_path: Path):
    into = ["--into", str(state)]
    flat, plan = tmp_path / "tkb.csv", tmp_path / "ppct.csv"
    flat.write_text(
        "Lớp,Thứ,Buổi,Tiết,Môn,Giáo viên,Phòng\n10A1,2,Sáng,1,Toán,C.Hà,Lab 1\n10A9,2,Sáng,1,Toán,C.Hà,\n",
        "utf-8",
    )
    plan.write_text("Môn,Khối,Tiết CT,Tên bài,Tuần\nToán,10,1,Mệnh đề,1\n", "utf-8")
    assert RUN.invoke(app, ["import", "roster", str(lists), *into]).exit_code == 0
    done = RUN.invoke(app, ["import", "timetable", str(flat), *into])
    assert done.exit_code == 1
    assert "10A9" in done.stdout
    matched = [*into, "--match", "10A9=10A2"]
    assert RUN.invoke(app, ["import", "timetable", str(flat), *matched]).exit_code == 0
    assert RUN.invoke(app, ["import", "plan", str(plan), *into]).exit_code == 0
    school = read_school((state / "school.json").read_bytes())
    assert {(e.group_key, e.weekday, e.subject) for e in school.timetable} == {
        ("10a1", 1, "Toán"),
        ("10a2", 1, "Toán"),
    }
    again = RUN.invoke(app, ["import", "plan", str(plan), "--json", "--against", str(state)])
    assert json.loads(again.stdout)["counts"] == {"new": 0, "changed": 0, "gone": 0, "kept": 1}


def test_vietnamese_where_the_locale_is(lists: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    assert "40 mới" in RUN.invoke(app, ["import", "roster", str(lists)]).stdout


CASES = Path(__file__).with_name("cases")


def preview(*words: str, code: int = 0) -> dict[str, Any]:
    done = RUN.invoke(app, ["import", *words, "--json"])
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def test_the_lessons_of_a_timetable_are_shown():
    shown = preview("timetable", str(CASES / "t_across.xlsx"))
    assert list(shown) == [*KEYS, "lessons", "valid_from"]
    assert shown["valid_from"] == "2026-09-07"
    assert shown["lessons"][0] == {"class": "6A1", "weekday": 1, "session": "S", "slot": 1,
        "subject": "Văn", "teachers": ["V.Lệ"], "room": "", "weeks": ""}  # fmt: skip
    assert {(one["sheet"], bool(one["meaning"] and one["why"])) for one in shown["how"]} == {
        ("Sheet1", True)}  # fmt: skip


def test_like_errors_are_one_line_with_their_rows():
    done = RUN.invoke(app, ["import", "roster", str(CASES / "r_date_class.xlsx")])
    assert done.exit_code == 1
    (line,) = [line for line in done.stdout.splitlines() if "06/01/2026" in line]
    assert "2–5" in line
    assert "6/1" in line
    (error,) = preview("roster", str(CASES / "r_date_class.xlsx"), code=1)["errors"]
    assert "Sheet1" in error["place"]
    assert all(error.values())


def test_a_template_answers_and_is_kept_by_the_school(tmp_path: Path, state: Path):
    file, answers = str(CASES / "r_old_class.xlsx"), tmp_path / "map.json"
    (asked,) = preview("roster", file, "--save-map", str(answers), code=1)["questions"]
    assert (list(asked), len(asked["choices"])) == (["place", "message", "choices"], 2)
    refused = RUN.invoke(app, ["import", "roster", file, "--into", str(state)])
    assert refused.exit_code == 1
    assert not (state / "school.json").exists()
    template = json.loads(answers.read_text("utf-8"))
    template["answers"][0]["answer"] = asked["choices"][0]
    answers.write_text(json.dumps(template), "utf-8")
    shown = preview("roster", file, "--map", str(answers))
    assert (shown["classes"], shown["questions"]) == (["6D1"], [])
    into = ["import", "roster", file, "--into", str(state)]
    done = RUN.invoke(app, [*into, "--map", str(answers)])
    assert done.exit_code == 0, done.output
    assert preview("roster", file, "--against", str(state))["counts"]["kept"] == 5
    assert RUN.invoke(app, into).exit_code == 0
    other = preview("roster", str(CASES / "r_swapped.xlsx"), "--against", str(state), code=1)
    assert len(other["questions"]) == 1


@pytest.mark.parametrize("text", ["", "[]", '{"answers": [1]}', '{"answers": {"a": "b"}}'])
def test_what_is_no_template_is_refused(tmp_path: Path, text: str):
    bad = tmp_path / "map.json"
    bad.write_text(text, "utf-8")
    words = ["import", "roster", str(CASES / "r_hoten.xlsx"), "--map", str(bad)]
    done = RUN.invoke(app, words)
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert str(bad) in done.stderr


def test_at_a_terminal_the_questions_are_asked(state: Path):
    command = [sys.executable, "-m", "edge.cli.main", "import", "roster",
               str(CASES / "r_old_class.xlsx"), "--into", str(state)]  # fmt: skip
    outer, inner = pty.openpty()
    with subprocess.Popen(command, stdin=inner, stdout=subprocess.PIPE, stderr=inner) as asked:
        os.close(inner)
        os.write(outer, b"1\n")
        assert asked.stdout is not None
        told = asked.stdout.read().decode()
        assert asked.wait() == 0
    os.close(outer)
    assert "6D1" in told
    rows = json.loads((state / "school.json").read_bytes())
    assert [row["name"] for row in rows["classes"]] == ["6D1"]


def test_what_could_not_be_written_is_no_clean_preview(tmp_path: Path, state: Path):
    staff, pupils = tmp_path / "gv.csv", tmp_path / "hs.csv"
    staff.write_text("STT,Mã GV,Họ và tên giáo viên\n1,A001,Trần Hà\n", "utf-8")
    assert RUN.invoke(app, ["import", "roster", str(staff), "--into", str(state)]).exit_code == 0
    pupils.write_text("STT,Mã HS,Họ và tên,Lớp\n1,A001,Lê An,6A\n", "utf-8")
    (error,) = preview("roster", str(pupils), "--against", str(state), code=1)["errors"]
    assert "hs.csv" in error["place"]
    assert "Trần Hà" in error["message"]
    done = RUN.invoke(app, ["import", "roster", str(pupils), "--into", str(state)])
    assert (done.exit_code, "Trần Hà" in done.stdout) == (1, True)


def test_answers_that_cannot_be_kept_do_not_undo_the_import(tmp_path: Path, state: Path):
    state.mkdir()
    (state / "import-maps").write_text("a file in the way", "utf-8")
    answers = tmp_path / "map.json"
    file = str(CASES / "r_old_class.xlsx")
    preview("roster", file, "--save-map", str(answers), code=1)
    template = json.loads(answers.read_text("utf-8"))
    template["answers"][0]["answer"] = "1"
    answers.write_text(json.dumps(template), "utf-8")
    words = ["import", "roster", file, "--map", str(answers), "--into", str(state)]
    done = RUN.invoke(app, words)
    assert done.exit_code == 0
    assert "import-maps" in done.stderr
    assert (state / "school.json").exists()
