"""`hepatica demo`: the whole way on an invented centre, from its files to a report on the screen."""

from __future__ import annotations

import os
import shutil
import webbrowser
from datetime import date
from pathlib import Path

import click

from hepatica.cli.check import show_account
from hepatica.cli.output import DONE, format_option, print_json, progress, to_people, to_stderr
from hepatica.cli.running import Asked, bucket_results, merged, opened
from hepatica.cli.writing import PatientPages, write_report
from hepatica.course.columns import DERIVED_TYPES
from hepatica.course.completeness import endpoint_completeness
from hepatica.errors import UsageError
from hepatica.report import terminal
from hepatica.report.cohort_counts import attrition
from hepatica.sources import open_source
from hepatica.synthetic import synthesize
from hepatica.synthetic.model import load_model

# A folder that holds this file was made by the demo, so the demo may replace it.
MARK = ".made-by-hepatica-demo"
SHOWN_WORK = 12


@click.command()
@click.option("--patients", type=click.IntRange(min=1), default=300, show_default=True, help="How many to invent.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same centre.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Served on this port.")
@click.option("--no-serve", is_flag=True, help="End after the report is written.")
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), default=Path("hepatica-demo"), show_default=True,
    help="The folder to make.",
)  # fmt: skip
@format_option
def demo(patients: int, seed: int, port: int, no_serve: bool, out: Path, form: str) -> int:
    """Invent a centre, check it, derive every course, print the work list, write the report, serve its registry.

    Everything in it is SYNTHETIC. The demo accepts, for itself and on every page, the notice that advice is for
    research and education. Example: hepatica demo --patients 500 --no-serve
    """
    centre = _fresh(out) / "centre"
    with progress("inventing patients", patients) as done:
        synthesize(patients=patients, seed=seed, dirt="light", out=centre, file_format="csv", progress=done)
    asked = Asked.of(str(centre), as_of=date.fromisoformat(load_model()["calendar.extract"]))
    with opened(asked) as source:
        tables, reading = merged(list(bucket_results(source, asked, tuple(DERIVED_TYPES))))
        report = write_report(out / "report", source, tables, reading, asked, PatientPages(synthetic=True, advice=True))
    completeness = endpoint_completeness(tables["response"])
    if form == "json":
        endpoints = [endpoint.to_dict() for endpoint in completeness]
        print_json({"synthetic": True, "centre": centre, "report": report, "completeness": endpoints})
    else:
        to_people.rule("SYNTHETIC: an invented centre")
        show_account(reading, completeness)
        steps = attrition(tables["response"], asked.defined.response_window_text())
        to_people.print(terminal.cohort_summary(steps))
        to_people.print(terminal.worklist_table(tables["worklist"].head(SHOWN_WORK)))
        to_people.print(f"\nReport: {report}", highlight=False, soft_wrap=True)
    if not no_serve:
        _serve(centre, out / "registry", asked.as_of, port)
    return DONE


def _fresh(out: Path) -> Path:
    """Return an empty folder for the demo; one that the demo made before is replaced, any other is left alone."""
    if out.exists() and any(out.iterdir()):
        if not (out / MARK).is_file():
            raise UsageError(str(out), "holds files that the demo did not make", "name another folder with --out")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / MARK).write_text("SYNTHETIC\n", encoding="utf-8")
    return out


def _serve(centre: Path, data: Path, as_of: date, port: int) -> None:
    """Serve the invented centre's registry on this machine only, until interrupted; sign-ins are drawn anew."""
    # The demo accepts the notice for itself, and its patients live until the day on which they were invented.
    os.environ.update(HEPATICA_AS_OF=as_of.isoformat(), HEPATICA_NOTICE_ACCEPTED="true")
    from hepatica.registry.operation import starting  # noqa: PLC0415  (the other verbs need no Django)

    starting.configure(data=data)
    starting.bring_up_to_date()
    from hepatica.registry.operation import serving  # noqa: PLC0415  (after its settings)
    from hepatica.registry.operation.invented import invented_centre  # noqa: PLC0415

    with to_stderr.status("putting the patients into the registry"):
        signs = invented_centre(open_source(str(centre), today=as_of))
    server = serving.server_on(serving.listening("127.0.0.1", port))
    address = f"http://127.0.0.1:{server.effective_port}/"
    click.echo(f"Serving the registry on {address} (stop with Ctrl-C). Sign in as:", err=True)
    for one in signs:
        click.echo(f"  {one.username:<14} password {one.password}", err=True)
    webbrowser.open(address)
    serving.run_until_interrupted(server)
    click.echo("stopped", err=True)
