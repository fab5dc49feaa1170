"""Each seed is measured once, whoever asks: a test on one of several workers, or the command that writes the page."""

from __future__ import annotations

import fcntl
import json
from dataclasses import asdict
from pathlib import Path

from recovery.found import Found, OverSeeds, over_seeds
from recovery.measuring import SEEDS, measured


def all_seeds(room: Path) -> dict[str, OverSeeds]:
    """What is found of every effect over all seeds; workers that share the room share the work, seed by seed."""
    room.mkdir(exist_ok=True)
    waiting = [seed for seed in SEEDS if not _measure(room, seed, wait=False)]
    for seed in waiting:  # another worker is at it
        _measure(room, seed, wait=True)
    rows = [Found(**row) for seed in SEEDS for row in json.loads(_file(room, seed).read_text(encoding="utf-8"))]
    return over_seeds(rows)


def _file(room: Path, seed: int) -> Path:
    return room / f"seed-{seed}.json"


def _measure(room: Path, seed: int, *, wait: bool) -> bool:
    """Measure a seed unless it has been; whether it is there now. Without `wait` another's seed is left to it."""
    with (room / f"seed-{seed}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        if not _file(room, seed).exists():
            found = json.dumps([asdict(row) for row in measured(room / f"seed-{seed}", seed)])
            _file(room, seed).write_text(found, encoding="utf-8")
    return True
