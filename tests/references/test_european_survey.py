"""The European paediatric survey (Cananzi 2025): its published counts come out of centres' protocols again.

The 36 centres are SYNTHETIC: reconstructed from the published counts. Which answers go together in a centre was not
published, so it changes with the seed, and no test may depend on it.
"""

from __future__ import annotations

import polars as pl
import pytest
import yaml

from hepatica.evidence import study
from hepatica.guidance.protocols import (
    against_published,
    check_protocol,
    practice,
    practices,
    reconstructed_centres,
    reconstructed_protocols,
    survey,
)
from hepatica.guidance.protocols.reconstructed import counts_not_published

# share: count, of, percent to one decimal, as the paper and its summary print them (percentages recomputed)
PUBLISHED = {
    "prednisolone_alone": (15, 36, 41.7),
    "prednisolone_with_azathioprine": (21, 36, 58.3),
    "second_line_azathioprine": (11, 15, 73.3),
    "second_line_mycophenolate": (19, 21, 90.5),
    "third_line_tacrolimus": (15, 36, 41.7),
    "tpmt_available": (27, 36, 75.0),
    "tpmt_routine": (21, 36, 58.3),
    "tpmt_routine_where_available": (21, 27, 77.8),
    "ppi_routine": (24, 36, 66.7),
    "ppi_by_risk_factor": (7, 36, 19.4),
    "ppi_by_symptom": (5, 36, 13.9),
    "metabolite_target_200_300": (10, 12, 83.3),
}


@pytest.fixture(scope="module")
def counted() -> pl.DataFrame:
    return survey(reconstructed_centres())


def row(counted: pl.DataFrame, share: str) -> dict:
    return counted.row(by_predicate=pl.col("share") == share, named=True)


@pytest.mark.parametrize("share", PUBLISHED)
def test_a_published_count_comes_out_with_its_denominator(counted, share):
    found, (count, of, percent) = row(counted, share), PUBLISHED[share]
    assert (found["count"], found["of"], round(found["percent"], 1)) == (count, of, percent)
    assert found["text"] == f"{count} of {of} ({percent} %)"
    assert found["unknown"] == 0


def test_every_share_is_tested(counted):
    assert counted["share"].to_list() == list(PUBLISHED)


def test_every_centre_is_somewhere(counted):
    groups = counted.select(pl.sum_horizontal("count", "not", "unknown", "not_among", "among_unknown"))
    assert groups.to_series().to_list() == [36] * counted.height


def test_twenty_one_is_of_36_and_not_of_27(counted):
    remark = row(counted, "tpmt_routine")["remark"]
    assert remark == (
        "21 is 58.3 % of the 36 (all centres), not of the 27 (centres that have the test), of which it is 77.8 %"
    )
    beside = {one["share"]: one for one in against_published(counted).to_dicts()}
    assert beside["tpmt_routine"]["published_percent"] == "58"
    assert beside["tpmt_routine"]["agrees"] == "yes"
    assert beside["tpmt_routine_where_available"]["agrees"] == "no"


def test_all_other_published_figures_agree(counted):
    beside = against_published(counted).filter(pl.col("share") != "tpmt_routine_where_available")
    assert set(beside["agrees"]) == {"yes"}
    figures = {figure.id for figure in study("cananzi_2025").figures}
    assert {"first_line", "ppi"} <= figures
    assert set(beside["printed"]) == {study("cananzi_2025").figure(name).printed for name in figures - {"first_line"}}


def test_another_count_does_not_agree(counted):
    centres = reconstructed_centres()
    without_one = survey([one for one in centres if one.name != centres[0].name])
    assert "no" in set(against_published(without_one)["agrees"])


def test_whether_the_other_24_centres_have_a_target_is_not_known(counted):
    found = row(counted, "metabolite_target_200_300")
    assert (found["among_unknown"], found["not_among"], found["not"]) == (24, 0, 2)


@pytest.mark.parametrize("seed", [1, 7, 2025])
def test_every_seed_gives_the_same_counts(counted, seed):
    assert survey(reconstructed_centres(seed)).equals(counted)


def test_one_seed_gives_the_same_centres():
    assert reconstructed_protocols(3) == reconstructed_protocols(3)


def test_what_was_not_published_together_is_not_implied():
    """Which answers go together changes from seed to seed: a reader can conclude nothing from one of them."""
    drawn = [reconstructed_protocols(seed) for seed in range(8)]
    for pair in counts_not_published():
        one, other = pair.split(", ")
        crossed = {
            tuple(sorted((str(c[one]["answer"]), str(c[other]["answer"])) for c in centres)) for centres in drawn
        }
        assert len(crossed) > 1, pair


@pytest.mark.parametrize("seed", range(4))
def test_routine_tpmt_only_where_there_is_the_test(seed):
    routine = [c for c in reconstructed_protocols(seed) if c["tpmt_before_azathioprine"]["answer"] == "routine"]
    assert len(routine) == 21
    assert {c["tpmt_available"]["answer"] for c in routine} == {"available"}


def test_the_centres_say_that_they_are_synthetic(tmp_path):
    for centre in reconstructed_centres():
        assert centre.synthetic
        assert "SYNTHETIC" in centre.title
        assert not centre.verified
        assert not any(answer.verified for answer in centre.answers())


def test_a_reconstructed_centre_is_a_protocols_file_as_any_other(tmp_path):
    values, centre = reconstructed_protocols()[0], reconstructed_centres()[0]
    path = tmp_path / f"{values['name']}.yaml"
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    assert check_protocol(path) == []
    assert practice(path).first_line == centre.first_line


def test_the_packs_of_the_survey_are_variants_that_it_counted():
    alone, both = practices()["cananzi_2025_steroid_alone"], practices()["cananzi_2025_steroid_azathioprine"]
    found = survey([alone, both])
    assert row(found, "second_line_azathioprine")["text"] == "1 of 1 (100.0 %)"
    assert row(found, "tpmt_routine")["text"] == "none known, 2 unknown"
    assert row(found, "tpmt_routine")["percent"] is None


def test_a_survey_of_no_centre_is_empty_and_not_zero_percent():
    found = survey([])
    assert found["of"].to_list() == [0] * len(PUBLISHED)
    assert found["percent"].null_count() == len(PUBLISHED)


def test_a_percentage_is_of_those_whose_answer_is_known():
    found = row(survey([practices()[name] for name in ("default", "easl_2025", "iaihg_2022")]), "tpmt_routine")
    assert (found["of"], found["count"], found["unknown"], found["percent"]) == (3, 1, 2, 100)
    assert found["text"] == "1 of 1 (100.0 %), 2 unknown"
