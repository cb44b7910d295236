"""Makes the demo's room and hub know one another, as an enrolment slip does in a school."""

import shutil
from datetime import UTC, datetime

from edge.demo.folders import DemoError, Folders
from edge.demo.school import ROOM

_DONE = "room-admitted"


def introduce(folders: Folders) -> None:
    """Give the room the hub's root certificate, and the hub the room's public key.

    It is done once: the hub's libraries are heavy, and a second start is to be quick.

    Raises:
        DemoError: a key, a certificate or the hub's database in the demo's folder is damaged.
    """
    from sync.uplink.identity import KeyFileError, load_or_make_key, public_text

    try:
        key = public_text(load_or_make_key(folders.room_state / "room.key"))
    except KeyFileError as error:
        raise _cannot(folders, error) from error
    done = folders.hub_state / _DONE
    root = folders.hub_state / "root.pem"
    known = done.exists() and done.read_text() == key
    if known and root.exists() and folders.hub_root.exists():
        return
    _admit(folders, key)
    done.write_text(key)


def _admit(folders: Folders, key: str) -> None:
    from sync.hub.authority import AuthorityError, open_authority
    from sync.hub.database import DatabaseError
    from sync.hub.keys import KeyRefusedError, admit
    from sync.hub.settings import load_settings

    settings = load_settings(folders.hub_file)
    try:
        authority = open_authority(settings.state, settings.public_hosts, datetime.now(UTC))
        shutil.copyfile(authority.root, folders.hub_root)
        admit(settings.database, ROOM, key)
    except (AuthorityError, DatabaseError, KeyRefusedError) as error:
        raise _cannot(folders, error) from error


def _cannot(folders: Folders, error: Exception) -> DemoError:
    reason = str(error).rstrip(".")
    return DemoError(f"{reason}; or remove {folders.root} to begin anew")
