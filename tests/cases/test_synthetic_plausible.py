"""An invented cohort is one that a centre could send: valid words, nothing impossible, and full of traps."""

from __future__ import annotations

import math
from types import SimpleNamespace

import polars as pl
import pytest

from hepatica.record.tables import TABLES, Kind
from hepatica.sources import open_source
from hepatica.synthetic import synthesize
from hepatica.vocabulary import analyte_codes, drug_names, unit_conversions

IMMUNOSUPPRESSIVE_STEROIDS = ["prednisolone", "methylprednisolone", "budesonide"]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("plausible") / "cohort"
    made = synthesize(patients=2_500, seed=77, centres=12, out=folder)
    tables = {name: pl.read_csv(path, infer_schema=False) for name, path in made.files.items()}
    truth = pl.read_csv(made.truth["patients"], try_parse_dates=True)
    return SimpleNamespace(made=made, tables=tables, truth=truth, **tables)


def test_every_table_has_the_columns_of_the_record_in_their_order(cohort):
    for name, table in TABLES.items():
        assert tuple(cohort.tables[name].columns) == table.names
        assert cohort.tables[name].height == cohort.made.rows[name] > 0


def test_cells_that_must_be_there_are_there_and_no_cell_is_nan(cohort):
    for name, table in TABLES.items():
        frame = cohort.tables[name]
        assert frame.select(table.required).null_count().row(0) == (0,) * len(table.required)
        words = frame.select(pl.all().str.to_lowercase().is_in(["nan", "inf", "-inf", "null"]).any()).row(0)
        assert not any(words)


def test_every_choice_is_one_of_the_words_of_its_column(cohort):
    checked = 0
    for name, table in TABLES.items():
        for column in table.columns:
            if column.kind is Kind.CHOICE:
                assert set(cohort.tables[name][column.name].drop_nulls()) <= set(column.choices)
                checked += 1
    assert checked > 20


def test_the_vocabulary_knows_every_analyte_unit_and_drug(cohort):
    codes = (
        cohort.measurements.select("analyte", "unit")
        .unique()
        .join(
            analyte_codes(), left_on=pl.col("analyte").str.to_lowercase(), right_on="key", how="left", suffix="_known"
        )
    )
    assert codes["analyte_known"].null_count() == 0
    units = codes.drop_nulls("unit").with_columns(
        spelling=pl.col("unit").str.to_lowercase().str.replace_all(" ", "").str.replace_all("[µμ]", "u")
    )
    known = unit_conversions().select("analyte", "spelling")
    assert units.join(
        known, left_on=["analyte_known", "spelling"], right_on=["analyte", "spelling"], how="anti"
    ).is_empty()
    drugs = cohort.treatments.select("drug").unique()
    assert drugs.join(drug_names(), left_on="drug", right_on="key", how="anti").is_empty()


def test_reading_it_keeps_every_row(cohort):
    _, reading = open_source(str(cohort.made.folder)).read()
    assert reading.quarantine.is_empty()
    assert {name: count.kept for name, count in reading.counts.items()} == cohort.made.rows
    odd = set(reading.warnings["reason"])
    assert odd <= {"two_units", "unusual", "sudden_change"}
    assert reading.warnings.filter(reason="unusual").height < 0.001 * cohort.made.rows["measurements"]


def test_everything_says_that_it_is_synthetic(cohort):
    assert cohort.patients["patient_id"].str.contains(r"^SYN-\d{8}$").all()
    assert cohort.patients["centre"].str.contains(r"^Synthetic centre \d+$").all()
    assert cohort.patients["centre"].n_unique() == 12
    for name in ("README.txt", "truth/README.txt", "truth/model.yaml"):
        assert "SYNTHETIC" in (cohort.made.folder / name).read_text(encoding="utf-8").splitlines()[0]


def test_nothing_is_dated_after_death_after_the_extract_or_before_birth(cohort):
    death = pl.col("death_date").fill_null(pl.date(2024, 12, 31))  # the extract is the end for those alive
    ends = cohort.truth.select("patient_id", last=pl.min_horizontal(death, pl.date(2024, 12, 31)))
    births = cohort.patients.select("patient_id", birth=pl.col("birth_date").str.slice(0, 4).cast(pl.Int32))
    dates = {
        "measurements": ["date"],
        "treatments": ["start", "end"],
        "events": ["date"],
        "biopsies": ["date"],
        "genotypes": ["date"],
    }
    for name, columns in dates.items():
        frame = cohort.tables[name].join(ends, on="patient_id").join(births, on="patient_id")
        for column in columns:
            day = pl.col(column).str.to_date()
            assert frame.filter((day > pl.col("last")) | (day.dt.year() < pl.col("birth"))).is_empty()
    assert cohort.truth["death_date"].count() > 50


def test_a_treatment_never_ends_before_it_begins_and_doses_of_one_drug_do_not_overlap(cohort):
    for_liver = cohort.treatments.filter(
        pl.col("indication").fill_null("AIH") == "AIH"
    )  # empty: for the liver, not written
    rows = for_liver.with_columns(pl.col("start", "end").str.to_date()).sort("patient_id", "drug", "start")
    assert rows.filter(pl.col("end") < pl.col("start")).is_empty()
    before = pl.col("end").fill_null(pl.date(2099, 1, 1)).shift().over("patient_id", "drug")  # open: still taken
    overlapping = rows.filter(before >= pl.col("start"))
    assert overlapping.is_empty()


def test_after_a_transplant_only_the_graft_is_treated(cohort):
    transplanted = cohort.truth.drop_nulls("transplant_date").select("patient_id", "transplant_date", "last_day")
    rows = cohort.treatments.join(transplanted, on="patient_id").filter(
        pl.col("start").str.to_date() > pl.col("transplant_date"), pl.col("transplant_date") <= pl.col("last_day")
    )
    assert set(rows["indication"]) <= {"extrahepatic", "transplant"}
    graft = cohort.treatments.filter(indication="transplant")
    assert set(graft["drug"]) == {"tacrolimus"}
    assert graft.height > 20


def test_traps_of_real_lists_of_treatment_are_there(cohort):
    treatments = cohort.treatments
    assert treatments.filter(drug="budesonide", route="inhaled").height > 10
    assert treatments.filter(drug="tacrolimus", route="topical").height > 0
    assert treatments.filter(drug="prednisolone", route="eye").height > 0
    assert treatments.filter(pl.col("drug").is_in(["infliximab", "adalimumab"]), indication="extrahepatic").height > 5
    assert treatments.filter(drug="prednisolone", indication="extrahepatic").height > 5
    assert treatments["indication"].null_count() > 100
    assert treatments["stop_reason"].null_count() > 100


def test_children_have_children_s_doses_and_growing_weights(cohort):
    children = cohort.truth.filter(pl.col("age_at_diagnosis") < 8).select("patient_id")
    first = (
        cohort.treatments.join(children, on="patient_id")
        .filter(pl.col("drug") == "prednisolone", pl.col("indication") == "AIH")
        .group_by("patient_id")
        .agg(pl.col("dose").cast(pl.Float64).first())
    )
    assert 10 <= first["dose"].drop_nulls().median() < 60
    weights = (
        cohort.measurements.join(children, on="patient_id")
        .filter(analyte="WEIGHT")
        .group_by("patient_id")
        .agg(gain=pl.col("value").cast(pl.Float64).last() - pl.col("value").cast(pl.Float64).first(), n=pl.len())
    )
    assert weights.filter(pl.col("n") >= 8)["gain"].min() > 0


def test_budesonide_is_hardly_ever_begun_with_cirrhosis_and_never_in_children(cohort):
    begun = cohort.truth.filter(arm="budesonide+azathioprine")
    assert begun.filter(pl.col("age_at_diagnosis") < 18).is_empty()
    assert (begun["cirrhosis_at_diagnosis"] == "yes").mean() < 0.1


def test_centres_print_in_their_own_units_and_limits_and_some_send_codes(cohort):
    results = cohort.measurements.join(cohort.patients.select("patient_id", "centre"), on="patient_id")
    alt = results.filter(pl.col("analyte").is_in(["ALT", "loinc:1742-6"]))
    assert set(alt["unit"]) == {"U/L", "µkat/L"}
    assert alt["upper_limit"].n_unique() > 4
    assert set(results.filter(analyte="IGG")["unit"]) == {"g/L", "mg/dL"}
    assert set(results.filter(analyte="TGN")["unit"]) == {"pmol/8x10^8 RBC", "pmol/0.2 mL"}
    assert alt["analyte"].n_unique() == 2
    first = results.filter(centre="Synthetic centre 1")
    assert set(first["unit"].drop_nulls()) & {"µkat/L", "mg/dL", "g/dL", "pmol/0.2 mL"} == set()


def test_igg_limits_of_young_children_are_lower_than_those_of_adults(cohort):
    igg = cohort.measurements.filter(pl.col("analyte") == "IGG", pl.col("unit") == "g/L").join(
        cohort.truth.select("patient_id", "age_at_diagnosis", "index_date"), on="patient_id"
    )
    age = pl.col("age_at_diagnosis") + (pl.col("date").str.to_date() - pl.col("index_date")).dt.total_days() / 365.25
    limits = igg.drop_nulls("index_date").with_columns(age=age, limit=pl.col("upper_limit").cast(pl.Float64))
    assert limits.filter(pl.col("age") < 3.9)["limit"].max() < limits.filter(pl.col("age") > 19)["limit"].min()


def test_serious_adverse_events_in_the_trial_hit_those_on_azathioprine(cohort):
    trial = cohort.truth.filter(randomised="yes").select("patient_id", "arm")
    serious = cohort.events.join(trial, on="patient_id").filter(event="adverse_event", serious="yes")
    # An event is not written down in 12 %.
    for drug, arm, published in (
        ("azathioprine", "prednisolone+azathioprine", 0.129 * 0.88),
        ("mycophenolate", "mycophenolate+prednisolone", 0.01 * 0.88),
    ):
        n = trial.filter(arm=arm).height
        share = serious.filter(related_drug=drug).height / n
        assert abs(share - published) <= 3 * math.sqrt(published * (1 - published) / n)


def test_the_trial_s_24_week_visit_is_in_the_data_with_alt_and_igg(cohort):
    trial = cohort.truth.filter(
        pl.col("randomised") == "yes", (pl.col("last_day") - pl.col("index_date")).dt.total_days() > 200
    )
    results = cohort.measurements.join(trial.select("patient_id", "index_date"), on="patient_id").filter(
        (pl.col("date").str.to_date() - pl.col("index_date")).dt.total_days().is_between(160, 172)
    )
    analyte = pl.col("analyte").replace({"loinc:1742-6": "ALT", "loinc:2465-3": "IGG"})
    for name in ("ALT", "IGG"):
        assert results.filter(analyte == name)["patient_id"].n_unique() == trial.height > 50
    assert trial["trial_remission_24_weeks"].null_count() == 0
