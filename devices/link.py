"""The link to a device: whether we can speak with it, apart from what it says."""

from enum import StrEnum


class Link(StrEnum):
    """State of the way to a device."""

    ONLINE = "online"  # it answered
    SILENT = "silent"  # the port is open and nothing answers
    UNREACHABLE = "unreachable"  # the port or the address cannot be opened
    REFUSED = "refused"  # wrong password: we stop, because devices lock callers out
    AWAY = "away"  # we switched it off, and it is not to be heard while it is off

    @property
    def is_lost(self) -> bool:
        """Whether it should be heard and is not."""
        return self not in {Link.ONLINE, Link.AWAY}


class Contact(StrEnum):
    """How one attempt to speak with a device ended."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    NOT_OPENED = "not_opened"
    PASSWORD_REFUSED = "password_refused"  # noqa: S105 - an outcome, no secret
    GONE_WHEN_OFF = "gone_when_off"


_AFTER_CONTACT = {
    Contact.ANSWERED: Link.ONLINE,
    Contact.NO_ANSWER: Link.SILENT,
    Contact.NOT_OPENED: Link.UNREACHABLE,
    Contact.PASSWORD_REFUSED: Link.REFUSED,
    Contact.GONE_WHEN_OFF: Link.AWAY,
}

# From every state each contact leads to the state it proves; the table is whole so that a test
# can hold it complete, and so that an exception would have its one place.
LINK_AFTER: dict[tuple[Link, Contact], Link] = {
    (link, contact): after for link in Link for contact, after in _AFTER_CONTACT.items()
}
