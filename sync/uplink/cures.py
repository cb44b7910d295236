"""What the journal says of each trouble of the link: the cause, then the cure, in one sentence."""

from sync.uplink.ports import Trouble

CURES = {
    Trouble.NAME_UNKNOWN: "no address is known for the hub's name; correct [hub] url, or the name "
    "in the school's DNS or in /etc/hosts",
    Trouble.PORT_REFUSED: "the hub's machine is there, but the hub does not run on it; start "
    "lophoc-hub there, or correct the port in [hub] url",
    Trouble.NO_LINK: "nobody answers at the hub's address; look at cable, switch and [hub] url",
    Trouble.HUB_SILENT: "the hub takes the connection but does not answer; look at its journal",
    Trouble.WRONG_NAME: "the hub's certificate is for another name; write the name of [hub] url "
    "into public_hosts in the hub's file and restart the hub",
    Trouble.WRONG_ROOT: "the hub's certificate is not from the root that this room knows; copy "
    "the hub's root.pem anew and restart the agent",
    Trouble.OUT_OF_DATE: "the hub's certificate is not valid at this time; look at the clocks of "
    "this room and of the hub",
    Trouble.NOT_THE_HUB: "somebody else answers in the hub's place; look at [hub] url, and whether "
    "the network wants a sign-in",
    Trouble.HUB_BUSY: "the hub asks to wait; if it lasts, its journal and its page say why",
    Trouble.KEY_UNKNOWN: "the hub has not admitted this room's key; on the hub: "
    "`lophoc key admit`, with what `lophoc key show` prints here",
    Trouble.KEY_REVOKED: "the hub has revoked this room's key; to come back, move room.key out of "
    "the state folder, restart the agent, and admit the new key on the hub: `lophoc key admit`",
    Trouble.KEY_REFUSED: "the hub refuses what this room signs; look at the hub's journal, then "
    "admit the room's key anew",
    Trouble.OUT_OF_STEP: "the hub expects other numbers than this room has; they are compared anew",
    Trouble.ADDRESS_MALFORMED: "[hub] url is no address of a hub",
    Trouble.ROOT_UNUSABLE: "the hub's root certificate cannot be used; copy the hub's root.pem",
    Trouble.OWN_KEY_UNUSABLE: "this room's key cannot be used; put it back from its backup",
}
"""The last three come with a sentence of their own, which names the file."""
