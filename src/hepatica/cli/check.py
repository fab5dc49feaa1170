"""`hepatica check`: what was read, kept, folded, quarantined and why; which endpoints can be judged."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click

from hepatica.cli.output import (
    as_json,
    as_of_option,
    exit_code,
    format_option,
    objects,
    print_json,
    to_people,
    write_table,
    write_text,
)
from hepatica.cli.running import Asked, course_options, derived, source_argument
from hepatica.course.completeness import EndpointCompleteness, endpoint_completeness
from hepatica.errors import UsageError
from hepatica.record import Reading
from hepatica.report import terminal

# More rows than this are for a file, not for a screen.
SHOWN_ROWS = 20


@dataclass(frozen=True)
class Pace:
    """How many rows were read, checked, and derived from, and how long that took."""

    rows: int
    seconds: float
    rows_per_second: int

    @classmethod
    def of(cls, reading: Reading, seconds: float) -> Pace:
        """Return the pace of a reading that took so many seconds."""
        rows = sum(count.read for count in reading.counts.values())
        return cls(rows, round(seconds, 3), round(rows / max(seconds, 1e-9)))

    def sentence(self) -> str:
        """Return the pace as people read it."""
        return f"{self.rows:,} rows in {self.seconds:,.1f} s, {self.rows_per_second:,} a second"


@click.command()
@source_argument
@as_of_option
@course_options
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write its tables to this folder.")
@format_option
def check(
    source: str,
    mapping: Path | None,
    as_of: date | None,
    definition_set: str,
    practice: str,
    out: Path | None,
    form: str,
) -> int:
    """Read SOURCE and report every problem: file, line, column, value, reason, and the remedy.

    Rows read = kept + folded + quarantined, always. Codes that nobody understood are told with how often they occur,
    so that a mapping can be completed. Exit code 1 says that rows are in quarantine.

    Example: hepatica check my-centre/ --out report/
    """
    asked = Asked.of(source, mapping, as_of, definition_set, practice)
    begun = time.perf_counter()
    tables, reading = derived(asked, ["response"])
    pace = Pace.of(reading, time.perf_counter() - begun)
    completeness = endpoint_completeness(tables["response"])
    if out is not None:
        write_account(out, reading, completeness)
    if form == "json":
        print_json({**account(reading, completeness), "pace": asdict(pace)})
    else:
        show_account(reading, completeness)
        to_people.print(f"Read and derived: {pace.sentence()}", highlight=False)
    return exit_code(reading)


def account(reading: Reading, completeness: list[EndpointCompleteness]) -> dict[str, Any]:
    """Return the whole account as plain values: counts, quarantine, warnings, unknown codes, completeness."""
    summary = reading.summary()
    return {
        **summary,
        "quarantined_by_reason": summary["quarantine"],
        "warned_by_reason": summary["warnings"],
        "quarantine": objects(reading.quarantine),
        "warnings": objects(reading.warnings),
        "completeness": [endpoint.to_dict() for endpoint in completeness],
    }


def write_account(out: Path, reading: Reading, completeness: list[EndpointCompleteness]) -> None:
    """Write quarantine.csv, warnings.csv, unknown_codes.csv, and account.json."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(str(out), f"cannot be made: {error.strerror}", "name a folder that can be written") from error
    write_table(reading.quarantine, out / "quarantine.csv")
    write_table(reading.warnings, out / "warnings.csv")
    write_table(reading.unknown_codes, out / "unknown_codes.csv")
    write_text(out / "account.json", as_json(account(reading, completeness)))


def show_account(reading: Reading, completeness: list[EndpointCompleteness]) -> None:
    """Print the account for people."""
    for table in terminal.reading_tables(reading):
        to_people.print(table)
    for what, rows in (("In quarantine", reading.quarantine), ("Kept with a warning", reading.warnings)):
        if rows.height:
            shown = rows.head(SHOWN_ROWS).select("file", "line", "column", "value", "explanation")
            more = f": {rows.height} rows, the first {shown.height} (all with --out DIR)"
            to_people.print(terminal.frame_table(shown, what + (more if rows.height > SHOWN_ROWS else "")))
    to_people.print(terminal.completeness_table(completeness))
