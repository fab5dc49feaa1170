"""Each study on a cohort of frames in memory: seconds of its analysis and of its report, in a fresh process each.

Run: python bench/studies.py [--patients 10000] [--studies response,prognosis]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from hepatica import studies
from hepatica.report.study_folder import write_study
from hepatica.synthetic import synthesize
from measuring import step

COHORT = ("response", "prognosis", "compare", "metabolites", "safety", "case")
OTHER = {"practice": "survey:cananzi_2025", "synthesis": "library", "trial": "counts"}


def measured(name: str, centre: str) -> dict[str, float]:
    """Return the CPU seconds of one study: its derived tables, its analysis, its report."""
    if name in OTHER:
        started = time.process_time()
        result = studies.run(name, OTHER[name])
        derived, analysed = 0.0, time.process_time() - started
    else:
        result, derived, analysed = of_cohort(name, centre)
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        write_study(result, Path(folder) / name)
    return {"derive": derived, "analyse": analysed, "report": time.process_time() - started}


def of_cohort(name: str, centre: str) -> tuple[studies.Result, float, float]:
    """Return a study's result, the CPU seconds of the tables it reads, and those of what it does with them."""
    cohort = studies.cohort_of(centre)
    definition = {"patient": cohort.record.patients["patient_id"][0]} if name == "case" else None
    # The first run derives the tables by the study's own definition, as a researcher's first look does.
    opened = cohort.under(studies.definition_of(name)["course"])
    started = time.process_time()
    opened.derive(*studies.STUDIES[name].package().TABLES)
    derived = time.process_time() - started
    started = time.process_time()
    return studies.run(name, opened, definition), derived, time.process_time() - started


def main() -> None:
    """Measure each study in its own process and print a row for each."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--patients", type=int, default=10_000)
    arguments.add_argument("--studies", default=",".join((*COHORT, *OTHER)))
    arguments.add_argument("--one", nargs=2, metavar=("STUDY", "CENTRE"), help="measure one study in this process")
    told = arguments.parse_args()
    if told.one:
        json.dump(measured(*told.one), sys.stdout)
        return
    with tempfile.TemporaryDirectory() as folder:
        centre = str(Path(folder) / "centre")
        synthesize(patients=told.patients, seed=1, centres=3, out=Path(centre), file_format="parquet")
        print(f"{told.patients:,} patients; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors; CPU seconds")
        for name in told.studies.split(","):
            cost = step("studies.py", "--one", name, centre)
            parts = "  ".join(f"{part} {seconds:6.1f}" for part, seconds in cost.said.items())
            print(f"{name:12} {parts}  peak {cost.peak_mb:6.0f} MB  wall {cost.wall:6.1f} s", flush=True)


if __name__ == "__main__":
    main()
