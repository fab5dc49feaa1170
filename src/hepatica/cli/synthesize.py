"""`hepatica synthesize`: an invented cohort with its truth beside it."""

from __future__ import annotations

from pathlib import Path

import click

from hepatica.cli.output import DONE, format_option, print_json, progress
from hepatica.synthetic import DIRT_LEVELS
from hepatica.synthetic import synthesize as synthesized


@click.command()
@click.option("--patients", type=click.IntRange(min=1), required=True, help="How many patients.")
@click.option(
    "--seed", type=click.IntRange(min=0), default=1, show_default=True, help="The same seed, the same cohort."
)
@click.option("--centres", type=click.IntRange(min=1), default=1, show_default=True, help="Over how many centres.")
@click.option(
    "--dirt", type=click.Choice(DIRT_LEVELS), default="none", show_default=True, help="Errors put in on purpose."
)
@click.option("--file-format", type=click.Choice(["csv", "parquet"]), default="csv", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="The folder to make.")
@format_option
def synthesize(patients: int, seed: int, centres: int, dirt: str, file_format: str, out: Path, form: str) -> int:
    """Invent a cohort: patients, treatments, results, biopsies, events, and the truth in its own files. SYNTHETIC.

    Example: hepatica synthesize --patients 1000 --seed 7 --dirt light --out invented/
    """
    with progress("inventing patients", patients) as done:
        made = synthesized(
            patients=patients, seed=seed, centres=centres, dirt=dirt, out=out, file_format=file_format, progress=done
        )
    if form == "json":
        print_json({"synthetic": True, "folder": out, "rows": made.rows})
    else:
        click.echo(f"SYNTHETIC cohort of {patients} patients in {out} (truth in {out / 'truth'})")
    return DONE
