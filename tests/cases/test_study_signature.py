"""The study of a signature on invented tables: what is told apart, what is warned of, what is refused."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from hepatica.errors import SourceError, UsageError
from hepatica.studies import run

PLAN = {"outer_folds": 4, "inner_folds": 3, "repeats": 2, "permutations": 19, "seed": 3}
SMALL = {"models": {"pls_da": {"components": 2}, "elastic_net": None}, "validation": PLAN}


def table(*, samples=40, metabolites=6, shift=0.0, seed=1, **columns):
    """Lognormal values; in the diseased the first metabolite is higher by `shift` standard deviations."""
    generator = np.random.default_rng(seed)
    values = generator.normal(size=(samples, metabolites))
    values[: samples // 2, 0] += shift
    frame = pl.DataFrame(np.exp(values), schema=[f"M{n}" for n in range(1, metabolites + 1)])
    classes = ["AIH"] * (samples // 2) + ["healthy"] * (samples - samples // 2)
    named = {"sample": [f"S{seed}-{n}" for n in range(samples)], "class": classes, **columns}
    return pl.concat([pl.DataFrame(named), frame], how="horizontal")


def study(frame, tmp_path, name="samples.csv", **definition):
    path = tmp_path / name
    frame.write_csv(path)
    return run("signature", str(path), {**SMALL, **definition})


def test_a_metabolite_that_differs_is_found_and_carries_the_signature(tmp_path):
    result = study(table(shift=3.0), tmp_path)
    assert result.numbers["pls_da.auc"] > 0.9
    assert result.numbers["permutation.p"] == pytest.approx(1 / 20)
    first = result.tables["carriers"].row(0, named=True)
    assert (first["metabolite"], first["higher_in"]) == ("M1", "diseased")
    assert first["folds_above_average"] == first["folds"] == 8


def test_there_are_no_more_components_than_metabolites(tmp_path):
    models = {"pls_da": {"components": 6}, "elastic_net": None}
    result = study(table(shift=3.0, metabolites=3), tmp_path, models=models)
    assert result.tables["settings"]["setting"].to_list() == ["1 component", "2 components", "3 components"]


def test_where_nothing_differs_nothing_is_found_however_many_metabolites_there_are(tmp_path):
    result = study(table(metabolites=200), tmp_path)
    assert result.numbers["pls_da.auc"] < 0.75
    assert result.numbers["permutation.p"] > 0.05
    assert any("more metabolites (200) than samples" in note for note in result.notes)


def test_the_same_table_and_definition_give_the_same_numbers(tmp_path):
    frame = table(shift=1.0)
    one, other = study(frame, tmp_path), study(frame, tmp_path)
    assert one.numbers == other.numbers
    assert one.fingerprint == other.fingerprint


def test_both_models_are_judged_on_the_same_samples(tmp_path):
    models = {"pls_da": {"components": 2}, "elastic_net": {"strengths": [0.1, 1.0], "lasso_share": 0.5}}
    result = study(table(shift=2.0), tmp_path, models=models)
    assert result.table["model"].to_list() == ["partial least squares", "elastic net"]
    assert result.numbers["elastic_net.auc"] > 0.8


def test_repeated_samples_of_a_patient_stay_in_one_fold(tmp_path):
    """Every patient gives four nearly equal samples; what is learned is the patient, and folds by sample reward it."""
    people = table(samples=16, metabolites=30)
    four = pl.concat([people.with_columns(pl.col("^M.*$") * (1 + n / 1000)) for n in range(4)])
    repeated = four.with_columns(patient=four["sample"], sample=pl.int_range(pl.len()).cast(pl.String))
    blind = study(repeated.drop("patient"), tmp_path)
    grouped = study(repeated, tmp_path, table={"patient": "patient"})
    assert blind.numbers["pls_da.auc"] > 0.95
    assert grouped.numbers["pls_da.auc"] < 0.8
    assert any("64 samples come from 16 patients" in note for note in grouped.notes)
    assert any("does not say whose samples" in note for note in blind.notes)


def test_one_sample_under_two_names_is_warned_of(tmp_path):
    frame = table()
    twins = pl.concat([frame, frame.head(1).with_columns(sample=pl.lit("again"))])
    assert any("repeat the values of another one (again)" in note for note in study(twins, tmp_path).notes)


def test_a_table_that_was_scaled_before_it_came_is_warned_of(tmp_path):
    frame = table()
    columns = pl.col("^M.*$")
    scaled = frame.with_columns((columns - columns.mean()) / columns.std())
    notes = study(scaled, tmp_path, preparation={"transform": "none"}).notes
    assert any("scaled before it came here" in note for note in notes)
    assert not any("scaled before it came here" in note for note in study(frame, tmp_path).notes)


def test_preparing_outside_the_folds_is_warned_of_and_set_beside_the_right_way(tmp_path):
    result = study(table(shift=1.0), tmp_path, preparation={"place": "outside_folds"})
    assert any("scales and fills in outside the folds" in note for note in result.notes)
    assert "other_place.pls_da.auc" in result.numbers
    assert any("leakage" in paragraph for paragraph in result.methods)


def test_missing_values_are_filled_in_and_a_metabolite_with_too_many_is_left_out(tmp_path):
    frame = table(shift=3.0).with_columns(
        M2=pl.when(pl.int_range(pl.len()) < 2).then(None).otherwise("M2"),
        M3=pl.when(pl.int_range(pl.len()) < 20).then(None).otherwise("M3"),
    )
    result = study(frame, tmp_path)
    kept = dict(result.tables["quality"].select("metabolite", "kept").iter_rows())
    assert (kept["M2"], kept["M3"]) == ("yes", "no")
    assert result.numbers["metabolites.kept"] == 5


def test_without_pooled_samples_the_precision_is_unknown_and_said_to_be(tmp_path):
    result = study(table(), tmp_path)
    assert result.tables["quality"]["rsd_percent"].null_count() == 6
    assert any("precision of every metabolite is unknown" in note for note in result.notes)
    with pytest.raises(UsageError, match="no metabolite is good enough"):
        study(table(), tmp_path, quality={"unknown_precision": "drop"})


def test_an_imprecise_metabolite_is_left_out(tmp_path):
    pooled = table(samples=6, seed=9).with_columns(pl.lit("QC").alias("class"), M1=pl.lit(1.0), M2=pl.lit(2.0))
    result = study(pl.concat([table(), pooled]), tmp_path, table={"quality_control": "QC"})
    assert result.tables["quality"].filter(pl.col("kept") == "yes")["metabolite"].to_list() == ["M1", "M2"]


def test_a_second_table_validates_what_the_first_has_learned(tmp_path):
    second = tmp_path / "second.csv"
    table(shift=3.0, seed=2).write_csv(second)
    result = study(table(shift=3.0), tmp_path, second_table=str(second))
    assert result.numbers["external.pls_da.auc"] > 0.9
    assert "external" in result.table["model"].to_list()


def test_a_second_table_with_the_same_samples_is_refused(tmp_path):
    same = tmp_path / "second.csv"
    table(shift=3.0).write_csv(same)
    with pytest.raises(UsageError, match="in both tables"):
        study(table(shift=3.0), tmp_path, second_table=str(same))


def test_predictive_values_fall_with_the_share_of_the_diseased(tmp_path):
    rows = study(table(shift=2.0), tmp_path).tables["predictive"].sort("prevalence")
    positive = rows["positive_predictive_value"].to_list()
    assert positive == sorted(positive)
    assert positive[0] < 0.5 < positive[-1]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"table": {"class": "group"}}, "has no column group"),
        ({"table": {"positive": "PBC"}}, "no sample is of class PBC"),
        ({"validation": {**PLAN, "outer_folds": 50}}, "a class has only 20 samples"),
        ({"second_table": "absent.csv"}, "does not exist"),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(change, what, tmp_path):
    with pytest.raises((UsageError, SourceError), match=what):
        study(table(), tmp_path, **change)


def test_a_zero_has_no_logarithm(tmp_path):
    frame = table().with_columns(M4=pl.when(pl.int_range(pl.len()) == 3).then(0.0).otherwise("M4"))
    with pytest.raises(UsageError, match=r"zero or negative .*the first: sample S1-3"):
        study(frame, tmp_path)


def test_a_file_that_is_no_table(tmp_path):
    (tmp_path / "rubbish.xlsx").write_bytes(b"\x00rubbish")
    with pytest.raises(SourceError, match="cannot be read"):
        run("signature", str(tmp_path / "rubbish.xlsx"), SMALL)
    with pytest.raises(SourceError, match="is no table"):
        run("signature", str(tmp_path / "notes.docx"), SMALL)
