"""What spark-submit runs: `course` over tables that Spark reads, `simulate` over invented patients."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import click

from hepatica.course import definitions, protocol
from hepatica.course.columns import DERIVED_TYPES
from hepatica.errors import HepaticaError, SourceError
from hepatica.sources.centre_settings import CentreSettings
from hepatica.sources.folder_tables import declared_settings
from hepatica.sources.source import PATIENTS_PER_BUCKET
from hepatica.spark import CourseOnSpark, course_on_spark, invented_tables, parquet_tables, simulated_course
from hepatica.spark.session import spark_session
from hepatica.synthetic.alone import Blocks

DONE, NEEDS_ATTENTION, WRONG_COMMAND_LINE, UNREADABLE = 0, 1, 2, 3
_day = click.DateTime(formats=["%Y-%m-%d"])
_tables = click.option(
    "--table", "tables", type=click.Choice(list(DERIVED_TYPES)), multiple=True, default=["state"], show_default=True
)
_cores = click.option("--cores", type=int, help="Run on this machine with so many cores, without a cluster.")
_as_of = click.option("--as-of", type=_day, required=True, help="The date as of which the course holds.")
_out = click.option("--out", required=True, help="Folder for the tables, as Spark names it (file:, hdfs:, s3a:).")


@click.group()
def spark() -> None:
    """Derive the course of a cohort of any size with Spark."""


@spark.command()
@click.argument("folder")
@_as_of
@_tables
@_out
@_cores
@click.option("--definitions", "definition_set", default="iaihg_2022", show_default=True)
@click.option("--protocol", "practice", default="default", show_default=True)
@click.option(
    "--declared", type=click.Path(path_type=Path, file_okay=False), help="Folder of hepatica.yaml, limits.csv."
)
@click.option("--patients-per-bucket", type=click.IntRange(1), default=PATIENTS_PER_BUCKET, show_default=True)
def course(  # noqa: PLR0913, PLR0917 - each is an option of the command line
    folder: str,
    as_of: date,
    tables: tuple[str, ...],
    out: str,
    cores: int | None,
    definition_set: str,
    practice: str,
    declared: Path | None,
    patients_per_bucket: int,
) -> int:
    """Derive tables from the Parquet tables in FOLDER (patients.parquet, measurements.parquet, …)."""
    with spark_session(cores) as session:
        found = course_on_spark(
            parquet_tables(session, folder),
            as_of=_date(as_of),
            defined=definitions(definition_set),
            practice=protocol(practice),
            settings=declared_settings(declared) if declared is not None else CentreSettings(),
            wanted=tables,
            patients_per_bucket=patients_per_bucket,
        )
        return _write(found, tables, out)


@spark.command()
@click.option("--patients", type=click.IntRange(1), required=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@click.option("--centres", type=click.IntRange(1), default=1, show_default=True)
@_as_of
@_tables
@_out
@_cores
@click.option("--keep-record", is_flag=True, help="Write the invented tables, too.")
def simulate(  # noqa: PLR0913 - each is an option of the command line
    patients: int,
    seed: int,
    centres: int,
    as_of: date,
    tables: tuple[str, ...],
    out: str,
    cores: int | None,
    *,
    keep_record: bool,
) -> int:
    """Invent a cohort and derive its course, block by block; everything written is synthetic."""
    blocks = Blocks(patients, seed, centres)
    with spark_session(cores) as session:
        if keep_record:
            for name, frame in invented_tables(session, blocks).items():
                frame.write.parquet(f"{out}/synthetic-record/{name}.parquet")
        return _write(simulated_course(session, blocks, as_of=_date(as_of), wanted=tables), tables, f"{out}/synthetic")


def _date(moment: date) -> date:
    return date(moment.year, moment.month, moment.day)


def _write(found: CourseOnSpark, tables: tuple[str, ...], out: str) -> int:
    """Write the derived tables as Parquet, and print the account of the reading as JSON."""
    for name in tables:
        found.table(name).write.parquet(f"{out}/{name}.parquet")
    reading = found.reading()
    click.echo(json.dumps(reading.summary(), ensure_ascii=False, indent=1))
    return NEEDS_ATTENTION if reading.quarantine.height else DONE


def main() -> int:
    """Run the command; errors are one or two lines, as in `hepatica`."""
    try:
        return int(spark(standalone_mode=False) or DONE)
    except click.ClickException as error:
        click.echo(f"error: {error.format_message()}", err=True)
        return WRONG_COMMAND_LINE
    except HepaticaError as error:
        click.echo(str(error), err=True)
        return UNREADABLE if isinstance(error, SourceError) else WRONG_COMMAND_LINE


if __name__ == "__main__":
    raise SystemExit(main())
