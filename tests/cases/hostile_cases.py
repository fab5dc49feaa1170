"""Reading a hostile source in a process of its own, whose memory and time are measured."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass

_READ = """
import resource, sys
from datetime import date
from hepatica.errors import HepaticaError
from hepatica.sources import open_source
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    with open_source(sys.argv[1], today=date(2024, 6, 1)) as source:
        record, reading = source.read()
    print(record.patients.height, "patients", record.measurements.height, "results", *reading.notes)
except HepaticaError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@dataclass(frozen=True)
class Outcome:
    """What reading said, by how many MiB its memory grew, and how many seconds it took."""

    said: str
    grown: int
    seconds: float


def read_apart(source: str, limit: int = 120) -> Outcome:
    """Read a source in another process; an error that is not ours, and more than `limit` seconds, fail the test."""
    begun = time.monotonic()
    command = [sys.executable, "-c", _READ, source]
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    said, _, grown = done.stdout.strip().rpartition("\n")
    return Outcome(said, int(grown), time.monotonic() - begun)
