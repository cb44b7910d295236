"""Who is in which class on a day, and how a pupil's time in a class ends and begins."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta

from school.ids import group_key
from school.names import clean
from school.records import PersonKind
from school.school_rows import ClassRow, EnrolmentRow, SchoolFile
from school.year import within


def classes_on(file: SchoolFile, day: date) -> dict[str, str]:
    """Pupil's id → class on a day; who is in no class that day is left out."""
    enrolled: dict[str, str | None] = {}
    for row in file.enrolments:
        enrolled.setdefault(row.person_id, None)
        if within(day, row.valid_from, row.valid_to):
            enrolled[row.person_id] = row.class_id
    pupils = {p.id: p.class_id for p in file.people if p.kind is PersonKind.PUPIL}
    today = {one: enrolled.get(one, class_id) for one, class_id in pupils.items()}
    return {one: class_id for one, class_id in today.items() if class_id}


class ClassKeys:
    """The keys of classes by the names that files give them, with blanks between or without."""

    def __init__(self, file: SchoolFile) -> None:
        self._keys = {_joined(row.name): row.id for row in file.classes}
        self._keys |= {_plain(row.name): row.id for row in file.classes}

    def of(self, name: str) -> str:
        """The key of the class, or the one that it will get."""
        return self._keys.get(_plain(name)) or self._keys.get(_joined(name)) or group_key(name)

    def add(self, file: SchoolFile, name: str) -> str:
        """Make the class in the records where it is not there; its key."""
        key = self.of(name)
        if key not in self._keys.values():
            file.classes.append(ClassRow(id=key, name=name))
        self._keys[_plain(name)] = key
        return key


class Enrolments:
    """The enrolments of a file that is being changed from a day on."""

    def __init__(self, file: SchoolFile, day: date) -> None:
        self._rows, self._day = file.enrolments, day
        self._of: Mapping[str, list[EnrolmentRow]] = defaultdict(list)
        for row in file.enrolments:
            self._of[row.person_id].append(row)

    def move(self, person: str, class_id: str | None, before: str | None) -> None:
        """End a pupil's time in a class the day before, and begin the one in another.

        Args:
            person: the pupil.
            class_id: the class from now on; None where the pupil leaves.
            before: the class until now; None where the pupil had none.
        """
        end = self._day - timedelta(days=1)
        of_person = self._of[person]
        open_rows = [row for row in of_person if (row.valid_to or self._day) >= self._day]
        for row in open_rows:
            row.valid_to = end
            if row.valid_from and row.valid_from > end:
                self._rows.remove(row)
                of_person.remove(row)
        if before is not None and not open_rows:
            self._add(EnrolmentRow(person_id=person, class_id=before, valid_to=end))
        if class_id is not None:
            self._add(EnrolmentRow(person_id=person, class_id=class_id, valid_from=self._day))

    def _add(self, row: EnrolmentRow) -> None:
        self._rows.append(row)
        self._of[row.person_id].append(row)


def _plain(name: str) -> str:
    return clean(name).casefold()


def _joined(name: str) -> str:
    return _plain(name).replace(" ", "")
