"""One touch of a card is one touch, however often its reader says so."""

from collections.abc import Callable

ONE_TOUCH_MS = 2000


def is_phantom(uid: str) -> bool:
    """Whether no card has this number: zeros or ones alone, which noise makes.

    They pass every checksum that is an XOR or a sum (Tasmota#9522, esp-rfid#411).
    """
    return not set(uid) - {"0"} or not set(uid) - {"F"}


class Gone:
    """Tells a reader's sign that the card is gone from noise: zeros alone, after cards were read.

    Some readers send `0` when the card is taken away (ESPEasy#2982).
    """

    def __init__(self) -> None:
        self._reads_cards = False

    def card(self) -> None:
        """A card was read."""
        self._reads_cards = True

    def is_said(self, uid: str) -> bool:
        """Whether a phantom number is that sign."""
        return self._reads_cards and not set(uid) - {"0"}


class Touches:
    """Remembers which cards lie on one reader.

    A card seen again within 2 s is the same touch, and each time it is seen the 2 s begin anew.
    """

    def __init__(self, now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._seen_ms: dict[str, int] = {}

    def lies_there(self, uid: str) -> bool:
        """Whether this card belongs to a touch that goes on."""
        now = self._now_ms()
        self._seen_ms = {
            card: seen for card, seen in self._seen_ms.items() if now - seen <= ONE_TOUCH_MS
        }
        return uid in self._seen_ms

    def seen(self, uid: str) -> None:
        """This card is there now."""
        self._seen_ms[uid] = self._now_ms()
