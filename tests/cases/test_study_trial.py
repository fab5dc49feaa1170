"""A randomised comparison: the published counts, the invented trial with its known truth, and the design."""

from __future__ import annotations

import polars as pl
import pytest

from hepatica.errors import SourceError, UsageError
from hepatica.studies import run
from hepatica.synthetic import synthesize

DRUGS = {"mycophenolate+prednisolone": "mycophenolate", "prednisolone+azathioprine": "azathioprine"}
QUICK = {"design": {"trials": 0}}  # without simulated trials


@pytest.fixture(scope="module")
def published():
    return run("trial", "counts", QUICK)


@pytest.fixture(scope="module")
def centre(tmp_path_factory):
    """An invented cohort in which chance chose the arm of some patients, without gaps in its records."""
    folder = tmp_path_factory.mktemp("trial") / "centre"
    synthesize(patients=4500, seed=21, centres=2, missingness="none", out=folder, file_format="parquet")
    truth = pl.read_csv(folder / "truth" / "patients.csv", infer_schema=False)
    chosen = truth.filter(pl.col("randomised") == "yes")
    allocation = chosen.select("patient_id", arm=pl.col("arm").replace_strict(DRUGS), randomised="index_date")
    allocation.write_csv(folder / "allocation.csv")
    return folder, chosen


@pytest.fixture(scope="module")
def found(centre):
    return run("trial", str(centre[0]), {**QUICK, "allocation": str(centre[0] / "allocation.csv")})


# What CAMARO published, from its counts


def test_the_primary_endpoint_has_newcombes_interval_and_the_uncorrected_chi_square(published):
    numbers = published.numbers
    shown = [round(100 * numbers[f"primary.difference{end}"], 1) for end in ("", "_lower", "_upper")]
    assert shown == [27.4, 4.0, 46.7]
    assert round(numbers["primary.p"], 3) == 0.022
    assert numbers["primary.test"] == "chi-square test without correction"


def test_serious_events_and_stops_are_tested_exactly(published):
    assert round(published.numbers["serious.p"], 3) == 0.034
    assert round(published.numbers["stopped.p"], 3) == 0.018
    assert published.numbers["serious.test"] == "Fisher's exact test"


@pytest.mark.parametrize(("test", "p"), [("fisher", 0.0298), ("chi_square_yates", 0.0405)])
def test_another_test_gives_another_p(test, p):
    result = run("trial", "counts", {**QUICK, "primary": {"test": test}})
    assert result.numbers["primary.p"] == pytest.approx(p, abs=1e-4)


# The invented trial


def test_everybody_randomised_is_analysed_in_the_allotted_arm(found, centre):
    chosen = centre[1]
    assert found.numbers["attrition.randomised.in"] == chosen.height > 100
    arms = chosen["arm"].replace_strict(DRUGS).value_counts()
    sizes = dict(arms.iter_rows())
    assert found.numbers["primary.intervention_of"] == sizes["mycophenolate"]
    assert found.numbers["primary.control_of"] == sizes["azathioprine"]


def test_the_endpoint_is_the_true_one_where_it_was_assessed(found, centre):
    true = centre[1].filter(pl.col("trial_remission_24_weeks") == "yes")
    for arm, drug in (("intervention", "mycophenolate"), ("control", "azathioprine")):
        met = int((true["arm"].replace_strict(DRUGS) == drug).sum())
        assert found.numbers[f"primary_unknown.{arm}"] == pytest.approx(met, abs=max(2, 0.05 * met))


def test_the_effect_that_was_put_in_is_recovered(found):
    """56.4 against 29.0 % were put in."""
    numbers = found.numbers
    assert numbers["primary.difference_lower"] < 0.274 < numbers["primary.difference_upper"]
    assert numbers["primary.p"] < 0.05


def test_those_without_assessment_bound_the_result(found):
    numbers = found.numbers
    ends = [numbers[f"primary_{way}.difference"] for way in ("worst", "failure", "best")]
    assert ends == sorted(ends)
    assert numbers["attrition.assessed.unknown"] + numbers["attrition.assessed.in"] == numbers["attrition.in_cohort.in"]


def test_no_event_recorded_does_not_mean_none_unless_the_definition_says_so(found, centre):
    assert any("does not mean none" in note for note in found.notes)
    whole = {**QUICK, "allocation": str(centre[0] / "allocation.csv"), "safety": {"weeks": 24, "complete": True}}
    assert not any("does not mean none" in note for note in run("trial", str(centre[0]), whole).notes)


def test_the_table_of_safety_says_what_its_counts_are(found):
    assert "of the others it is not known" in found.sheets["safety"].caption


def test_the_primary_endpoint_can_be_counted_again_from_the_table_of_patients(found):
    patients, row = found.tables["patients"], found.tables["endpoints"].row(0, named=True)
    for arm in ("intervention", "control"):
        mine = patients.filter(pl.col("arm") == arm)
        assert (mine.filter(pl.col("met") == "yes").height, mine.height) == (row[arm], row[f"{arm}_of"])


def test_more_stop_for_adverse_events_on_azathioprine(found):
    """25.8 against 5.1 % were put in."""
    numbers = found.numbers
    assert numbers["stopped.intervention_share"] < numbers["stopped.control_share"]


def test_the_subgroups_add_up_to_the_trial(found):
    rows = found.tables["subgroups"].filter(pl.col("endpoint").str.starts_with("sex"))
    assert rows["intervention_of"].sum() == found.numbers["primary.intervention_of"]
    assert rows["control_of"].sum() == found.numbers["primary.control_of"]


def test_the_patients_at_randomisation_are_counted_with_the_unknown(found):
    table = found.tables["baseline"]
    sex = table.filter(pl.col("characteristic") == "sex")
    assert sex["intervention"].sum() == table["intervention"][0]
    assert table.filter(pl.col("characteristic").str.contains("ALT"))["intervention_median"][0] is not None


# What is refused


def test_arms_are_never_guessed_from_treatments(centre):
    with pytest.raises(UsageError, match="is never guessed"):
        run("trial", str(centre[0]))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("patient_id,arm\nP1,mycophenolate\n", "has no column randomised"),
        ("patient_id,arm,randomised\nP1,placebo,2020-01-01\n", "line 2.*placebo is not an arm"),
        ("patient_id,arm,randomised\nP1,azathioprine,1.2.2020\n", "not ISO 8601"),
        ("patient_id,arm,randomised\nP1,azathioprine,2020-01-01\nP1,azathioprine,2020-01-01\n", "allotted twice"),
    ],
)
def test_an_allocation_that_cannot_be_used(text, what, tmp_path, centre):
    (tmp_path / "allocation.csv").write_text(text)
    with pytest.raises(UsageError, match=what):
        run("trial", str(centre[0]), {"allocation": str(tmp_path / "allocation.csv")})


def test_an_allocation_that_is_not_there(tmp_path, centre):
    with pytest.raises(SourceError, match="cannot be read"):
        run("trial", str(centre[0]), {"allocation": str(tmp_path / "absent.csv")})


def test_a_patient_without_a_record_is_counted_not_dropped(tmp_path, centre):
    folder, _ = centre
    lines = (folder / "allocation.csv").read_text().splitlines()[:21]
    (tmp_path / "allocation.csv").write_text("\n".join([*lines, "NOBODY,azathioprine,2015-01-01"]) + "\n")
    result = run("trial", str(folder), {**QUICK, "allocation": str(tmp_path / "allocation.csv")})
    assert result.numbers["attrition.randomised.in"] == 21
    assert result.numbers["attrition.in_cohort.out"] == 1
    assert result.numbers["primary.intervention_of"] + result.numbers["primary.control_of"] == 21


# The design


@pytest.fixture(scope="module")
def design():
    return run("trial", "design")


def test_what_camaro_would_have_needed_and_what_seventy_could_show(design):
    numbers = design.numbers
    assert numbers["needed.CAMARO as observed.normal"] == 100
    assert numbers["needed.CAMARO as observed.exact chi square"] == 100
    assert 0.60 < numbers["available.CAMARO as observed.power_exact"] < 0.66
    assert 0.60 < numbers["available.CAMARO as observed.detectable"] < 0.64


def test_simulation_exact_enumeration_and_formula_agree(design):
    for row in design.tables["available"].to_dicts():
        assert row["simulated_lower"] - 0.01 < row["power_exact"] < row["simulated_upper"] + 0.01
        assert row["power_normal"] == pytest.approx(row["power_exact"], abs=0.03)
        assert row["simulated_with_loss"] < row["simulated"]


def test_the_closed_form_of_the_textbook():
    """n = (1.96 sqrt(2 pq) + 0.8416 sqrt(p1 q1 + p2 q2))^2 / d^2 per arm."""
    p1, p2 = 0.564, 0.290
    mean = (p1 + p2) / 2
    root = 1.959964 * (2 * mean * (1 - mean)) ** 0.5 + 0.841621 * (p1 * (1 - p1) + p2 * (1 - p2)) ** 0.5
    row = run("trial", "design", QUICK).tables["needed"].row(0, named=True)
    assert row["intervention"] == -(-((root / (p1 - p2)) ** 2) // 1)


def test_the_same_seed_gives_the_same_power(design):
    assert run("trial", "design").numbers == design.numbers


@pytest.mark.parametrize("name", ["endpoints", "subgroups"])
def test_its_pictures_can_be_drawn(found, name):
    import vl_convert

    assert "<svg" in vl_convert.vegalite_to_svg(found.drawn(name).to_dict())
