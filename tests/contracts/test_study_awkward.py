"""Cohorts that no study was made for: a whole report comes of them, or a refusal that says why; never an error."""

from __future__ import annotations

import math

import polars as pl
import pytest

from hepatica import studies
from hepatica.errors import UsageError
from hepatica.studies.disclosure import shared
from hepatica.synthetic import synthesize

pytestmark = pytest.mark.slow
PATIENTS = 80
TABLES = ("patients", "measurements", "treatments", "events", "biopsies", "genotypes")


def nothing(table: str):
    return lambda name, frame: frame.head(0) if name == table else frame


def all_alike(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(value=pl.lit("30")) if name == "measurements" else frame


def one_arm(name: str, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("drug") != "budesonide") if name == "treatments" else frame


# Each: how many patients, what was done to their tables, and what the definition changes.
AWKWARD = {
    "one patient": (1, None, {}),
    "three patients": (3, None, {}),
    "no results": (PATIENTS, nothing("measurements"), {}),
    "nobody treated": (PATIENTS, nothing("treatments"), {}),
    "no events": (PATIENTS, nothing("events"), {}),
    "every value the same": (PATIENTS, all_alike, {}),
    "one arm empty": (PATIENTS, one_arm, {}),
    "a day before all": (3, None, {"course": {"as_of": "1900-01-01"}}),
}


@pytest.fixture(scope="module")
def awkward(tmp_path_factory):
    """Each awkward cohort by name, read once; and what the definition changes."""
    room = tmp_path_factory.mktemp("awkward")
    synthesize(patients=PATIENTS, seed=4, out=room / "whole")
    ids = pl.read_csv(room / "whole" / "patients.csv", infer_schema=False)["patient_id"]
    made = {}

    def of(name):
        if name not in made:
            count, change, definition = AWKWARD[name]
            folder = room / name.replace(" ", "_")
            folder.mkdir()
            for table in TABLES:
                frame = pl.read_csv(room / "whole" / f"{table}.csv", infer_schema=False)
                frame = frame.filter(pl.col("patient_id").is_in(ids.head(count).to_list()))
                (change(table, frame) if change else frame).write_csv(folder / f"{table}.csv")
            made[name] = (studies.cohort_of(str(folder)), definition)
        return made[name]

    return of


@pytest.mark.parametrize("study", ["response", "prognosis", "compare", "metabolites", "safety", "case"])
@pytest.mark.parametrize("name", AWKWARD)
def test_a_report_is_whole_or_refused_with_a_reason(name, study, awkward):
    cohort, definition = awkward(name)
    asked = {"case": {"patient": cohort.record.patients["patient_id"][0]}, "safety": {"given_for": "any"}}
    refusal, result = None, None
    try:
        result = studies.run(study, cohort, {**asked.get(study, {}), **definition})
    except UsageError as trouble:
        refusal = trouble
    if result is None:
        assert study == "compare"  # no other study needs two groups
        assert refusal.remedy
        return
    for told in (result, shared(result, least=5)):
        for figure in told.figures:
            told.drawn(figure)
        assert not any(isinstance(value, float) and not math.isfinite(value) for value in told.numbers.values())
    assert result.numbers.get("attrition.patients.in", cohort.record.patients.height) == cohort.record.patients.height
