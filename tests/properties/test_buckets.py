"""Where buckets are cut and how many processes work changes nothing."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from hepatica.course import definitions, derive, protocol
from hepatica.course.buckets import derive_buckets
from hepatica.course.columns import DERIVED_TYPES
from hepatica.record import Reading
from hepatica.sources import open_source
from hepatica.synthetic import synthesize

AS_OF = date(2024, 12, 31)


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    """An invented centre with dirt (SYNTHETIC), as files."""
    folder = tmp_path_factory.mktemp("buckets") / "centre"
    synthesize(patients=120, seed=5, dirt="heavy", out=folder)
    return str(folder)


@pytest.fixture(scope="module")
def whole(centre):
    with open_source(centre) as source:
        record, reading = source.read()
    return derive(record, definitions(), AS_OF), reading


@pytest.mark.parametrize(("size", "processes"), [(7, 1), (40, 1), (40, 2), (500, 2)])
def test_buckets_and_processes_change_nothing(centre, whole, size, processes):
    with open_source(centre) as source:
        buckets = source.buckets(size, one_read_below=0)
        parts = list(
            derive_buckets(buckets, definitions(), protocol(), AS_OF, tables=tuple(DERIVED_TYPES), processes=processes)
        )
    tables, reading = whole
    for table, frame in tables.items():
        joined = pl.concat([found[table] for found, _ in parts])
        order = joined.columns
        assert joined.sort(order).equals(frame.sort(order)), table
    merged = Reading.merged([account for _, account in parts])
    assert merged.counts == reading.counts
    assert merged.unknown_codes.sort(pl.all()).equals(reading.unknown_codes.sort(pl.all()))
