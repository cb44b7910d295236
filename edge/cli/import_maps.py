"""Templates of answers to an import's questions: given by hand, or kept by the school.

A template belongs to a kind of import and to the headings of its files, and is found again by them.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from edge.cli.import_show import choice_text, question_text
from edge.cli.say import refuse, say
from sync.state.whole_file import write_whole

if TYPE_CHECKING:
    from school.files.sheets.ledger import Account

FOLDER = "import-maps"
_VERSION = 1


def read_map(path: Path) -> dict[str, str]:
    """Key of a question → id of its answer; the command ends with a sentence where it is none.

    An answer may be written as its id, its number or its text.
    """
    try:
        raw = json.loads(path.read_text("utf-8"))
        rows = raw["answers"]
        pairs = {str(row["question"]): _chosen(row) for row in rows}
    except OSError as error:
        refuse(say("import.unreadable", file=path, why=error.strerror or "?"))
    except (ValueError, KeyError, TypeError, AttributeError):
        refuse(say("import.bad_map", file=path))
    return {question: answer for question, answer in pairs.items() if answer}


def save_map(path: Path, kind: str, account: "Account") -> None:
    """Write a template with what was answered and what is open.

    Raises:
        OSError: the file cannot be written.
    """
    rows = [
        {
            "question": question.key,
            "message": question_text(question),
            "choices": {one.id: choice_text(one) for one in question.choices},
            "answer": answer,
        }
        for question, answer in [*account.answered, *((one, "") for one in account.questions)]
    ]
    made = {
        "lophoc_map": _VERSION,
        "kind": kind,
        "headings": list(account.headings),
        "answers": rows,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(made, ensure_ascii=False, indent=2)
    write_whole(path, f"{text}\n".encode(), 0o644)


def kept_map(folder: Path, kind: str, account: "Account") -> Path:
    """Where a school keeps its template for files with these headings."""
    named = "\n".join([kind, *sorted(set(account.headings))])
    return folder / FOLDER / f"{kind}-{sha256(named.encode()).hexdigest()[:16]}.json"


def _chosen(row: Mapping[str, object]) -> str:
    answer, choices = str(row.get("answer") or "").strip(), row.get("choices") or {}
    if not isinstance(choices, dict):
        raise TypeError
    ids = [str(one) for one in choices]
    if answer in ids:
        return answer
    if answer.isdecimal() and 0 < int(answer) <= len(ids):
        return ids[int(answer) - 1]
    return next((str(one) for one, text in choices.items() if text == answer), answer)
