"""`hepatica convert`: a source written in another form, for exchange; every row of the record goes with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast

import click
import polars as pl

from hepatica.cli.output import DONE, exit_code, format_option, print_json, progress
from hepatica.cli.running import source_of
from hepatica.errors import UsageError
from hepatica.interop import redcap, table_folder
from hepatica.record import Reading, Record
from hepatica.sources import Source
from hepatica.sources.account import Account
from hepatica.sources.selection import patient_ids
from hepatica.synthetic import is_synthetic

# What can be written: the folders of tables here, each other form by its package, loaded when it is asked for.
FORMS = ("csv", "parquet", "fhir", "omop", "redcap", "redcap-dictionary")


class PartsWriter(Protocol):
    """What a package of exchange offers that writes one part of a record after the other."""

    def write_parts(
        self, records: Iterable[Record], out: Path, *, synthetic: bool, limits: pl.DataFrame | None
    ) -> list[Path]:
        """Write the parts of a record with the centre's own limits; returns the files."""


@dataclass
class Told:
    """What the parts of a source told while they were written."""

    readings: list[Reading] = field(default_factory=list)

    def parts(self, source: Source) -> Iterator[Record]:
        """Yield the record bucket by bucket and keep what each told."""
        buckets = source.buckets()
        with progress("patients, in buckets", len(buckets)) as done:
            for number, bucket in enumerate(buckets, start=1):
                record, reading = bucket.read()
                self.readings.append(reading)
                yield record
                done(number)


@click.command()
@click.argument("source", metavar="[SOURCE]", required=False)
@click.option("--mapping", type=click.Path(path_type=Path, dir_okay=False), help="A mapping (see docs/mapping.md).")
@click.option("--to", "form_to", type=click.Choice(FORMS), required=True, help="What to write.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="A new folder.")
@format_option
def convert(source: str | None, mapping: Path | None, form_to: str, out: Path, form: str) -> int:
    """Write SOURCE in another form: tables, FHIR R4, OMOP CDM 5.4, or a REDCap import. redcap-dictionary needs none.

    Nothing is overwritten. Exit code 1 says that rows of SOURCE are in quarantine and were not written.

    Example: hepatica convert my-centre/ --to parquet --out exchange/
    """
    if form_to == "redcap-dictionary":
        return _said(form, {"to": form_to, "folder": out, "files": _names(redcap.write_dictionary(out))})
    if source is None:
        raise UsageError("SOURCE", "is missing", f"name what is to be written as {form_to}")
    with source_of(source, mapping) as opened:
        told = Told()
        invented = holds_invented(opened)
        files = written(opened, told.parts(opened), form_to, out, synthetic=invented)
    reading = Reading.merged(told.readings)
    document = {
        "to": form_to,
        "folder": out,
        "files": _names(files),
        "synthetic": invented,
        "counts": reading.summary()["counts"],
    }
    _said(form, document)
    return exit_code(reading)


def written(source: Source, parts: Iterable[Record], form_to: str, out: Path, *, synthetic: bool) -> list[Path]:
    """Write the parts of a source in a form, one after the other; only one is in memory."""
    limits = source.settings.limits
    if form_to in table_folder.FORMS:
        return table_folder.write_parts(parts, out, synthetic=synthetic, form=form_to, limits=limits)
    package = cast("PartsWriter", import_module(f"hepatica.interop.{form_to}"))
    return package.write_parts(parts, out, synthetic=synthetic, limits=limits)


def holds_invented(source: Source) -> bool:
    """Whether any patient of a source is an invented one; then all that is made of it says so."""
    blocks = source.raw.blocks("patients", Account())
    return any(is_synthetic(text) for block in blocks for text in patient_ids(block).drop_nulls())


def _names(files: Iterable[Path]) -> list[str]:
    return [file.name for file in files]


def _said(form: str, document: dict[str, Any]) -> int:
    if form == "json":
        print_json(document)
        return DONE
    mark = "SYNTHETIC " if document.get("synthetic") else ""
    click.echo(f"{mark}{document['to']} in {document['folder']}: {', '.join(document['files'])}")
    for table, count in document.get("counts", {}).items():
        left = f", {count['quarantined']:,} in quarantine (see hepatica check)" if count["quarantined"] else ""
        click.echo(f"  {table}: {count['kept']:,} rows{left}")
    return DONE
