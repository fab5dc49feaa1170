"""A warehouse in OMOP CDM 5.4, measured in one run: the course from DuckDB beside the course from Parquet.

    python bench/omop.py                                      # 10,000 and 100,000 patients
    python bench/omop.py --only 1000000 --folder DIR          # the million (about 80 million measurements)

Invents the patients, writes them as OMOP tables into one DuckDB file bucket by bucket, selects them by a phenotype in
SQL, and derives every course in bounded memory. Prints a Markdown table. *Read* is reading and checking in one
process, *course* the whole way over two, with its rows a second and the processor time of both; *peak MB* is the most
that all processes of any step held together.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from hepatica.course import definitions, protocol
from hepatica.course.buckets import derive_buckets
from hepatica.interop.omop import DUCKDB_FILE, write_parts
from hepatica.record import Reading
from hepatica.sources import open_source
from measuring import step, tell

AS_OF = date(2024, 12, 31)
SIZES = (10_000, 100_000)
TABLES = ("state", "regimens", "response")
HEADING = (
    "| patients | measurements | DuckDB MB | write s | read s | course s | rows/s | CPU s | peak MB "
    "| course from Parquet s |"
)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--only", type=int, help="measure this one size")
    asked.add_argument("--folder", type=Path, help="where there is room on the disk")
    given = asked.parse_args()
    print(HEADING)
    print("|---:" * HEADING.count(" | ") + "|---:|")
    for patients in [given.only] if given.only else SIZES:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            print(measured(Path(folder), patients), flush=True)


def measured(folder: Path, patients: int) -> str:
    """Return one line of the table."""
    invented, warehouse = str(folder / "invented"), str(folder / "cdm" / DUCKDB_FILE)
    step("course_steps.py", "make", invented, str(patients))
    written = step("omop.py", "write", invented, str(folder / "cdm"))
    size = Path(warehouse).stat().st_size / 1e6
    read = step("omop.py", "read", warehouse)
    course = step("omop.py", "course", f"omop:{warehouse}?phenotype=any_code")
    beside = step("omop.py", "course", invented)
    if course.said != beside.said | {"seconds": course.said["seconds"]}:
        raise SystemExit(f"not the same patients and rows: {course.said} {beside.said}")
    rows, seconds = read.said["rows"], course.said["seconds"]
    peak = max(written.peak_mb, read.peak_mb, course.peak_mb)
    return (
        f"| {patients:,} | {rows:,} | {size:,.0f} | {written.said['seconds']:.1f} | {read.said['seconds']:.1f} | "
        f"{seconds:.1f} | {rows / seconds:,.0f} | {course.cpu:.1f} | {peak:,.0f} | {beside.said['seconds']:.1f} |"
    )


def write(invented: str, warehouse: str) -> None:
    """Write an invented cohort as OMOP tables into one DuckDB file, bucket by bucket (SYNTHETIC)."""
    start = time.perf_counter()
    with open_source(invented) as source:
        parts = (bucket.read()[0] for bucket in source.buckets(one_read_below=0))
        write_parts(parts, Path(warehouse), synthetic=True, form="duckdb")
    tell(seconds=time.perf_counter() - start)


def read(warehouse: str) -> None:
    """Read and check every bucket of the selected patients in one process."""
    start, rows, patients = time.perf_counter(), 0, 0
    with open_source(f"omop:{warehouse}?phenotype=any_code") as source:
        for bucket in source.buckets(one_read_below=0):
            record, reading = bucket.read()
            rows += reading.counts["measurements"].read
            patients += record.patients.height
    tell(seconds=time.perf_counter() - start, rows=rows, patients=patients)


def course(source_text: str) -> None:
    """Read, check, and derive state, regimens, and response of every patient over two processes."""
    start, accounts, patients = time.perf_counter(), [], 0
    with open_source(source_text) as source:
        buckets = source.buckets(one_read_below=0)
        for tables, reading in derive_buckets(buckets, definitions(), protocol(), AS_OF, tables=TABLES, processes=2):
            accounts.append(reading)
            patients += tables["state"].height
    kept = Reading.merged(accounts).counts["measurements"].kept
    tell(seconds=time.perf_counter() - start, patients=patients, kept=kept)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in {"write", "read", "course"}:
        globals()[sys.argv[1]](*sys.argv[2:])
    else:
        main()
