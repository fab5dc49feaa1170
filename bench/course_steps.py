"""The steps that `bench/course.py` measures, each in a process of its own."""

from __future__ import annotations

import hashlib
import inspect
import io
import statistics
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl

from hepatica.course import definitions, derive, protocol
from hepatica.course.buckets import derive_buckets
from hepatica.course.columns import DERIVED_TYPES
from hepatica.course.definitions import day_number
from hepatica.course.one_patient import patient_of_rows
from hepatica.course.protocol import formulary
from hepatica.course.state import state
from hepatica.course.story import Reader, story
from hepatica.record import Reading
from hepatica.sources import open_source
from measuring import ROOT, tell

AS_OF = date(2024, 12, 31)
TABLES = ("state", "regimens", "response")


def make(folder: str, patients: str) -> None:
    """Invent a cohort as Parquet (SYNTHETIC), where it is not there already."""
    from hepatica.synthetic import synthesize

    start = time.perf_counter()
    if not Path(folder).is_dir():  # a cohort is written whole or not at all, and for a number and a seed the same
        synthesize(patients=int(patients), seed=1, out=Path(folder), file_format="parquet")
    tell(seconds=time.perf_counter() - start)


def floor(folder: str) -> None:
    """One group-by of the same rows to the worst value per patient, day, and analyte."""
    start = time.perf_counter()
    rows = (
        pl.scan_parquet(Path(folder) / "measurements.parquet")
        .group_by("patient_id", "date", "analyte")
        .agg(pl.col("value").max())
        .select(pl.len())
        .collect(engine="streaming")
    )
    tell(seconds=time.perf_counter() - start, days=rows.item())


def course(folder: str, processes: str = "2") -> None:
    """Read, check, and derive state, regimens, and response of every patient, bucket by bucket."""
    start = time.perf_counter()
    accounts, patients = [], 0
    with open_source(folder) as source:
        buckets = source.buckets(one_read_below=0)
        for tables, reading in derive_buckets(
            buckets, definitions(), protocol(), AS_OF, tables=TABLES, processes=int(processes)
        ):
            accounts.append(reading)
            patients += tables["state"].height
    reading = Reading.merged(accounts)
    tell(seconds=time.perf_counter() - start, patients=patients, rows=reading.counts["measurements"].read)


def answers(folder: str) -> None:
    """Derive every table over two processes, and tell a digest of each; `compiled` says whether the kernel was."""
    parts: list[dict[str, pl.DataFrame]] = []
    with open_source(folder) as source:
        buckets = source.buckets(500, one_read_below=0)
        for tables, _ in derive_buckets(
            buckets, definitions(), protocol(), AS_OF, tables=tuple(DERIVED_TYPES), processes=2
        ):
            parts.append(tables)
    digests = {name: digest(pl.concat([part[name] for part in parts])) for name in DERIVED_TYPES}
    tell(compiled=not inspect.isfunction(story), **digests)


def digest(table: pl.DataFrame) -> str:
    """Return a table's content as a short text that differs where the content does."""
    written = io.BytesIO()
    table.rechunk().write_ipc(written)
    return hashlib.sha256(written.getvalue()).hexdigest()


def check(folder: str) -> None:
    """Derive regimens, response, and state with the independent check in SQL, from the checked record in memory."""
    sys.path.insert(0, str(ROOT / "tests"))
    from independent.course_in_sql import course_in_sql

    with open_source(folder) as source:
        record, _ = source.read()
    start = time.perf_counter()
    found = course_in_sql(record, AS_OF)
    checked = time.perf_counter() - start
    start = time.perf_counter()
    derive(record, definitions(), AS_OF, tables=TABLES)
    tell(seconds=checked, engine_seconds=time.perf_counter() - start, patients=found["state"].height)


def registry(folder: str) -> None:
    """State of a registry in memory: whole, after one changed row, and one patient from rows in memory."""
    with open_source(folder) as source:
        record, _ = source.read()
    start, begun = time.perf_counter(), time.process_time()
    whole = derive(record, definitions(), AS_OF, tables=["state"])["state"]
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - begun
    rows = {
        name: record.table(name).partition_by("patient_id", as_dict=True)
        for name in ("measurements", "treatments", "events", "biopsies", "genotypes")
    }
    reader = Reader(definitions(), protocol(), formulary(), day_number(AS_OF))
    each = []
    for who in record.patients.head(2000).iter_rows(named=True):
        key = (who["patient_id"],)
        of_one = {name: parts[key].to_dicts() for name, parts in rows.items() if key in parts}
        begin = time.thread_time()  # its own processor time: the clock also counts what others do meanwhile
        state(story(patient_of_rows(who, of_one, AS_OF), reader))
        each.append((time.thread_time() - begin) * 1000)
    each.sort()
    tell(
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        patients=whole.height,
        one_median_ms=statistics.median(each),
        one_p99_ms=each[int(len(each) * 0.99)],
        changed_row_ms=_changed_row(record, whole),
    )


def _changed_row(record, whole: pl.DataFrame) -> float:
    """Return the milliseconds to bring the state table up to date after one patient's row has changed."""
    patient = record.patients["patient_id"][0]
    begin = time.perf_counter()
    again = derive(record.of_patients([patient]), definitions(), AS_OF, tables=["state"])["state"]
    pl.concat([whole.filter(pl.col("patient_id") != patient), again])
    return (time.perf_counter() - begin) * 1000


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
