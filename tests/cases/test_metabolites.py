"""Thiopurine metabolites: steady state, pairs, patterns, units."""

from __future__ import annotations

import pytest
from course_cases import drug, mmp, record, state, table, tgn

AZATHIOPRINE = drug("azathioprine", 0, None, 100)


def pattern(*levels, drugs=(AZATHIOPRINE,), day=400):
    return state(record(list(levels), list(drugs)), day)["metabolite_pattern"]


@pytest.mark.parametrize(
    ("thioguanine", "methylated", "expected"),
    [
        (222, 1000, "low_low"),
        (223, 1000, "target"),
        (450, 1000, "target"),
        (451, 1000, "high_tgn"),
        (100, 5700, "low_high"),
        (100, 1999, "low_low"),
        (100, 2000, "low_high"),
        (300, 5700, "target_high_mmp"),
        (300, 5699, "target"),
        (0, 0, "undetectable"),
        (0, 100, "low_high"),
    ],
)
def test_each_pattern_at_its_limits(thioguanine, methylated, expected):
    assert pattern(tgn(100, thioguanine), mmp(100, methylated)) == expected


def test_the_hypermethylator_of_the_literature_is_a_shunter():
    assert pattern(tgn(100, 100), mmp(100, 5800)) == "low_high"
    assert pattern(tgn(100, 202), mmp(100, 196)) == "low_low"


def test_both_below_the_assays_limit_is_undetectable():
    assert pattern(tgn(100, 30, sign="<"), mmp(100, 100, sign="<")) == "undetectable"


@pytest.mark.parametrize(("gap", "known"), [(14, True), (15, False)])
def test_a_pair_is_at_most_fourteen_days_apart(gap, known):
    assert (pattern(tgn(100, 300), mmp(100 + gap, 1000)) != "unknown") is known


@pytest.mark.parametrize(("day", "steady"), [(27, "no"), (28, "yes")])
def test_steady_state_is_28_days_after_the_start(day, steady):
    found = table("metabolites", record([tgn(day, 300), mmp(day, 1000)], [AZATHIOPRINE]), 400)
    assert found[0]["steady_state"] == steady


def test_a_dose_change_starts_the_wait_again():
    drugs = [drug("azathioprine", 0, 99, 50), drug("azathioprine", 100, None, 100)]
    assert pattern(tgn(127, 300), mmp(127, 1000), drugs=drugs) == "unknown"
    assert pattern(tgn(128, 300), mmp(128, 1000), drugs=drugs) == "target"


def test_allopurinol_started_or_stopped_is_a_dose_change():
    drugs = [AZATHIOPRINE, drug("allopurinol", 100, 199, 100)]
    assert pattern(tgn(127, 300), mmp(127, 100), drugs=drugs) == "unknown"
    assert pattern(tgn(128, 300), mmp(128, 100), drugs=drugs) == "target"
    assert pattern(tgn(227, 300), mmp(227, 100), drugs=drugs) == "unknown"
    assert pattern(tgn(228, 300), mmp(228, 100), drugs=drugs) == "target"


def test_levels_without_a_thiopurine_are_not_read():
    assert pattern(tgn(100, 300), mmp(100, 1000), drugs=[drug("prednisolone", 0)]) == "unknown"


def test_another_unit_is_not_read_against_these_thresholds():
    unit = "pmol/0.2 mL"
    found = state(record([tgn(100, 300, unit), mmp(100, 1000, unit)], [AZATHIOPRINE]), 400)
    assert found["metabolite_pattern"] == "unknown"
    assert found["metabolite_pattern_reason"] == "the protocol has no thresholds for pmol/0.2 mL"
    assert (found["tgn"], found["metabolite_unit"]) == (300, unit)


def test_levels_on_tioguanine_are_not_read_against_the_thresholds_of_azathioprine():
    """After tioguanine 6-TGN are 5 to 10 times as high: 1200 is no overdose, and 300 is no target."""
    tioguanine = drug("tioguanine", 0, None, 20)
    for level in (300, 1200):
        found = state(record([tgn(100, level), mmp(100, 100)], [tioguanine]), 400)
        assert found["metabolite_pattern"] == "unknown"
        assert found["metabolite_pattern_reason"] == "the thresholds do not hold on tioguanine"
        assert found["tgn"] == level
    assert pattern(tgn(100, 30, sign="<"), mmp(100, 100, sign="<"), drugs=[tioguanine]) == "undetectable"
    changed = [drug("azathioprine", 0, 199, 100), drug("tioguanine", 200, None, 20)]
    assert pattern(tgn(100, 300), mmp(100, 100), drugs=changed) == "target"


def test_levels_before_and_on_tioguanine_share_no_mean():
    changed = [drug("azathioprine", 0, 199, 100), drug("tioguanine", 200, None, 20)]
    found = state(record([tgn(100, 200), tgn(150, 220), tgn(300, 1300), tgn(350, 1500)], changed), 400)
    assert (found["tgn_mean"], found["tgn_count"]) == (1400, 2)


def test_levels_of_two_units_are_no_pair():
    assert pattern(tgn(100, 300), mmp(100, 1000, "pmol/0.2 mL")) == "unknown"


def test_the_two_means_and_how_many_values():
    found = state(record([tgn(100, 200), tgn(200, 400), tgn(210, 300)], [AZATHIOPRINE]), 400)
    assert found["tgn_mean"] == 300
    assert found["tgn_time_weighted"] == pytest.approx((100 * 300 + 10 * 350) / 110)
    assert found["tgn_count"] == 3


def test_a_censored_value_makes_the_mean_unknown():
    assert state(record([tgn(100, 200), tgn(200, 30, sign="<")], [AZATHIOPRINE]), 400)["tgn_mean"] is None
