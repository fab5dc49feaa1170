"""What was put in comes out: on complete data the truth is found again by a few lines that know only the values."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest

from hepatica.synthetic import synthesize
from hepatica.synthetic.truth import truth_columns

IMMUNOSUPPRESSANTS = [
    *("prednisolone", "methylprednisolone", "budesonide", "azathioprine", "mycophenolate", "mercaptopurine"),
    *("tacrolimus", "ciclosporin", "infliximab", "adalimumab", "rituximab", "sirolimus"),
]
LOINC = {"loinc:1742-6": "ALT", "loinc:1920-8": "AST", "loinc:2465-3": "IGG"}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("truth") / "complete"
    made = synthesize(patients=1_200, seed=31, centres=6, out=folder, missingness="none")
    tables = {name: pl.read_csv(path, infer_schema=False) for name, path in made.files.items()}
    dates = ("date", "start", "end", "diagnosis_date")
    typed = {
        name: table.with_columns(pl.col(column).str.to_date() for column in dates if column in table.columns)
        for name, table in tables.items()
    }
    truth = pl.read_csv(made.truth["patients"], try_parse_dates=True, infer_schema_length=None)
    spells = pl.read_csv(made.truth["spells"], try_parse_dates=True)
    changes = pl.read_csv(made.truth["changes"], try_parse_dates=True)
    return SimpleNamespace(truth=truth, spells=spells, changes=changes, made=made, **typed)


@pytest.fixture(scope="module")
def visits(cohort) -> pl.DataFrame:
    """One row per day with ALT, AST, IgG in multiples of the limit, up to a transplant."""
    results = cohort.measurements.with_columns(pl.col("analyte").replace(LOINC)).filter(
        pl.col("analyte").is_in(["ALT", "AST", "IGG"])
    )
    grams = pl.when(pl.col("unit") == "mg/dL").then(0.01).otherwise(1.0)
    results = results.with_columns(
        xuln=(pl.col("value").cast(pl.Float64) / pl.col("upper_limit").cast(pl.Float64)).round(9),
        grams=pl.col("value").cast(pl.Float64) * grams,
    )
    days = results.pivot("analyte", index=["patient_id", "date"], values=["xuln", "grams"])
    who = cohort.truth.select("patient_id", "index_date", "transplant_date")
    return (
        days.join(who, on="patient_id")
        .filter(pl.col("transplant_date").is_null() | (pl.col("date") <= pl.col("transplant_date")))
        .with_columns(normal=pl.max_horizontal("xuln_ALT", "xuln_AST", "xuln_IGG") <= 1)
        .sort("patient_id", "date")
    )


def test_all_three_values_are_there_at_every_visit(visits):
    assert visits.select("xuln_ALT", "xuln_AST", "xuln_IGG").null_count().row(0) == (0, 0, 0)


def test_the_first_normal_visit_is_the_true_date_of_response(cohort, visits):
    first = (
        visits.filter("normal", pl.col("date") > pl.col("index_date")).group_by("patient_id").agg(pl.col("date").min())
    )
    found = cohort.truth.join(first, on="patient_id", how="left")
    assert found["date"].equals(found["true_cbr_date"].alias("date"), null_equal=True)
    assert found["date"].count() > 900


def test_response_by_six_months_is_what_the_latent_class_says(cohort, visits):
    limit = pl.col("index_date").dt.offset_by("6mo")
    within = (pl.col("date") > pl.col("index_date")) & (pl.col("date") <= limit)
    achieved = visits.filter(within & pl.col("normal"))["patient_id"].unique().to_list()
    judged = cohort.truth.filter(pl.col("true_cbr_by_6_months").is_in(["achieved", "not_achieved"]))
    found = pl.col("patient_id").is_in(achieved)
    assert judged.filter(found != (pl.col("true_cbr_by_6_months") == "achieved")).is_empty()
    assert judged.filter(found != (pl.col("latent_class") == "early")).is_empty()
    assert judged.height > 1_100


def test_a_relapse_is_the_first_value_over_three_times_the_limit_or_igg_over_20_grams(cohort, visits):
    high = pl.max_horizontal("xuln_ALT", "xuln_AST") > 3
    igg = (pl.col("grams_IGG") > 20) & (pl.col("xuln_IGG") > 1)
    after = visits.join(cohort.truth.select("patient_id", "true_cbr_date"), on="patient_id").filter(
        pl.col("date") > pl.col("true_cbr_date"), high | igg
    )
    first = after.group_by("patient_id").agg(pl.col("date").min())
    found = cohort.truth.join(first, on="patient_id", how="left")
    assert found["date"].equals(found["true_relapse_date"].alias("date"), null_equal=True)
    assert found["date"].count() > 100


def test_a_visit_is_abnormal_exactly_within_a_spell_of_active_disease(cohort, visits):
    spells = cohort.spells.select("patient_id", "start", "end")
    pairs = visits.select("patient_id", "date", "normal").join(spells, on="patient_id", how="left")
    starts = pl.col("start").is_null() | (pl.col("date") >= pl.col("start"))
    ends = pl.col("end").is_null() | (pl.col("date") <= pl.col("end"))
    active = pairs.group_by("patient_id", "date").agg(pl.col("normal").first(), active=(starts & ends).any())
    assert active.filter(pl.col("normal") == pl.col("active")).is_empty()


def test_alt_of_the_refractory_falls_by_less_than_half_in_four_weeks(cohort, visits):
    refractory = cohort.truth.filter(latent_class="refractory")
    days = visits.join(refractory, on="patient_id", how="semi").with_columns(
        t=(pl.col("date") - pl.col("index_date")).dt.total_days()
    )
    before = days.filter(pl.col("t") <= 0).select("patient_id", before="xuln_ALT")
    after = days.filter(pl.col("t").is_between(25, 31)).select("patient_id", after="xuln_ALT")
    falls = before.join(after, on="patient_id").select(pl.col("after") / pl.col("before")).to_series()
    assert falls.len() > 30
    assert (falls > 0.5).all()


def test_the_first_day_of_treatment_for_the_liver_is_the_index_date(cohort):
    local = ["inhaled", "topical", "eye"]
    counts = cohort.treatments.filter(
        pl.col("drug").is_in(IMMUNOSUPPRESSANTS), pl.col("indication") == "AIH", ~pl.col("route").is_in(local)
    )
    first = counts.group_by("patient_id").agg(pl.col("start").min())
    found = cohort.truth.join(first, on="patient_id", how="left")
    assert found["start"].equals(found["index_date"].alias("start"), null_equal=True)
    assert found["start"].null_count() == (cohort.truth["arm"] == "none").sum() > 0


def test_each_change_of_treatment_is_in_the_list_of_treatments(cohort):
    drugs = cohort.changes.filter(pl.col("date") <= pl.date(2024, 12, 31))
    wanted = drugs.filter(pl.col("reason") == "insufficient_response")
    listed = cohort.treatments.select("patient_id", "drug", date="start")
    missing = wanted.join(listed, on=["patient_id", "drug", "date"], how="anti")
    assert missing.is_empty()
    assert wanted["drug"].n_unique() >= 6


def test_the_arm_is_the_treatment_begun(cohort):
    begun = cohort.treatments.join(cohort.truth.select("patient_id", "index_date", "arm"), on="patient_id").filter(
        pl.col("indication") == "AIH",
        pl.col("drug").is_in(IMMUNOSUPPRESSANTS),
        (pl.col("start") - pl.col("index_date")).dt.total_days() <= 14,
    )
    arms = (
        begun.filter(pl.col("drug") != "methylprednisolone")
        .group_by("patient_id")
        .agg(pl.col("drug").unique().sort().str.join("+"), pl.col("arm").first())
    )
    same = pl.col("arm").str.split("+").list.sort().list.join("+") == pl.col("drug")
    # Death or a lost patient within two weeks may come before the second drug.
    assert arms.filter(~same).height <= 3


def test_deaths_transplants_and_losses_are_the_true_ones(cohort):
    for event, column in (
        ("liver_transplant", "transplant_date"),
        ("death", "death_date"),
        ("lost_to_follow_up", "lost_date"),
    ):
        recorded = cohort.events.filter(event=event).select("patient_id", "date")
        truth = cohort.truth.filter(pl.col(column).is_not_null()).select("patient_id", "last_day", date=column)
        known = truth.filter(pl.col("date") <= pl.col("last_day")).select("patient_id", "date")
        assert recorded.sort("patient_id").equals(known.sort("patient_id"))
        assert recorded.height > 5


def test_every_column_of_the_truth_is_explained(cohort):
    for name, path in cohort.made.truth.items():
        header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
        assert header == list(truth_columns()[name])
    text = (cohort.made.folder / "truth" / "README.txt").read_text(encoding="utf-8")
    for name, columns in truth_columns().items():
        assert f"{name}.csv" in text
        assert all(f"  {column}: {meaning}" in text for column, meaning in columns.items())
