"""The catalogues of words that a person reads, one JSON file per language."""

import json
from collections.abc import Mapping
from pathlib import Path


class CatalogueError(Exception):
    """A catalogue cannot be read: file, place and cure in one sentence."""


class Words:
    """Says things in the languages of a folder of catalogues (`vi.json`, `en.json`).

    Args:
        catalogues: language → key → text with `{placeholders}`; the first language is the
            source, and is spoken where another has no word.
    """

    def __init__(self, catalogues: Mapping[str, Mapping[str, str]]) -> None:
        self._catalogues = catalogues
        self._source = next(iter(catalogues.values()))

    @classmethod
    def read(cls, folder: Path) -> "Words":
        """Read `vi.json` (the source) and every other language of `folder`.

        Raises:
            CatalogueError: a file is missing, is not JSON, or is not a flat object of texts.
        """
        others = sorted(path.stem for path in folder.glob("*.json") if path.stem != "vi")
        return cls({name: _read(folder / f"{name}.json") for name in ("vi", *others)})

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are, the source first."""
        return tuple(self._catalogues)

    def say(self, language: str, key: str, **params: object) -> str:
        """The text of `key` with its placeholders filled.

        With a parameter `n`, `key_one` and `key_other` are tried first (Vietnamese has one form).

        Raises:
            KeyError: no language knows the key, or a placeholder has no value.
        """
        words = self._catalogues.get(language, self._source)
        one = params.get("n") == 1 and language != "vi"
        for name in ((f"{key}_one" if one else f"{key}_other"), key):
            text = words.get(name) or self._source.get(name)
            if text is not None:
                return text.format(**params)
        raise KeyError(key)


def _read(path: Path) -> dict[str, str]:
    try:
        words = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CatalogueError(f"{path} cannot be read: {error}") from error
    if isinstance(words, dict) and all(isinstance(text, str) for text in words.values()):
        return words
    raise CatalogueError(f"{path} must be one object of key: text, without nesting")
