"""Excuse merges apart from presence: office over homeroom over leave, then the later."""

import pytest

T1 = "20261123-S-1-10a1"


def say(facts, excuse, source, time="08:00", **more):
    body = {"lesson": T1, "person": "10a1-1", "excuse": excuse, "source": source}
    return facts.make("excuse", time, **(body | more))


@pytest.fixture
def absent(register, facts):
    register.apply(facts.mark(T1, "10a1-1", "absent", "07:05"))
    return register


@pytest.mark.parametrize(
    ("said", "excuse"),
    [
        ([], "unknown"),
        ([("excused", "homeroom")], "excused"),
        ([("excused", "homeroom"), ("unexcused", "homeroom")], "unexcused"),
        ([("unexcused", "office"), ("excused", "homeroom")], "unexcused"),
        ([("excused", "paper"), ("unexcused", "teacher")], "excused"),
        ([("excused", "card")], "unknown"),
        ([("ok", "office")], "unknown"),
    ],
)
def test_who_outranks_whom(absent, facts, said, excuse):
    for word, source in said:
        absent.apply(say(facts, word, source, reason="đơn"))
    assert absent.mark(T1, "10a1-1").excuse == excuse


def test_a_teacher_who_crosses_over_must_say_why(absent, facts):
    absent.apply(say(facts, "excused", "teacher"))
    assert absent.mark(T1, "10a1-1").excuse == "unknown"
    absent.apply(say(facts, "excused", "teacher", reason="em báo trước"))
    assert absent.mark(T1, "10a1-1").excuse == "excused"


def test_presence_and_excuse_do_not_touch_one_another(absent, facts):
    absent.apply(say(facts, "unexcused", "homeroom"))
    absent.apply(facts.mark(T1, "10a1-1", "present", "08:01"))
    assert absent.mark(T1, "10a1-1").excuse is None
    absent.apply(facts.mark(T1, "10a1-1", "skipped", "08:02"))
    mark = absent.mark(T1, "10a1-1")
    assert (mark.excuse, mark.source, mark.excuse_source) == ("unexcused", "teacher", "homeroom")


def test_an_excuse_that_came_before_the_absence_holds(register, facts):
    register.apply(say(facts, "excused", "homeroom", "06:00"))
    assert register.mark(T1, "10a1-1").presence == "unmarked"
    register.apply(facts.mark(T1, "10a1-1", "absent", "07:05"))
    assert register.counts(T1).excused == 1


def test_a_person_outranks_leave(absent, facts):
    leave = {"leave": "l", "person": "10a1-1", "first": "2026-11-23", "last": "2026-11-23"}
    absent.apply(facts.make("leave", "07:30", state="approved", **leave))
    assert absent.mark(T1, "10a1-1").excuse == "excused"
    absent.apply(say(facts, "unexcused", "homeroom"))
    assert absent.mark(T1, "10a1-1").excuse == "unexcused"
    absent.apply(facts.make("leave", "07:31", state="approved", **(leave | {"last": "x"})))
    assert [one.id for one in absent.papers.leaves("10a1-1")] == ["l"]
