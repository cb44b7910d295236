from drivers.touches import Touches


def test_each_sight_of_the_card_begins_the_two_seconds_anew(clock):
    touches = Touches(clock)
    assert not touches.lies_there("A")
    touches.seen("A")
    for _ in range(5):
        clock.pass_s(2)
        assert touches.lies_there("A")
        touches.seen("A")
    clock.pass_s(2.001)
    assert not touches.lies_there("A")


def test_cards_do_not_shadow_one_another(clock):
    touches = Touches(clock)
    touches.seen("A")
    assert not touches.lies_there("B")
    assert touches.lies_there("A")
