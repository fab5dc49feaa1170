"""Two treatments from routine care: who is compared, what was put in is recovered, and what is refused."""

from __future__ import annotations

import polars as pl
import pytest

from hepatica.errors import UsageError
from hepatica.studies import cohort_of, run
from hepatica.studies.disclosure import shared
from hepatica.synthetic import synthesize

QUICK = {"sensitivity": {"definitions": [], "estimands": ["overlap"]}}


@pytest.fixture(scope="module", params=[8, 31])
def invented(request, tmp_path_factory):
    """An invented cohort of which the true probability of response is known on either treatment."""
    folder = tmp_path_factory.mktemp("compare") / "centre"
    synthesize(patients=4000, seed=request.param, missingness="none", out=folder, file_format="parquet")
    truth = pl.read_csv(folder / "truth" / "patients.csv", infer_schema=False)
    return cohort_of(str(folder)), truth


@pytest.fixture(scope="module")
def found(invented):
    return run("compare", invented[0], QUICK)


@pytest.fixture(scope="module")
def apart(tmp_path_factory):
    """An invented centre in which nobody with cirrhosis was given budesonide, as should be."""
    folder = tmp_path_factory.mktemp("compare") / "apart"
    synthesize(patients=600, seed=3, missingness="none", out=folder, file_format="parquet")
    truth = pl.read_csv(folder / "truth" / "patients.csv", infer_schema=False)
    cirrhotic = truth.filter(pl.col("cirrhosis_at_diagnosis") == "yes")["patient_id"].to_list()
    path = folder / "treatments.parquet"
    kept = pl.col("patient_id").is_in(cirrhotic) & (pl.col("drug") == "budesonide")
    pl.read_parquet(path).filter(~kept).write_parquet(path)
    return cohort_of(str(folder))


def true_effect(truth):
    """The mean difference that budesonide makes in those who got it, at six months."""
    treated = truth.filter(pl.col("arm").str.contains("budesonide"), pl.col("age_at_diagnosis").cast(pl.Float64) >= 18)
    return treated.select(
        pl.col("early_budesonide").cast(pl.Float64).mean() - pl.col("early_prednisolone").cast(pl.Float64).mean()
    ).item()


def test_the_effect_that_was_put_in_is_recovered_and_the_naive_one_is_biased(found, invented):
    numbers, truth = found.numbers, true_effect(invented[1])
    assert numbers["response_6.lower"] < truth < numbers["response_6.upper"]
    assert numbers["response_6.crude_difference"] < truth - 0.03
    assert any("naive comparison" in note for note in found.notes)


def test_weighting_makes_the_arms_alike(found):
    assert found.numbers["balance.largest_before"] > 0.5
    assert found.numbers["balance.largest_after"] < 0.1


def test_another_estimand_says_about_the_same(found):
    assert found.numbers["sensitivity.estimand overlap.difference"] == pytest.approx(
        found.numbers["response_6.difference"], abs=0.06
    )


def test_unknown_endpoints_are_a_group_of_their_own(found):
    numbers = found.numbers
    row = found.tables["effects"].row(0, named=True)
    counted = row["intervention_of"] + row["control_of"]
    assert counted + row["unknown"] + row["covariate_unknown"] == numbers["attrition.one.in"]
    assert numbers["attrition.assessed.unknown"] == row["unknown"]
    assert numbers["attrition.assessed.out"] == 0


def test_the_e_value_is_told(found):
    assert found.numbers["response_6.e_value"] > 1
    assert found.numbers["response_6.e_value"] >= found.numbers["response_6.e_value_limit"] >= 1


def test_it_says_that_it_was_not_randomised(found):
    assert found.notes[0].startswith("Not randomised")


def test_the_same_cohort_and_definition_give_the_same_numbers(found, invented):
    again = run("compare", invented[0], QUICK)
    assert again.numbers == found.numbers
    assert again.fingerprint == found.fingerprint


@pytest.mark.parametrize("name", ["effects", "balance", "curve", "subgroups"])
def test_its_pictures_can_be_drawn(found, name):
    import vl_convert

    assert "<svg" in vl_convert.vegalite_to_svg(found.drawn(name).to_dict())


# With gaps


@pytest.fixture(scope="module")
def gaps(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare-gaps") / "centre"
    synthesize(patients=3000, seed=5, out=folder, file_format="parquet")
    return cohort_of(str(folder))


def test_missing_covariates_are_left_out_and_counted_or_imputed(gaps):
    complete = run("compare", gaps, QUICK)
    imputed = run("compare", gaps, {**QUICK, "missing": "impute", "imputations": 5})
    lost = complete.numbers["attrition.complete.unknown"]
    assert lost > 0
    steps = complete.tables["attrition"].filter(pl.col("key") == "complete")
    assert "no " in steps["unknown_reasons"][0]
    assert imputed.numbers["response_6.difference"] == pytest.approx(complete.numbers["response_6.difference"], abs=0.2)
    assert any("imputed" in paragraph for paragraph in imputed.methods)


@pytest.fixture(scope="module")
def told(gaps):
    return run("compare", gaps, QUICK)


def test_counts_balance_and_effect_are_of_the_same_patients_as_the_last_step_of_the_diagram(told):
    numbers, row = told.numbers, told.tables["effects"].row(0, named=True)
    assert numbers["attrition.complete.unknown"] > 0
    assert numbers["attrition.assessed.unknown"] > 0
    assert row["intervention_of"] + row["control_of"] == numbers["attrition.complete.in"]
    assert row["unknown"] == numbers["attrition.assessed.unknown"]
    assert row["covariate_unknown"] == numbers["attrition.complete.unknown"]
    assert set(told.tables["balance"]["patients"]) == {numbers["attrition.complete.in"]}
    assert numbers["weighted.patients"] == told.tables["weights"]["patients"].sum() == numbers["attrition.complete.in"]
    shares = row["intervention"] / row["intervention_of"], row["control"] / row["control_of"]
    assert row["crude_difference"] == pytest.approx(shares[0] - shares[1])


def test_the_weighted_shares_and_the_balance_can_be_computed_again_from_the_table_of_patients(told):
    patients, row = told.tables["patients"], told.tables["effects"].row(0, named=True)
    share = (pl.col("met") == "yes").cast(pl.Float64)
    for arm in ("intervention", "control"):
        mine = patients.filter(pl.col("arm") == arm)
        assert mine.select(share.dot("weight") / pl.col("weight").sum()).item() == pytest.approx(row[f"{arm}_weighted"])
        age = told.tables["balance"].filter(pl.col("covariate") == "age, years")[f"{arm}_weighted"].item()
        assert mine.select(pl.col("age").dot("weight") / pl.col("weight").sum()).item() == pytest.approx(age)
    assert patients.filter(pl.col("arm") == "control").select(
        (pl.col("score") / (1 - pl.col("score")) - pl.col("weight")).abs().max()
    ).item() == pytest.approx(0, abs=1e-9)


def test_the_report_holds_the_e_value_that_its_notes_speak_of(told):
    row = told.tables["e_values"].row(0, named=True)
    assert row["e_value"] == told.numbers["response_6.e_value"]
    assert row["patients"] == told.numbers["attrition.complete.in"]


def test_who_was_seen_for_less_than_the_window_without_an_adverse_event_is_unknown(told, gaps):
    row = told.tables["adverse_events"].row(0, named=True)
    assert row["intervention_of"] + row["control_of"] + row["unknown"] == told.numbers["attrition.one.in"] - (
        told.numbers.get("attrition.counterpart.out", 0)
    )
    assert row["unknown"] > 0
    assert row["lower"] < row["crude_difference"] < row["upper"]


def test_a_row_of_a_patient_stays_in_the_centre(told):
    assert not {"patients", "weights"} & set(shared(told, least=5).tables)


# What is refused


@pytest.mark.parametrize("name", ["relapse", "dose", "adverse_event"])
def test_what_follows_the_treatment_is_no_covariate(gaps, name):
    with pytest.raises(UsageError, match="follows the treatment"):
        run("compare", gaps, {"covariates": ["age", name]})


def test_an_unknown_covariate_or_drug(gaps):
    with pytest.raises(UsageError, match="is no covariate of this study"):
        run("compare", gaps, {"covariates": ["shoe_size"]})
    arms = {"intervention": {"label": "x", "drugs": ["budesonid"]}, "control": {"label": "y", "drugs": ["prednisone"]}}
    with pytest.raises(UsageError, match="not in the vocabulary"):
        run("compare", gaps, {"arms": arms})


def test_a_drug_belongs_to_one_arm(gaps):
    both = {"label": "x", "drugs": ["budesonide"]}
    with pytest.raises(UsageError, match="a drug is in both"):
        run("compare", gaps, {"arms": {"intervention": both, "control": both}})


def test_patients_without_a_counterpart_are_left_out_counted_and_named(apart):
    result = run("compare", apart, {"covariates": ["age", "male", "cirrhosis"], **QUICK})
    numbers = result.numbers
    lost = numbers["attrition.counterpart.out"]
    assert lost > 0
    assert numbers["attrition.one.in"] - lost == numbers["attrition.counterpart.in"]
    steps = result.tables["attrition"].rows_by_key("key", named=True, unique=True)
    assert steps["counterpart"]["out_reasons"] == f"cirrhosis at diagnosis: all began predniso(lo)ne {lost}"
    assert f"{lost} patients are left out (0 of them on budesonide)" in result.notes[0]
    assert numbers["response_6.lower"] < numbers["response_6.difference"] < numbers["response_6.upper"]
    # The same as leaving them out of the population, but for those of whom cirrhosis is unknown.
    told = {"covariates": ["age", "male"], "population": {"cirrhosis_at_diagnosis": "no"}, **QUICK}
    assert numbers["response_6.difference"] == pytest.approx(
        run("compare", apart, told).numbers["response_6.difference"]
    )


def test_nobody_is_left_out_where_everybody_has_a_counterpart(invented, found):
    assert "attrition.counterpart.out" not in found.numbers


def test_imputation_leaves_nobody_out_and_refuses(apart):
    """What is unknown would be imputed from those left, so that nobody would have cirrhosis: it is not done."""
    with pytest.raises(UsageError, match="nobody is there to compare with"):
        run("compare", apart, {"covariates": ["age", "cirrhosis"], "missing": "impute", "imputations": 2, **QUICK})


def test_arms_that_nobody_began_are_said_to_be_empty(gaps):
    arms = {"intervention": {"label": "x", "drugs": ["belimumab"]}, "control": {"label": "y", "drugs": ["prednisone"]}}
    with pytest.raises(UsageError, match="one of them is empty"):
        run("compare", gaps, {"arms": arms})


def test_without_subgroups_their_table_is_empty_and_nothing_breaks(gaps):
    none = {"subgroups": {"no_cirrhosis": False, "age_60": False}, "sensitivity": {"definitions": [], "estimands": []}}
    result = run("compare", gaps, none)
    assert result.tables["subgroups"].is_empty()
    assert result.numbers["weighted.patients"] > 0
