"""Readers that print lines: the line, the gap that ends one, and which cards are so long.

Source: protocol notes §1.1 (9600 8N1) and §5.2 (idle gap); card lengths: ISO/IEC 14443-3 for
`mifare`, §5.1 for `em4100`.
"""

from collections.abc import Mapping
from typing import Final

BAUD: Final = 9600
IDLE_S: Final = 0.1

LENGTHS: Final[Mapping[str, tuple[int, ...]]] = {
    "auto": (4, 5, 7, 10),
    "mifare": (4, 7, 10),
    "em4100": (5,),
}
"""Bytes that a card of each technology may have, the usual one first; auto = told by the length."""


def technology_of(length: int) -> str:
    """The technology whose cards have so many bytes."""
    return "em4100" if length in LENGTHS["em4100"] else "mifare"
