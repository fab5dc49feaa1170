"""The study of practice: shares with their denominators, who did not say, and practice against a protocol."""

from __future__ import annotations

import polars as pl
import pytest

from hepatica.errors import SourceError, UsageError
from hepatica.studies import run
from hepatica.synthetic import synthesize


@pytest.fixture(scope="module")
def survey():
    return run("practice", "survey:cananzi_2025")


def test_the_published_counts_come_out_with_their_denominators(survey):
    assert survey.numbers["centres"] == 36
    assert [survey.numbers[f"share.prednisolone_alone.{key}"] for key in ("count", "of")] == [15, 36]
    assert survey.numbers["share.tpmt_routine_where_available.of"] == 27
    assert survey.numbers["share.tpmt_routine.of"] == 36
    agrees = survey.tables["published"]["agrees"].to_list()
    assert agrees.count("yes") == 11


def test_a_percentage_printed_beside_the_wrong_group_is_remarked_on(survey):
    assert any("21 is 58.3 % of the 36" in note and "27" in note for note in survey.notes)


def test_rebuilt_centres_say_that_they_are_synthetic(survey):
    assert survey.synthetic
    assert survey.notes[0].startswith("SYNTHETIC")


def test_another_seed_deals_the_same_counts_to_other_centres(survey):
    other = run("practice", "survey:cananzi_2025", {"seed": 5})
    assert other.numbers == survey.numbers
    assert not other.tables["grid"].equals(survey.tables["grid"])
    assert other.fingerprint != survey.fingerprint


def test_guidelines_side_by_side_count_those_that_do_not_say():
    result = run("practice", "easl_2015,espghan_2018,aasld_2019")
    assert result.numbers["centres"] == 3
    assert not result.synthetic
    assert "published" not in result.tables
    shares = result.tables["shares"]
    assert (shares["count"] + shares["unknown"] <= shares["of"]).all()
    assert any("did not say" in note for note in result.notes)


def test_recorded_practice_is_audited_against_a_protocol_in_three_groups(tmp_path):
    synthesize(patients=60, seed=4, out=tmp_path / "cohort")
    recorded = {"source": str(tmp_path / "cohort"), "protocol": "espghan_2018", "as_of": "2024-01-01"}
    result = run("practice", "easl_2015,espghan_2018", {"recorded": recorded})
    whole = result.tables["recorded"].filter(pl.col("centre") == "all centres")
    assert whole.height > 5
    assert (whole["of"] == whole["as_protocol"] + whole["not_as_protocol"] + whole["unknown"]).all()
    assert any("SYNTHETIC" in note for note in result.notes)


def test_an_audit_needs_one_of_the_protocols_read(tmp_path):
    with pytest.raises(UsageError, match="iaihg_2022 is not read"):
        run("practice", "easl_2015", {"recorded": {"source": str(tmp_path), "protocol": "iaihg_2022", "as_of": None}})


def test_what_names_no_protocol_is_refused(tmp_path):
    with pytest.raises(UsageError, match="is no folder, file, or protocol"):
        run("practice", "easl_2015,nowhere")
    with pytest.raises(SourceError, match="holds no protocol"):
        run("practice", str(tmp_path))


@pytest.mark.parametrize("name", ["shares", "answers"])
def test_its_pictures_can_be_drawn(survey, name):
    import vl_convert

    assert "<svg" in vl_convert.vegalite_to_svg(survey.drawn(name).to_dict())
