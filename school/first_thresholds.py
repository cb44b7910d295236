"""The first row of thresholds, from a settings file into records that have none yet."""

from collections.abc import Sequence

from school.rules import Rules
from school.school_file import SchoolFileError, read_rows, write_school
from school.school_rows import SchoolFile, ThresholdRow
from school.thresholds import KEYS, of_rules


def with_first_row(file: SchoolFile, rules: Rules, held: Sequence[ThresholdRow] = ()) -> SchoolFile:
    """The records with thresholds; those that have some stay as they are.

    Args:
        file: the records.
        rules: what the settings file says.
        held: rows of the records that held before, which stand before the file's.
    """
    if file.thresholds:
        return file
    row = of_rules(rules)
    made = ThresholdRow(**{key: getattr(row, key) for key in KEYS})
    return file.model_copy(update={"thresholds": list(held) or [made]})


def held_rows(raw: bytes | None) -> Sequence[ThresholdRow]:
    """The rows of records that hold; none of such as cannot be read."""
    try:
        return [] if raw is None else read_rows(raw).thresholds
    except SchoolFileError:
        return []


def bytes_with_first_row(raw: bytes, rules: Rules, held: Sequence[ThresholdRow] = ()) -> bytes:
    """The same for a school file as it stands on disk; one that has rows stays byte for byte.

    Raises:
        SchoolFileError: it cannot be read.
    """
    file = read_rows(raw)
    return raw if file.thresholds else write_school(with_first_row(file, rules, held))
