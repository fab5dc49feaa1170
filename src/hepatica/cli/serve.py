"""`hepatica serve`: the registry, a web application that a centre starts with one command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from hepatica.cli.output import DONE, Command, format_option


def registry_options(command: Command) -> Command:
    """Add --data, --database, and --identities to a verb that works on this installation's registry."""
    for name, what in (
        ("identities", "URL of the identities' own database, with its own credentials."),
        ("database", "postgresql://user@host/name; SQLite in the data folder if not given."),
    ):
        command = click.option(f"--{name}", default="", metavar="URL", help=what)(command)
    folder = click.Path(path_type=Path, file_okay=False)
    return click.option("--data", type=folder, help="The data folder; ~/.local/share/hepatica if not given.")(command)


@click.command()
@registry_options
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port to listen on.")
@format_option
def serve(data: Path | None, database: str, identities: str, host: str, port: int, form: str) -> int:
    """Serve the registry on this machine, its databases brought up to date first.

    At the first start a one-time link for the administrator is shown here, and nowhere else; there is no default
    password. Example: hepatica serve --database postgresql://hepatica@localhost/hepatica
    """
    from hepatica.registry.operation import starting  # noqa: PLC0415  (the other verbs need no Django)

    starting.configure(data=data, database=database, identities=identities)
    starting.bring_up_to_date()
    token = starting.administrator_token()
    starting.note_heads()
    from hepatica.registry.operation.serving import opened_server  # noqa: PLC0415  (after its settings)

    server = opened_server(host, port)
    address = f"http://{host}:{server.effective_port}/"
    link = None if token is None else f"{address}set-up/{token}/"
    if form == "json":
        click.echo(json.dumps({"address": address, "set_up": link}))
    elif link is not None:
        click.echo(f"Set up the administrator, once: {link}", err=True)
    click.echo(f"Serving the registry on {address} (stop with Ctrl-C)", err=True)
    run_until_interrupted(server)
    return DONE


def run_until_interrupted(server: Any) -> None:
    """Answer requests until Ctrl-C, and warm up behind the first of them."""
    from hepatica.registry.operation import warming  # noqa: PLC0415  (the other verbs need no Django)

    warming.begin()
    try:
        server.run()
    except KeyboardInterrupt:
        pass  # the way to stop; waitress ends its threads by itself
    finally:
        server.close()
    click.echo("stopped", err=True)
