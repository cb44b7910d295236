"""What is wrong in a file, where, and which words tell it.

The words themselves are the command line's (`import.trouble.<code>` and `import.cure.<code>`), so
that a person reads them in their own language.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file.

    Attributes:
        file: the file's name.
        sheet: sheet of a workbook, or file inside an archive; empty where there is none.
        row: row number as the person's program shows it; 0 where it is the whole sheet.
        column: letters of the column, or its heading; empty where it is the whole row.
    """

    file: str = ""
    sheet: str = ""
    row: int = 0
    column: str = ""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong.

    Attributes:
        code: one of `CODES`.
        place: where.
        params: what the sentence names; pupils are named only where the sentence is of nothing
            else, and never in a log.
    """

    code: str
    place: Place
    params: Mapping[str, str] = field(default_factory=dict)


class FileRefusedError(ValueError):
    """The file as a whole cannot be used: tell the person, change nothing.

    Attributes:
        trouble: what and where.
    """

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.code)
        self.trouble = trouble


CODES = (
    # the whole file
    "empty",
    "half_file",
    "too_large",
    "zip_bomb",
    "password",
    "old_xls",
    "not_a_workbook",
    "ods_file",
    "xlsb_file",
    "word_file",
    "numbers_file",
    "html_file",
    "xml_spreadsheet",
    "bad_xml",
    "xml_entities",
    "too_many_rows",
    "too_many_errors",
    "not_utf8",
    "mojibake",
    "bad_csv",
    "no_header",
    "no_table",
    "unknown_shape",
    "needs_fet_file",
    "not_oneroster",
    "oneroster_version",
    "missing_file",
    "files_mixed",
    # a row or a cell
    "no_name",
    "no_class",
    "bad_class",
    "bad_text",
    "formula_text",
    "formula_empty",
    "error_cell",
    "bad_birth",
    "swapped_birth",
    "bad_stt",
    "same_stt",
    "same_code",
    "code_taken",
    "same_pupil",
    "same_staff",
    "same_homeroom",
    "lost_zeros",
    "became_date",
    "became_time",
    "became_number",
    "bad_weekday",
    "day_without_year",
    "two_weekdays",
    "bad_slot",
    "bad_session",
    "bad_number",
    "unknown_reference",
    "bad_subject",
    "some_weeks",
    "bad_room",
    "bad_teacher",
    "two_lessons",
    "no_bell",
    "no_heading",
    "no_column",
    "no_value",
    "bad_first_day",
    "several_days",
    "name_number",
    "unheaded",
    "no_number",
    "two_lists",
    "two_grids",
    "no_owner",
    "clock_gap",
    "bad_day",
    "no_homeroom",
    "two_classes",
    "two_roles",
    "only_subjects",
    "unknown_class",
    "no_enrolment",
    "all_ended",
    "records_refused",
    # a decision
    "match_unknown",
    "match_taken",
    "match_several",
)
"""Every code there is."""


def refuse(code: str, place: Place, **params: str) -> FileRefusedError:
    """The error to raise for a file that cannot be used."""
    return FileRefusedError(Trouble(code, place, params))
