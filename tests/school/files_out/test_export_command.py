"""`lophoc export …` over a hub's database and over a school file."""

import asyncio
import json
import os
import pwd
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from edge.cli.commands import app
from edge.store.store import Store, StoreSettings
from edge.teaching import STORE_FILE
from school.moment import Moment, TimeQuality
from school.room_copy import is_for_office
from school.school_file import read_rows, read_school
from sync.wire.event import Lane
from tests.school.files_out.hub_kit import write_hub
from tests.school.files_out.kit import Teller, at_ms, rows

BOOT = "ab" * 16
DAY = date(2026, 11, 23)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A hub with one confirmed lesson of 10A1, one pupil away, one late."""
    lesson, tell = "20261123-S-1-10a1", Teller()
    mark = {"lesson": lesson, "source": "teacher"}
    here = [f"hs-10a1-{n:02}" for n in range(3, 7)]
    bodies = [
        ("mark", mark | {"person": "hs-10a1-01", "presence": "absent"}),
        ("mark", mark | {"person": "hs-10a1-02", "presence": "late", "minutes": 7}),
        ("confirm", {"lesson": lesson, "by": "place", "carried": {"present": here}}),
    ]
    facts = [tell.fact(kind, at_ms(DAY, 7, 5), **body) for kind, body in bodies]
    given = rows(slots=1)
    given["office"] = [
        {"person_id": f"hs-10a1-{n:02}", "codes": [{"system": "moet", "code": f"001234567{n}"}]}
        for n in (1, 2)
    ]
    return write_hub(tmp_path, given, facts)


def run(*words: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["export", *map(str, words)])
    return done.exit_code, done.output


def body_of(path: Path) -> list[list]:
    return CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()


def test_attendance_of_a_hub(config: Path, tmp_path: Path):
    out = tmp_path / "a.xlsx"
    span = ("--from", DAY, "--until", DAY, "--class", "10a1")
    code, said = run("attendance", "--config", config, "--out", out, *span)
    assert code == 0, said
    assert "lớp đã chốt" in said
    got = [(row[0], row[6], row[7]) for row in body_of(out)[3:5]]
    assert got[0][0] == "0012345671"
    assert got[0][1] in ("K", "Chưa rõ")  # by how long ago the day is
    assert got[1] == ("0012345672", "M", "Đi muộn 7 phút")
    assert out.stat().st_mode & 0o077 == 0


def test_a_file_that_is_there_stays_without_force(config: Path, tmp_path: Path):
    out = tmp_path / "m.xlsx"
    out.write_text("mine")
    words = ("month", "--config", config, "--month", "2026-11", "--out", out)
    code, said = run(*words)
    assert code == 1
    assert "--force" in said
    assert out.read_text() == "mine"
    code, said = run(*words, "--force")
    assert code == 0, said
    assert "LỚP 10A1" in body_of(out)[0][0]


def test_each_export_of_pupils_data_is_noted_without_names(config: Path, tmp_path: Path):
    span = ("--from", DAY, "--until", DAY)
    wanted = [
        (("attendance", *span, "--class", "10A1"), f"attendance {DAY} {DAY}", "10a1"),
        (("month", "--month", "2026-11"), "month 2026-11", "school"),
        (("logbook", "--week", DAY), "logbook 2026-11-23 2026-11-29", "school"),
        (("record", "0012345672"), "record", "hs-10a1-02"),
        (("oneroster",), "oneroster", "school"),
    ]
    for n, (words, *_) in enumerate(wanted):
        code, said = run(*words, "--config", config, "--out", tmp_path / f"{n}.x")
        assert code == 0, said
    code, said = run("totals", *span, "--config", config, "--out", tmp_path / "t.csv")
    assert code == 0, said  # of totals nothing is noted: they are of nobody
    log = tmp_path / "state" / "access.log"
    assert log.stat().st_mode & 0o777 == 0o600
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert [(one["what"], one["of"]) for one in entries] == [(what, of) for _, what, of in wanted]
    user = pwd.getpwuid(os.getuid()).pw_name
    assert all(one["source"] == "hub" and one["who"].startswith(user) for one in entries)
    assert "Nguyễn" not in log.read_text(encoding="utf-8")


def test_without_its_log_nothing_goes_out(config: Path, tmp_path: Path):
    (tmp_path / "state" / "access.log").mkdir()
    out = tmp_path / "one.xlsx"
    code, said = run("record", "hs-10a1-02", "--config", config, "--out", out)
    assert code == 1
    assert "access.log" in said
    assert len(said.strip().splitlines()) == 1
    assert not out.exists()
    assert not out.with_suffix(".json").exists()


def test_a_hub_exports_the_records_that_hold(config: Path, tmp_path: Path):
    """Those of its state folder, be there a file beside `hub.toml` or none."""
    school = config.parent / "school.json"
    given = json.loads(school.read_text(encoding="utf-8"))
    given["school"]["name"] = "Trường đã nhập"
    (tmp_path / "state" / "school.json").write_text(json.dumps(given), encoding="utf-8")
    out = tmp_path / "a.xlsx"
    for _ in ("with the first file", "without it"):
        code, said = run("month", "--config", config, "--month", f"{DAY:%Y-%m}", "--out", out)
        assert code == 0, said
        assert any("Trường đã nhập" in str(row[0]) for row in body_of(out)[:3])
        out.unlink()
        school.unlink(missing_ok=True)


def test_record_logbook_and_totals_of_a_hub(config: Path, tmp_path: Path):
    out = tmp_path / "one.xlsx"
    code, said = run("record", "hs-10a1-02", "--config", config, "--out", out)
    assert code == 0, said
    record = json.loads(out.with_suffix(".json").read_text(encoding="utf-8"))
    assert [one["presence"] for one in record["lessons"]] == ["late"]
    assert record["completeness"] == "1/1 lớp đã chốt (1/1 tiết)"
    out = tmp_path / "week.xlsx"
    code, said = run("logbook", "--config", config, "--week", DAY, "--class", "10A1", "--out", out)
    assert code == 0, said
    assert "10A1: Vắng: 1 buổi" in said
    out = tmp_path / "totals.csv"
    code, said = run("totals", "--config", config, "--from", DAY, "--until", DAY, "--out", out)
    assert code == 0, said
    assert "2026-11-23,Sáng,*,*,*,*,*," in out.read_text(encoding="utf-8-sig")


def test_calendar_and_oneroster_need_only_the_school_file(config: Path, tmp_path: Path):
    school = config.parent / "school.json"
    for name, command in (("c.ics", "calendar"), ("o.zip", "oneroster")):
        code, said = run(command, "--school", school, "--out", tmp_path / name)
        assert code == 0, said
        assert (tmp_path / name).stat().st_size > 500


def test_a_room_gets_the_records_that_it_may_hold(config: Path, tmp_path: Path):
    out = tmp_path / "room.json"
    for source in (tmp_path, tmp_path / "school.json"):
        words = ("room-records", "--from", source, "--room", "p-10a1", "--out", out, "--force")
        code, said = run(*words)
        assert code == 0, said
    assert out.stat().st_mode & 0o777 == 0o600
    assert not is_for_office(read_rows(out.read_bytes()))
    whole = read_school((tmp_path / "school.json").read_bytes())
    assert whole.office
    own = read_school(out.read_bytes())
    assert {p.class_id for p in own.people.values()} == {"10a1", None}
    assert own.roster("10a1") == whole.roster("10a1")
    assert own.roster("11a1") == ()
    assert own.group_name("11a1") == "11A1"
    log = [json.loads(line) for line in (tmp_path / "access.log").read_text().splitlines()]
    assert [(one["what"], one["source"]) for one in log] == [("room-records p-10a1", "file")] * 2


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("month",), "--config"),
        (("attendance", "--config", "none.toml"), "none.toml"),
        (("attendance", "--config", "HUB", "--from", "23/11/2026"), "2026-11-23"),
        (
            ("attendance", "--config", "HUB", "--from", "2026-11-23", "--until", "2026-11-01"),
            "--from",
        ),
        (("attendance", "--config", "HUB", "--class", "9C"), "9C"),
        (("record", "nobody", "--config", "HUB"), "nobody"),
        (("calendar", "--config", "HUB", "--teacher", "nobody"), "nobody"),
        (("totals", "--config", "HUB", "--out", "/none/t.csv"), "/none/t.csv"),
        (("room-records", "--from", "none", "--room", "p-10a1"), "none"),
        (("room-records", "--from", "state/../school.json", "--room", "9"), '"9"'),
    ],
)
def test_what_cannot_be_done_is_one_sentence(config, tmp_path, monkeypatch, words, part):
    monkeypatch.chdir(tmp_path)
    code, said = run(*(config if word == "HUB" else word for word in words))
    assert code == 1
    assert part in said
    assert len(said.strip().splitlines()) == 1
    assert "Traceback" not in said


class _Seven:
    """A clock that stands at 07:05 of the day."""

    def now(self) -> Moment:
        return Moment(BOOT, 1000, at_ms(DAY, 7, 5), TimeQuality.NTP)


async def _fill(folder: Path) -> None:
    lesson = "20261123-S-1-10a1"
    chance = iter(range(1, 9))
    store = await Store.open(
        folder / STORE_FILE, _Seven(), lambda: next(chance), StoreSettings(reserve_bytes=0)
    )
    said = {"lesson": lesson, "source": "teacher", "person": "hs-10a1-01", "presence": "absent"}
    await store.append(Lane.ATTENDANCE, "mark", said)
    await store.append(Lane.ATTENDANCE, "confirm", {"lesson": lesson, "by": "place"})
    await store.close()


def test_attendance_of_a_room(config: Path, tmp_path: Path):
    room = tmp_path / "room.toml"
    room.write_text(
        'schema = 1\n[room]\nid = "p-10a1"\nname = "P.10A1"\n'
        '[attendance]\nschool = "school.json"\n',
        encoding="utf-8",
    )
    state = tmp_path / "room"
    state.mkdir()
    asyncio.run(_fill(state))
    out = tmp_path / "room.xlsx"
    span = ("--from", DAY, "--until", DAY, "--class", "10A1")
    code, said = run("attendance", "--config", room, "--state", state, "--out", out, *span)
    assert code == 0, said
    got = body_of(out)
    assert "Nguồn: hộp phòng p-10a1" in got[1][0]
    assert (got[3][0], got[3][6]) in {("", "K"), ("", "Chưa rõ")}  # a room has no codes
    assert "1/1 lớp đã chốt" in got[1][0]
