"""R as the referee: one batch of questions per script, as JSON in and JSON out."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from functools import cache
from math import isnan
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
Answers = dict[str, list[float | None]]


@cache
def missing(packages: tuple[str, ...]) -> str | None:
    """Why R cannot answer here (it or one of its packages is absent), or None."""
    if shutil.which("Rscript") is None:
        return "R is not installed on this machine (Debian: r-base-core)"
    wanted = ", ".join(f'"{package}"' for package in ("jsonlite", *packages))
    code = f"for (p in c({wanted})) if (!requireNamespace(p, quietly = TRUE)) cat(p, '')"
    done = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=False)
    absent = done.stdout.strip()
    return f"R's package is not installed: {absent}" if absent else None


def ask(script: str, question: dict[str, object]) -> Answers:
    """What an R script of this folder answers: flat keys with lists of numbers; R's NA is None."""
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder) / "question.json", Path(folder) / "answer.json"
        asked.write_text(json.dumps(question), encoding="utf-8")
        done = subprocess.run(
            ["Rscript", "--vanilla", str(FOLDER / script), str(asked), str(told)],
            capture_output=True,
            text=True,
            check=False,
            env=None,
        )
        if done.returncode:
            raise RuntimeError(f"{script} failed:\n{done.stderr}")
        return json.loads(told.read_text(encoding="utf-8"))


def distance(ours: float | None, theirs: float | None) -> float:
    """The relative difference of two numbers (absolute below 1); unknown on one side only is infinitely far."""
    known = [value is not None and not isnan(value) for value in (ours, theirs)]
    if known == [False, False]:
        return 0.0
    if not all(known):
        return float("inf")
    if ours == theirs:
        return 0.0
    return abs(ours - theirs) / max(abs(theirs), SMALL)


# Below this a difference is taken as absolute: a mean difference of 1e-17 has no digits to compare.
SMALL = 1e-3
