"""Power by simulation, of any definition file: it agrees with the closed form where there is one."""

from __future__ import annotations

from math import log, sqrt

import polars as pl
import pytest

from hepatica import studies
from hepatica.errors import UsageError
from hepatica.studies.power import study_power
from hepatica.studies.statistics.distributions import normal_below
from hepatica.studies.statistics.sample_size import power_two_proportions
from hepatica.studies.trial import open_input
from hepatica.synthetic import synthesize

pytestmark = pytest.mark.slow

TRIALS = 60
DRUGS = {"mycophenolate+prednisolone": "mycophenolate", "prednisolone+azathioprine": "azathioprine"}
# Cox's own test, which Schoenfeld's formula describes, also where so few events would call for Firth's penalty.
CIRRHOSIS = {
    "covariates": ["cirrhosis"], "naive_beside": False, "population": {"variants": ["none"]},
    "least_events_per_covariate": 1,
}  # fmt: skip
PLAIN = {"subgroups": {"no_cirrhosis": False, "age_60": False}, "sensitivity": {"definitions": [], "estimands": []}}


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    folder = tmp_path_factory.mktemp("power")
    synthesize(patients=9_000, seed=4, centres=2, missingness="none", out=folder / "all", file_format="parquet")
    return folder


def cut(room, name, ids):
    (room / name).mkdir()
    for table in ("patients", "measurements", "treatments", "events", "biopsies"):
        rows = pl.scan_parquet(room / "all" / f"{table}.parquet").filter(pl.col("patient_id").is_in(ids))
        rows.collect().write_parquet(room / name / f"{table}.parquet")
    return str(room / name)


@pytest.fixture(scope="module")
def truth(room):
    return pl.read_csv(room / "all" / "truth" / "patients.csv", infer_schema=False)


@pytest.fixture(scope="module")
def cohort(room, truth):
    return studies.cohort_of(cut(room, "first", truth["patient_id"][:2_500].to_list()))


def agrees(found, closed):
    """The closed form lies within the simulation's interval, or beside it by what its approximation leaves."""
    power = found.simulated.power
    assert 0.2 < closed < 0.9  # where power changes fastest, so that disagreement shows
    assert power.lower - 0.08 < closed < power.upper + 0.08


def reached(distance):
    return normal_below(distance - 1.959964)


def test_a_prognosis_has_the_power_that_schoenfeld_gives(cohort):
    whole = studies.run("prognosis", cohort, CIRRHOSIS).numbers
    patients, people = 180, cohort.record.patients.height
    events = whole["cox.events"] * patients / people
    share = (cohort.table("outcomes")["cirrhosis_at_diagnosis"] == "yes").mean()
    closed = reached(abs(log(whole["cox.cirrhosis.hr"])) * sqrt(events * share * (1 - share)))
    found = study_power("prognosis", cohort, CIRRHOSIS, patients=patients, number="cox.cirrhosis.p", trials=TRIALS)
    agrees(found, closed)


def test_metabolites_have_the_power_of_two_means(cohort):
    whole = studies.run("metabolites", cohort, {"cut_off": {"samples": 100}})
    rows = (
        whole.tables["means"].filter(pl.col("measure") == "6-TGN, mean").rows_by_key("class", named=True, unique=True)
    )
    patients, people = 120, cohort.record.patients.height
    variance = 0.0
    for name in ("stable", "never"):
        row = rows[name]
        spread = (row["upper"] - row["lower"]) / (2 * 1.96) * sqrt(row["patients"])
        variance += spread**2 / (row["patients"] * patients / people)
    closed = reached(abs(rows["stable"]["mean"] - rows["never"]["mean"]) / sqrt(variance))
    number = "difference.stable minus never.p"
    told = {"cut_off": {"samples": 100}}
    agrees(study_power("metabolites", cohort, told, patients=patients, number=number, trials=TRIALS), closed)


def test_a_comparison_has_the_power_of_two_shares(cohort):
    """Weighed by the year alone, which chance has dealt alike, it is a comparison of two shares."""
    definition = {**PLAIN, "covariates": ["year"], "response": {"months": [6]}}
    row = studies.run("compare", cohort, definition).tables["effects"].row(0, named=True)
    patients = 240
    sizes = [round(row[f"{arm}_of"] * patients / cohort.record.patients.height) for arm in ("intervention", "control")]
    shares = [row[arm] / row[f"{arm}_of"] for arm in ("intervention", "control")]
    closed = power_two_proportions(shares[0], sizes[0], shares[1], sizes[1])
    agrees(study_power("compare", cohort, definition, patients=patients, number="response_6.p", trials=TRIALS), closed)


def test_a_response_study_has_the_power_of_two_shares(cohort):
    table = studies.run("response", cohort).tables["by_line"]
    rows = table.rows_by_key("line", named=True, unique=True)
    patients = 200
    sizes = [round(rows[line]["assessable"] * patients / cohort.record.patients.height) for line in (1, 2)]
    closed = power_two_proportions(rows[1]["share"], sizes[0], rows[2]["share"], sizes[1], method="exact_fisher")
    number = "compared.line of therapy.2.p"
    agrees(study_power("response", cohort, patients=patients, number=number, trials=TRIALS), closed)


def test_a_trial_has_the_exact_power_of_two_shares(room, truth):
    chosen = truth.filter(pl.col("randomised") == "yes")
    folder = cut(room, "trial", chosen["patient_id"].to_list())
    rows = chosen.select("patient_id", arm=pl.col("arm").replace_strict(DRUGS), randomised="index_date")
    rows.write_csv(room / "allocation.csv")
    definition = {"allocation": str(room / "allocation.csv"), "secondary": [], "design": {"trials": 0}}
    source = open_input(folder, studies.definition_of("trial", definition))
    whole = studies.run("trial", source, definition).numbers
    patients = 30
    sizes = [round(whole[f"primary.{arm}_of"] * patients / chosen.height) for arm in ("intervention", "control")]
    shares = [whole[f"primary.{arm}_share"] for arm in ("intervention", "control")]
    closed = power_two_proportions(shares[0], sizes[0], shares[1], sizes[1], method="exact_chi_square")
    agrees(study_power("trial", source, definition, patients=patients, number="primary.p", trials=TRIALS), closed)


def test_the_same_seed_gives_the_same_power(cohort):
    asked = {"patients": 120, "number": "response_6.p", "trials": 10, "seed": 3}
    definition = {**PLAIN, "covariates": ["year"], "response": {"months": [6]}}
    assert study_power("compare", cohort, definition, **asked) == study_power("compare", cohort, definition, **asked)


def test_too_few_patients_to_draw_from_are_refused(cohort):
    with pytest.raises(UsageError, match="nearly the same ones each time"):
        study_power("prognosis", cohort, patients=400, number="log_rank.p")


def test_a_number_that_no_study_gives_is_refused(cohort):
    with pytest.raises(UsageError, match="in none of the simulated studies"):
        study_power("prognosis", cohort, CIRRHOSIS, patients=50, number="log_rank.q", trials=2)


def test_a_study_without_patients_is_refused():
    with pytest.raises(UsageError, match="draws no patients"):
        study_power("synthesis", "library", patients=50, number="fixed.p")
