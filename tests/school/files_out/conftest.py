"""One small month, made once."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from school.files.books.out_about import About
from school.files.books.out_days import Held, Patience, about
from school.records import School
from school.register import Register
from tests.school.files_out.kit import AT, held_in, month_register, rows, school_of


@pytest.fixture(scope="session")
def school() -> School:
    return school_of(rows())


@pytest.fixture(scope="session")
def register(school: School) -> Register:
    return month_register(school, unconfirmed=frozenset({"11a1"}))


@pytest.fixture(scope="session")
def held(register: Register) -> list[Held]:
    return held_in(register)


@pytest.fixture(scope="session")
def patience(register: Register) -> Patience:
    return Patience(register, AT.date(), 3)


@pytest.fixture(scope="session")
def said(school: School, held: list[Held]) -> About:
    return about(school, "máy chủ trường", AT, held)


@pytest.fixture(scope="session")
def to_pdf(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[int, str]]:
    """Pages and text of a table as LibreOffice prints it."""
    folder = tmp_path_factory.mktemp("office")

    def convert(content: bytes, name: str = "book.xlsx") -> tuple[int, str]:
        book = folder / name
        book.write_bytes(content)
        profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
        utf8 = ["--infilter=CSV:44,34,76"] if name.endswith(".csv") else []  # as its dialog offers
        told = _run("soffice", "--headless", profile, *utf8, "--convert-to", "pdf",
                    "--outdir", str(folder), str(book))  # fmt: skip
        assert "Error" not in told
        pdf = book.with_suffix(".pdf")
        pages = int(_run("pdfinfo", str(pdf)).split("Pages:")[1].split()[0])
        return pages, _run("pdftotext", "-layout", str(pdf), "-")

    return convert


def _run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=100)
    return done.stdout + done.stderr
