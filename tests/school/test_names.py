"""Vietnamese names: short form, list order, folding."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from school.names import clean, fold, name_key, short_name, short_names

IN_ORDER = [
    "Nguyễn Thị An",
    "Trần Ân",
    "Lê Bình",
    "Nguyễn Châu",
    "Trần Dũng",
    "An Đạt",
    "Bùi Én",
    "Lê Hà",
    "Nguyễn Thị Thu Hà",
    "Trần Hà",
    "Lê Hạ",
    "Đặng Gia Huy",
    "Giàng A Páo",
    "Hơ Thị",
    "Lê Ứng",
    "Páo Y",
]


def test_order_of_a_class_list():
    assert sorted(reversed(IN_ORDER), key=name_key) == [
        "Nguyễn Thị An", "Trần Ân", "Lê Bình", "Nguyễn Châu", "Trần Dũng", "An Đạt", "Bùi Én",
        "Lê Hà", "Lê Hạ", "Nguyễn Thị Thu Hà", "Trần Hà", "Đặng Gia Huy", "Giàng A Páo", "Hơ Thị",
        "Lê Ứng", "Páo Y",
    ]  # fmt: skip


def test_tones_break_ties_last():
    tones = ["ma", "mà", "mả", "mã", "má", "mạ"]
    assert sorted(reversed(tones), key=name_key) == tones
    assert sorted(["Mạ An", "Ma Bình"], key=name_key) == ["Mạ An", "Ma Bình"]


def test_letters_of_the_alphabet():
    letters = ["a", "ă", "â", "b", "d", "đ", "e", "ê", "o", "ô", "ơ", "u", "ư", "v"]
    assert sorted(reversed(letters), key=name_key) == letters


def test_search_folds_d_bar_too():
    assert fold("Đặng Gia Huy") == "dang gia huy"
    assert fold(unicodedata.normalize("NFD", "Đặng  Gia HUY")) == "dang gia huy"


def test_large_line_shows_two_words_or_all_when_equal():
    assert short_name("Nguyễn Thị Thu Hà") == "Thu Hà"
    assert short_name("Páo") == "Páo"
    names = short_names({"a": "Lê Thị An", "b": "Hà Thị An", "c": "Giàng A Páo"})
    assert names == {"a": "Lê Thị An", "b": "Hà Thị An", "c": "A Páo"}


@given(st.text(max_size=30))
def test_any_text_can_be_sorted_and_folded(text):
    assert name_key(text) == name_key(unicodedata.normalize("NFD", text))
    assert clean(clean(text)) == clean(text)
    assert "đ" not in fold(text)
