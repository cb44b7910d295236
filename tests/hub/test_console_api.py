import asyncio
import json

import httpx
import pytest

from sync.hub.console_api import Console, build_console
from sync.hub.hub import HubError, Times, hub
from sync.hub.keys import revoke
from sync.hub.sessions import SESSION_S, Sessions
from sync.state.records_api import RecordsRoutes
from tests.hub.room_end import (
    PUPILS,
    FakeTime,
    card_hash,
    event,
    open_school,
    school_rows,
    tap,
)
from web.serving.roles import Role, check_every_route_has_a_role

JSON = {"content-type": "application/json"}


@pytest.fixture
async def stranger(school):
    client = httpx.AsyncClient(base_url=school.running.console, trust_env=False)
    yield client
    await client.aclose()


async def test_taps_come_in_order_of_receipt_as_promised(school):
    room, other = await school.room(), await school.room("a1-06")
    await room.say_hello()
    await other.say_hello()
    await room.send_well([tap(1, "10a1-01")])
    await other.send_well([tap(1, "10a2-01")])
    await room.send_well([tap(2, "10a1-02"), event(3, "confirm", {"lesson": "x", "by": "place"})])
    first = (await school.api.get("/api/taps", params={"limit": 2})).json()
    assert [t["room"] for t in first["taps"]] == ["a1-05", "a1-06"]
    assert first["taps"][0] == {
        "seq": 1,
        "tap_id": f"{room.incarnation}-1",
        "uid_hash": card_hash("10a1-01"),
        "room": "a1-05",
        "reader": "door",
        "at": "2026-11-23T07:10:01+07:00",
        "quality": "ntp",
    }
    rest = (await school.api.get("/api/taps", params={"after": first["next"]})).json()
    assert [t["tap_id"] for t in rest["taps"]] == [f"{room.incarnation}-2"]
    end = (await school.api.get("/api/taps", params={"after": rest["next"]})).json()
    assert end == {"taps": [], "next": rest["next"]}


async def test_attendance_has_one_mark_for_each_pupil_and_lesson(school):
    room = await school.room()
    await room.say_hello()
    lesson = "20261123-S-1-10a1"
    started = {"run": "r1", "lessons": [lesson], "picture": True, "by": "panel"}
    mark = {"lesson": lesson, "person": "10a1-03", "presence": "absent", "source": "teacher"}
    await room.send_well(
        [
            event(1, "run.started", started),
            tap(2, "10a1-01"),
            tap(3, "10a1-01"),
            tap(4, "10a1-02"),
            event(5, "mark", mark),
        ]
    )
    answer = await school.api.get("/api/attendance", params={"class": "10A1"})
    said = answer.json()
    assert said["date"] == "2026-11-23"
    by_person = {m["person_id"]: m for m in said["marks"]}
    assert len(by_person) == len(said["marks"]) == PUPILS
    assert {m["lesson_id"] for m in said["marks"]} == {lesson}
    late = {"presence": "late", "excuse": None, "minutes": 10, "source": "card"}
    assert late.items() <= by_person["10a1-01"].items()
    assert by_person["10a1-01"]["at"] == "2026-11-23T07:10:02+07:00"
    absent = {"presence": "absent", "excuse": "unknown", "source": "teacher"}
    assert absent.items() <= by_person["10a1-03"].items()
    assert by_person["10a1-05"]["presence"] == "unmarked"


async def test_a_guest_is_told_apart_from_the_class(school):
    room = await school.room()
    await room.say_hello()
    lesson = "20261123-S-1-10a1"
    started = {"run": "r1", "lessons": [lesson], "picture": True, "by": "panel"}
    guest = {"lesson": lesson, "person": "10a2-01", "by": "panel"}
    await room.send_well(
        [event(1, "run.started", started), tap(2, "10a2-01"), event(3, "guest", guest)]
    )
    said = (await school.api.get("/api/attendance", params={"class": "10a1"})).json()["marks"]
    assert [m["person_id"] for m in said if m.get("guest")] == ["10a2-01"]
    assert len(said) == PUPILS + 1
    sheet = (await school.api.get("/api/classes/10a1")).json()
    assert {one["id"]: one["guests"] for one in sheet["lessons"]}[lesson] == 1
    assert len(sheet["pupils"]) == PUPILS


async def test_a_day_and_a_class_can_be_asked_for(school):
    room = await school.room()
    await room.say_hello()
    await room.send_well([tap(1, "10a1-01")])
    for params, marks in [
        ({"date": "2026-11-23"}, PUPILS),
        ({"date": "2026-11-24"}, 0),
        ({"class": "10a2"}, 0),
        ({"date": "2026-11-23", "class": "10a1"}, PUPILS),
    ]:
        answer = await school.api.get("/api/attendance", params=params)
        assert (params, len(answer.json()["marks"])) == (params, marks)


async def test_a_class_sheet_names_its_pupils_in_order(school):
    room = await school.room()
    await room.say_hello()
    await room.send_well([tap(1, "10a1-02")])
    sheet = (await school.api.get("/api/classes/10A1")).json()
    assert sheet["class"] == {"id": "10a1", "name": "10A1"}
    assert [p["stt"] for p in sheet["pupils"]] == list(range(1, PUPILS + 1))
    assert [(x["slot"], x["subject"], x["attendance"]) for x in sheet["lessons"]] == [
        (1, "Toán", "taps"),
        (2, "Toán", "none"),
    ]
    marks = sheet["pupils"][1]["marks"]
    assert marks["20261123-S-1-10a1"]["presence"] == "late"
    assert marks["20261123-S-2-10a1"]["presence"] == "unmarked"


async def test_rooms_say_when_they_were_last_heard(school):
    room = await school.room()
    found = (await school.api.get("/api/rooms")).json()["rooms"]
    assert [(r["id"], r["name"], r["state"], r["waiting"]) for r in found] == [
        ("a1-05", "A1.05", "never", None),
        ("a1-06", "A1.06", "not_admitted", None),
    ]
    await room.say_hello(first=1, last=9, lanes=(0,))
    await room.send_well([event(1), event(2)])
    found = (await school.api.get("/api/rooms")).json()["rooms"][0]
    assert (found["state"], found["waiting"], found["software"]) == ("ok", 7, "0.1")
    assert found["last_seen_at"] == "2026-11-23T07:10:00+07:00"
    assert found["incarnations"] == [
        {
            "id": room.incarnation,
            "n": 1,
            "boot": "ab" * 16,
            "reason": "first",
            "lanes": [{"lane": 0, "first_seq": 1, "last_seq": 9, "acked": 2}],
        }
    ]
    school.time.ms += 89_999
    assert (await school.api.get("/api/rooms")).json()["rooms"][0]["state"] == "ok"
    school.time.ms += 1
    assert (await school.api.get("/api/rooms")).json()["rooms"][0]["state"] == "lost"


async def test_health_is_for_everybody_and_says_nothing_else(stranger):
    answer = await stranger.get("/health")
    assert answer.json() == {
        "status": "ok",
        "attendance": "ok",
        "database": "ok",
        "records": "ok",
        "rooms": {"all": 2, "ok": 0, "look": 0},
    }


async def said_of(school, room_id: str) -> dict[str, object]:
    """What the API says of a room; `/metrics` and the page's stream say the same."""
    rooms = {one["id"]: one for one in (await school.api.get("/api/rooms")).json()["rooms"]}
    found = rooms[room_id]["finding"]
    line = f'lophoc_room{{code="{found["code"]}",level="{found["level"]}",room="{room_id}"}} 1.0'
    async with asyncio.timeout(20):  # the page looks anew every few seconds
        while line not in (await school.api.get("/metrics")).text:
            pass
    async with school.api.stream("GET", "/events") as stream:
        lines = stream.aiter_lines()
        assert await anext(lines) == "event: snapshot"
        shown = json.loads((await anext(lines)).removeprefix("data: "))
    assert {one["id"]: one["finding"] for one in shown["rooms"]}[room_id] == found
    return found


async def test_a_room_of_the_timetable_that_nobody_connected_is_not_passed_over(school):
    found = (await school.api.get("/api/rooms")).json()["rooms"]
    assert {one["id"]: one["state"] for one in found} == dict.fromkeys(
        ["a1-05", "a1-06"], "not_admitted"
    )
    assert (await said_of(school, "a1-05"))["code"] == "not_admitted"


async def test_a_room_is_judged_once_for_page_health_and_figures(school):
    room = await school.room()
    assert await said_of(school, "a1-05") == {"code": "never", "level": "warning", "n": 1}
    await room.say_hello(first=1, last=2, lanes=(0,), storage="full")
    assert (await said_of(school, "a1-05"))["code"] == "storage_refuses"
    assert (await school.api.get("/health")).json()["status"] == "look"
    await room.say_hello(first=1, last=2, lanes=(0,), storage="was damaged: row 3")
    assert (await said_of(school, "a1-05"))["code"] == "storage"
    await room.say_hello(first=1, last=2, lanes=(0,), storage="ok")
    assert await said_of(school, "a1-05") == {"code": "waiting", "level": "info", "n": 2}
    await room.send_well([event(1), event(2)])
    assert (await said_of(school, "a1-05"))["code"] == "ok"
    assert (await school.api.get("/health")).json()["rooms"] == {"all": 2, "ok": 1, "look": 0}
    revoke(school.settings.database, "a1-05")
    assert (await said_of(school, "a1-05"))["code"] == "blocked"


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("/api/attendance", {"date": "23/11/2026"}, 422, "malformed"),
        ("/api/attendance", {"date": "2026-02-30"}, 422, "malformed"),
        ("/api/attendance", {"date": "1999-01-01"}, 422, "malformed"),
        ("/api/attendance", {"date": "99999-01-01"}, 422, "malformed"),
        ("/api/attendance", {"class": "12z9"}, 404, "unknown_class"),
        ("/api/attendance", {"class": "x" * 200}, 422, "malformed"),
        ("/api/classes/nobody", {}, 404, "unknown_class"),
        ("/api/classes/" + "x" * 200, {}, 422, "malformed"),
        ("/api/taps", {"after": "-1"}, 422, "malformed"),
        ("/api/taps", {"after": "x"}, 422, "malformed"),
        ("/api/taps", {"after": str(1 << 60)}, 422, "malformed"),
        ("/api/taps", {"limit": "0"}, 422, "malformed"),
        ("/api/taps", {"limit": "10001"}, 422, "malformed"),
        ("/api/nothing", {}, 404, "not_found"),
    ],
)
async def test_bad_questions_get_one_sentence(school, path, params, status, code):
    answer = await school.api.get(path, params=params)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert 5 < len(answer.json()["message"]) < 200


@pytest.fixture
def table():
    sessions = Sessions("t" * 30, lambda: 0.0, secure=False)
    console = Console(None, None, None, None, sessions, frozenset(), None, None)
    app, _ = build_console(console, RecordsRoutes(None, None).router())
    return check_every_route_has_a_role(app)


def test_every_route_declares_its_role(table):
    assert {title for title, access in table.items() if access.role is Role.PUBLIC} == {
        "GET,HEAD /",
        "* /assets",
        "GET /health",
        "GET /api/session",
        "POST /api/session",
    }
    assert {access.role for access in table.values()} == {
        Role.PUBLIC,
        Role.HUB_VIEWER,
        Role.RECORDS,
    }


CREDENTIALS = {
    "none": {},
    "a wrong token": {"authorization": "Bearer wrong"},
    "an empty token": {"authorization": "Bearer"},
    "another scheme": {"authorization": "Basic wrong"},
    "an unknown session": {"cookie": "lophoc_hub=unknown"},
    "a broken cookie": {"cookie": "lophoc_hub=;;=;"},
}


async def test_r12_without_credentials_every_route_refuses(school, stranger, table):
    closed = [title for title, access in table.items() if access.role is not Role.PUBLIC]
    assert len(closed) == 10
    for title in closed:
        methods, path = title.split(" ")
        for name, headers in CREDENTIALS.items():
            answer = await stranger.request(
                methods.split(",")[0], path.replace("{class_name}", "10a1"), headers=headers | JSON
            )
            assert (title, name, answer.status_code) == (title, name, 401)


async def test_a_session_is_opened_with_the_token_alone(school, stranger):
    for token in ("", "wrong", school.running.token[:-1], "ă" * 10):
        refused = await stranger.post("/api/session", json={"token": token})
        assert (refused.status_code, refused.json()["code"]) == (401, "wrong_token")
    assert (await stranger.get("/api/session")).json() == {"signed_in": False}
    opened = await stranger.post("/api/session", json={"token": f" {school.running.token}\n"})
    assert opened.json() == {"signed_in": True}
    cookie = opened.headers["set-cookie"]
    assert cookie.startswith("lophoc_hub=")
    assert "HttpOnly; SameSite=Strict" in cookie
    assert (await stranger.get("/api/session")).json() == {"signed_in": True}
    assert (await stranger.get("/api/rooms")).status_code == 200
    assert (await stranger.get("/api/records")).status_code == 403  # with the token itself alone


async def test_two_imports_at_once_do_not_undo_one_another(school):
    held = await school.api.get("/api/records")
    body, headers = held.content, {"if-match": held.headers["etag"], **JSON}
    renamed = body.replace(b'"name": "10A1"', b'"name": "10 Anh"')
    assert renamed != body
    assert (await school.api.put("/api/records", content=renamed, headers=headers)).is_success
    assert (await school.api.get("/api/classes/10a1")).json()["class"]["name"] == "10 Anh"
    late = await school.api.put("/api/records", content=body, headers=headers)
    assert (late.status_code, late.json()["code"]) == (412, "stale_records")
    broken = await school.api.put("/api/records", content=b"{}", headers=headers)
    assert (broken.status_code, broken.json()["code"]) == (422, "malformed")
    assert (await school.api.post("/api/records/undo", json={})).is_success
    assert (await school.api.get("/api/classes/10a1")).json()["class"]["name"] == "10A1"
    none_left = await school.api.post("/api/records/undo", json={})
    assert (none_left.status_code, none_left.json()["code"]) == (409, "nothing_to_undo")


async def test_a_session_ends_by_itself_and_by_wish(school, stranger):
    for end in ("time", "wish"):
        await stranger.post("/api/session", json={"token": school.running.token})
        assert (await stranger.get("/api/rooms")).status_code == 200
        if end == "time":
            school.time.ms += int(SESSION_S * 1000)
        else:
            cookies = dict(stranger.cookies)
            assert (
                await stranger.request("DELETE", "/api/session", headers=JSON)
            ).status_code == 200
            stranger.cookies.update(cookies)
        assert (await stranger.get("/api/rooms")).status_code == 401


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", JSON, 422),
        (b"", JSON, 422),
        (b"{", JSON, 422),
        (b'{"token": 5}', JSON, 422),
        (b'{"token": "' + b"x" * 300 + b'"}', JSON, 422),
        (b"token=x", {"content-type": "application/x-www-form-urlencoded"}, 415),
        (b'{"token": "x"}', JSON | {"origin": "http://evil.example"}, 403),
        (b'{"token": "x"}', JSON | {"host": "evil.example"}, 400),
        (b"x" * 100_000, JSON, 413),
    ],
)
async def test_a_bad_sign_in_is_refused_in_one_sentence(stranger, body, headers, status):
    answer = await stranger.post("/api/session", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["message"]


async def test_the_token_is_kept_for_the_owner_alone(school):
    file = school.settings.token_file
    assert file.read_text().strip() == school.running.token
    assert file.stat().st_mode & 0o777 == 0o600


async def next_event(lines) -> tuple[str, dict]:
    name = ""
    async for text in lines:
        if text.startswith("event: "):
            name = text.removeprefix("event: ")
        elif text.startswith("data: "):
            return name, json.loads(text.removeprefix("data: "))
    raise AssertionError("the stream ended")


async def test_the_page_is_told_what_changes(school):
    room = await school.room()
    async with school.api.stream("GET", "/events", timeout=10) as stream:
        lines = stream.aiter_lines()
        name, whole = await next_event(lines)
        assert name == "snapshot"
        assert whole["school"]["name"] == "Trường THPT X"
        assert [(r["class_name"], r["session"], r["state"]) for r in whole["classes"]] == [
            ("10A1", "S", "none"),
            ("10A2", "S", "none"),
        ]
        await room.say_hello()
        await room.send_well([tap(1, "10a1-01"), tap(2, "10a1-02")])
        told = {}
        while not ({"class", "room"} <= told.keys() and told["class"]["class"]["late"] == 2):
            name, body = await next_event(lines)
            told[name] = body
        assert told["class"]["class"] == {
            "class_id": "10a1",
            "class_name": "10A1",
            "session": "S",
            "state": "taps",
            "size": PUPILS,
            "present": 2,
            "late": 2,
            "excused": 0,
            "unexcused": 0,
            "unknown": 0,
            "unmarked": PUPILS - 2,
            "last_at": "2026-11-23T07:10:02+07:00",
        }
        assert told["room"]["room"]["state"] == "ok"


async def test_a_restart_reads_its_past_and_keeps_token_root_and_epoch(settings):
    async def serve() -> tuple[str, bytes]:
        clock = FakeTime()
        async with hub(settings, Times(clock.now_ms, clock.now_s)) as running:
            return running.token, running.root.read_bytes()

    assert await serve() == await serve()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.token_file.write_text("short"), "hub.token holds no token"),
        (lambda s: (s.state / "root.pem").write_text("x"), "root.pem is damaged"),
        (lambda s: (s.state / "hub.db").write_bytes(b"x" * 5000), "cannot be brought to this"),
    ],
)
async def test_a_hub_that_cannot_start_says_why(settings, change, says):
    async with hub(settings):
        pass
    change(settings)
    with pytest.raises(HubError, match=says):
        async with hub(settings):
            pass


async def test_the_first_start_needs_a_file_to_begin_with(settings):
    settings.school.write_text("{")
    with pytest.raises(HubError, match=r"school\.json: the file is not JSON"):
        async with hub(settings):
            pass
    settings.school.unlink()
    with pytest.raises(HubError, match=r"school\.json: cannot be read: No such file"):
        async with hub(settings):
            pass


def _damage(settings):
    (settings.state / "school.json").write_text('{"schema": 1, "sch')


@pytest.mark.parametrize(
    ("change", "state", "file"),
    [
        (_damage, "damaged", "school.json.1.damaged"),
        (lambda s: (_damage(s), s.school.unlink()), "lost", "school.json.1.damaged"),
        (lambda s: (s.school.unlink(), (s.state / "school.json").unlink()), "lost", "school.json"),
        (lambda s: s.school.write_text("{"), "file_refused", "given.json"),
    ],
    ids=["damaged", "and nothing before it", "gone", "new file is wrong"],
)
async def test_no_file_of_the_school_stops_the_hub(settings, change, state, file):
    """Taps go on; page, health and figures say which file and that it cannot be used."""
    settings = settings.model_copy(
        update={"school": settings.school.rename(settings.school.with_name("given.json"))}
    )
    async with open_school(settings) as school:
        assert (await school.api.get("/health")).json()["records"] == "ok"
    change(settings)
    async with open_school(settings) as school:
        room = await school.room()
        await room.say_hello()
        await room.send_well([tap(1, "10a1-01")])
        assert len((await school.api.get("/api/taps")).json()["taps"]) == 1
        health = (await school.api.get("/health")).json()
        assert (health["status"], health["records"]) == ("look", state)
        assert f'lophoc_records{{state="{state}"}} 1.0' in (await school.api.get("/metrics")).text
        async with school.api.stream("GET", "/events") as stream:
            lines = stream.aiter_lines()
            while not (told := await anext(lines)).startswith("data:"):
                pass
        assert f'{file}"' in told
        good = json.dumps(school_rows()).encode()
        base = (await school.api.get("/api/records")).headers.get("etag", '""')
        given = await school.api.put(
            "/api/records", content=good, headers={**JSON, "if-match": base}
        )
        assert given.status_code == 200, given.text
        assert (await school.api.get("/health")).json()["records"] == "ok"


async def test_without_the_file_that_it_began_with_a_hub_goes_on(settings):
    async with hub(settings):
        pass
    settings.school.unlink()
    async with hub(settings) as running:
        assert running.token


async def test_a_taken_port_or_folder_is_said(settings, tmp_path):
    async with hub(settings) as running:
        taken = running.console.removeprefix("http://")
        with pytest.raises(HubError, match="in use by process"):
            async with hub(settings):
                pass
        other = {"state": tmp_path / "other", "token_file": tmp_path / "other.token"}
        with pytest.raises(HubError, match="cannot listen on"):
            async with hub(settings.model_copy(update={"console": taken, **other})):
                pass


async def test_a_new_day_begins_with_a_new_table(school):
    room = await school.room()
    async with school.api.stream("GET", "/events", timeout=20) as stream:
        lines = stream.aiter_lines()
        await next_event(lines)
        school.time.ms += 24 * 3600 * 1000
        await room.say_hello()
        name, body = await next_event(lines)
        while name == "room":  # the hub has looked by itself before the day changed
            name, body = await next_event(lines)
        assert (name, body["date"]) == ("whole", "2026-11-24")
        assert body["classes"] == []
