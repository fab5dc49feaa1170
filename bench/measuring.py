"""Measuring in one run: wall time, CPU time, and peak memory of a step in its own process tree."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """One step: seconds on the clock, CPU seconds of all its processes, peak memory of all together in MB."""

    wall: float
    cpu: float
    peak_mb: float
    said: dict


def step(script: str, *arguments: str, environment: dict[str, str] | None = None) -> Measured:
    """Run a bench script's step in a fresh process and return what it cost; it prints one JSON object."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    command = [sys.executable, str(ROOT / "bench" / script), *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}
    ) as running:
        watched = Watched(running.pid)
        watched.start()
        said_text, _ = running.communicate()
        peak_mb = watched.stopped()
    if running.returncode:
        raise subprocess.CalledProcessError(running.returncode, command)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Measured(wall, cpu, peak_mb, json.loads(said_text.strip().splitlines()[-1]))


class Watched(threading.Thread):
    """Looks four times a second how much memory a process and its children hold together, and keeps the most."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self._most = 0
        self._over = threading.Event()

    def run(self) -> None:
        """Look until it is over."""
        while not self._over.wait(0.25):
            self._most = max(self._most, sum(_held(pid) for pid in _family(self._pid)))

    def stopped(self) -> float:
        """Return the most that was held, in MB."""
        self._over.set()
        self.join()
        return self._most / 1024


def _family(pid: int) -> list[int]:
    """Return a process and all that it started (Linux)."""
    found = [pid]
    for one in found:
        with contextlib.suppress(OSError):  # over in the meantime
            for task in Path(f"/proc/{one}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def _held(pid: int) -> int:
    """Return the memory of a process in kB, of what it shares with others its part (Linux)."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def tell(**values: object) -> None:
    """Print a step's numbers for the process that asked for them."""
    print(json.dumps(values))
