"""The panel's one word for the uplink: each combination of trouble, waiting and first answer."""

import pytest

from sync.uplink.cures import CURES
from sync.uplink.ports import NOT_READY, REFUSES_US, LinkState, Trouble
from sync.uplink.telling import link_state


@pytest.mark.parametrize("waiting", [0, 5])
@pytest.mark.parametrize("trouble", [None, *Trouble])
@pytest.mark.parametrize("heard", [True, False])
def test_the_word_is_honest(trouble: Trouble | None, waiting: int, heard: bool) -> None:
    state = link_state(trouble, waiting, heard=heard)
    if trouble in REFUSES_US | NOT_READY:
        assert state is LinkState.BLOCKED
    elif trouble is not None or not heard:
        assert state is LinkState.WAITING
    else:
        assert state is (LinkState.SENDING if waiting else LinkState.IDLE)


def test_the_journal_has_a_sentence_for_each_trouble() -> None:
    assert set(CURES) == set(Trouble)
