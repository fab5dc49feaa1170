"""A cohort of any size, in buckets of patients over processes: bounded memory, the same answers.

Patients are independent, so where the buckets are cut and how many processes work changes nothing.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from typing import Protocol as Interface

import polars as pl

from hepatica.course.cohort import derive
from hepatica.course.definitions import Definitions
from hepatica.course.protocol import Protocol
from hepatica.record import Reading, Record

Tables = dict[str, pl.DataFrame]


class Bucket(Interface):
    """Some patients of a source, whole: read where they are needed, so that only the recipe travels."""

    def read(self) -> tuple[Record, Reading]:
        """Return the record of these patients and the account of its reading."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker does with a bucket."""

    bucket: Bucket
    defined: Definitions
    practice: Protocol
    as_of: date
    tables: tuple[str, ...]

    def run(self) -> tuple[Tables, Reading]:
        """Return the derived tables of the bucket and the account of its reading."""
        record, reading = self.bucket.read()
        return derive(record, self.defined, self.as_of, self.practice, tables=self.tables), reading


def _run(task: Task) -> tuple[Tables, Reading]:
    return task.run()


def derive_buckets(
    buckets: Sequence[Bucket],
    defined: Definitions,
    practice: Protocol,
    as_of: date,
    *,
    tables: Sequence[str],
    processes: int | None = None,
    done: Callable[[int], None] | None = None,
) -> Iterator[tuple[Tables, Reading]]:
    """Yield the derived tables and the reading account bucket by bucket, in the buckets' order.

    `processes` is at most the number of cores unless given; `done` is called with the buckets finished so far.
    """
    tasks = [Task(bucket, defined, practice, as_of, tuple(tables)) for bucket in buckets]
    workers = min(processes or os.cpu_count() or 1, len(tasks))
    results = map(_run, tasks) if workers <= 1 else _in_processes(tasks, workers)
    for number, result in enumerate(results, start=1):
        if done is not None:
            done(number)
        yield result


def _in_processes(tasks: Sequence[Task], workers: int) -> Iterator[tuple[Tables, Reading]]:
    """Run the tasks in processes; only a few results wait at a time, so memory stays bounded."""
    with _worker_settings(), ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[tuple[Tables, Reading]]] = deque()
        for task in tasks:
            waiting.append(pool.submit(_run, task))
            if len(waiting) > workers + 1:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


# What each worker starts with: one Polars thread, because the processes already fill the cores; and freed memory kept
# for a while, because giving it back and asking for it again took a quarter of the reading.
WORKER_SETTINGS = {
    "POLARS_MAX_THREADS": "1",
    "_RJEM_MALLOC_CONF": "dirty_decay_ms:10000,muzzy_decay_ms:10000",
}


@contextmanager
def _worker_settings() -> Iterator[None]:
    """Start workers with their settings; the environment is as before afterwards."""
    before = {name: os.environ.get(name) for name in WORKER_SETTINGS}
    os.environ.update(WORKER_SETTINGS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
