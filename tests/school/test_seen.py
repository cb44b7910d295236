"""Each id is new exactly once, in any order."""

from hypothesis import given
from hypothesis import strategies as st

from school.seen import Seen

IDS = st.one_of(
    st.builds("{:016x}-{}".format, st.integers(1, 2), st.integers(1, 12)),
    st.sampled_from(["x", "a-", "-3", "a-b", "a-٣", "7"]),
)


@given(st.lists(IDS, max_size=60))
def test_each_id_is_new_once(ids):
    seen, plain = Seen(), set()
    for fact_id in ids:
        assert seen.add(fact_id) == (fact_id not in plain)
        plain.add(fact_id)


def test_numbers_in_order_leave_nothing_apart():
    seen = Seen()
    for n in [*range(50, 100), *reversed(range(1, 50)), 102, 101, 100]:
        assert seen.add(f"{1:016x}-{n}")
    assert seen._apart == set()
