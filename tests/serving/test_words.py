import pytest

from web.serving.words import CatalogueError, Words

WORDS = Words(
    {
        "vi": {"hello": "Chào {name}", "left": "Còn {n} em", "only": "Chỉ có ở đây"},
        "en": {"hello": "Hello {name}", "left_one": "{n} pupil left", "left_other": "{n} left"},
    }
)


@pytest.mark.parametrize(
    ("language", "key", "params", "says"),
    [
        ("vi", "hello", {"name": "cô Lan"}, "Chào cô Lan"),
        ("en", "hello", {"name": "Lan"}, "Hello Lan"),
        ("en", "left", {"n": 1}, "1 pupil left"),
        ("en", "left", {"n": 2}, "2 left"),
        ("vi", "left", {"n": 1}, "Còn 1 em"),
        ("en", "only", {}, "Chỉ có ở đây"),
        ("fr", "only", {}, "Chỉ có ở đây"),
    ],
)
def test_words_are_said_in_the_language_asked_for(language, key, params, says):
    assert WORDS.say(language, key, **params) == says


def test_an_unknown_key_is_the_programmers_error():
    with pytest.raises(KeyError, match="nothing"):
        WORDS.say("vi", "nothing")


def test_a_folder_of_catalogues_is_read_with_vietnamese_first(tmp_path):
    (tmp_path / "en.json").write_text('{"a": "b"}')
    (tmp_path / "vi.json").write_text('{"a": "ạ"}', encoding="utf-8")
    words = Words.read(tmp_path)
    assert words.languages == ("vi", "en")
    assert words.say("vi", "a") == "ạ"


@pytest.mark.parametrize("text", ["{", "[]", '{"a": {"b": "c"}}', '{"a": 1}'])
def test_a_broken_catalogue_is_named(tmp_path, text):
    (tmp_path / "vi.json").write_text(text)
    with pytest.raises(CatalogueError, match=r"vi\.json"):
        Words.read(tmp_path)


def test_a_missing_catalogue_is_named(tmp_path):
    with pytest.raises(CatalogueError, match=r"vi\.json"):
        Words.read(tmp_path)
