"""The school's records as a room and its hub hold them: people, groups, cards, rooms, bells.

Source: domain reference §2 and §3.6. Weekdays are ISO (1 = Monday); "Thứ 2" is weekday 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum

from school.names import fold, name_key, short_names
from school.office import OfficeRecord
from school.rules import Rules
from school.thresholds import Thresholds, ruled, thresholds_on
from school.week import Bell, TimetableEntry, TimetableVersion
from school.year import (
    Exam,
    Leave,
    LogbookEntry,
    PlanLesson,
    SchoolYear,
    Session,
    Substitution,
    within,
)

__all__ = [
    "Bell",
    "Card",
    "Group",
    "Member",
    "Person",
    "PersonKind",
    "Room",
    "RoomKind",
    "School",
    "Session",
    "TimetableEntry",
    "TimetableVersion",
]


NOT_LISTED = "Không còn trong danh sách"
"""Stands for the name of who is in no list any more."""

_KEPT_ROSTERS = 2_000
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_LAST_MS = 4_102_444_800_000  # the year 2100


class RoomKind(StrEnum):
    """What a room is for. A card at the gate proves arrival, never presence in a lesson."""

    CLASSROOM = "classroom"
    LAB = "lab"  # phòng bộ môn, phòng Tin học
    YARD = "yard"  # sân
    GATE = "gate"  # cổng


class PersonKind(StrEnum):
    """Who a person is to the school."""

    PUPIL = "pupil"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Person:
    """A pupil or a member of staff.

    Attributes:
        id: the only key of a person in rooms.
        kind: pupil or staff.
        name: full name, NFC, as the school writes it.
        class_id: the pupil's class; None for staff.
        stt: number in the class list, 1 and up; None where the school keeps none.
    """

    id: str
    kind: PersonKind
    name: str
    class_id: str | None = None
    stt: int | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A pupil's time in a class or group; both days count, None is open.

    Attributes:
        person_id: the pupil.
        valid_from: first day.
        valid_to: last day.
    """

    person_id: str
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Who has a lesson together: a class, or a group across or inside classes.

    Attributes:
        key: the slug used in lesson ids; for a class also its `class_id`.
        name: as people say it ("10A1", "7/3").
        is_class: whether it is a class of the school year.
        home_room: the class's own room; None where it has none.
        members: person ids of a group; of a class they follow from `Person.class_id`.
        counts_to_45: whether absences count towards the 45 sessions of the year.
        dated_members: members with their times; of a class, its enrolments.
        homeroom_teacher_id: the class's GVCN.
        year: the school year of a class, as "2026-2027".
        listed: whether its list is here; a room knows of most groups id and name alone.
    """

    key: str
    name: str
    is_class: bool = True
    home_room: str | None = None
    members: tuple[str, ...] = ()
    counts_to_45: bool = True
    dated_members: tuple[Member, ...] = ()
    homeroom_teacher_id: str | None = None
    year: str | None = None
    listed: bool = True

    @property
    def grade(self) -> int | None:
        """Leading digits of the name, a hint only: 10 for "10A1"."""
        digits = self.name[: len(self.name) - len(self.name.lstrip("0123456789"))]
        return int(digits[:2]) if digits else None


@dataclass(frozen=True, slots=True)
class Card:
    """A card bound to a person. The number itself stays outside (cards.uid_hash).

    Attributes:
        person_id: its owner.
        technology: `em4100`, `mifare`, …
        uid_hash: 32 hex digits, keyed with the school's card key.
        last4: the last four signs of the number, for support.
        revoked: reported lost or locked.
        valid_from: first day; None = always.
        valid_to: last day; None = without end.
        revoked_on: from this day on it is locked; before, it was good.
    """

    person_id: str
    technology: str
    uid_hash: str
    last4: str
    revoked: bool = False
    valid_from: date | None = None
    valid_to: date | None = None
    revoked_on: date | None = None

    def is_good_on(self, day: date) -> bool:
        """Whether it opens anything on a day."""
        is_locked = self.revoked and self.revoked_on is None
        is_locked = is_locked or (self.revoked_on is not None and day >= self.revoked_on)
        return not is_locked and within(day, self.valid_from, self.valid_to)


@dataclass(frozen=True, slots=True)
class Room:
    """A room by its id, its name on the door and what it is for."""

    id: str
    name: str
    kind: RoomKind = RoomKind.CLASSROOM


@dataclass(frozen=True)
class School:
    """All records of one school year that a room needs; immutable, with its look-ups.

    Attributes:
        id: the school's own id.
        name: its name.
        utc_offset_min: local time minus UTC in minutes (Việt Nam: 420; no summer time).
        card_key: the key of `cards.uid_hash`.
        people: by person id.
        groups: classes and groups by key.
        cards: by uid_hash.
        rooms: by room id.
        bells: the bell schedule.
        timetable: the week before the first of `timetables`.
        bell_offset_min: the bell rings so many minutes after the clock.
        earlier_cards: owners that a card had before the one in `cards`.
        timetables: versions by their first day.
        years: school years.
        substitutions: lessons that are not as the timetable says.
        plan: teaching plan.
        leaves: leave requests.
        logbook: rows of the logbook by lesson id.
        exams: exams.
        thresholds: school-wide thresholds by their first day.
        office: what only the school server keeps, by person id; empty in a room.
    """

    id: str
    name: str
    utc_offset_min: int
    card_key: bytes
    people: Mapping[str, Person]
    groups: Mapping[str, Group]
    cards: Mapping[str, Card]
    rooms: Mapping[str, Room]
    bells: tuple[Bell, ...]
    timetable: tuple[TimetableEntry, ...]
    bell_offset_min: int = 0
    earlier_cards: tuple[Card, ...] = ()
    timetables: tuple[TimetableVersion, ...] = ()
    years: tuple[SchoolYear, ...] = ()
    substitutions: tuple[Substitution, ...] = ()
    plan: tuple[PlanLesson, ...] = ()
    leaves: tuple[Leave, ...] = ()
    logbook: Mapping[str, LogbookEntry] = field(default_factory=dict)
    exams: tuple[Exam, ...] = ()
    thresholds: tuple[Thresholds, ...] = ()
    office: Mapping[str, OfficeRecord] = field(default_factory=dict)
    _rosters: dict[str, tuple[Person, ...]] = field(default_factory=dict, repr=False, compare=False)
    _short_names: dict[str, Mapping[str, str]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def zone(self) -> tzinfo:
        """The school's time zone."""
        return timezone(timedelta(minutes=self.utc_offset_min))

    def local(self, at_ms: int) -> datetime:
        """Unix milliseconds as local time; absurd values give the nearest that a date can hold."""
        return datetime.fromtimestamp(_bounded(at_ms) / 1000, UTC).astimezone(self.zone)

    def day_of(self, at_ms: int) -> date:
        """The local date of Unix milliseconds; absurd values as in `local`."""
        minutes = _bounded(at_ms) // 60_000 + self.utc_offset_min
        return date.fromordinal(_EPOCH_DAY + minutes // 1440)

    def iso(self, at_ms: int) -> str:
        """Unix milliseconds as ISO 8601 local time, to the second."""
        return self.local(at_ms).isoformat(timespec="seconds")

    def at_ms(self, day: date, minute: int) -> int:
        """Unix milliseconds of a local minute of a day."""
        days = day.toordinal() - _EPOCH_DAY
        return (days * 1440 + minute - self.utc_offset_min) * 60_000

    def roster(self, group_key: str, day: date | None = None) -> tuple[Person, ...]:
        """The group's pupils in the order of the class list; empty for an unknown group.

        Args:
            group_key: class or group.
            day: as it was on this day; None = as the file says without its dates.
        """
        dated = f"{group_key}@{day}" if day and self._is_dated(group_key) else group_key
        found = self._rosters.get(dated)
        if found is None:
            if len(self._rosters) > _KEPT_ROSTERS:
                self._rosters.clear()
            found = self._rosters[dated] = self._make_roster(
                group_key, day if dated != group_key else None
            )
        return found

    def person(self, person_id: str) -> Person:
        """A person; one whom the records know no more (an undo, a cut) without a name."""
        return self.people.get(person_id) or Person(person_id, PersonKind.PUPIL, NOT_LISTED)

    def number_in(self, group_key: str, person: Person) -> int | None:
        """A pupil's number as a list shows it; none in the list of a class that the pupil left.

        The number that the records hold is of the new class.
        """
        group = self.groups.get(group_key)
        is_of_class = group is None or not group.is_class or person.class_id == group_key
        return person.stt if is_of_class else None

    def entries_on(self, day: date) -> tuple[TimetableEntry, ...]:
        """The week of the timetable version that holds on a day; empty on a day off."""
        if any(year.is_closed(day) for year in self.years):
            return ()
        holding = [v for v in self.timetables if v.valid_from <= day]
        return holding[-1].entries if holding else self.timetable

    def rules_on(self, day: date, rules: Rules) -> Rules:
        """The settings of a day: thresholds of the records stand before those of a file."""
        row = thresholds_on(self.thresholds, day) if self.thresholds else None
        return rules if row is None else ruled(rules, row)

    def with_version(self, version: TimetableVersion) -> "School":
        """The school with one more timetable version; a version that is there is never changed."""
        if any(v.valid_from == version.valid_from for v in self.timetables):
            return self
        every = (*self.timetables, version)
        return replace(self, timetables=tuple(sorted(every, key=lambda v: v.valid_from)))

    def card_on(self, uid_hash: str, day: date | None) -> Card | None:
        """The card as it belonged to somebody on a day; without a day the newest owner's."""
        newest = self.cards.get(uid_hash)
        if newest is None or day is None or newest.is_good_on(day):
            return newest
        earlier = (c for c in self.earlier_cards if c.uid_hash == uid_hash and c.is_good_on(day))
        return next(earlier, newest)

    def short_name(self, group_key: str, person_id: str) -> str:
        """The name on large lines: last two words, or the full name when these are equal."""
        names = self._short_names.get(group_key)
        if names is None:
            names = short_names({p.id: p.name for p in self.roster(group_key)})
            self._short_names[group_key] = names
        return names.get(person_id) or self.person(person_id).name

    def office_code(self, person_id: str, day: date) -> str:
        """The newest code of a person that is valid on a day; empty where there is none."""
        record = self.office.get(person_id)
        return record.code_on(day) if record else ""

    def group_name(self, key: str) -> str:
        """The name of a class, group or exam; an unknown key as it is."""
        group = self.groups.get(key)
        if group is not None:
            return group.name
        return next((exam.name for exam in self.exams if exam.group_key == key), key)

    def find_group(self, text: str) -> Group | None:
        """A class or group by key or by name, case and accents apart."""
        if text in self.groups:
            return self.groups[text]
        wanted = fold(text)
        return next((g for g in self.groups.values() if fold(g.name) == wanted), None)

    def _is_dated(self, group_key: str) -> bool:
        group = self.groups.get(group_key)
        return group is not None and bool(group.dated_members)

    def _make_roster(self, group_key: str, day: date | None) -> tuple[Person, ...]:
        group = self.groups.get(group_key)
        if group is not None and not group.listed:
            return ()
        if group is None:
            exam = next((e for e in self.exams if e.group_key == group_key), None)
            return tuple(self.people[c] for c in exam.candidates) if exam else ()
        known = {m.person_id for m in group.dated_members}
        if group.is_class:
            members = {p.id for p in self.people.values() if p.class_id == group_key}
        else:
            members = set(group.members) | (known if day is None else set())
        if day is not None:
            members -= known
            dated = (m for m in group.dated_members if within(day, m.valid_from, m.valid_to))
            members |= {m.person_id for m in dated}
        return tuple(sorted((self.people[m] for m in members), key=_list_order))


def _list_order(person: Person) -> tuple[str, int, int, object, str]:
    """STT first; pupils of several classes by class; who has no STT comes after, by name."""
    no_stt = person.stt is None
    key = name_key(person.name) if no_stt else ((), (), "")
    return (person.class_id or "", int(no_stt), person.stt or 0, key, person.id)


def _bounded(at_ms: int) -> int:
    return min(max(at_ms, 0), _LAST_MS)
