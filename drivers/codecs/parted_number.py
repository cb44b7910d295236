"""Card numbers printed byte by byte with marks between: `04 A3 1B 2C`, `04:A3:1B:2C`, `4-A3-1B-2C`.

Source: programs of card readers in public reports (miguelbalboa/rfid#669, #496: a blank before or
behind each byte). A mark tells where each byte ends: one printed with one digit is no riddle then.
"""

import re
from collections.abc import Container

_PARTED = re.compile(r"[0-9A-Fa-f]{1,2}(?:([ :-])[0-9A-Fa-f]{1,2})(?:\1[0-9A-Fa-f]{1,2})*")


def joined(printed: str, sizes: Container[int]) -> str:
    """The number with two digits a byte and no marks; any other text as it came.

    Args:
        printed: what the reader printed.
        sizes: how many bytes a card may have; one with more or fewer is none, and stays as it is.
    """
    number = printed.strip(" ")
    found = _PARTED.fullmatch(number)
    if found is None:
        return printed
    parts = number.split(found[1])
    return "".join(part.zfill(2) for part in parts) if len(parts) in sizes else printed
