"""Card numbers whose zeros a reader left out: what they may have been.

Many readers print each byte of a card without its leading zero, or the whole number without them:
of cards of 4 bytes 23 in 100 then have a digit too few (MFRC522-python#16, OCA/hr#619: `ac8c5ea`).
Which byte lost its zero cannot be told from the digits.
"""

from itertools import combinations

POSSIBLE_AT_MOST = 40


def possible_hex(digits: str, size: int) -> tuple[str, ...]:
    """The numbers of `size` bytes that may stand behind some hex digits, in upper case.

    Empty where these are no hex digits, not too few, or so few that they may be nearly anything.
    """
    digits, lost = digits.upper(), 2 * size - len(digits)
    is_hex = digits.isascii() and not set(digits) - set("0123456789ABCDEF")
    if not is_hex or not 0 < lost <= size:
        return ()
    found = {digits.zfill(2 * size)}
    for short in combinations(range(size), lost):
        number = _with_zeros(digits, size, set(short))
        if number is not None:
            found.add(number)
    return tuple(sorted(found)) if len(found) <= POSSIBLE_AT_MOST else ()


def _with_zeros(digits: str, size: int, short: set[int]) -> str | None:
    """The number whose bytes `short` had one digit; None where another byte begins with a zero."""
    number, at = "", 0
    for byte in range(size):
        width = 1 if byte in short else 2
        part, at = digits[at : at + width], at + width
        if width == 2 and part[0] == "0":
            return None
        number += part.zfill(2)
    return number


def possible_decimal(digits: str, size: int) -> tuple[str, ...]:
    """The number of `size` bytes behind a decimal number without its zeros, as upper-case hex."""
    if not (digits.isascii() and digits.isdigit()):
        return ()
    number = int(digits)
    return (f"{number:0{2 * size}X}",) if number < 256**size else ()
