"""The school's records as a room and its hub hold them: people, groups, cards, rooms, bells.

Source: domain reference §2 and §3.6. Weekdays are ISO (1 = Monday); "Thứ 2" is weekday 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import StrEnum

from sync.school.names import fold, name_key, short_names


class Session(StrEnum):
    """A half of the school day (buổi), by its sign in lesson ids."""

    MORNING = "S"  # sáng
    AFTERNOON = "C"  # chiều
    EVENING = "T"  # tối


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
class Group:
    """Who has a lesson together: a class, or a group across or inside classes.

    Attributes:
        key: the slug used in lesson ids; for a class also its `class_id`.
        name: as people say it ("10A1", "7/3").
        is_class: whether it is a class of the school year.
        home_room: the class's own room; None where it has none.
        members: person ids of a group; of a class they follow from `Person.class_id`.
        counts_to_45: whether absences count towards the 45 sessions of the year.
    """

    key: str
    name: str
    is_class: bool = True
    home_room: str | None = None
    members: tuple[str, ...] = ()
    counts_to_45: bool = True

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
    """

    person_id: str
    technology: str
    uid_hash: str
    last4: str
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class Room:
    """A room by its id and its name on the door."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Bell:
    """One lesson slot (tiết) of the bell schedule; minutes count from local midnight.

    Attributes:
        session: which half of the day.
        slot: number within the session, 1 and up.
        start_min: first minute.
        end_min: minute at which it is over (1440 = midnight).
        weekdays: ISO weekdays on which it holds.
        day: one date on which it holds instead; that date then has only its own bells.
    """

    session: Session
    slot: int
    start_min: int
    end_min: int
    weekdays: frozenset[int]
    day: date | None = None


@dataclass(frozen=True, slots=True)
class TimetableEntry:
    """A group's lesson in the week: who, when, what, with whom, where."""

    group_key: str
    weekday: int
    session: Session
    slot: int
    subject: str
    teacher_id: str | None
    room: str | None


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
        timetable: the week.
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
    _rosters: dict[str, tuple[Person, ...]] = field(default_factory=dict, repr=False)
    _short_names: dict[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    @property
    def zone(self) -> tzinfo:
        """The school's time zone."""
        return timezone(timedelta(minutes=self.utc_offset_min))

    def local(self, at_ms: int) -> datetime:
        """Unix milliseconds as local time; absurd values give the nearest that a date can hold."""
        bounded = min(max(at_ms, 0), 4_102_444_800_000)
        return datetime.fromtimestamp(bounded / 1000, UTC).astimezone(self.zone)

    def iso(self, at_ms: int) -> str:
        """Unix milliseconds as ISO 8601 local time, to the second."""
        return self.local(at_ms).isoformat(timespec="seconds")

    def at_ms(self, day: date, minute: int) -> int:
        """Unix milliseconds of a local minute of a day."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return int(midnight.timestamp()) * 1000 + (minute - self.utc_offset_min) * 60_000

    def roster(self, group_key: str) -> tuple[Person, ...]:
        """The group's pupils in the order of the class list; empty for an unknown group."""
        found = self._rosters.get(group_key)
        if found is None:
            found = self._rosters[group_key] = self._make_roster(group_key)
        return found

    def short_name(self, group_key: str, person_id: str) -> str:
        """The name on large lines: last two words, or the full name when these are equal."""
        names = self._short_names.get(group_key)
        if names is None:
            names = short_names({p.id: p.name for p in self.roster(group_key)})
            self._short_names[group_key] = names
        person = self.people.get(person_id)
        return names.get(person_id) or (person.name if person else "")

    def find_group(self, text: str) -> Group | None:
        """A class or group by key or by name, case and accents apart."""
        if text in self.groups:
            return self.groups[text]
        wanted = fold(text)
        return next((g for g in self.groups.values() if fold(g.name) == wanted), None)

    def _make_roster(self, group_key: str) -> tuple[Person, ...]:
        group = self.groups.get(group_key)
        if group is None:
            return ()
        if group.is_class:
            members = [p for p in self.people.values() if p.class_id == group_key]
        else:
            members = [self.people[m] for m in group.members]
        return tuple(sorted(members, key=_list_order))


def _list_order(person: Person) -> tuple[str, int, int, object, str]:
    """STT first; pupils of several classes by class; who has no STT comes after, by name."""
    no_stt = person.stt is None
    key = name_key(person.name) if no_stt else ((), (), "")
    return (person.class_id or "", int(no_stt), person.stt or 0, key, person.id)
