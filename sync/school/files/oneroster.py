"""OneRoster 1.1 and 1.2 archives: classes, pupils, staff. Source: domain reference §6.4.

Of users only sourcedId, names, identifier and role are read; passwords, addresses, telephone
numbers and guardians are not.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sync.school.files.archive import Archive
from sync.school.files.csv_in import CsvTable
from sync.school.files.people_read import PupilRead, RosterRead, StaffRead
from sync.school.files.source import Source
from sync.school.files.spoilt import looks_spoilt
from sync.school.files.trouble import Place, Trouble, refuse
from sync.school.names import clean

_VERSIONS = ("1.0", "1.1", "1.2")
_GONE = "tobedeleted"
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
    ),
}
_STAFF = frozenset({"teacher", "administrator", "aide", "principal", "counselor"})
Line = Mapping[str, str]


@dataclass
class _Reading:
    archive: Archive
    errors: list[Trouble] = field(default_factory=list)
    teachers: dict[str, str] = field(default_factory=dict)
    """Class → its primary teacher, by their ids in the file."""
    homerooms: frozenset[str] = frozenset()

    @property
    def file(self) -> str:
        return self.archive.source.name

    def lines(self, name: str) -> Iterator[tuple[Place, Line]]:
        """The wanted fields of each line of an entry."""
        entry = _path(self.archive, name)
        place = Place(self.file, name)
        table = CsvTable(Source(self.file, self.archive.read(entry)))
        wanted: dict[str, int] = {}
        for n, fields in table.rows():
            if not wanted:
                wanted = {h: fields.index(h) for h in _COLUMNS[name] if h in fields}
                if "sourcedId" not in fields and "userSourcedId" not in fields:
                    raise refuse("no_header", place)
            elif any(fields):
                texts = {h: fields[c].strip() for h, c in wanted.items() if c < len(fields)}
                yield Place(self.file, name, n), texts


def is_oneroster(archive: Archive) -> bool:
    """Whether an archive is a OneRoster one."""
    return any(_path(archive, name) for name in ("manifest.csv", "enrollments.csv"))


def read_oneroster(archive: Archive) -> RosterRead:
    """The roster in an archive.

    Raises:
        FileRefusedError: no roster files, another version, or broken.
    """
    version, modes = _manifest(archive)
    reading = _Reading(archive)
    delta = "delta" in modes.values()
    for name in ("users.csv", "classes.csv", "enrollments.csv"):
        if not _path(archive, name) and not delta:
            raise refuse("missing_file", Place(archive.source.name, name), name=name)
    classes = _classes(reading)
    users, removed = _users(reading)
    placed, left = _enrolled(reading, classes, users, delta=delta)
    if looks_spoilt([user["name"] for user in users.values()]):
        raise refuse("mojibake", archive.source.place)
    pupils = tuple(
        PupilRead(
            users[one]["name"], classes[where], users[one]["code"], place=place, system="oneroster"
        )
        for one, (where, place) in placed.items()
    )
    staff = tuple(
        StaffRead(
            user["name"],
            user["code"],
            "oneroster",
            tuple(classes[c] for c in sorted(reading.homerooms) if reading.teachers.get(c) == one),
        )
        for one, user in users.items()
        if user["role"] in _STAFF
    )
    return RosterRead(
        format=f"oneroster-{version}" + ("-delta" if delta else ""),
        pupils=pupils,
        staff=staff,
        classes=tuple(dict.fromkeys(classes.values())),
        errors=tuple(reading.errors),
        whole_school=not delta,
        delta=delta,
        removed=frozenset(removed | left),
    )


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


def _classes(reading: _Reading) -> dict[str, str]:
    """Homeroom classes by id; where no class says that it is one, all of them."""
    if not _path(reading.archive, "classes.csv"):
        return {}
    lines = [line for _, line in reading.lines("classes.csv") if line.get("status") != _GONE]
    homes = [line for line in lines if line.get("classType") == "homeroom"]
    reading.homerooms = frozenset(line["sourcedId"] for line in homes)
    return {line["sourcedId"]: clean(line.get("title", "")) for line in homes or lines}


def _users(reading: _Reading) -> tuple[dict[str, dict[str, str]], set[str]]:
    users: dict[str, dict[str, str]] = {}
    removed: set[str] = set()
    if not _path(reading.archive, "users.csv"):
        return users, removed
    roles = _roles(reading)
    for place, line in reading.lines("users.csv"):
        code = line.get("identifier", "") or line["sourcedId"]
        parts = (line.get("familyName", ""), line.get("middleName", ""), line.get("givenName", ""))
        name = clean(" ".join(parts))
        if line.get("status") == _GONE:
            removed.add(code)
        elif name:
            role = line.get("role", "").lower() or roles.get(line["sourcedId"], "")
            users[line["sourcedId"]] = {"name": name, "role": role, "code": code}
        else:
            reading.errors.append(Trouble("no_name", place))
    return users, removed


def _roles(reading: _Reading) -> dict[str, str]:
    if not _path(reading.archive, "roles.csv"):
        return {}
    lines = [line for _, line in reading.lines("roles.csv")]
    return {line["userSourcedId"]: line.get("role", "").lower() for line in lines}


def _note_teacher(reading: _Reading, line: Line) -> None:
    is_primary = line.get("primary", "").lower() == "true" and line.get("status") != _GONE
    if is_primary and line.get("role", "").lower() == "teacher":
        reading.teachers.setdefault(line.get("classSourcedId", ""), line.get("userSourcedId", ""))


def _enrolled(
    reading: _Reading, classes: dict[str, str], users: dict[str, dict[str, str]], *, delta: bool
) -> tuple[dict[str, tuple[str, Place]], set[str]]:
    """Pupils with their homeroom class, and codes of pupils who left theirs (delta)."""
    placed: dict[str, tuple[str, Place]] = {}
    left: set[str] = set()
    if not _path(reading.archive, "enrollments.csv"):
        return placed, left
    for place, line in reading.lines("enrollments.csv"):
        user, where = line.get("userSourcedId", ""), line.get("classSourcedId", "")
        if line.get("role", "").lower() != "student":
            _note_teacher(reading, line)
            continue
        if line.get("status") == _GONE:
            left.add(users[user]["code"] if user in users else user)
        elif user in users and where in classes:
            placed[user] = (where, place)
        elif user not in users or (where not in classes and delta):
            missing = user if user not in users else where
            reading.errors.append(Trouble("unknown_reference", place, {"value": missing[:40]}))
    kept = {users[user]["code"] for user in placed}
    return placed, left - kept
