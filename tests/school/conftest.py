"""A small school and its register."""

import pytest

from school.records import School
from school.register import Register
from school.rules import Rules
from tests.school.kit import Facts, make_school


@pytest.fixture
def school() -> School:
    return make_school()


@pytest.fixture
def facts() -> Facts:
    return Facts()


@pytest.fixture
def register(school: School) -> Register:
    return Register(school, Rules())
