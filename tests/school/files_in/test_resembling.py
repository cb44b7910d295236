"""Which names may be one and the same pupil's."""

import pytest

from school.files.rosters.resembling import Resembling

LEAVING = ["Nguyễn Văn An", "Trần Thị Thu Hà", "Giàng A Páo", "Páo", "Nguyễn Thị Hà"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("Nguyễn Văn Ân", ("Nguyễn Văn An",)),
        ("NGUYỄN VĂN ANH", ("Nguyễn Văn An",)),
        ("Trần Thị Hà", ("Trần Thị Thu Hà",)),
        ("Trần Thị Thu Thu Hà", ("Trần Thị Thu Hà",)),
        ("Giàng A Pao", ("Giàng A Páo",)),
        ("Nguyễn Văn Bình", ()),
        ("Lê Văn An", ()),
        ("Nguyễn An Hải Hà", ()),
        ("Pao", ("Páo",)),
        ("", ()),
    ],
)
def test_a_slip_of_the_pen_is_suggested_and_another_pupil_is_not(name: str, near: tuple[str, ...]):
    assert Resembling(LEAVING).to(name) == near


def test_the_likeliest_come_first_and_at_most_three():
    names = [f"Nguyễn Văn {given}" for given in ("Hoan", "Hoàng", "Hoà", "Hoài", "Khoa")]
    assert Resembling(names).to("Nguyễn Văn Hòa")[0] == "Nguyễn Văn Hoà"
    assert len(Resembling(names).to("Nguyễn Văn Hòa")) == 3
