"""`hepatica serve`: the registry, a web application that a centre starts with one command."""

from __future__ import annotations

import json
from dataclasses import dataclass
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
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many processes answer on the port; more than one needs PostgreSQL.",
)
@format_option
def serve(
    data: Path | None, database: str, identities: str, host: str, port: int, processes: int, form: str
) -> int:  # fmt: skip
    """Serve the registry on this machine, its databases brought up to date first.

    At the first start a one-time link for the administrator is shown here, and nowhere else; there is no default
    password. Example: hepatica serve --database postgresql://hepatica@localhost/hepatica
    """
    from hepatica.registry.operation import starting  # noqa: PLC0415  (the other verbs need no Django)

    starting.configure(data=data, database=database, identities=identities)
    from hepatica.registry.operation import processes as several  # noqa: PLC0415  (after its settings)
    from hepatica.registry.operation import serving  # noqa: PLC0415

    if processes > 1:
        several.require_shared_database()
    serving.stop_as_interrupted()
    starting.bring_up_to_date()
    token = starting.administrator_token()
    starting.note_heads()
    listener = serving.listening(host, port)
    told = _Told.of(host, listener.getsockname()[1], token, form)
    if processes == 1:
        server = serving.server_on(listener)
        told.say()
        serving.run_until_interrupted(server)
    else:
        _serve_together(listener, processes, told)
    click.echo("stopped", err=True)
    return DONE


@dataclass(frozen=True)
class _Told:
    """Where the registry is reached, and the administrator's one-time link as long as nobody is administrator."""

    address: str
    link: str | None
    form: str

    @classmethod
    def of(cls, host: str, port: int, token: str | None, form: str) -> _Told:
        from hepatica.registry.installation import installation  # noqa: PLC0415  (the same)

        address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        # People come by the public address; its cookies are not kept on a plain one.
        link = None if token is None else f"{installation().public_url or address}/set-up/{token}/"
        return cls(f"{address}/", link, form)

    def say(self) -> None:
        if self.form == "json":
            click.echo(json.dumps({"address": self.address, "set_up": self.link}))
        elif self.link is not None:
            click.echo(f"Set up the administrator, once: {self.link}", err=True)
        click.echo(f"Serving the registry on {self.address} (stop with Ctrl-C)", err=True)


def _serve_together(listener: Any, number: int, told: _Told) -> None:
    """Answer in several processes until interrupted."""
    from hepatica.registry.operation.processes import Processes, too_few_connections  # noqa: PLC0415  (the same)

    if short := too_few_connections(number):
        click.echo(f"warning: {short}", err=True)
    try:
        with Processes(listener, number) as together:
            told.say()
            together.run()
    except KeyboardInterrupt:
        pass  # the way to stop; all of them have ended
