"""One pupil's record, for the pupil and the family (domain reference §7, PR-7), as JSON.

`out_record_book` writes the same as a workbook.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from school.confirmation import carried_in
from school.facts import Fact
from school.files.books.out_about import About
from school.ids import parse_lesson_id
from school.marks import Presence
from school.office import OfficeRecord
from school.records import Person, School
from school.register import Register
from school.span import LESSON_KINDS

Record = dict[str, Any]


def record_of(register: Register, person: Person, about: About, told: Iterable[Fact]) -> Record:
    """All that the records say of one pupil; of other pupils nothing.

    Args:
        register: the facts.
        person: the pupil.
        about: source, time, completeness.
        told: what was said of the pupil (`OnePupil.told`).
    """
    school = register.school
    facts = sorted(told, key=lambda fact: (register.when_of(fact).at_ms, fact.id))
    return {
        "kind": "pupil-record",
        "schema": 2,
        "source": about.source,
        "made_at": about.at.isoformat(timespec="seconds"),
        "completeness": about.completeness,
        "school": school.name,
        "pupil": _pupil(school, person, about),
        "cards": list(_cards(school, person.id)),
        "groups": list(_groups(school, person.id)),
        "leaves": list(_leaves(register, person.id)),
        "decisions": [_decision(register, fact) for fact in facts if fact.kind == "session"],
        "lessons": _lessons(register, person.id, facts),
        "taps": [_tap(register, fact) for fact in facts if fact.kind == "tap"],
    }


def record_json(record: Record) -> bytes:
    """The record as JSON, UTF-8."""
    return json.dumps(record, ensure_ascii=False, indent=1).encode() + b"\n"


def _pupil(school: School, person: Person, about: About) -> Record:
    group = school.groups.get(person.class_id or "")
    office = school.office.get(person.id) or OfficeRecord()
    return {
        "person_id": person.id,
        "code": school.office_code(person.id, about.at.date()),
        "name": person.name,
        "class": group.name if group else "",
        "stt": person.stt,
        "birth": _day(office.birth),
        "gender": office.gender,
        "codes": [
            {"system": c.system, "code": c.code, "from": _day(c.valid_from), "to": _day(c.valid_to)}
            for c in office.codes
        ],
    }


def _cards(school: School, person_id: str) -> Iterator[Record]:
    for card in (*school.cards.values(), *school.earlier_cards):
        if card.person_id == person_id:
            yield {
                "technology": card.technology,
                "last4": card.last4,
                "revoked": card.revoked or card.revoked_on is not None,
                "from": _day(card.valid_from),
                "to": _day(card.revoked_on or card.valid_to),
            }


def _groups(school: School, person_id: str) -> Iterator[Record]:
    """Classes and groups, with the days of those that have any."""
    for group in school.groups.values():
        times = [m for m in group.dated_members if m.person_id == person_id]
        for one in times:
            yield _member(group.name, _day(one.valid_from), _day(one.valid_to))
        if not times and any(p.id == person_id for p in school.roster(group.key)):
            yield _member(group.name, None, None)


def _member(name: str, first: str | None, last: str | None) -> Record:
    return {"name": name, "from": first, "to": last}


def _leaves(register: Register, person_id: str) -> Iterator[Record]:
    for leave in register.papers.leaves(person_id):
        yield {
            "first_day": leave.first_day.isoformat(),
            "last_day": leave.last_day.isoformat(),
            "session": leave.session.value if leave.session else None,
            "state": leave.state.value,
        }


def _decision(register: Register, fact: Fact) -> Record:
    return {
        "at": _at(register, fact),
        "day": fact.text("day"),
        "session": fact.text("session"),
        "absent": fact.body.get("absent") is True,
        "excuse": fact.text("excuse"),
        "source": fact.text("source"),
        "by": fact.text("by"),
    }


def _tap(register: Register, fact: Fact) -> Record:
    room = register.school.rooms.get(fact.room)
    return {
        "at": _at(register, fact),
        "clock": "good" if register.when_of(fact).trusted else "doubtful",
        "room": room.name if room else fact.room,
        "reader": fact.text("reader"),
        "last4": fact.text("last4"),
    }


def _lessons(register: Register, person_id: str, facts: Iterable[Fact]) -> list[Record]:
    """Lessons of which some fact speaks, in order of time."""
    said: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.kind in LESSON_KINDS:
            said.setdefault(register.canonical(fact.text("lesson")), []).append(fact)
    mine = [one for one in register.touched_lessons() if register.on_roster(one, person_id)]
    mine.sort(key=lambda one: (register.lesson(one).starts_ms or 0, one))
    return [_lesson(register, one, person_id, said.get(one, [])) for one in mine]


def _lesson(register: Register, lesson_id: str, person_id: str, said: Iterable[Fact]) -> Record:
    state, mark = register.lesson(lesson_id), register.mark(lesson_id, person_id)
    key = parse_lesson_id(state.id)
    return {
        "lesson_id": state.id,
        "date": _day(key.day),
        "session": state.session.value if state.session else None,
        "slot": state.slot,
        "subject": state.subject,
        "confirmed": state.confirmed_at_ms is not None,
        "presence": mark.presence.value if mark else None,
        "excuse": mark.excuse.value if mark and mark.excuse else None,
        "minutes": mark.minutes if mark else None,
        "source": mark.source.value if mark and mark.source else None,
        "at": register.school.iso(mark.at_ms) if mark and mark.at_ms is not None else None,
        "note": mark.note if mark else "",
        "history": list(_history(register, person_id, said)),
    }


def _history(register: Register, person_id: str, said: Iterable[Fact]) -> Iterator[Record]:
    """Who said what and when, and what was said before."""
    before: dict[str, str] = {"presence": Presence.UNMARKED.value, "excuse": ""}
    for fact in said:
        part = "excuse" if fact.kind == "excuse" else "presence"
        value = _carried(fact, person_id) if fact.kind == "confirm" else fact.text(part)
        if fact.kind == "confirm" and not value:
            continue  # the confirmation speaks of others
        yield {
            "at": _at(register, fact),
            "what": fact.kind,
            part: value,
            "before": before[part],
            "minutes": fact.number("minutes"),
            "source": fact.text("source"),
            "by": fact.text("by"),
            "room": fact.room,
            "note": fact.text("note"),
            "reason": fact.text("reason"),
        }
        before[part] = value or before[part]


def _carried(fact: Fact, person_id: str) -> str:
    """The presence that a confirmation carries over for a pupil; empty where it does not."""
    return carried_in(fact).get(person_id, "")


def _at(register: Register, fact: Fact) -> str:
    return register.school.iso(register.when_of(fact).at_ms)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
