"""The framer itself, with a codec of one letter: `a` is a message, `-` filling."""

from drivers.codecs.framing import BUFFER_BYTES, Cut, Framer, MalformedReply

BAD = MalformedReply("not of the alphabet")


def cut_letter(buffer: bytes) -> Cut[str]:
    if buffer[0] == ord("a"):
        return Cut(1, "a")
    if buffer[0] == ord("-"):
        return Cut(1)
    if buffer[0] == ord("?"):
        return Cut(0)
    return Cut(1, reason=BAD.reason)


def test_messages_come_in_order_and_filling_is_silent():
    assert Framer(cut_letter).feed(b"-a--a") == ["a", "a"]


def test_a_run_of_garbage_gives_one_marker_however_it_is_fed():
    framer = Framer(cut_letter)
    assert framer.feed(b"xyz") == [BAD]
    assert framer.feed(b"x-x") == []
    assert framer.feed(b"axa") == ["a", BAD, "a"]


def test_an_unfinished_message_waits():
    framer = Framer(cut_letter)
    assert framer.feed(b"a??") == ["a"]
    assert framer.pending == 2


def test_what_never_ends_is_capped():
    framer = Framer(cut_letter)
    assert framer.feed(b"?" * (3 * BUFFER_BYTES)) == []
    assert framer.pending == BUFFER_BYTES
