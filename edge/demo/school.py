"""The made-up school: people and cards made once, bells and timetable refreshed at each start."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta, timezone

from edge.demo.bells import Slot, day_with_lesson_at, whole_day
from edge.demo.people import PUPILS_10A1, PUPILS_10A2, STAFF
from school.names import name_key
from school.records import PersonKind, Session
from school.school_rows import (
    BellRow,
    CardRow,
    ClassRow,
    LentRow,
    PersonRow,
    RoomRow,
    SchoolFile,
    SchoolRow,
    TimetableRow,
)

ROOM, ROOM_NAME = "a1-05", "A1.05"
CLASS_HERE, CLASS_NEXT_DOOR = "10a1", "10a2"
SCHOOL_ZONE = timezone(timedelta(hours=7))
NEW_CARDS = 6  # pupils of 10A2, last in the list, whose cards are MIFARE already
_KEPT_DAYS = 40
_EVERY_DAY = range(1, 8)

Chance = Callable[[int], bytes]
"""So many random bytes."""


def new_school(chance: Chance) -> SchoolFile:
    """A school with its people and their cards, still without bells and timetable."""
    people = [
        *_pupils(CLASS_HERE, PUPILS_10A1, 1001),
        *_pupils(CLASS_NEXT_DOOR, PUPILS_10A2, 1101),
        *(
            PersonRow(id=f"gv{number:02}", kind=PersonKind.STAFF, name=name)
            for number, (name, _) in enumerate(STAFF, start=1)
        ),
    ]
    return SchoolFile(
        school=SchoolRow(id="thpt-hoa-ban", name="Trường THPT Hoa Ban (mẫu)"),
        card_key=chance(32).hex(),
        rooms=[RoomRow(id=ROOM, name=ROOM_NAME), RoomRow(id="a1-06", name="A1.06")],
        classes=[
            ClassRow(id=CLASS_HERE, name="10A1", home_room=ROOM),
            ClassRow(id=CLASS_NEXT_DOOR, name="10A2", home_room="a1-06"),
        ],
        people=people,
        cards=_cards(people, chance),
        bells=[],
        timetable=[],
    )


def with_lesson_at(school: SchoolFile, moment: datetime) -> SchoolFile:
    """The school with bells and a timetable by which 10A1 has a lesson at `moment`.

    Args:
        school: from `new_school`, or as an earlier demo left it.
        moment: any time with its zone.
    """
    local = moment.astimezone(SCHOOL_ZONE)
    today = local.date()
    planned = [_slot_of(row) for row in school.bells if row.date == today]
    slots = day_with_lesson_at(planned, local.hour * 60 + local.minute)
    earlier = [row for row in school.bells if row.date is not None and _is_kept(row.date, today)]
    bells = [*_bells(whole_day(), None), *earlier, *_bells(slots, today)]
    lent = [LentRow(room=ROOM, group=CLASS_NEXT_DOOR)]  # so that its cards are known here
    return school.model_copy(
        update={"bells": bells, "timetable": list(_timetable(bells)), "lent": lent}
    )


def _is_kept(day: date, today: date) -> bool:
    return day != today and abs((today - day).days) <= _KEPT_DAYS


def _pupils(class_id: str, names: Sequence[str], first: int) -> Iterator[PersonRow]:
    for stt, name in enumerate(sorted(names, key=name_key), start=1):
        yield PersonRow(
            id=f"hs{first + stt - 1}",
            kind=PersonKind.PUPIL,
            name=name,
            class_id=class_id,
            stt=stt,
        )


def _cards(people: Sequence[PersonRow], chance: Chance) -> list[CardRow]:
    """EM4100 for pupils, which both readers take; MIFARE for the newest cards and for staff."""
    pupils = [person for person in people if person.kind is PersonKind.PUPIL]
    staff = [person for person in people if person.kind is PersonKind.STAFF]
    newest = {person.id for person in pupils[-NEW_CARDS:]}
    cards = [
        _mifare(person.id, chance, 4) if person.id in newest else _em4100(person.id, chance)
        for person in pupils
    ]
    half = len(staff) // 2
    cards += [_em4100(person.id, chance) for person in staff[:half]]
    cards += [_mifare(person.id, chance, 7) for person in staff[half:]]
    lost = _em4100(staff[0].id, chance)
    return [*cards, lost.model_copy(update={"revoked": True})]


def _em4100(person_id: str, chance: Chance) -> CardRow:
    return CardRow(person_id=person_id, tech="em4100", uid=chance(5).hex().upper())


def _mifare(person_id: str, chance: Chance, size: int) -> CardRow:
    """A number that starts with 04, as one maker's do; 08 would be a phone's."""
    return CardRow(person_id=person_id, tech="mifare", uid=f"04{chance(size - 1).hex().upper()}")


def _slot_of(row: BellRow) -> Slot:
    return Slot(row.session.value, row.slot, _minute(row.start), _minute(row.end))


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _bells(slots: Iterable[Slot], day: date | None) -> Iterator[BellRow]:
    for slot in slots:
        yield BellRow(
            session=Session(slot.session),
            slot=slot.number,
            start=f"{slot.start_min // 60:02}:{slot.start_min % 60:02}",
            end=f"{slot.end_min // 60:02}:{slot.end_min % 60:02}",
            date=day,
        )


def _timetable(bells: Iterable[BellRow]) -> Iterator[TimetableRow]:
    """A lesson of each class in every slot that any day has; the teachers take turns."""
    slots = sorted({(row.session, row.slot) for row in bells})
    for weekday in _EVERY_DAY:
        for place, (session, number) in enumerate(slots):
            for shift, group in enumerate((CLASS_HERE, CLASS_NEXT_DOOR)):
                turn = (weekday * 3 + place + shift * len(STAFF) // 2) % len(STAFF)
                yield TimetableRow(
                    group=group,
                    weekday=weekday,
                    session=session,
                    slot=number,
                    subject=STAFF[turn][1],
                    teacher_id=f"gv{turn + 1:02}",
                )
