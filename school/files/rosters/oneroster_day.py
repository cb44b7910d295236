"""A OneRoster archive as the roster of a day: who is in which homeroom class then.

What a delta does not repeat (users, classes) is looked up in the school's records.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from school.files.rosters.enrolment import ClassKeys, classes_on
from school.files.rosters.oneroster import Enrolment, OneRoster, User, read_archive
from school.files.rosters.people_read import PupilRead, RosterRead, StaffRead
from school.files.rosters.roster_codes import SOURCE_ID, KnownCodes
from school.files.sheets.archive import Archive
from school.files.sheets.trouble import Place, Trouble
from school.records import PersonKind
from school.school_rows import PersonRow, SchoolFile

_STAFF = frozenset({"teacher", "administrator", "aide", "principal", "counselor"})
_SYSTEM = "oneroster"
_MAX_NAMED = 5


class _Records:
    """Users and classes as the records know them; nobody and none where there are no records."""

    def __init__(self, file: SchoolFile | None, day: date | None) -> None:
        self._people = {p.id: p for p in file.people} if file else {}
        self._codes = [KnownCodes(file, kind) for kind in PersonKind] if file else []
        rows = file.classes if file else []
        self.names = {row.id: row.name for row in rows}
        self.sources = {row.source_id: row.name for row in rows if row.source_id}
        self._keys = ClassKeys(file) if file else None
        self.today = classes_on(file, day) if file and day else {}

    def person(self, one: str, code: str) -> PersonRow | None:
        """Whom a user's code means; where there is none, the sourcedId.

        Systems may number their users anew, so that a code counts for more. Our own exports name
        people by their id.
        """
        known = [one]
        for codes in self._codes:
            by_code = codes.find(_SYSTEM, code) if code else codes.exactly(_SYSTEM, one)
            known += [by_code or "", "" if code else codes.exactly(SOURCE_ID, one) or ""]
        return next((self._people[key] for key in known if key in self._people), None)

    def class_id(self, name: str) -> str:
        """The key of a class that has or will get a name."""
        return self._keys.of(name) if self._keys else name

    def is_subject(self, where: str) -> bool:
        """Whether it is a subject's class in our own exports."""
        key, dashes, _ = where.partition("--")
        return bool(dashes) and key in self.names


@dataclass
class _Day:
    said: OneRoster
    day: date | None
    records: _Records
    errors: list[Trouble] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    subjects_only: list[tuple[User, str]] = field(default_factory=list)

    def class_name(self, where: str) -> str:
        """A homeroom class's name; empty where there is none of this sourcedId."""
        known = self.records
        return (
            self.said.classes.get(where) or known.sources.get(where) or known.names.get(where, "")
        )

    def person(self, one: str) -> PersonRow | None:
        user = self.said.users.get(one)
        return self.records.person(one, user.code if user and user.code != one else "")

    def is_other(self, where: str) -> bool:
        """Whether it is a class of a subject: any other, where the homeroom classes are known."""
        if where in self.said.others or self.records.is_subject(where):
            return True
        return bool(self.said.delta and self.records.sources) and not self.class_name(where)


def read_oneroster(archive: Archive) -> RosterRead:
    """The roster in an archive, whatever the day and the records; `roster_on` takes these in.

    Raises:
        FileRefusedError: see `read_archive`.
    """
    said = read_archive(archive)
    read = roster_on(said, None, None)
    return replace(read, errors=(*said.errors, *read.errors))


def roster_on(said: OneRoster, file: SchoolFile | None, day: date | None) -> RosterRead:
    """The roster that an archive makes of the records.

    Args:
        said: the archive.
        file: the records; None where there are none.
        day: the day; None to take every enrolment as one that holds, and to leave what depends on
            the records aside.
    """
    at = _Day(said, day, _Records(file, day))
    by_user = _by_user(at)
    pupils = tuple(_pupils(at, by_user))
    if day and not said.delta and by_user and not pupils:
        at.errors.append(Trouble("all_ended", Place(said.file, "enrollments.csv")))
    staff = tuple(_staff(at))
    at.errors += [*_only_subjects(at), *_in_two_roles(at, pupils, staff)]
    classes = (*said.classes.values(), *(p.class_name for p in pupils))
    return RosterRead(
        format=f"oneroster-{said.version}" + ("-delta" if said.delta else ""),
        pupils=pupils,
        staff=staff,
        classes=tuple(dict.fromkeys(classes)),
        errors=tuple(at.errors),
        whole_school=not said.delta,
        delta=said.delta,
        removed=frozenset(at.removed),
        oneroster=said,
    )


def _by_user(at: _Day) -> dict[str, list[Enrolment]]:
    """Pupils' times in homeroom classes."""
    found: dict[str, list[Enrolment]] = defaultdict(list)
    told = [one for one in at.said.enrolments if one.role == "student"]
    moving = {one.user for one in told if not one.is_gone and at.class_name(one.where)}
    for one in told:
        if at.is_other(one.where) or (one.is_gone and not at.said.delta):
            continue
        if one.is_gone and one.user in moving and not at.class_name(one.where):
            continue  # the class that a pupil comes from need not be told
        if missing := _missing(at, one):
            at.errors.append(missing)
        elif at.class_name(one.where):
            found[one.user].append(one)
    return found


def _missing(at: _Day, one: Enrolment) -> Trouble | None:
    """What an enrolment refers to and nobody knows."""
    is_known = one.user in at.said.users or at.person(one.user) is not None
    if not is_known and not one.is_gone:
        return _if_final(at, "unknown_reference", one, one.user)
    if is_known and not at.class_name(one.where):
        return _if_final(at, "unknown_class", one, one.where)
    return None


def _if_final(at: _Day, code: str, one: Enrolment, value: str) -> Trouble | None:
    """The error; what a delta does not repeat is looked for once the records are at hand."""
    return Trouble(code, one.place, {"value": value[:40]}) if at.day else None


def _pupils(at: _Day, by_user: Mapping[str, Sequence[Enrolment]]) -> Iterator[PupilRead]:
    for one, times in by_user.items():
        user, person = at.said.users.get(one), at.person(one)
        if user and user.is_gone:
            continue
        held = _held(at, times)
        if held is None:
            _note_left(at, person, times)
        elif name := user.name if user else person.name if person else "":
            yield _pupil(one, name, at.class_name(held.where), user, person, held.place)
    for one, user in at.said.users.items() if at.said.delta and at.day else ():
        person = at.person(one)
        if user.is_gone:
            at.removed |= {person.id} if person else set()
        elif one not in by_user and (pupil := _unmoved(at, one, user, person)):
            yield pupil


def _only_subjects(at: _Day) -> Iterator[Trouble]:
    """Pupils of whom only classes of subjects are known, in one sentence."""
    if at.subjects_only:
        user, title = at.subjects_only[0]
        names = _named([one.name for one, _ in at.subjects_only])
        yield Trouble("only_subjects", user.place, {"names": names, "class": title})


def _in_two_roles(
    at: _Day, pupils: Sequence[PupilRead], staff: Sequence[StaffRead]
) -> Iterator[Trouble]:
    """Who is a teacher by one file and a pupil by another, in one sentence."""
    teachers = {one.source_id for one in staff}
    twice = [p for p in pupils if p.source_id in teachers or _is_staff(at.person(p.source_id))]
    if at.day and twice:
        yield Trouble("two_roles", twice[0].place, {"names": _named([p.name for p in twice])})


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_MAX_NAMED]) + (
        f" (+{len(names) - _MAX_NAMED})" * (len(names) > _MAX_NAMED)
    )


def _unmoved(at: _Day, one: str, user: User, person: PersonRow | None) -> PupilRead | None:
    """A pupil of a delta of whom something else than the class is said."""
    if user.role != "student" and not (person and person.kind is PersonKind.PUPIL):
        return None
    class_id = at.records.today.get(person.id) if person else None
    if class_id is None:
        held = [e.where for e in at.said.enrolments if e.user == one and not e.is_gone]
        if subjects := [where for where in held if at.is_other(where)]:
            at.subjects_only.append((user, at.said.others.get(subjects[0], subjects[0])))
        else:
            at.errors.append(Trouble("no_enrolment", user.place))
        return None
    return _pupil(one, user.name, at.records.names[class_id], user, person, user.place)


def _pupil(
    one: str,
    name: str,
    class_name: str,
    user: User | None,
    person: PersonRow | None,
    place: Place,
) -> PupilRead:
    code, known = user.code if user else "", person.id if person else ""
    if code == known:
        code = ""  # a user of our own export: no system's code
    return PupilRead(
        name, class_name, code, place=place, system=_SYSTEM, known=known, source_id=one
    )


def _held(at: _Day, times: Sequence[Enrolment]) -> Enrolment | None:
    """The time that holds on the day, else the next one to come; of several the newest.

    The standard's endDate is the first day outside, but many files name the last one inside: on
    that day the newer time wins.
    """
    active = [one for one in times if not one.is_gone]
    day = at.day
    if day is not None:
        lasting = [one for one in active if one.last is None or one.last >= day]
        begun = [one for one in lasting if one.first is None or one.first <= day]
        active = begun or sorted(lasting, key=_first)[:1]
    newest = [one for one in active if _first(one) == max(map(_first, active))]
    if day and len({at.class_name(one.where) for one in newest}) > 1:
        at.errors.append(Trouble("two_classes", newest[-1].place))
    return newest[-1] if newest else None


def _first(one: Enrolment) -> date:
    return one.first or date.min


def _note_left(at: _Day, person: PersonRow | None, times: Sequence[Enrolment]) -> None:
    """Out of the class of today, by a delta."""
    ended = {at.records.class_id(at.class_name(one.where)) for one in times}
    if at.said.delta and person and at.records.today.get(person.id) in ended:
        at.removed.add(person.id)


def _staff(at: _Day) -> Iterator[StaffRead]:
    teachers: dict[str, Enrolment] = {}
    for one in at.said.enrolments:
        user = at.said.users.get(one.user)
        is_gone = user is not None and user.is_gone
        if one.role == "teacher" and one.is_primary and not is_gone and _held(at, [one]):
            had = teachers.get(one.where)
            if had is None or _first(one) > _first(had):
                teachers[one.where] = one
    named = {one.user: None for one in teachers.values() if at.class_name(one.where)}
    for key in at.said.users | named:
        user, person = at.said.users.get(key), at.person(key)
        role, name = (user.role, user.name) if user else ("", person.name if person else "")
        if name and (role in _STAFF or (not role and _is_staff(person))):
            names = [at.class_name(c) for c in sorted(teachers) if teachers[c].user == key]
            rooms, known = tuple(filter(None, names)), person.id if person else ""
            code, place = (user.code, user.place) if user else ("", Place(at.said.file))
            yield StaffRead(name, code, _SYSTEM, rooms, place, known=known, source_id=key)


def _is_staff(person: PersonRow | None) -> bool:
    return person is not None and person.kind is PersonKind.STAFF
