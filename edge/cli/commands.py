"""The commands of `lophoc`, beside the agent's own quick start in `edge/cli/main.py`."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from edge.cli.demo import demo
from edge.cli.emulate import emulate
from edge.cli.export_files import export_app
from edge.cli.import_files import import_app
from edge.cli.keys import key_app
from edge.cli.say import refuse, say, table

app = typer.Typer(
    help=say("cli.about"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command(help=say("cli.demo"))(demo)
app.command(help=say("cli.emulate"))(emulate)
app.add_typer(import_app, name="import", help=say("import"))
app.add_typer(key_app, name="key", help=say("cli.key"))
app.add_typer(export_app, name="export", help=say("cli.export"))

Url = Annotated[str | None, typer.Option(help=say("cli.opt.url"))]
AsJson = Annotated[bool, typer.Option("--json", help=say("cli.opt.json"))]


@app.command(help=say("cli.agent"))
def agent(config: Annotated[Path, typer.Option(help=say("cli.opt.config"))]) -> None:
    """Run the agent (its usual call is caught earlier, in main)."""
    from edge.cli.agent import run_agent

    raise typer.Exit(run_agent(str(config)))


@app.command(help=say("cli.hub"))
def hub(config: Annotated[Path, typer.Option(help=say("cli.opt.config"))]) -> None:
    """Run the school server."""
    from edge.cli.hub import run_school_server

    raise typer.Exit(run_school_server(config))


@app.command(help=say("cli.check"))
def check(
    file: Path, here: Annotated[bool, typer.Option("--here", help=say("cli.opt.here"))] = False
) -> None:
    """Check a room's file."""
    from config.load import ConfigError, load_room
    from edge.cli.check import driver_problems, machine_problems, notes

    try:
        loaded = load_room(file)
    except ConfigError as error:
        refuse(error)
    absent = [*loaded.warnings, *machine_problems(loaded)]
    problems = [*driver_problems(loaded), *(absent if here else [])]
    for warning in [*notes(loaded), *([] if here else absent)]:
        typer.echo(say("cli.check.warning", text=warning))
    if problems:
        refuse("\n".join(problems))
    room = loaded.room
    counts = {"devices": len(room.device), "readers": len(room.reader)}
    typer.echo(say("cli.check.ok", file=file, **counts))


@app.command(help=say("cli.devices"))
def devices(url: Url = None, as_json: AsJson = False) -> None:
    """Show the devices and readers of the running room; as JSON only readers that need a look."""
    from edge.cli.remote import Remote

    here = Remote(url).get("/api/devices")
    found = here["devices"] + here["readers"]
    if as_json:
        told = here["devices"] + [one for one in here["readers"] if one["needs_look"]]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    elif not found:
        typer.echo(say("cli.devices.none"))
    else:
        columns = [say(f"cli.col.{name}") for name in ("id", "driver", "link", "readings")]
        table(columns, ([one["id"], one["driver"], one["link"], _readings(one)] for one in found))


def _readings(one: dict[str, Any]) -> str:
    """What a device reports, or why a reader is not to be relied on."""
    if "readings" not in one:
        return say(f"cli.reader.{one['reason']}", **one["params"]) if one["reason"] else ""
    return ", ".join(
        f"{name}={reading['value']}{'' if reading['quality'] == 'confirmed' else '?'}"
        for name, reading in one["readings"].items()
        if reading["value"] is not None
    )


@app.command("do", help=say("cli.do"))
def do(
    device: str,
    capability: str,
    value: str,
    wait: Annotated[bool, typer.Option(help=say("cli.opt.wait"))] = True,
    url: Url = None,
) -> None:
    """Ask something of a device."""
    from edge.cli.remote import Remote

    remote = Remote(url)
    body = {"capability": capability, "value": value}
    command = remote.post(f"/api/devices/{device}/commands", body)
    if wait:
        command = remote.wait_for_end(command)
    if command["state"] in {"failed", "expired", "superseded"}:
        refuse(f"{device}: {command['state']}: {command['reason']}")
    word = "cli.do.done" if command["state"] == "done" else "cli.do.sent"
    typer.echo(say(word, **command))


@app.command(help=say("cli.drivers"))
def drivers(as_json: AsJson = False) -> None:
    """List the drivers."""
    from drivers.catalogue import CATALOGUE

    rows = [
        {
            "id": one.name,
            "kind": one.kind,
            "addresses": list(one.addresses),
            "tested": one.tested_on,
        }
        for one in CATALOGUE.values()
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    columns = [say(f"cli.col.{name}") for name in ("id", "kind", "addresses", "tested")]
    table(
        columns,
        (
            [one.name, one.kind, " ".join(one.addresses), one.tested_on]
            for one in CATALOGUE.values()
        ),
    )


@app.command(help=say("cli.tap"))
def tap(
    card: str,
    reader: Annotated[str, typer.Option(help=say("cli.opt.reader"))] = "door",
    state: Annotated[Path, typer.Option(help=say("cli.opt.demo_state"))] = Path("demo-state"),
) -> None:
    """Tap a card in the running demo."""
    from edge.cli.remote import Remote

    try:
        bench = json.loads((state / "demo.json").read_text())["bench"]
    except (OSError, ValueError, KeyError):
        refuse(f"{state}/demo.json cannot be read; is the demo running? Name its folder: --state.")
    answer = Remote(bench).post("/api/tap", {"uid": card, "reader": reader})
    typer.echo(say("cli.tap.answer", card=card, reader=reader, **answer))
    if answer["feedback"] in {"none", "refused"}:
        raise typer.Exit(1)


@app.command(help=say("cli.doctor"))
def doctor(
    config: Annotated[Path, typer.Option(help=say("cli.opt.config"))],
    rebuild: Annotated[bool, typer.Option("--rebuild", help=say("cli.opt.rebuild"))] = False,
    state: Annotated[Path | None, typer.Option(help=say("cli.opt.state"))] = None,
) -> None:
    """Examine the store of a room whose agent does not run."""
    from edge.cli.doctor import examine

    for line in examine(config, state, rebuild=rebuild):
        typer.echo(line)


@app.command(help=say("cli.version"))
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(f"lophoc {installed('lophoc')}")
