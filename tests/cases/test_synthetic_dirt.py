"""Dirt on request: every spoiled row is in truth/dirt.csv, and reading makes of each exactly what is written there."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest

from hepatica.sources import open_source
from hepatica.synthetic import synthesize
from hepatica.synthetic.dirt_kinds import KINDS


@pytest.fixture(scope="module", params=["csv", "parquet"])
def dirty(request, tmp_path_factory) -> SimpleNamespace:
    folder = tmp_path_factory.mktemp("dirt") / request.param
    made = synthesize(patients=1_000, seed=5, centres=5, dirt="heavy", out=folder, file_format=request.param)
    dirt = pl.read_csv(made.truth["dirt"], infer_schema=False).with_columns(
        pl.col("line").cast(pl.Int64), pl.col("reason").fill_null("")
    )
    record, reading = open_source(str(folder)).read()
    return SimpleNamespace(made=made, dirt=dirt, record=record, reading=reading)


def test_every_kind_of_dirt_occurs(dirty):
    name = pl.col("file").str.replace(r"\..*", "")
    found = set(dirty.dirt.select(name.alias("table"), "kind").unique().rows())
    assert found == {(table, kind) for table, kinds in KINDS.items() for kind in kinds}


def test_quarantine_holds_the_rows_that_must_be_there_for_the_reason_that_is_written_down_and_no_other(dirty):
    wanted = dirty.dirt.filter(fate="quarantined").select("file", "line", "reason").sort("file", "line")
    found = dirty.reading.quarantine.select("file", "line", "reason").sort("file", "line")
    assert found.equals(wanted)
    assert wanted.height > 1_000


def test_exact_duplicates_are_folded_and_counted(dirty):
    for name, count in dirty.reading.counts.items():
        wanted = dirty.dirt.filter(pl.col("fate") == "folded", pl.col("file").str.starts_with(f"{name}.")).height
        assert count.folded == wanted
        assert count.read == dirty.made.rows[name] == count.kept + count.folded + count.quarantined


def test_cells_out_of_scale_are_emptied_with_a_warning(dirty):
    wanted = dirty.dirt.filter(fate="emptied").select("file", "line", "reason").sort("file", "line")
    found = dirty.reading.warnings.filter(pl.col("reason").is_in(["out_of_range", "unknown_word"]))
    assert found.select("file", "line", "reason").sort("file", "line").equals(wanted)


def test_brand_and_foreign_names_are_the_drug_they_name(dirty):
    named = dirty.dirt.filter(kind="brand_name").select("file", "line", "before")
    rows = named.join(dirty.record.treatments, on=["file", "line"])
    assert rows.height == named.height > 10
    assert rows["drug"].equals(rows["before"].alias("drug"))


def test_a_second_value_of_the_same_day_is_kept_beside_the_first(dirty):
    second = dirty.dirt.filter(kind="twice_with_other_value").select("file", "line")
    rows = second.join(dirty.record.measurements, on=["file", "line"])
    assert rows.height == second.height > 10
    both = dirty.record.measurements.join(
        rows.select("patient_id", "date", "analyte"), on=["patient_id", "date", "analyte"]
    )
    assert both.height >= 2 * rows.height


def test_the_rows_that_nothing_was_done_to_are_those_of_the_clean_cohort(dirty, tmp_path):
    clean = synthesize(patients=1_000, seed=5, centres=5, out=tmp_path / "clean")
    for name in ("measurements", "treatments"):
        path = dirty.made.files[name]
        read = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
        first = 1 if path.suffix == ".parquet" else 2
        spoiled = dirty.dirt.filter(file=path.name).select("line", "kind")
        lines = read.with_columns(line=pl.int_range(pl.len(), dtype=pl.Int64) + first)
        untouched = lines.join(spoiled, on="line", how="anti").drop("line")
        clean_rows = pl.read_csv(clean.files[name], infer_schema=False)
        # Of a duplicate only the second row is on the list: the first is the clean one.
        assert untouched.height == clean_rows.height - spoiled.filter(~pl.col("kind").str.starts_with("twice")).height
        assert untouched.join(clean_rows, on=clean_rows.columns, how="anti", nulls_equal=True).is_empty()


def test_light_dirt_is_less_than_heavy_and_none_has_no_list(tmp_path):
    made = {
        level: synthesize(patients=200, seed=5, dirt=level, out=tmp_path / level)
        for level in ("none", "light", "heavy")
    }
    assert "dirt" not in made["none"].truth
    assert not (tmp_path / "none" / "truth" / "dirt.csv").exists()
    light, heavy = (pl.read_csv(made[level].truth["dirt"], infer_schema=False).height for level in ("light", "heavy"))
    assert 10 < light < heavy / 4
