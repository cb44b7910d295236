"""Reads a transcript; the grammar is in `tests/transcripts/README.md`."""

from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "transcripts"
MARKS = ("@", "+", ">", "<", "<r", "x", "=", "!", "~")


@dataclass
class Line:
    mark: str
    text: str


@dataclass
class Transcript:
    head: dict[str, str] = field(default_factory=dict)
    steps: list[list[Line]] = field(default_factory=list)

    def bytes_of(self, line: Line) -> bytes:
        if self.head.get("bytes") == "hex":
            return bytes.fromhex(line.text)
        return line.text.encode("latin-1", "backslashreplace").decode("unicode_escape").encode()


def read(driver: str) -> Transcript:
    """The transcript of a driver; a step ends at an empty line."""
    transcript = Transcript()
    step: list[Line] = []
    for row in [*(FOLDER / f"{driver}.txt").read_text("utf-8").splitlines(), ""]:
        if row.startswith("# "):
            key, _, value = row[2:].partition(": ")
            transcript.head[key] = value
        elif row:
            mark, _, text = row.partition(" ")
            assert mark in MARKS, row
            step.append(Line(mark, text))
        elif step:
            transcript.steps.append(step)
            step = []
    return transcript
