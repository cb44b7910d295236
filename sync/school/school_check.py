"""From rows to records: every name must lead somewhere, and no two rows may clash."""

from collections.abc import Callable, Collection, Sequence
from itertools import pairwise
from typing import TypeVar

from sync.school import cards
from sync.school.names import clean
from sync.school.records import Bell, Card, Group, Person, PersonKind, Room, School, TimetableEntry
from sync.school.school_rows import BellRow, CardRow, PersonRow, SchoolFile, TimetableRow

Row = TypeVar("Row")


class SchoolFileError(ValueError):
    """The school file cannot be used. The text is one sentence: place, what is wrong, cure."""


def school_of(file: SchoolFile) -> School:
    """The records in a file of the right shape.

    Raises:
        SchoolFileError: two rows clash, or one names what is not there.
    """
    card_key = bytes.fromhex(file.card_key)
    _refuse_doubles("rooms", file.rooms, lambda row: row.id)
    rooms = {row.id: Room(row.id, clean(row.name)) for row in file.rooms}
    groups = _groups(file, rooms)
    people = _people(file, groups)
    _check_members(file, people)
    return School(
        id=file.school.id,
        name=clean(file.school.name),
        utc_offset_min=file.school.utc_offset_min,
        card_key=card_key,
        people=people,
        groups=groups,
        cards=_cards(file.cards, people, card_key),
        rooms=rooms,
        bells=_bells(file.bells),
        timetable=_timetable(file, groups, people, rooms),
    )


def _refuse_doubles(place: str, rows: Sequence[Row], key: Callable[[Row], object]) -> None:
    seen: dict[object, int] = {}
    for n, row in enumerate(rows):
        first = seen.setdefault(key(row), n)
        if first != n:
            raise SchoolFileError(
                f"{place}[{n}] repeats {key(row)!r} of {place}[{first}]; keep one of the two"
            )


def _known(place: str, value: str | None, known: Collection[str], what: str) -> None:
    if value is not None and value not in known:
        raise SchoolFileError(
            f"{place} names {value!r}, but no {what} has this id; add it or correct it"
        )


def _groups(file: SchoolFile, rooms: dict[str, Room]) -> dict[str, Group]:
    named = [(row.id, clean(row.name)) for row in file.classes]
    named += [(row.id, clean(row.name)) for row in file.groups]
    _refuse_doubles("classes and groups: row ", named, lambda pair: pair[0])
    _refuse_doubles("classes and groups: row ", named, lambda pair: pair[1].casefold())
    groups: dict[str, Group] = {}
    for n, row in enumerate(file.classes):
        _known(f"classes[{n}].home_room", row.home_room, rooms, "room")
        groups[row.id] = Group(row.id, clean(row.name), home_room=row.home_room)
    for group in file.groups:
        groups[group.id] = Group(
            group.id,
            clean(group.name),
            is_class=False,
            members=tuple(group.members),
            counts_to_45=group.counts_to_45,
        )
    return groups


def _people(file: SchoolFile, groups: dict[str, Group]) -> dict[str, Person]:
    _refuse_doubles("people", file.people, lambda row: row.id)
    classes = {key for key, group in groups.items() if group.is_class}
    numbers: dict[tuple[str, int], str] = {}
    people = {}
    for n, row in enumerate(file.people):
        _check_class(n, row, classes)
        if row.class_id is not None and row.stt is not None:
            other = numbers.setdefault((row.class_id, row.stt), row.id)
            if other != row.id:
                raise SchoolFileError(
                    f"people[{n}]: {row.id} and {other} both have stt {row.stt} in class "
                    f"{row.class_id}; give each pupil of a class a number of its own"
                )
        people[row.id] = Person(row.id, row.kind, _name(n, row), row.class_id, row.stt)
    return people


def _name(n: int, row: PersonRow) -> str:
    name = clean(row.name)
    if not name:
        raise SchoolFileError(f"people[{n}].name of {row.id} is blank; write the person's name")
    return name


def _check_class(n: int, row: PersonRow, classes: Collection[str]) -> None:
    if row.kind is PersonKind.STAFF and row.class_id is not None:
        raise SchoolFileError(f"people[{n}]: {row.id} is staff and has a class_id; remove it")
    if row.kind is PersonKind.PUPIL and row.class_id is None:
        raise SchoolFileError(f"people[{n}]: the pupil {row.id} has no class_id; add the class")
    _known(f"people[{n}].class_id", row.class_id, classes, "class")


def _check_members(file: SchoolFile, people: dict[str, Person]) -> None:
    for n, group in enumerate(file.groups):
        _refuse_doubles(f"groups[{n}].members", group.members, lambda member: member)
        for m, member in enumerate(group.members):
            _known(f"groups[{n}].members[{m}]", member, people, "person")
            if people[member].kind is not PersonKind.PUPIL:
                raise SchoolFileError(
                    f"groups[{n}].members[{m}]: {member} is staff; list only pupils"
                )


def _cards(rows: Sequence[CardRow], people: dict[str, Person], card_key: bytes) -> dict[str, Card]:
    found: dict[str, Card] = {}
    for n, row in enumerate(rows):
        _known(f"cards[{n}].person_id", row.person_id, people, "person")
        try:
            uid = cards.canonical_uid(row.uid, row.tech)
        except ValueError as error:
            raise SchoolFileError(f"cards[{n}].uid: {error}") from error
        if cards.is_random_uid(row.tech, uid):
            raise SchoolFileError(
                f"cards[{n}].uid of {row.person_id} begins with 08: a phone or identity chip makes "
                "such a number up at each touch; give this person another card"
            )
        card = Card(
            row.person_id,
            row.tech,
            cards.uid_hash(card_key, row.tech, uid),
            cards.last4(uid),
            row.revoked,
        )
        other = found.setdefault(card.uid_hash, card)
        if other is not card:
            raise SchoolFileError(
                f"cards[{n}]: the same card (…{card.last4}) is given to {other.person_id} and to "
                f"{row.person_id}; leave it with its one owner"
            )
    return found


def _bells(rows: Sequence[BellRow]) -> tuple[Bell, ...]:
    bells = [
        Bell(r.session, r.slot, _minute(r.start), _minute(r.end), frozenset(r.weekdays), r.date)
        for r in rows
    ]
    for n, (bell, row) in enumerate(zip(bells, rows, strict=True)):
        if bell.end_min <= bell.start_min:
            raise SchoolFileError(
                f"bells[{n}] ends at {row.end}, not after its start {row.start}; correct the times"
            )
    for day in {bell.day for bell in bells}:
        for weekday in range(1, 8):
            _refuse_overlap([b for b in bells if b.day == day and weekday in b.weekdays], weekday)
    return tuple(bells)


def _refuse_overlap(bells: list[Bell], weekday: int) -> None:
    for first, second in pairwise(sorted(bells, key=lambda b: b.start_min)):
        when = first.day or f"weekday {weekday}"
        names = f"{first.session}{first.slot} and {second.session}{second.slot}"
        if second.start_min < first.end_min:
            raise SchoolFileError(f"bells: {names} overlap on {when}; move one of them")
    _refuse_doubles(f"bells of weekday {weekday}: row ", bells, lambda b: f"{b.session}{b.slot}")


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _timetable(
    file: SchoolFile, groups: dict[str, Group], people: dict[str, Person], rooms: dict[str, Room]
) -> tuple[TimetableEntry, ...]:
    staff = {key for key, person in people.items() if person.kind is PersonKind.STAFF}
    slots = {f"{bell.session}{bell.slot}" for bell in file.bells}
    _refuse_doubles(
        "timetable", file.timetable, lambda r: (r.group, r.weekday, f"{r.session}{r.slot}")
    )
    for n, row in enumerate(file.timetable):
        place = f"timetable[{n}]"
        _known(f"{place}.group", row.group, groups, "class or group")
        _known(f"{place}.room", row.room, rooms, "room")
        _known(f"{place}.teacher_id", row.teacher_id, staff, "member of staff")
        _known(f"{place}.slot", f"{row.session}{row.slot}", slots, "slot of the bells")
    return tuple(_entry(row, groups[row.group].home_room) for row in file.timetable)


def _entry(row: TimetableRow, home_room: str | None) -> TimetableEntry:
    return TimetableEntry(
        group_key=row.group,
        weekday=row.weekday,
        session=row.session,
        slot=row.slot,
        subject=clean(row.subject),
        teacher_id=row.teacher_id,
        room=row.room or home_room,
    )
