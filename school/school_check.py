"""From rows to records: every name must lead somewhere, and no two rows may clash."""

from collections.abc import Collection, Sequence
from datetime import date
from itertools import pairwise

from school import cards, year_check
from school.mistakes import SchoolFileError, known, refuse_doubles
from school.names import clean
from school.office_check import office_records
from school.records import (
    Bell,
    Card,
    Group,
    Member,
    Person,
    PersonKind,
    Room,
    School,
    TimetableEntry,
    TimetableVersion,
)
from school.school_rows import (
    BellRow,
    CardRow,
    EnrolmentRow,
    MemberRow,
    PersonRow,
    SchoolFile,
    TimetableRow,
)
from school.year_check import Names, in_order, minute

__all__ = ["SchoolFileError", "school_of"]


def school_of(file: SchoolFile) -> School:
    """The records in a file of the right shape.

    Raises:
        SchoolFileError: two rows clash, or one names what is not there.
    """
    card_key = bytes.fromhex(file.card_key)
    refuse_doubles("rooms", file.rooms, lambda row: row.id)
    rooms = {row.id: Room(row.id, clean(row.name), row.kind) for row in file.rooms}
    groups = _groups(file, rooms)
    people = _people(file, groups)
    names = Names(people, groups, rooms)
    _check_members(file, names)
    year_check.check_lent(file, names)
    owned = _cards(file.cards, people, card_key)
    newest = {card.uid_hash: card for card in sorted(owned, key=_since)}
    return School(
        id=file.school.id,
        name=clean(file.school.name),
        utc_offset_min=file.school.utc_offset_min,
        card_key=card_key,
        people=people,
        groups=groups,
        cards=newest,
        rooms=rooms,
        bells=_bells(file.bells),
        timetable=_timetable("timetable", file.timetable, file, names),
        bell_offset_min=file.school.bell_offset_min,
        earlier_cards=tuple(c for c in owned if newest[c.uid_hash] is not c),
        timetables=_versions(file, names),
        years=year_check.years(file.calendar),
        substitutions=year_check.substitutions(file.substitutions, names),
        plan=year_check.plan(file.teaching_plan),
        leaves=year_check.leaves(file.leaves, names),
        logbook=year_check.logbook(file.logbook),
        exams=year_check.exams(file, names),
        thresholds=year_check.thresholds(file.thresholds),
        office=office_records(file),
    )


def _groups(file: SchoolFile, rooms: dict[str, Room]) -> dict[str, Group]:
    named = [(row.id, clean(row.name)) for row in file.classes]
    named += [(row.id, clean(row.name)) for row in file.groups]
    refuse_doubles("classes and groups: row ", named, lambda pair: pair[0])
    refuse_doubles("classes and groups: row ", named, lambda pair: pair[1].casefold())
    groups: dict[str, Group] = {}
    for n, row in enumerate(file.classes):
        known(f"classes[{n}].home_room", row.home_room, rooms, "room")
        groups[row.id] = Group(
            row.id,
            clean(row.name),
            home_room=row.home_room,
            dated_members=_members([e for e in file.enrolments if e.class_id == row.id]),
            homeroom_teacher_id=row.homeroom_teacher_id,
            year=row.year,
            listed=row.listed,
        )
    for group in file.groups:
        groups[group.id] = Group(
            group.id,
            clean(group.name),
            is_class=False,
            members=tuple(group.members),
            counts_to_45=group.counts_to_45,
            listed=group.listed,
            dated_members=_members(group.dated_members),
        )
    return groups


def _members(rows: Sequence[MemberRow | EnrolmentRow]) -> tuple[Member, ...]:
    return tuple(Member(r.person_id, r.valid_from, r.valid_to) for r in rows)


def _people(file: SchoolFile, groups: dict[str, Group]) -> dict[str, Person]:
    refuse_doubles("people", file.people, lambda row: row.id)
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
    known(f"people[{n}].class_id", row.class_id, classes, "class")


def _check_members(file: SchoolFile, names: Names) -> None:
    for n, row in enumerate(file.classes):
        place = f"classes[{n}].homeroom_teacher_id"
        known(place, row.homeroom_teacher_id, names.staff, "member of staff")
    classes = {key for key, group in names.groups.items() if group.is_class}
    for n, enrolment in enumerate(file.enrolments):
        place = f"enrolments[{n}]"
        known(f"{place}.class_id", enrolment.class_id, classes, "class")
        _check_member(place, enrolment, names)
    for n, group in enumerate(file.groups):
        refuse_doubles(f"groups[{n}].members", group.members, lambda member: member)
        for m, member in enumerate(group.members):
            names.pupil(f"groups[{n}].members[{m}]", member)
        for m, dated in enumerate(group.dated_members):
            _check_member(f"groups[{n}].dated_members[{m}]", dated, names)


def _check_member(place: str, row: MemberRow | EnrolmentRow, names: Names) -> None:
    names.pupil(f"{place}.person_id", row.person_id)
    in_order(place, row.valid_from, row.valid_to)


def _cards(rows: Sequence[CardRow], people: dict[str, Person], card_key: bytes) -> list[Card]:
    found: dict[str, list[Card]] = {}
    for n, row in enumerate(rows):
        known(f"cards[{n}].person_id", row.person_id, people, "person")
        card = _card(n, row, card_key)
        for other in found.setdefault(card.uid_hash, []):
            if _since(other) <= _until(card) and _since(card) <= _until(other):
                raise SchoolFileError(
                    f"cards[{n}]: the same card (…{card.last4}) is given to {other.person_id} and "
                    f"to {row.person_id}; leave it with its one owner"
                )
        found[card.uid_hash].append(card)
    return [card for cards_of_one in found.values() for card in cards_of_one]


def _card(n: int, row: CardRow, card_key: bytes) -> Card:
    in_order(f"cards[{n}]", row.valid_from, row.valid_to)
    uid_hash, last4 = _looked_up_by(n, row, card_key)
    return Card(
        person_id=row.person_id,
        technology=row.tech,
        uid_hash=uid_hash,
        last4=last4,
        revoked=row.revoked,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        revoked_on=row.revoked_on,
    )


def _looked_up_by(n: int, row: CardRow, card_key: bytes) -> tuple[str, str]:
    if row.uid_hash is not None and row.last4 is not None and not row.uid:
        return row.uid_hash, row.last4
    if not row.uid or row.uid_hash is not None or row.last4 is not None:
        raise SchoolFileError(
            f"cards[{n}] of {row.person_id} needs either its uid or uid_hash and last4; correct it"
        )
    try:
        uid = cards.canonical_uid(row.uid, row.tech)
    except ValueError as error:
        raise SchoolFileError(f"cards[{n}].uid: {error}") from error
    if cards.is_random_uid(row.tech, uid):
        raise SchoolFileError(
            f"cards[{n}].uid of {row.person_id} begins with 08: a phone or identity chip makes "
            "such a number up at each touch; give this person another card"
        )
    return cards.uid_hash(card_key, row.tech, uid), cards.last4(uid)


def _since(card: Card) -> date:
    return card.valid_from or date.min


def _until(card: Card) -> date:
    return card.valid_to or date.max


def _bells(rows: Sequence[BellRow]) -> tuple[Bell, ...]:
    bells = [
        Bell(
            session=r.session,
            slot=r.slot,
            start_min=minute(r.start),
            end_min=minute(r.end),
            weekdays=frozenset(r.weekdays),
            day=r.date,
            valid_from=r.valid_from,
            valid_to=r.valid_to,
            name=clean(r.name),
        )
        for r in rows
    ]
    for n, (bell, row) in enumerate(zip(bells, rows, strict=True)):
        if bell.end_min <= bell.start_min:
            raise SchoolFileError(
                f"bells[{n}] ends at {row.end}, not after its start {row.start}; correct the times"
            )
        in_order(f"bells[{n}]", row.valid_from, row.valid_to)
    for times in {_time_of(bell) for bell in bells}:
        for weekday in range(1, 8):
            same = [b for b in bells if _time_of(b) == times and weekday in b.weekdays]
            _refuse_overlap(same, weekday)
    return tuple(bells)


def _time_of(bell: Bell) -> tuple[date | None, date | None, date | None]:
    return bell.day, bell.valid_from, bell.valid_to


def _refuse_overlap(bells: list[Bell], weekday: int) -> None:
    for first, second in pairwise(sorted(bells, key=lambda b: b.start_min)):
        when = first.day or f"weekday {weekday}"
        names = f"{first.session}{first.slot} and {second.session}{second.slot}"
        if second.start_min < first.end_min:
            raise SchoolFileError(f"bells: {names} overlap on {when}; move one of them")
    refuse_doubles(f"bells of weekday {weekday}: row ", bells, lambda b: f"{b.session}{b.slot}")


def _timetable(
    place: str, rows: Sequence[TimetableRow], file: SchoolFile, names: Names
) -> tuple[TimetableEntry, ...]:
    slots = {f"{bell.session}{bell.slot}" for bell in file.bells}
    refuse_doubles(place, rows, lambda r: (r.group, r.weekday, f"{r.session}{r.slot}"))
    for n, row in enumerate(rows):
        at = f"{place}[{n}]"
        known(f"{at}.group", row.group, names.groups, "class or group")
        known(f"{at}.room", row.room, names.rooms, "room")
        for teacher in (row.teacher_id, *row.co_teacher_ids):
            known(f"{at}.teacher_id", teacher, names.staff, "member of staff")
        known(f"{at}.slot", f"{row.session}{row.slot}", slots, "slot of the bells")
    return tuple(_entry(row, names.groups[row.group].home_room) for row in rows)


def _versions(file: SchoolFile, names: Names) -> tuple[TimetableVersion, ...]:
    refuse_doubles("timetables", file.timetables, lambda version: str(version.valid_from))
    versions = [
        TimetableVersion(
            clean(row.name),
            row.valid_from,
            _timetable(f"timetables[{n}].rows", row.rows, file, names),
        )
        for n, row in enumerate(file.timetables)
    ]
    return tuple(sorted(versions, key=lambda version: version.valid_from))


def _entry(row: TimetableRow, home_room: str | None) -> TimetableEntry:
    return TimetableEntry(
        group_key=row.group,
        weekday=row.weekday,
        session=row.session,
        slot=row.slot,
        subject=clean(row.subject),
        teacher_id=row.teacher_id,
        room=row.room or home_room,
        co_teacher_ids=tuple(row.co_teacher_ids),
    )
