"""Writes the comparison with R as a document: python tests/referee/table.py > docs/referee.md"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from referee.asking import missing
from referee.cohorts import cohorts, stretches
from referee.themes import KINDS, THEMES, Compared, compared

HEAD = """# The referee

Every kind of number that a study prints is computed twice: here, and by R. This table is written by

```sh
python tests/referee/table.py > docs/referee.md
```

and the same comparison runs with the tests (`tests/references/test_referee.py`), which are skipped with a reason
where R or one of its packages is absent. A number must agree with R's to six digits (a relative difference of at most
1e-6, absolute below 0.001), or the difference is explained below the table.
"""

WHY = """
## Why some of it is written here

Kaplan-Meier, Cox, Aalen-Johansen, Fine-Gray, and Gray's test are short code in numpy
(`src/hepatica/studies/statistics`). lifelines knows one kind of interval and Efron's ties only, moves tied times apart
at random in its Aalen-Johansen estimator, and says nothing when a hazard ratio has no finite estimate; comprisk's
Fine-Gray errors differ from R's in the third digit unless told otherwise, and it loads a compiler. Either takes seconds
to load. lifelines remains as a second referee in the tests. Firth's models come from firthmodels, distribution
functions and linear programming from scipy.

## Where R's answer is not a number

- Before the first event R's log-log limits of a Kaplan-Meier curve are NA; here the interval is 1 to 1, as R's log and
  plain limits are.
- Where survival has come down to 0, log and log-log limits do not exist: NaN here, NA in R.
"""


def main() -> None:
    for theme in THEMES.values():
        if (reason := missing(theme.packages)) is not None:
            sys.exit(f"the referee is not here: {reason}")
    rows = [row for name in THEMES for row in compared(name)]
    write(HEAD)
    write(f"Numbers compared: **{sum(len(row.ours) for row in rows):,}**, with {versions()}.")
    write(f"Patients: {', '.join(f'{name} ({found.frame.height})' for name, found in cohorts().items())}; ")
    write(f"with covariates that change: {', '.join(f'{name} ({f.height} rows)' for name, f in stretches().items())}.")
    write("\n| kind of number | R | data | numbers | largest relative difference |\n|---|---|---|---|---|")
    notes = []
    for kind in KINDS:
        mine = [row for row in rows if row.kind == kind]
        mark = ""
        if kind.reason:
            notes.append(kind.reason)
            mark = f" ({len(notes)})"
        count, worst = sum(len(row.ours) for row in mine), max(row.worst for row in mine)
        write(f"| {kind.name} | `{kind.functions}` | {data_of(mine)} | {count:,} | {shown(worst)}{mark} |")
    for number, note in enumerate(notes, start=1):
        write(f"\n({number}) {note}.")
    write(WHY.rstrip())


def write(line: str) -> None:
    sys.stdout.write(line + "\n")


def data_of(rows: list[Compared]) -> str:
    names = list(dict.fromkeys(row.key.split("/")[0] for row in rows))
    return ", ".join(names[:5]) + (f", and {len(names) - 5} more" if len(names) > 5 else "")


def shown(worst: float) -> str:
    """Differences beyond the fourteenth digit are the last digit of the text between the two."""
    return "under 1e-12" if worst < 1e-12 else f"{worst:.0e}"


def versions() -> str:
    code = (
        'cat(R.version.string); for (p in c("survival", "cmprsk", "pROC", "MatchIt", "metafor", "brglm2")) '
        'cat(",", p, as.character(packageVersion(p)))'
    )
    return subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
