"""Sizes of the panel, its contrasts, and that its style stays within old browsers."""

import gzip
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenPanel

WEB = Path(__file__).resolve().parents[2] / "web"
TOKENS = (WEB / "css/base.css").read_text()
STYLES = [WEB / f"css/{name}.css" for name in ("base", "panel", "hub", "gallery")]
PAIRS = [
    ("text", "bg", 15.4, 16.6),
    ("text", "surface-2", 14.2, 12.3),
    ("muted", "surface-2", 6.0, 7.3),
    ("border", "bg", 4.0, 5.6),
    ("border", "surface", 4.3, 4.9),
    ("on-primary", "primary", 6.7, 7.8),
    ("ok", "ok-bg", 5.3, 8.0),
    ("warn", "warn-bg", 5.6, 8.7),
    ("danger", "danger-bg", 5.4, 8.1),
    ("info", "info-bg", 5.5, 6.5),
    ("excused", "excused-bg", 6.1, 8.0),
    ("disabled", "surface-2", 4.7, 5.4),
    ("focus", "bg", 15.4, 18.2),
]
TOO_NEW = [
    r":has\(",
    r"@container",
    r"oklch\(",
    r":is\(",
    r":where\(",
    r"\binset:",
    r"aspect-ratio:",
    r"@layer",
    r"color-mix\(",
    r"^\s+&",
]


def colours(theme: str) -> dict[str, str]:
    block = re.search(rf'\[data-theme="{theme}"\] \{{(.*?)\n\}}', TOKENS, re.DOTALL)
    assert block is not None
    return dict(re.findall(r"--([\w-]+): #([0-9a-f]{6});", block[1]))


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("front", "back", "light", "dark"), PAIRS)
def test_contrasts_are_those_of_the_table(front: str, back: str, light: float, dark: float) -> None:
    for theme, promised in (("light", light), ("dark", dark)):
        named = colours(theme)
        assert contrast(named[front], named[back]) == pytest.approx(promised, abs=0.06)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.name)
@pytest.mark.parametrize("word", TOO_NEW)
def test_styles_stay_within_the_oldest_browser(style: Path, word: str) -> None:
    assert re.findall(word, style.read_text(), re.MULTILINE) == []


@pytest.mark.parametrize("page", ["index.html", "parts.html"])
def test_pages_have_nothing_inline_and_nothing_from_outside(page: str) -> None:
    text = (WEB / "teacher" / page).read_text()
    assert (
        re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|importmap|https?:", text) == []
    )
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert all(address.startswith("{{assets}}/") for address in addresses)


def requests_of(page: Page) -> list[str]:
    # What came from the browser's own memory was no request: its size is 0.
    names: list[str] = page.evaluate(
        """() => performance.getEntriesByType('resource')
            .filter(one => one.transferSize > 0).map(one => new URL(one.name).pathname)"""
    )
    return [name for name in names if name.startswith("/assets/")]


def test_the_panel_loads_within_its_budgets(open_panel: OpenPanel) -> None:
    page = open_panel(cold=True)
    page.wait_for_selector("[data-test=start]")
    names = requests_of(page)
    sizes = {".js": 0, ".css": 0}
    for name in names:
        file = WEB / name.split("/", 3)[3]
        if file.suffix in sizes:
            sizes[file.suffix] += len(gzip.compress(file.read_bytes(), 6))
    assert sizes[".js"] < 60_000
    assert sizes[".css"] < 12_000
    assert sizes[".js"] > 10_000
    besides_fonts = [name for name in names if not name.endswith(".woff2")]
    assert len(besides_fonts) + 1 <= 15  # and the page itself
    assert len(names) == len(set(names))
