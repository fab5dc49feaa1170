"""Measuring in one run: wall time, CPU time, and peak memory of a step in its own process tree."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """One step: seconds on the clock, CPU seconds of all its processes, peak memory of the largest in MB."""

    wall: float
    cpu: float
    peak_mb: float
    said: dict


def step(script: str, *arguments: str, environment: dict[str, str] | None = None) -> Measured:
    """Run a bench script's step in a fresh process and return what it cost; it prints one JSON object."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, str(ROOT / "bench" / script), *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    said = json.loads(ran.stdout.strip().splitlines()[-1])
    return Measured(wall, cpu, said.pop("peak_mb"), said)


def peak_mb() -> float:
    """Return the peak memory of this process and of the largest of its children, whichever is more, in MB."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, child) / 1024


def tell(**values: object) -> None:
    """Print a step's numbers for the process that asked for them."""
    print(json.dumps({"peak_mb": peak_mb(), **values}))
