"""The course, measured in one run on one synthetic Parquet: rows per second, memory, and ratios to floor and check.

    python bench/course.py                       # 1,000 and 100,000 patients
    python bench/course.py --patients 1000000    # also a million (about 25 minutes and 8 GB of disk on 2 cores)
    python bench/course.py --compiled DIR        # the same with the compiled kernel in DIR (see compile_kernel.py)
    python bench/course.py --cohorts DIR         # keeps the invented cohorts there, and takes those that are there

Prints the Markdown table of docs/performance.md. Times are never asserted: on a shared machine the clock says little,
so the CPU seconds of all processes stand beside it. *Peak MB* is of all processes together.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from measuring import Measured, step

SIZES = (1_000, 100_000)
REGISTRY = 10_000
HEADING = (
    "| patients | laboratory rows | course s | rows/s | CPU s | µs CPU a patient | peak MB | floor s | check s "
    "| check / engine |"
)
# The independent check holds the whole record in memory; beyond this many patients only the engine is measured.
MOST_FOR_CHECK = 100_000


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--patients", type=int, help="one more size")
    asked.add_argument("--compiled", type=Path, help="folder with the compiled package, put first on the path")
    asked.add_argument("--only", type=int, help="measure this one size and no registry")
    asked.add_argument("--cohorts", type=Path, help="folder for the invented cohorts, kept for another run")
    given = asked.parse_args()
    environment = {"PYTHONPATH": str(given.compiled)} if given.compiled else {}
    sizes = [given.only] if given.only else sorted({*SIZES, *([given.patients] if given.patients else [])})
    print(HEADING)
    print("|---:" * HEADING.count(" | ") + "|---:|")
    with tempfile.TemporaryDirectory() as scratch:
        cohorts = given.cohorts or Path(scratch)
        for patients in sizes:
            print(measured_size(cohorts / str(patients), patients, environment), flush=True)
        if not given.only:
            print(measured_registry(cohorts / str(REGISTRY), environment))


def measured_size(folder: Path, patients: int, environment: dict[str, str]) -> str:
    """Return one line of the table."""
    step("course_steps.py", "make", str(folder), str(patients))
    least = step("course_steps.py", "floor", str(folder))
    ran = step("course_steps.py", "course", str(folder), environment=environment)
    seconds, rows = ran.said["seconds"], ran.said["rows"]
    check: Measured | None = None
    if patients <= MOST_FOR_CHECK:
        check = step("course_steps.py", "check", str(folder), environment=environment)
    beside = (
        f"{check.said['seconds']:.1f} | {check.said['seconds'] / check.said['engine_seconds']:.2f}"
        if check
        else "– | –"
    )
    return (
        f"| {patients:,} | {rows:,} | {seconds:.1f} | {rows / seconds:,.0f} | {ran.cpu:.1f} | "
        f"{ran.cpu / patients * 1e6:.0f} | {ran.peak_mb:,.0f} | {least.said['seconds']:.2f} | {beside} |"
    )


def measured_registry(folder: Path, environment: dict[str, str]) -> str:
    """Return the sentences about a registry of 10,000 patients and one patient in clinic."""
    step("course_steps.py", "make", str(folder), str(REGISTRY))
    said = step("course_steps.py", "registry", str(folder), environment=environment).said
    return (
        f"\nA registry of {said['patients']:,} patients in memory, one process: state of all {said['seconds']:.2f} s "
        f"({said['cpu_seconds']:.2f} s of processor time); "
        f"after one changed row {said['changed_row_ms']:.0f} ms. One patient from rows in memory, processor time: "
        f"median {said['one_median_ms']:.2f} ms, 99th percentile {said['one_p99_ms']:.2f} ms."
    )


if __name__ == "__main__":
    main()
