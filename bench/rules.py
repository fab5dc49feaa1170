"""Measure the rules: 100,000 patients a rule at once, one patient a rule, findings, and the whole advice (SYNTHETIC).

python bench/rules.py [PATIENTS]
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from hepatica.course import derive
from hepatica.guidance.advice import advice
from hepatica.guidance.advice_table import advice_table, safety_items
from hepatica.guidance.facts import STANDING_TABLES, standing
from hepatica.guidance.findings import findings_of
from hepatica.guidance.rules import rules
from hepatica.sources import open_source
from hepatica.synthetic import synthesize

AS_OF = date(2024, 12, 31)
INVENTED = 1000


def states(patients: int) -> pl.DataFrame:
    """Return the standing of invented patients, repeated to the wanted number."""
    with tempfile.TemporaryDirectory() as folder:
        synthesize(patients=INVENTED, seed=1, out=Path(folder), file_format="parquet")
        record, _ = open_source(folder).read()
    state = standing(record, derive(record, as_of=AS_OF, tables=STANDING_TABLES))
    return pl.concat([state] * -(-patients // state.height)).head(patients)


def seconds(what: Callable[[], object], times: int = 1) -> float:
    start = time.perf_counter()
    for _ in range(times):
        what()
    return (time.perf_counter() - start) / times


def main() -> None:
    patients = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    state = states(patients)
    known = rules()
    cohort = {name: seconds(lambda rule=rule: rule.answers(state)) for name, rule in known.items()}
    slowest = max(cohort, key=cohort.__getitem__)
    print(f"{len(known)} rules, {patients} patients (SYNTHETIC)")
    print(f"cohort, one rule: median {statistics.median(cohort.values()) * 1e3:.1f} ms, slowest {slowest} "
          f"{cohort[slowest] * 1e3:.1f} ms, all {sum(cohort.values()):.2f} s")  # fmt: skip
    rows = list(state.head(200).iter_rows(named=True))
    found = [findings_of(row) for row in rows]
    print(f"one patient: findings {seconds(lambda: [findings_of(row) for row in rows]) / len(rows) * 1e6:.0f} us")
    alone = [seconds(lambda rule=rule: [rule.answer(one) for one in found]) / len(found) for rule in known.values()]
    print(f"one patient, one rule: median {statistics.median(alone) * 1e6:.1f} us, slowest {max(alone) * 1e6:.1f} us")
    whole = [seconds(lambda row=row: advice(row, accepted_notice=True)) for row in rows]
    print(f"one patient, whole advice: median {statistics.median(whole) * 1e3:.1f} ms")
    some = state.head(10_000)
    print(f"advice table, {some.height} patients: {seconds(lambda: advice_table(some, accepted_notice=True)):.2f} s")
    print(f"safety work, {some.height} patients: {seconds(lambda: safety_items(some, accepted_notice=True)):.2f} s")


if __name__ == "__main__":
    main()
