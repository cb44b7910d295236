"""Makes the demo's room and hub know one another, as an enrolment slip does in a school."""

import shutil
from datetime import UTC, datetime

from edge.demo.folders import Folders
from edge.demo.school import ROOM

_DONE = "room-admitted"


def introduce(folders: Folders) -> None:
    """Give the room the hub's root certificate, and the hub the room's public key.

    It is done once: the hub's libraries are heavy, and a second start is to be quick.
    """
    from sync.uplink.identity import load_or_make_key, public_text

    key = public_text(load_or_make_key(folders.room_state / "room.key"))
    done = folders.hub_state / _DONE
    root = folders.hub_state / "root.pem"
    known = done.exists() and done.read_text() == key
    if known and root.exists() and folders.hub_root.exists():
        return
    from sync.hub.authority import open_authority
    from sync.hub.keys import admit
    from sync.hub.settings import load_settings

    settings = load_settings(folders.hub_file)
    authority = open_authority(settings.state, settings.public_hosts, datetime.now(UTC))
    shutil.copyfile(authority.root, folders.hub_root)
    admit(settings.database, ROOM, key)
    done.write_text(key)
