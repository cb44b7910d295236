"""OneRoster 1.1 and 1.2 archives: what they say of users, classes and enrolments.

Of users only sourcedId, names, identifier and role are read; passwords, addresses, telephone
numbers and guardians are not. Who is in which class on a day is told by `oneroster_day`. Source:
domain reference §6.4; begin and end of an enrolment: OneRoster 1.1, §4.13.4.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from school.files.cells import MAX_GROUP, makes_key
from school.files.class_names import class_name_of
from school.files.sheets.archive import Archive
from school.files.sheets.csv_in import CsvTable
from school.files.sheets.formulas import original
from school.files.sheets.retyped import retyped
from school.files.sheets.source import Source
from school.files.sheets.spoilt import looks_spoilt
from school.files.sheets.trouble import Place, Trouble, refuse
from school.names import clean

_VERSIONS = ("1.0", "1.1", "1.2")
_GONE = frozenset({"tobedeleted", "inactive"})
_COLUMNS = {
    "classes.csv": ("sourcedId", "status", "title", "classType"),
    "users.csv": (
        "sourcedId",
        "status",
        "role",
        "givenName",
        "familyName",
        "middleName",
        "identifier",
    ),
    "roles.csv": ("userSourcedId", "status", "role"),
    "enrollments.csv": (
        "sourcedId",
        "status",
        "classSourcedId",
        "userSourcedId",
        "role",
        "primary",
        "beginDate",
        "endDate",
    ),
}
_READ = {name: {*columns, "dateLastModified"} for name, columns in _COLUMNS.items()}
_KEYS = frozenset({"sourcedId", "classSourcedId", "userSourcedId", "identifier", "title"})
Line = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class User:
    """A user of the archive; without a name where only the records know one."""

    name: str
    role: str
    code: str
    place: Place
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A user's time in a class; both days count, None is open."""

    user: str
    where: str
    role: str
    is_primary: bool
    is_gone: bool
    first: date | None
    last: date | None
    place: Place


@dataclass
class OneRoster:
    """What an archive says; users and classes by their sourcedId.

    Attributes:
        file: its name.
        version: of the standard.
        delta: whether it tells only changes.
        users: who is in it.
        classes: homeroom classes by name.
        others: the other classes, of subjects, by their titles.
        enrolments: everybody's times in classes.
        errors: lines that could not be taken.
    """

    file: str
    version: str
    delta: bool
    users: dict[str, User] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    enrolments: list[Enrolment] = field(default_factory=list)
    errors: list[Trouble] = field(default_factory=list)


def is_oneroster(archive: Archive) -> bool:
    """Whether an archive is a OneRoster one."""
    return any(_path(archive, name) for name in ("manifest.csv", "enrollments.csv"))


def read_archive(archive: Archive) -> OneRoster:
    """What an archive says.

    Raises:
        FileRefusedError: no roster files, another version, no homeroom classes, or broken.
    """
    version, modes = _manifest(archive)
    said = OneRoster(archive.source.name, version, "delta" in modes.values())
    for name in _COLUMNS:
        said.errors += _spoilt_keys(archive, name)
    for name in ("users.csv", "classes.csv", "enrollments.csv"):
        if not _path(archive, name) and not said.delta:
            raise refuse("missing_file", Place(archive.source.name, name), name=name)
    _read_classes(archive, said)
    _read_users(archive, said)
    said.enrolments = list(_enrolments(archive, said))
    if looks_spoilt([user.name for user in said.users.values()]):
        raise refuse("mojibake", archive.source.place)
    return said


def _lines(archive: Archive, name: str) -> Iterator[tuple[Place, Line]]:
    """The wanted fields of each line of an entry; none where the archive has no such entry."""
    entry = _path(archive, name)
    if not entry:
        return
    file = archive.source.name
    table = CsvTable(Source(file, archive.read(entry)))
    wanted: dict[str, int] = {}
    for n, fields in table.rows():
        if not wanted:
            wanted = {h: fields.index(h) for h in _COLUMNS[name] if h in fields}
            if "sourcedId" not in fields and "userSourcedId" not in fields:
                raise refuse("no_header", Place(file, name))
        elif any(fields):
            texts = {h: original(fields[c].strip()) for h, c in wanted.items() if c < len(fields)}
            yield Place(file, name, n), texts


def not_needed(archive: Archive) -> str:
    """Names of the entries, and of the columns of others, that hold something and are not read."""
    read = {*_COLUMNS, "manifest.csv"}
    files = [name for name in archive.names if not name.endswith("/")]
    others = [name for name in files if name.rpartition("/")[2] not in read]
    found = sorted(others)
    for name in _COLUMNS:
        if columns := _columns_beside(archive, name):
            found.append(f"{name} ({', '.join(columns)})")
    return ", ".join(found)


def _columns_beside(archive: Archive, name: str) -> list[str]:
    entry = _path(archive, name)
    if not entry:
        return []
    rows = CsvTable(Source(archive.source.name, archive.read(entry))).rows()
    _, heads = next(rows, (0, []))
    filled = {n for _, fields in rows for n, text in enumerate(fields) if text.strip()}
    return [head[:40] for n, head in enumerate(heads) if n in filled and head not in _READ[name]]


def _spoilt_keys(archive: Archive, name: str) -> Iterator[Trouble]:
    """Keys and codes that a spreadsheet has turned into numbers or days, by column."""
    for place, line in _lines(archive, name):
        for heading in _KEYS & line.keys():
            if wrong := retyped(line[heading]):
                yield Trouble(wrong[0], replace(place, column=heading), wrong[1])


def _path(archive: Archive, name: str) -> str:
    return next((n for n in archive.names if n.rpartition("/")[2] == name.lower()), "")


def _manifest(archive: Archive) -> tuple[str, dict[str, str]]:
    entry = _path(archive, "manifest.csv")
    if not entry:
        return "1.1", {}
    table = CsvTable(Source(archive.source.name, archive.read(entry)))
    said = {fields[0].strip(): fields[1].strip() for _, fields in table.rows() if len(fields) > 1}
    version = said.get("oneroster.version", "1.1")
    if version not in _VERSIONS:
        place = Place(archive.source.name, "manifest.csv")
        raise refuse("oneroster_version", place, value=version[:12])
    wanted = ("users", "classes", "enrollments")
    modes = {name: said.get(f"file.{name}", "bulk").lower() for name in wanted}
    if set(modes.values()) == {"absent"}:
        raise refuse("not_oneroster", archive.source.place)
    return version, modes


def _is_gone(line: Line) -> bool:
    return line.get("status", "").lower() in _GONE


def _read_classes(archive: Archive, said: OneRoster) -> None:
    """Homeroom classes; where no class says what it is, all of them."""
    lines = list(_lines(archive, "classes.csv"))
    is_typed = any(line.get("classType") for _, line in lines)
    for place, line in lines:
        name = class_name_of(line.get("title", ""))
        if is_typed and line.get("classType", "").lower() != "homeroom":
            said.others[line["sourcedId"]] = name
        elif not makes_key(name, MAX_GROUP):
            said.errors.append(Trouble("bad_class", place, {"value": name[:20]}))
        elif not _is_gone(line):
            said.classes[line["sourcedId"]] = name
    if said.others and not said.classes and not said.delta:
        raise refuse("no_homeroom", Place(archive.source.name, "classes.csv"))


def _read_users(archive: Archive, said: OneRoster) -> None:
    roles = _roles(archive)
    for place, line in _lines(archive, "users.csv"):
        one = line["sourcedId"]
        parts = (line.get("familyName", ""), line.get("middleName", ""), line.get("givenName", ""))
        name = clean(" ".join(parts))
        role = line.get("role", "").lower() or roles.get(one, "")
        if name or _is_gone(line):
            code = line.get("identifier", "") or one
            said.users[one] = User(name, role, code, place, _is_gone(line))
        else:
            said.errors.append(Trouble("no_name", place))


def _roles(archive: Archive) -> dict[str, str]:
    lines = [line for _, line in _lines(archive, "roles.csv")]
    return {line["userSourcedId"]: line.get("role", "").lower() for line in lines}


def _enrolments(archive: Archive, said: OneRoster) -> Iterator[Enrolment]:
    for place, line in _lines(archive, "enrollments.csv"):
        try:
            first, last = (_day(line.get(name, "")) for name in ("beginDate", "endDate"))
        except ValueError as error:
            said.errors.append(Trouble("bad_day", place, {"value": str(error)}))
            continue
        yield Enrolment(
            user=line.get("userSourcedId", ""),
            where=line.get("classSourcedId", ""),
            role=line.get("role", "").lower(),
            is_primary=line.get("primary", "").lower() == "true",
            is_gone=_is_gone(line),
            first=first,
            last=last,
            place=place,
        )


def _day(text: str) -> date | None:
    """A day, whatever time of it is told.

    Raises:
        ValueError: it is none; its message is the text.
    """
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError as error:
        raise ValueError(text[:20]) from error
