"""From rows to records, third part: the office's."""

from collections.abc import Sequence
from datetime import date

from school.mistakes import SchoolFileError, known
from school.names import clean
from school.office import OfficeCode, OfficeRecord
from school.school_rows import OfficeRow, SchoolFile
from school.year_check import in_order


def office_records(file: SchoolFile) -> dict[str, OfficeRecord]:
    """The office's records by person id.

    Raises:
        SchoolFileError: a row names nobody, or two people have one code at a time.
    """
    people = {row.id for row in file.people}
    found: dict[str, OfficeRecord] = {}
    for n, row in enumerate(file.office):
        known(f"office[{n}].person_id", row.person_id, people, "person")
        if row.person_id in found:
            raise SchoolFileError(
                f"office[{n}] is a second row of {row.person_id}; put the two rows together"
            )
        found[row.person_id] = _record(f"office[{n}]", row)
    _refuse_shared(file.office)
    return found


def _record(place: str, row: OfficeRow) -> OfficeRecord:
    for n, code in enumerate(row.codes):
        in_order(f"{place}.codes[{n}]", code.valid_from, code.valid_to)
    codes = (OfficeCode(c.system, clean(c.code), c.valid_from, c.valid_to) for c in row.codes)
    return OfficeRecord(row.birth, clean(row.gender), tuple(codes))


def _refuse_shared(rows: Sequence[OfficeRow]) -> None:
    """A code that changed hands is no mistake; one of two people at once is."""
    owners: dict[tuple[str, str], list[tuple[str, date, date]]] = {}
    for n, row in enumerate(rows):
        for c in row.codes:
            first, last = c.valid_from or date.min, c.valid_to or date.max
            had = owners.setdefault((c.system, clean(c.code)), [])
            for other, since, until in had:
                if other != row.person_id and since <= last and first <= until:
                    raise SchoolFileError(
                        f"office[{n}]: {row.person_id} and {other} have the same code of "
                        f"{c.system}; leave it with its one owner"
                    )
            had.append((row.person_id, first, last))
