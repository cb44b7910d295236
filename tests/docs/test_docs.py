"""The documentation names what is there, and nothing that is not."""

import re
import tomllib
from pathlib import Path

import pytest

from edge.cli.commands import app

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
FILE = re.compile(r"`((?:edge|drivers|devices|sync|config|web|systemd|tests)/[\w/.-]+\.\w+)`")


def test_every_command_is_in_the_docs():
    page = (ROOT / "docs/api.md").read_text()
    names = {info.name or info.callback.__name__ for info in app.registered_commands}
    names |= {group.name for group in app.registered_groups}
    assert names
    assert not [name for name in names if not re.search(rf"[`| ]{name}[`| ]", page)]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_and_files_exist(page):
    text = page.read_text()
    links = [page.parent / link for link in LINK.findall(text) if "://" not in link]
    files = [ROOT / name for name in FILE.findall(text)]
    assert [str(path) for path in [*links, *files] if not path.exists()] == []


def test_every_dependency_has_its_line():
    page = (ROOT / "docs/dependencies.md").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(one for extra in extras for one in extra)]
    names = [re.match(r"[a-z0-9-]+", one)[0] for one in wanted]
    assert len(names) > 20
    missing = [name for name in names if name not in page and not name.startswith("types-")]
    assert missing == []


def test_the_lock_has_hashes_and_no_addresses():
    for lock in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / lock).read_text()
        assert "://" not in text
        pinned = re.findall(r"^[a-z0-9].*==", text, re.MULTILINE | re.IGNORECASE)
        assert pinned
        assert text.count("--hash=sha256:") >= len(pinned)
