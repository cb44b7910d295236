import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.demo.school import CLASS_HERE, CLASS_NEXT_DOOR, ROOM, new_school, with_lesson_at
from school.records import School
from school.rules import Rules
from school.school_file import read_school, write_school
from school.school_rows import SchoolFile
from school.timetable import Timetable


def made() -> SchoolFile:
    return new_school(random.Random(5).randbytes)


@pytest.fixture(scope="module")
def school() -> School:
    return read_school(
        write_school(with_lesson_at(made(), datetime(2026, 11, 23, 2, 0, tzinfo=UTC)))
    )


def lesson_on(file: SchoolFile, moment: datetime) -> str:
    school = read_school(write_school(file))
    table = Timetable(school, Rules())
    at_ms = round(moment.timestamp() * 1000)
    day = school.day_of(at_ms)
    (on,) = [p for p in table.in_room(ROOM, day) if p.starts_ms <= at_ms < p.ends_ms]
    later = table.next_after(ROOM, at_ms) or table.in_room(ROOM, day + timedelta(days=1))
    assert later
    assert {lesson.group_key for lesson in later} == {CLASS_HERE}
    return on.group_key


@settings(max_examples=200, deadline=None)
@given(st.integers(1_767_225_600, 2_082_758_400))  # 2026 to 2035
def test_at_any_moment_10a1_has_a_lesson_here_and_another_after_it(unix_s: int) -> None:
    moment = datetime.fromtimestamp(unix_s, UTC)
    assert lesson_on(with_lesson_at(SCHOOL, moment), moment) == CLASS_HERE


SCHOOL = made()


def test_later_starts_on_the_same_and_other_days_keep_people_and_cards() -> None:
    file = SCHOOL
    moment = datetime(2026, 11, 23, 1, 7, tzinfo=UTC)
    for minutes in (0, 20, 31, 1, 44, 60 * 20, 60 * 24 * 50):
        moment += timedelta(minutes=minutes)
        file = with_lesson_at(file, moment)
        assert lesson_on(file, moment) == CLASS_HERE
    assert (file.people, file.cards, file.card_key) == (
        SCHOOL.people,
        SCHOOL.cards,
        SCHOOL.card_key,
    )
    dates = {row.date for row in file.bells if row.date}
    assert len(dates) == 1  # after 50 days the old ones are forgotten


def test_two_classes_of_42_with_names_as_they_are(school: School) -> None:
    assert [len(school.roster(key)) for key in (CLASS_HERE, CLASS_NEXT_DOOR)] == [42, 42]
    names = Counter(person.name for person in school.roster(CLASS_HERE))
    assert names.most_common(1) == [("Nguyễn Thu Hà", 2)]
    assert {"Páo", "Hơ Thị", "Giàng A Chư"} <= set(names)
    assert [person.stt for person in school.roster(CLASS_HERE)] == list(range(1, 43))


def test_cards_of_the_class_here_can_be_read_at_both_readers() -> None:
    kinds = {person.id: person.class_id for person in SCHOOL.people}
    here = [card for card in SCHOOL.cards if kinds[card.person_id] == CLASS_HERE]
    assert len(here) == 42
    assert {(card.tech, len(card.uid)) for card in here} == {("em4100", 10)}
    others = {(card.tech, len(card.uid)) for card in SCHOOL.cards}
    assert others == {("em4100", 10), ("mifare", 8), ("mifare", 14)}


def test_one_lost_card_is_revoked_and_its_owner_has_another() -> None:
    (lost,) = [card for card in SCHOOL.cards if card.revoked]
    assert [c.revoked for c in SCHOOL.cards if c.person_id == lost.person_id] == [False, True]


def test_each_school_has_cards_of_its_own() -> None:
    other = new_school(random.Random(6).randbytes)
    assert other.card_key != SCHOOL.card_key
    assert not {card.uid for card in other.cards} & {card.uid for card in SCHOOL.cards}
