"""The part of the school file that a room may hold. Source: domain reference §7 PR-1."""

from school import cards
from school.school_rows import CardRow, SchoolFile
from school.year import LeaveState


def is_for_office(file: SchoolFile) -> bool:
    """Whether a file holds records of the office, which no room may have."""
    return bool(file.office) or any(leave.state is not LeaveState.APPROVED for leave in file.leaves)


def room_copy(file: SchoolFile) -> SchoolFile:
    """The records without what only the office may have.

    Codes, days of birth and leave that is not approved are left out; cards have the value that they
    are looked up by in place of their numbers.
    """
    approved = [leave for leave in file.leaves if leave.state is LeaveState.APPROVED]
    card_key = bytes.fromhex(file.card_key)
    known = [_without_number(row, card_key) for row in file.cards]
    return file.model_copy(update={"office": [], "leaves": approved, "cards": known})


def _without_number(row: CardRow, card_key: bytes) -> CardRow:
    """A number that cannot be a card's stays, for `school_of` to say so."""
    try:
        uid = cards.canonical_uid(row.uid, row.tech)
    except ValueError:
        return row
    if cards.is_random_uid(row.tech, uid):
        return row
    hashed = cards.uid_hash(card_key, row.tech, uid)
    return row.model_copy(update={"uid": "", "uid_hash": hashed, "last4": cards.last4(uid)})
