"""One patient's story: months instead of dates, nothing that names, and what is not recorded is said."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest

from hepatica.errors import UsageError
from hepatica.studies import cohort_of, run
from hepatica.studies.case.told import age_words
from hepatica.synthetic import synthesize


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("case") / "centre"
    synthesize(patients=40, seed=3, missingness="none", out=folder)
    return cohort_of(str(folder))


@pytest.fixture(scope="module")
def who(cohort):
    known = cohort.table("response").filter(pl.col("cbr_date").is_not_null())
    return known["patient_id"][0]


@pytest.fixture(scope="module")
def found(cohort, who):
    return run("case", cohort, {"patient": who})


def everything(result):
    """All that the result tells: tables, methods, notes, numbers."""
    tables = "".join(frame.write_csv() for frame in result.tables.values())
    return tables + " ".join([*result.methods, *result.notes]) + str(result.numbers)


def test_no_date_and_no_pseudonym_is_told(found, who):
    told = everything(found).replace(found.definition["course"]["as_of"], "")
    assert who not in told
    assert not re.search(r"\b\d{4}-\d{2}-\d{2}\b", told)
    assert "Treatment began in" not in told


def test_months_count_from_the_index_date(found, cohort, who):
    response = cohort.table("response").row(by_predicate=pl.col("patient_id") == who, named=True)
    days = (response["cbr_date"] - response["index_date"]).days
    assert found.numbers["months.cbr"] == pytest.approx(days / 30.4375, abs=0.06)
    assert found.tables["treatments"]["start"].min() == 0.0


def test_only_the_months_asked_for_are_told(cohort, who):
    result = run("case", cohort, {"patient": who, "months": {"from": 0, "to": 12}})
    months = result.tables["results"]["months"]
    assert months.min() >= 0
    assert months.max() <= 12
    assert (result.tables["treatments"]["start"] <= 12).all()


def test_what_is_not_recorded_is_not_said_to_be_none(cohort):
    without = cohort.record.patients["patient_id"].to_list()
    tested = set(cohort.record.genotypes["patient_id"])
    result = run("case", cohort, {"patient": next(one for one in without if one not in tested)})
    assert any("genotypes" in note and "not the same as none" in note for note in result.notes)


def test_it_is_one_patient_and_needs_consent(found):
    assert any("consent" in note for note in found.notes)
    assert found.synthetic


@pytest.mark.parametrize(("how", "words"), [("band", " aged 30 to 34"), ("years", " aged 33"), ("none", "")])
def test_the_age_as_it_may_be_told(how, words):
    assert age_words(date(1990, 7, 1), date(2024, 6, 30), how, 85) == words


def test_high_ages_are_not_told_closely_and_unknown_ones_said():
    assert age_words(date(1930, 1, 1), date(2024, 6, 30), "years", 85) == " aged 85 or more"
    assert age_words(None, date(2024, 6, 30), "band", 85) == " of unknown age"


def test_a_patient_must_be_named_and_there(cohort):
    with pytest.raises(UsageError, match="no patient is named"):
        run("case", cohort)
    with pytest.raises(UsageError, match="is not in the cohort"):
        run("case", cohort, {"patient": "NOBODY"})


@pytest.mark.parametrize("name", ["results", "treatments"])
def test_its_pictures_can_be_drawn(found, name):
    import vl_convert

    assert "<svg" in vl_convert.vegalite_to_svg(found.drawn(name).to_dict())


def test_the_day_of_the_last_row_is_not_printed_beside_months(tmp_path, cohort, who):
    alone = cohort.record.of_patients([who])
    result = run("case", alone, {"patient": who})
    as_of = result.definition["course"]["as_of"]
    assert as_of.endswith("-12-31")
    assert as_of[:4] == str(cohort_of(alone).as_of)[:4]
    assert run("case", alone, result.definition).numbers == result.numbers
