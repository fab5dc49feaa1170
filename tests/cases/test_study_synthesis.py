"""Pooled evidence: what each study contributes, what is refused, and what a reader is told."""

from __future__ import annotations

import json
from math import exp, log

import pytest

from hepatica.errors import SourceError, UsageError
from hepatica.studies import run


def pooled(*studies, measure="odds_ratio", **definition):
    return run("synthesis", "library", {"studies": list(studies), "measure": measure, "favours": None, **definition})


def counts(label, events, of, control_events, control_of, **more):
    cells = {"events": events, "of": of, "control_events": control_events, "control_of": control_of}
    return {"label": label, **cells, **more}


def test_the_camaro_trial_comes_out_of_the_library_as_it_was_computed_there():
    result = pooled({"label": "CAMARO", "evidence": "camaro_2024.br_odds_ratio"})
    assert result.numbers["fixed.odds_ratio"] == pytest.approx(22 * 22 / (17 * 9))
    assert [round(result.numbers[f"fixed.{end}"], 2) for end in ("lower", "upper")] == [1.16, 8.61]
    row = result.tables["studies"].row(0, named=True)
    assert (row["events"], row["of"], row["control_events"], row["control_of"]) == (22, 39, 9, 31)


def test_the_example_pools_a_trial_and_a_cohort_and_says_how_they_differ():
    result = run("synthesis", "library")
    assert result.numbers["studies"] == 2
    assert any("endpoints differ" in note for note in result.notes)
    assert any("designs differ" in note for note in result.notes)
    assert any("hardly known" in note for note in result.notes)
    assert any("Not verified" in note and "CAMARO" in note for note in result.notes)


def test_a_printed_ratio_weighs_as_its_interval_says():
    result = pooled({"label": "printed", "estimate": 2.0, "lower": 1.0, "upper": 4.0}, measure="hazard_ratio")
    assert result.numbers["fixed.hazard_ratio"] == pytest.approx(2.0)
    assert result.numbers["fixed.lower"] == pytest.approx(1.0, rel=1e-6)


def test_equal_studies_give_their_effect_and_do_not_differ():
    result = pooled(*(counts(f"study {n}", 30, 60, 20, 60) for n in range(6)))
    assert result.numbers["random.odds_ratio"] == pytest.approx(2.0)
    assert result.numbers["heterogeneity.tau2"] == pytest.approx(0.0, abs=1e-9)
    assert not any("hardly known" in note for note in result.notes)


def test_studies_that_contradict_each_other_differ_and_the_prediction_says_so():
    result = pooled(*(counts(f"up {n}", 50, 60, 20, 60) for n in range(3)), *(
        counts(f"down {n}", 20, 60, 50, 60) for n in range(3)))  # fmt: skip
    assert result.numbers["heterogeneity.i2"] > 0.9
    assert result.numbers["prediction.lower"] < 0.1
    assert result.numbers["prediction.upper"] > 10


def test_an_empty_cell_is_corrected_and_the_study_named():
    result = pooled(counts("serious events", 0, 39, 4, 31))
    assert any("One half was added" in note and "serious events" in note for note in result.notes)


def test_shares_are_pooled_on_the_logit_scale():
    one = {"label": "one", "events": 15, "of": 28}
    other = {"label": "other", "evidence": "withdrawal_histology_2021.stayed_in_remission"}
    result = pooled(one, other, measure="share")
    logits = [log(15 / 13), log(8 / 4)]
    weights = [15 * 13 / 28, 8 * 4 / 12]
    mean = sum(weight * value for weight, value in zip(weights, logits, strict=True)) / sum(weights)
    assert result.numbers["fixed.share"] == pytest.approx(1 / (1 + exp(-mean)))


def test_a_result_of_ones_own_is_pooled_with_the_published_ones(tmp_path):
    numbers = tmp_path / "numbers.json"
    numbers.write_text(json.dumps({"mmf.cbr": 30, "mmf.n": 50, "aza.cbr": 20, "aza.n": 50}))
    keys = {"events": "mmf.cbr", "of": "mmf.n", "control_events": "aza.cbr", "control_of": "aza.n"}
    own = {"label": "our centre", "own": {"numbers": str(numbers), **keys}}
    result = pooled({"label": "CAMARO", "evidence": "camaro_2024.br_odds_ratio"}, own)
    assert result.tables["studies"]["came_from"].to_list()[1] == "own result numbers.json"
    assert result.numbers["studies"] == 2


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"label": "x", "evidence": "nobody_1999.figure"}, "has no study nobody_1999"),
        ({"label": "x", "evidence": "dalekos_2022.cbr_odds_ratio"}, "holds no counts"),
        ({"label": "x", "evidence": "diaz_gonzalez_2023.br_odds_ratio"}, "87 % of 276 is several counts"),
        ({"label": "x"}, "neither counts nor an estimate"),
        ({"label": "x", "events": 3, "of": 5}, "needs a control group"),
        ({"label": "x", "estimate": 2, "lower": 3, "upper": 4}, "does not lie between"),
        ({"label": "x", "estimate": 0.5, "lower": -1, "upper": 4}, "a ratio is above 0"),
        ({"label": "x", "events": 9, "of": 5, "control_events": 1, "control_of": 5}, "no events out of a group"),
    ],
)
def test_what_cannot_be_pooled_is_refused_with_the_reason(told, what):
    with pytest.raises(UsageError, match=what):
        pooled(told)


def test_a_study_counts_once():
    with pytest.raises(UsageError, match="is there twice"):
        pooled(counts("same", 3, 9, 2, 9), counts("same", 3, 9, 2, 9))


def test_a_hazard_ratio_cannot_come_from_counts():
    with pytest.raises(UsageError, match="cannot be computed from counts"):
        pooled(counts("x", 3, 9, 2, 9), measure="hazard_ratio")


def test_the_source_is_the_library_or_a_folder():
    with pytest.raises(SourceError, match="is no folder of studies"):
        run("synthesis", "nowhere")


@pytest.mark.parametrize("name", ["forest", "funnel"])
def test_its_pictures_can_be_drawn(name):
    import vl_convert

    picture = vl_convert.vegalite_to_svg(run("synthesis", "library").drawn(name).to_dict())
    assert "CAMARO" in picture or name == "funnel"
