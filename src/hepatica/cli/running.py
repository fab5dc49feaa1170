"""Running the course over a source for a verb: bucket by bucket, with a progress bar, accounts added up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click
import polars as pl

from hepatica.cli.output import Command, progress, today
from hepatica.course import Definitions, Protocol, definitions, protocol
from hepatica.course.buckets import Tables, derive_buckets
from hepatica.course.columns import schema
from hepatica.errors import SourceError, UsageError
from hepatica.record import Reading
from hepatica.sources import Source, open_source

KINDS = ("safety", "endpoint", "overdue", "retrieve")


@dataclass(frozen=True)
class Asked:
    """What a verb was asked to read and how."""

    source: str
    mapping: Path | None
    as_of: date
    defined: Definitions
    practice: Protocol
    # The protocol as it was named, or its file's path: guidance reads further sections of the same file.
    protocol: str

    @classmethod
    def of(
        cls,
        source: str,
        mapping: Path | None = None,
        as_of: date | None = None,
        definition_set: str = "iaihg_2022",
        practice: str = "default",
    ) -> Asked:
        """Return the request with its defaults; a wrong set or protocol is refused before anything is read."""
        return cls(source, mapping, as_of or today(), definitions(definition_set), protocol(practice), practice)


def source_argument(command: Command) -> Command:
    """Add SOURCE and --mapping to a verb."""
    command = click.option(
        "--mapping",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A YAML file that turns foreign CSV files into the six tables (see docs/mapping.md); for fhir: and omop: "
        "one that says what your own codes mean.",
    )(command)
    return click.argument("source", metavar="SOURCE")(command)


def course_options(command: Command) -> Command:
    """Add --definitions and --protocol to a verb."""
    command = click.option(
        "--definitions", "definition_set", default="iaihg_2022", show_default=True, help="A set's name or a YAML file."
    )(command)
    return click.option(
        "--protocol", "practice", default="default", show_default=True, help="A protocol's name or a YAML file."
    )(command)


@contextmanager
def opened(asked: Asked) -> Iterator[Source]:
    """Open the source and close it at the end, whatever happens."""
    with source_of(asked.source, asked.mapping) as source:
        yield source


def source_of(text: str, mapping: Path | None = None) -> Source:
    """Return the source that SOURCE names; `registry:` is this installation's own, `registry:CODE` one centre of it."""
    if not text.startswith("registry:"):
        return open_source(text, mapping=mapping, today=today())
    from hepatica.registry.operation import starting  # noqa: PLC0415  (other sources need no Django)

    starting.configure()
    try:
        starting.require_started()
    except UsageError as error:
        raise SourceError(error.where, error.what, error.remedy) from error
    from hepatica.registry.engine.registry_tables import registry_source  # noqa: PLC0415  (after its settings)

    return registry_source(text.removeprefix("registry:") or None, today=today())


def bucket_results(source: Source, asked: Asked, tables: Sequence[str]) -> Iterator[tuple[Tables, Reading]]:
    """Yield the derived tables and the reading account of each bucket, with a bar on a terminal."""
    buckets = source.buckets()
    with progress("patients, in buckets", len(buckets)) as done:
        yield from derive_buckets(buckets, asked.defined, asked.practice, asked.as_of, tables=tables, done=done)


def derived(asked: Asked, tables: Sequence[str]) -> tuple[Tables, Reading]:
    """Return whole derived tables of a source and the account of its reading."""
    with opened(asked) as source:
        return merged(list(bucket_results(source, asked, tables)))


def merged(results: Sequence[tuple[Tables, Reading]]) -> tuple[Tables, Reading]:
    """Return the buckets' derived tables and reading accounts as one."""
    reading = Reading.merged([account for _, account in results])
    names = results[0][0] if results else ()
    return {table: whole(table, [found[table] for found, _ in results]) for table in names}, reading


def whole(table: str, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the buckets' parts of a derived table as one, ordered by patient."""
    joined = pl.concat([schema(table).to_frame(), *parts])
    return joined.sort("patient_id", maintain_order=True) if table != "worklist" else ordered_worklist(joined)


def ordered_worklist(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the work list as it is worked through.

    Safety comes first; then endpoints that can still be saved, the nearest day first; then overdue monitoring and
    old results, the latest first: who was due lately is still in care.
    """
    urgency = pl.col("kind").replace_strict(KINDS, range(len(KINDS)), return_dtype=pl.Int8)
    day = pl.col("by").to_physical()
    nearness = pl.when(pl.col("kind") == "endpoint").then(day).otherwise(-day)  # the other kinds, named above
    # Within a kind and a day the order that the rows came in holds: safety brings what stops before what asks to act.
    return rows.sort(urgency, nearness, maintain_order=True)
