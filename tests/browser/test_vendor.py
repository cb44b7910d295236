"""Every vendored file is the one that VERSIONS.toml names, with its licence beside it."""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
VERSIONS: dict[str, Any] = tomllib.loads((CHECKOUT / "web/vendor/VERSIONS.toml").read_text())
FILES = {path: digest for part in VERSIONS["part"] for path, digest in part["files"].items()}


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_vendored_file_has_the_hash_that_is_written_down(path: str) -> None:
    assert hashlib.sha256((CHECKOUT / path).read_bytes()).hexdigest() == FILES[path]


def test_no_vendored_file_is_without_a_hash() -> None:
    folders = ("web/fonts/*.woff2", "web/icons/*.svg", "web/vendor/vendor.js")
    found = {str(file.relative_to(CHECKOUT)) for glob in folders for file in CHECKOUT.glob(glob)}
    scripts = {str(f.relative_to(CHECKOUT)) for f in CHECKOUT.glob("tests/browser/assets/*.js")}
    assert found | scripts == set(FILES)


@pytest.mark.parametrize("part", VERSIONS["part"], ids=lambda part: part["name"])
def test_a_vendored_part_has_its_licence_text_and_the_version_that_is_fetched(
    part: dict[str, Any],
) -> None:
    wanted = (CHECKOUT / "web/vendor/package.json").read_text()
    assert f'"{part["name"]}": "{part["version"]}"' in wanted
    assert len((CHECKOUT / part["licence_text"]).read_text()) > 400
