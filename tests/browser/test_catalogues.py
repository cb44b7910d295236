"""Both catalogues say the same things, and the panel asks for nothing that they do not have."""

import json
import re
from pathlib import Path

import pytest

from edge.supervisor import PartState

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"
VI: dict[str, str] = json.loads((WEB / "i18n/vi.json").read_text())
EN: dict[str, str] = json.loads((WEB / "i18n/en.json").read_text())
SOURCES = [*(WEB / "shared").glob("*.js"), *(WEB / "teacher").glob("*.js")]
# Families of keys that are put together while drawing: t(`att.lesson.${…}`).
FAMILIES = re.compile(r"`([a-z.]+)\.\$\{")
# Words of the steps of a scene are named in the room's profile.
NAMED_ELSEWHERE = ("hub.", "step.")


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_both_languages_have_the_same_keys() -> None:
    assert list(VI) == list(EN)


@pytest.mark.parametrize("key", sorted(VI))
def test_a_text_has_the_same_placeholders_in_both_languages(key: str) -> None:
    assert VI[key]
    assert EN[key]
    names = [{name.lower() for name in placeholders(text)} for text in (VI[key], EN[key])]
    assert names[0] == names[1]


def asked_keys() -> set[str]:
    """Keys that stand in the sources as they are."""
    found: set[str] = set()
    for source in SOURCES:
        text = source.read_text()
        found |= set(re.findall(r'"([a-z]+(?:\.[a-z]+)+)"', text))
    return {key for key in found if not key.startswith("lophoc.")}


def test_every_key_that_is_asked_for_is_there() -> None:
    missing = {key for key in asked_keys() if key not in VI and f"{key}_other" not in VI}
    assert missing == set()


def test_every_key_that_is_there_is_asked_for() -> None:
    asked = asked_keys()
    families = {prefix for source in SOURCES for prefix in FAMILIES.findall(source.read_text())}
    panel_keys = [key for key in VI if not key.startswith(NAMED_ELSEWHERE)]
    idle = {
        key
        for key in panel_keys
        if re.sub("_(one|other)$", "", key) not in asked
        and not any(key.startswith(f"{family}.") for family in families)
    }
    assert idle == set()


def test_every_part_of_the_agent_has_words() -> None:
    """Parts of one device or reader go by its id, written after a space in an f-string."""
    sources = [ROOT / "edge/app.py", ROOT / "edge/teaching.py"]
    text = "".join(source.read_text() for source in sources)
    names = set(re.findall(r'\badd(?:_broken)?\(\s*f?"([a-z ]+?)(?: \{[^"]*)?"', text))
    assert {"store", "school file", "device", "reader"} <= names
    keys = {f"part.{name.replace(' ', '_')}" for name in names}
    assert keys - set(VI) == set()
    states = {f"help.part.{state}" for state in PartState if state is not PartState.UP}
    assert states - set(VI) == set()


def test_tiet_hoc_never_breaks_over_two_lines() -> None:
    assert [text for text in VI.values() if re.search("[Tt]iết học", text)] == []
