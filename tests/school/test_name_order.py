"""Class lists sort as ICU's Vietnamese collation does; Chromium's `Intl.Collator` is that ICU."""

from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, sync_playwright

from school.names import list_text, name_key
from tests.browser.conftest import CHROMIUM

FAMILY = "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Hồ Ngô Dương Lý Giàng Hơ Y Tạ Thị"
MIDDLE = ["", "Văn", "Thị", "Thị Thu", "Đức", "Ngọc", "Thị Thủ", "A", "Gia", "Minh", "hữu", "Bảo-"]
GIVEN = (
    "An Ân Ấn Ẩn Ăn Anh Ánh Ảnh Bình Bính Châu Chầu Dũng Dung Đạt Đăng Đặng Én Giang Hà Hạ Hả Hã "
    "Há Ha Hằng Hảng Hương Hường Hưởng Khánh Khanh Linh Lĩnh Loan Ly Lý Mai Mài My Mỹ Nga Ngà "
    "Oanh Ổn Ơn Páo Phúc Phục Quỳnh Sơn Son Sòn Sử Tú Tư Từ Tuấn Tuân Tùng Ứng Uyên Vy Vỹ Wang "
    "Xuân Xuấn Y Ý Yến Zin Fin Jun an AN hà H'Hen 2 O'Ka"
)
SORT = """texts => {
  const collator = new Intl.Collator('vi');
  return {
    sorted: [...texts].sort(collator.compare),
    supported: Intl.Collator.supportedLocalesOf(['vi']),
    differ: texts.slice(1).map((text, n) => Math.sign(collator.compare(texts[n], text))),
  };
}"""
ARGS = ["--headless", "--no-sandbox", "--disable-gpu"]


@pytest.fixture(scope="module")
def page():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield browser.new_page()
        browser.close()


def names(count: int) -> list[str]:
    """Names spread evenly over all their parts."""
    every = [" ".join(parts).split() for parts in product(FAMILY.split(), MIDDLE, GIVEN.split())]
    step = len(every) // count
    return list(dict.fromkeys(" ".join(words) for words in every[::step]))[:count]


def test_2000_names_sort_as_icu_sorts_them(page: Page):
    given = names(2_000)
    assert len(given) == 2_000
    answer = page.evaluate(SORT, [list_text(name) for name in given])
    assert answer["supported"] == ["vi"]
    assert [list_text(name) for name in sorted(given, key=name_key)] == answer["sorted"]


LETTERS = "aáàạăắâầbcdđeêếghiíklmnoôộơởpqrstuưựvxyỳ"
WORD = st.text(alphabet=LETTERS + LETTERS.upper() + "fjwz'-2", min_size=1, max_size=4)
NAME = st.lists(WORD, min_size=1, max_size=4).map(" ".join)


@settings(max_examples=15, deadline=None)
@given(st.lists(NAME, min_size=100, max_size=150))
def test_neighbours_compare_as_icu_compares_them(page: Page, made):
    texts = [list_text(name) for name in made]
    answer = page.evaluate(SORT, texts)
    keys = [name_key(name)[:3] for name in made]
    assert [(a < b) * -1 + (a > b) for a, b in pairwise(keys)] == answer["differ"]
