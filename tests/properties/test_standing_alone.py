"""Where a patient stands is the same alone and among others, although one row is put together without joins."""

from __future__ import annotations

from datetime import date

import polars as pl
from hypothesis import given, settings

from hepatica.course import derive
from hepatica.guidance.facts import STANDING_TABLES, standing, standing_schema
from hepatica.sources import open_source
from hepatica.synthetic import synthesize
from independent.records import cohorts


def of_all(record, as_of) -> pl.DataFrame:
    return standing(record, derive(record, as_of=as_of, tables=STANDING_TABLES))


def alone_as_together(record, as_of) -> None:
    together = of_all(record, as_of)
    assert together.schema == standing_schema()
    for patient_id in record.patients["patient_id"]:
        alone = of_all(record.of_patients([patient_id]), as_of)
        assert alone.schema == together.schema
        assert alone.equals(together.filter(patient_id=patient_id))


@settings(max_examples=15, deadline=None)
@given(drawn=cohorts())
def test_a_standing_is_the_same_alone_and_among_others(drawn):
    alone_as_together(*drawn)


def test_so_it_is_of_an_invented_centre_with_antibodies_events_and_genes(tmp_path):
    synthesize(patients=25, seed=5, out=tmp_path / "centre", file_format="parquet")
    record, _ = open_source(str(tmp_path / "centre")).read()
    assert record.events.height
    assert record.genotypes.height
    alone_as_together(record, date(2024, 12, 31))
