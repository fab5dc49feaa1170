"""Liver injury on a drug: who can be followed, what counts as a rise, whether it lasts, and what the causality says."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from hepatica.errors import UsageError
from hepatica.studies import run
from hepatica.synthetic import synthesize

START = date(2020, 1, 10)


def day(number):
    return (START + timedelta(days=number)).isoformat()


def centre(folder, patients):
    """Each patient: name -> (day the drug ended or None, [(day, ALT), …]); limit 40 U/L, the drug starts on day 0."""
    folder.mkdir()
    people = "".join(f"{who},female,1980-05-01\n" for who in patients)
    (folder / "patients.csv").write_text("patient_id,sex,birth_date\n" + people)
    drugs, labs = ["patient_id,drug,start,end,indication"], ["patient_id,date,analyte,value,unit,upper_limit"]
    for who, (end, values) in patients.items():
        drugs.append(f"{who},azathioprine,{day(-700)},,AIH")
        drugs.append(f"{who},infliximab,{day(0)},{'' if end is None else day(end)},extrahepatic")
        labs += [f"{who},{day(number)},ALT,{value},U/L,40" for number, value in values]
    (folder / "treatments.csv").write_text("\n".join(drugs) + "\n")
    (folder / "measurements.csv").write_text("\n".join(labs) + "\n")
    return folder


def told(folder, patients, **definition):
    return run("safety", str(centre(folder / "centre", patients)), definition)


def rises(result):
    return result.tables["rises"].rows_by_key("patient_id", named=True, unique=True)


CALM = [(-20, 30), (60, 32), (200, 28), (400, 31)]


def test_only_who_was_normal_before_and_was_measured_on_the_drug_is_followed(tmp_path):
    result = told(tmp_path, {
        "calm": (None, CALM),
        "raised before": (None, [(-20, 80), (60, 30)]),
        "no value before": (None, [(-400, 30), (60, 30)]),
        "never measured on it": (None, [(-20, 30)]),
        "last look": (None, [(-20, 30), (401, 30)]),
    })  # fmt: skip
    counts = {key: value for key, value in result.numbers.items() if key.startswith("attrition.")}
    assert counts["attrition.users.in"] == 5
    assert (counts["attrition.normal_before.in"], counts["attrition.normal_before.out"]) == (3, 1)
    assert counts["attrition.normal_before.unknown"] == 1
    assert counts["attrition.followed.unknown"] == 1
    assert result.numbers["users"] == 2


def test_a_rise_is_the_first_value_above_twice_the_limit(tmp_path):
    result = told(
        tmp_path, {"a": (None, [(-20, 30), (50, 79), (100, 81), (150, 300), (300, 30)]), "calm": (None, CALM)}
    )
    row = rises(result)["a"]
    assert (row["rise"], row["onset_days"]) == (START + timedelta(days=100), 100)
    assert row["peak_xuln"] == pytest.approx(7.5)
    assert (result.numbers["rise.yes"], result.numbers["rise.no"]) == (1, 1)
    assert result.numbers["rise.share"] == 0.5


def test_the_rate_has_the_exact_interval_of_a_poisson_count(tmp_path):
    """One rise in a number of years: R's poisson.test gives 0.0253 to 5.5716 rises."""
    result = told(tmp_path, {"a": (None, [(-20, 30), (100, 81)]), "calm": (None, CALM)})
    row = result.tables["rate"].row(0, named=True)
    assert (row["patients"], row["rises"], row["onset_median_days"]) == (2, 1, 100)
    assert row["years"] == pytest.approx((100 + 400) / 365.25)
    assert row["per_100_years"] == pytest.approx(100 / row["years"])
    assert row["lower"] * row["years"] / 100 == pytest.approx(0.02531781, rel=1e-6)
    assert row["upper"] * row["years"] / 100 == pytest.approx(5.571643, rel=1e-6)
    by_years = result.tables["by_years"].rows_by_key("years", named=True, unique=True)
    assert by_years[1.0]["incidence"] == result.numbers["rise.by_1_years"] == 0.5


def test_without_a_rise_the_rate_is_zero_with_an_upper_limit(tmp_path):
    row = told(tmp_path, {"calm": (None, CALM)}).tables["rate"].row(0, named=True)
    assert (row["per_100_years"], row["lower"], row["onset_median_days"]) == (0.0, 0.0, None)
    assert row["upper"] * row["years"] / 100 == pytest.approx(3.688879, rel=1e-6)


def test_a_rise_counts_for_some_days_after_the_end_and_no_longer(tmp_path):
    result = told(tmp_path, {
        "soon after": (100, [(-20, 30), (50, 30), (120, 200)]),
        "long after": (100, [(-20, 30), (50, 30), (140, 200)]),
    })  # fmt: skip
    assert set(rises(result)) == {"soon after"}


@pytest.mark.parametrize(
    ("values", "persistent"),
    [
        ([(100, 200), (150, 30)], "no"),
        ([(100, 200), (150, 90), (200, 70)], "yes"),
        ([(100, 200), (150, 30), (200, 90)], "no"),
        ([(100, 200), (150, 90)], "unknown"),
        ([(100, 200)], "unknown"),
    ],
)
def test_whether_it_lasts_eighty_days(tmp_path, values, persistent):
    result = told(tmp_path, {"a": (None, [(-20, 30), *values]), "calm": (None, [*CALM, (500, 30)])})
    assert rises(result)["a"]["persistent"] == persistent


@pytest.mark.parametrize(
    ("after", "word"),
    [([(180, 200), (220, 30)], "normal"), ([(220, 90)], "raised"), ([], "unknown"), ([(400, 30)], "unknown")],
)
def test_what_follows_stopping(tmp_path, after, word):
    result = told(tmp_path, {"a": (150, [(-20, 30), (100, 200), *after]), "calm": (None, CALM)})
    assert rises(result)["a"]["after"] == word


def test_who_goes_on_with_the_drug_has_no_outcome_of_stopping(tmp_path):
    result = told(tmp_path, {"a": (None, [(-20, 30), (100, 200)]), "calm": (None, CALM)})
    assert rises(result)["a"]["after"] is None
    assert result.tables["outcomes"].row(2, named=True)["n"] == 0


def test_censored_values_count_as_far_as_they_decide(tmp_path):
    result = told(tmp_path, {
        "below the limit": (None, [(-20, "<30"), (60, 30), (200, ">1000")]),
        "across the limit": (None, [(-20, "<60"), (60, 30)]),
    })  # fmt: skip
    assert set(rises(result)) == {"below the limit"}
    assert result.numbers["attrition.normal_before.unknown"] == 1


def test_a_drug_for_the_hepatitis_itself_is_another_question(tmp_path):
    folder = centre(tmp_path / "centre", {"a": (None, CALM)})
    text = (folder / "treatments.csv").read_text().replace("extrahepatic", "AIH")
    (folder / "treatments.csv").write_text(text)
    assert run("safety", str(folder)).numbers["users"] == 0
    assert run("safety", str(folder), {"given_for": "any"}).numbers["users"] == 1


def test_causality_is_a_range_and_names_what_is_missing(tmp_path):
    folder = centre(tmp_path / "centre", {"a": (150, [(-20, 30), (60, 400), (160, 100)]), "calm": (None, CALM)})
    with (folder / "measurements.csv").open("a") as labs:
        labs.write(f"a,{day(62)},ALP,120,U/L,120\n")
    result = run("safety", str(folder))
    row = rises(result)["a"]
    assert row["r_value"] == pytest.approx(10.0)
    assert row["pattern"] == "hepatocellular"
    assert row["rucam_low"] < row["rucam_high"]
    assert "alternative_causes" in row["missing"]
    assert "onset" not in row["missing"]


def test_without_alkaline_phosphatase_the_pattern_is_unknown_and_both_forms_remain(tmp_path):
    result = told(tmp_path, {"a": (None, [(-20, 30), (60, 400)]), "calm": (None, CALM)})
    assert rises(result)["a"]["pattern"] == "unknown"
    assert any("RUCAM stays open" in note for note in result.notes)


def test_a_drug_that_nobody_knows_is_refused(tmp_path):
    with pytest.raises(UsageError, match="infliksimab is not in the vocabulary"):
        told(tmp_path, {"a": (None, CALM)}, drugs=["infliksimab"])


@pytest.fixture(scope="module")
def invented(tmp_path_factory):
    """Of an invented cohort those on anti-TNF for another disease, with all values and the truth."""
    folder = tmp_path_factory.mktemp("safety")
    synthesize(patients=12_000, seed=13, missingness="none", out=folder / "all", file_format="parquet")
    truth = pl.read_csv(folder / "all" / "truth" / "patients.csv", infer_schema=False)
    users = truth.filter(pl.col("anti_tnf_date").is_not_null())
    ids = users["patient_id"].to_list()
    (folder / "users").mkdir()
    for table in ("patients", "measurements", "treatments", "events"):
        rows = pl.scan_parquet(folder / "all" / f"{table}.parquet").filter(pl.col("patient_id").is_in(ids))
        rows.collect().write_parquet(folder / "users" / f"{table}.parquet")
    result = run("safety", str(folder / "users"), {"rise": {"above_xuln": 1.5}})
    truly = set(users.filter(pl.col("anti_tnf_rise_date").is_not_null())["patient_id"])
    return result, truly, looked_at(folder)


def looked_at(folder):
    """Whose ALT was measured, and above the limit of a rise, while it was truly raised and the drug was taken."""
    spells = pl.read_csv(folder / "all" / "truth" / "spells.csv", try_parse_dates=True)
    alt = pl.read_parquet(folder / "users" / "measurements.parquet").filter(pl.col("analyte") == "ALT")
    value = pl.col("value").cast(pl.Float64, strict=False) / pl.col("upper_limit").cast(pl.Float64, strict=False)
    drugs = pl.read_parquet(folder / "users" / "treatments.parquet").filter(pl.col("indication") == "extrahepatic")
    on = drugs.group_by("patient_id").agg(first=pl.col("start").min(), last=pl.col("end").max())
    seen = (
        alt.join(spells.filter(pl.col("kind") == "anti_tnf_rise"), on="patient_id")
        .join(on, on="patient_id")
        .filter(pl.col("date").is_between("start", pl.coalesce("end", "date")), pl.col("date") > pl.col("first"))
        .filter(pl.col("last").is_null() | (pl.col("date") <= pl.col("last")), value > 1.5)
    )
    return set(seen["patient_id"])


@pytest.mark.slow
def test_the_rises_that_were_put_in_are_found_where_somebody_looked(invented):
    """8 % were put in; a rise lasts weeks, and one between two visits leaves no value."""
    result, truly, looked = invented
    assert result.numbers["users"] > 60
    assert result.numbers["rise.lower"] < 0.08 < result.numbers["rise.upper"]
    found = set(rises(result))
    assert found <= truly
    assert len(looked) > 3
    # Of whom nobody knows whether ALT was normal before the first dose cannot be said to have a new rise.
    assert len(looked - found) <= min(2, result.numbers["attrition.normal_before.unknown"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["curve", "outcomes", "results"])
def test_its_pictures_can_be_drawn(invented, name):
    import vl_convert

    assert "<svg" in vl_convert.vegalite_to_svg(invented[0].drawn(name).to_dict())
