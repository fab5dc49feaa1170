"""All ten studies by part: seconds to load, read, derive, compute, compute again, and write the report.

    python bench/studies.py                                  # 2,559 and 10,000 patients, up to 28 years of follow-up
    python bench/studies.py --patients 2000 --studies response,prognosis

Each study runs in a fresh process with one thread of its own beside Polars', its modules compiled before. Prints a
Markdown table for docs/performance.md. The statistics beside lifelines and R on the same numbers:
bench/study_statistics.py.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import step

SIZES = (2_559, 10_000)
NAMES = (
    "response",
    "prognosis",
    "compare",
    "trial",
    "metabolites",
    "signature",
    "practice",
    "safety",
    "synthesis",
    "case",
)
DRUGS = {"mycophenolate+prednisolone": "mycophenolate", "prednisolone+azathioprine": "azathioprine"}
PARTS = ("load", "read", "derive", "numbers", "again", "report")
SAMPLES, METABOLITES = 200, 50


def measured(name: str, room: Path) -> dict[str, float]:
    """The seconds by the clock of each part of one study, and the processor's of all of them."""
    seconds: dict[str, float] = {}
    started = time.process_time()

    def part(called: str, work: Callable[[], Any]) -> Any:
        begun = time.perf_counter()
        made = work()
        seconds[called] = time.perf_counter() - begun
        return made

    studies, write_study = part("load", loaded)
    source, definition = asked(name, room)
    package = part("load", studies.STUDIES[name].package)
    whole = studies.definition_of(name, definition)
    opened = part("read", lambda: studies.open_input(studies.STUDIES[name], source, whole))
    if studies.STUDIES[name].reads == "cohort":
        part("derive", lambda: opened.derive(*package.TABLES))
    result = part("numbers", lambda: studies.run(name, opened, whole))
    part("again", lambda: studies.run(name, opened, whole))
    part("report", lambda: write_study(result, room / f"out-{name}"))
    return {**seconds, "cpu": time.process_time() - started}


def loaded() -> tuple[Any, Any]:
    """Hepatica's studies and what writes their reports."""
    from hepatica import studies
    from hepatica.report.study_folder import write_study

    return studies, write_study


def asked(name: str, room: Path) -> tuple[str, dict[str, Any] | None]:
    """What a study is run on, and by which definition."""
    centre = str(room / "centre")
    other: dict[str, tuple[str, dict[str, Any] | None]] = {
        "trial": (centre, {"allocation": str(room / "allocation.csv")}),
        "signature": (str(room / "metabolites.csv"), None),
        "practice": ("survey:cananzi_2025", None),
        "synthesis": ("library", None),
        "case": (centre, {"patient": "SYN-00000001"}),
    }
    return other.get(name, (centre, None))


def prepared(room: Path, patients: int) -> None:
    """Invent the centre, deal the trial's allocation out of its truth, and draw a table of metabolites."""
    import numpy as np
    import polars as pl

    from hepatica.synthetic import synthesize

    synthesize(patients=patients, seed=1, centres=3, out=room / "centre", file_format="parquet")
    truth = pl.read_csv(room / "centre" / "truth" / "patients.csv", infer_schema=False)
    chosen = truth.filter(pl.col("randomised") == "yes")
    rows = chosen.select("patient_id", arm=pl.col("arm").replace_strict(DRUGS), randomised="index_date")
    rows.write_csv(room / "allocation.csv")
    values = np.exp(np.random.default_rng(1).normal(size=(SAMPLES, METABOLITES)))
    named = {"sample": [f"S{n}" for n in range(SAMPLES)], "class": ["AIH", "healthy"] * (SAMPLES // 2)}
    table = pl.DataFrame({**named, **{f"M{n}": values[:, n] for n in range(METABOLITES)}})
    table.write_csv(room / "metabolites.csv")


def main() -> None:
    """Measure each study in its own process and print a row for each."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--patients", type=int, action="append")
    arguments.add_argument("--studies", default=",".join(NAMES))
    arguments.add_argument("--one", nargs=2, metavar=("STUDY", "ROOM"), help="measure one study in this process")
    told = arguments.parse_args()
    if told.one:
        json.dump(measured(told.one[0], Path(told.one[1])), sys.stdout)
        return
    for patients in told.patients or SIZES:
        with tempfile.TemporaryDirectory() as folder:
            prepared(Path(folder), patients)
            table(patients, told.studies.split(","), Path(folder))


def table(patients: int, names: list[str], room: Path) -> None:
    """Print one size's table as it is measured."""
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    print(f"\n{patients:,} patients, up to 28 years of follow-up; seconds by the clock; {load} at the start\n")
    print(f"| study | {' | '.join(PARTS)} | all | CPU s | peak MB |\n|---|{'---:|' * (len(PARTS) + 3)}")
    # As installed: the first run leaves the compiled modules that an installation has, the second is measured.
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(room / "compiled")}
    for name in names:
        cost = [step("studies.py", "--one", name, str(room), environment=compiled) for _ in range(2)][-1]
        parts = [f"{cost.said[part]:.2f}" if part in cost.said else "" for part in PARTS]
        row = f"| {name} | {' | '.join(parts)} | {cost.wall:.1f} | {cost.said['cpu']:.1f} | {cost.peak_mb:,.0f} |"
        print(row, flush=True)


if __name__ == "__main__":
    main()
