"""`lophoc key …`: how room and school server come to know one another until enrolment by slip."""

from pathlib import Path
from typing import Annotated

import typer

from edge.cli.say import refuse, say
from edge.cli.state_folder import state_folder

key_app = typer.Typer(no_args_is_help=True)

HubConfig = Annotated[Path, typer.Option("--config", help=say("cli.opt.config"))]


@key_app.command("show", help=say("cli.key.show"))
def show(state: Annotated[Path | None, typer.Option(help=say("cli.opt.state"))] = None) -> None:
    """Print this room's public key; the key pair is made at the first call."""
    from sync.uplink.identity import KeyFileError, load_or_make_key, public_text

    folder = state_folder(state)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        typer.echo(public_text(load_or_make_key(folder / "room.key")))
    except KeyFileError as error:
        refuse(error)
    except OSError as error:
        refuse(f"{folder}: {error.strerror}; name another folder with --state.")


@key_app.command("admit", help=say("cli.key.admit"))
def admit(agent: str, public_key: str, config: HubConfig) -> None:
    """Let the hub take a room's requests."""
    import time

    from sync.hub.database import DatabaseError
    from sync.hub.keys import KeyRefusedError
    from sync.hub.keys import admit as admit_key
    from sync.hub.settings import SettingsError, load_settings

    try:
        database = load_settings(config).database
        key_id = admit_key(database, agent, public_key, at_ms=time.time_ns() // 1_000_000)
    except (SettingsError, KeyRefusedError, DatabaseError) as error:
        refuse(error)
    typer.echo(say("cli.key.admitted", agent=agent, key_id=key_id))


@key_app.command("revoke", help=say("cli.key.revoke"))
def revoke(agent: str, config: HubConfig) -> None:
    """Stop taking a room's requests."""
    from sync.hub.database import DatabaseError
    from sync.hub.keys import KeyRefusedError
    from sync.hub.keys import revoke as revoke_keys
    from sync.hub.settings import SettingsError, load_settings

    try:
        revoke_keys(load_settings(config).database, agent)
    except (SettingsError, KeyRefusedError, DatabaseError) as error:
        refuse(error)
    typer.echo(say("cli.key.revoked", agent=agent))
