"""Our own interval formulas against published examples and an independent maximisation of the likelihood."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import binomtest, chi2

from hepatica.errors import UsageError
from hepatica.evidence.accuracy import prevalences_behind
from hepatica.evidence.association import p_values
from hepatica.evidence.differences import (
    miettinen_nurminen,
    newcombe,
    number_needed_to_treat,
    odds_ratio,
    odds_ratio_interval,
    risk_difference,
    risk_ratio,
    wald_difference,
)
from hepatica.evidence.printed import printed
from hepatica.evidence.proportions import wald, wilson

# Newcombe RG. Stat Med 1998;17:857-872, table I (method 3).
WILSON = [
    ((81, 263), (0.2553, 0.3662)),
    ((15, 148), (0.0624, 0.1605)),
    ((0, 20), (0, 0.1611)),
    ((1, 29), (0.0061, 0.1718)),
]

# Newcombe RG. Stat Med 1998;17:873-890, table II: methods 10 (hybrid score), 1 (Wald), 6 (Miettinen-Nurminen).
DIFFERENCES = [
    ((56, 70, 48, 80), (0.0524, 0.3339), (0.0575, 0.3425), (0.0528, 0.3382)),
    ((9, 10, 3, 10), (0.1705, 0.8090), (0.2605, 0.9395), (0.1700, 0.8406)),
    ((5, 56, 0, 29), (-0.0381, 0.1926), (0.0146, 0.1640), (-0.0326, 0.1933)),
    ((10, 10, 0, 10), (0.6075, 1.0), (1.0, 1.0), (0.6636, 1.0)),
]


@pytest.mark.parametrize(("counts", "limits"), WILSON)
def test_wilson_interval_is_newcombes_table_and_scipys(counts, limits):
    assert wilson(*counts) == pytest.approx(limits, abs=6e-5)
    other = binomtest(*counts).proportion_ci(method="wilson")
    assert wilson(*counts) == pytest.approx((other.low, other.high), abs=1e-12)


@pytest.mark.parametrize(("counts", "hybrid", "normal", "score"), DIFFERENCES)
def test_intervals_of_a_difference_are_newcombes_table(counts, hybrid, normal, score):
    assert newcombe(*counts) == pytest.approx(hybrid, abs=6e-5)
    assert wald_difference(*counts) == pytest.approx(normal, abs=6e-5)
    assert miettinen_nurminen(*counts) == pytest.approx(score, abs=6e-5)


@pytest.mark.parametrize("counts", [(22, 39, 9, 31), (0, 39, 4, 31), (5, 56, 0, 29), (10, 10, 3, 20)])
def test_miettinen_nurminen_limits_solve_the_score_equation(counts):
    """The most likely shares are found here by maximising the likelihood, not from the cubic."""
    count1, of1, count2, of2 = counts

    def minus_log_likelihood(share2: float, difference: float) -> float:
        share1 = share2 + difference
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = [
                count * np.log(share) + (of - count) * np.log1p(-share)
                for count, of, share in ((count1, of1, share1), (count2, of2, share2))
            ]
        return -sum(terms)

    for limit in miettinen_nurminen(*counts):
        if abs(limit) == 1:
            continue
        low, high = max(0.0, -limit) + 1e-12, min(1.0, 1 - limit) - 1e-12
        best = minimize_scalar(
            minus_log_likelihood, bounds=(low, high), args=(limit,), method="bounded", options={"xatol": 1e-12}
        ).x
        variance = (best + limit) * (1 - best - limit) / of1 + best * (1 - best) / of2
        total = of1 + of2
        statistic = (risk_difference(*counts) - limit) ** 2 / (variance * total / (total - 1))
        assert statistic == pytest.approx(chi2.ppf(0.95, 1), rel=1e-4)


def test_camaro_difference_has_the_three_known_intervals():
    counts = (22, 39, 9, 31)
    assert 100 * risk_difference(*counts) == pytest.approx(27.38, abs=0.005)
    assert [100 * x for x in newcombe(*counts)] == pytest.approx([4.00, 46.65], abs=0.005)
    assert [100 * x for x in wald_difference(*counts)] == pytest.approx([5.07, 49.68], abs=0.005)
    assert [100 * x for x in miettinen_nurminen(*counts)] == pytest.approx([3.83, 47.80], abs=0.005)
    assert odds_ratio(*counts) == pytest.approx(3.16, abs=0.005)
    assert odds_ratio_interval(*counts) == pytest.approx((1.16, 8.61), abs=0.005)
    assert risk_ratio(*counts) == pytest.approx(1.94, abs=0.005)
    assert number_needed_to_treat(*counts) == pytest.approx(3.65, abs=0.005)


@pytest.mark.parametrize(
    ("counts", "test", "p"),
    [
        ((22, 39, 9, 31), "pearson", 0.02199),
        ((22, 39, 9, 31), "fisher", 0.02985),
        ((22, 39, 9, 31), "yates", 0.0405),
        ((0, 39, 4, 31), "fisher", 0.0343),
        ((0, 39, 4, 31), "pearson", 0.021),
        ((0, 39, 4, 31), "barnard", 0.051),
        ((2, 39, 8, 31), "fisher", 0.0184),
        ((0, 39, 3, 31), "fisher", 0.0821),
        ((26, 36, 10, 31), "fisher", 0.0014),
        ((26, 36, 10, 31), "pearson", 0.0011),
        ((84, 109, 63, 105), "fisher", 0.0081),
        ((84, 109, 63, 105), "pearson", 0.0071),
        ((67, 276, 17, 105), "fisher", 0.098),
        ((67, 276, 17, 105), "pearson", 0.089),
        ((6, 8, 6, 13), "fisher", 0.37),
    ],
)
def test_p_values_of_the_known_tables(counts, test, p):
    decimals = len(str(p).partition(".")[2])
    assert p_values(*counts)[test] == pytest.approx(p, abs=0.51 * 10**-decimals)


def test_nobody_had_the_event_so_only_fisher_exists():
    assert p_values(0, 10, 0, 12) == {"fisher": pytest.approx(1), "pearson": None, "yates": None, "barnard": None}


def test_effects_that_do_not_exist_are_none():
    assert odds_ratio(4, 31, 0, 39) is None
    assert odds_ratio_interval(0, 39, 4, 31) is None
    assert risk_ratio(4, 31, 0, 39) is None
    assert number_needed_to_treat(3, 10, 3, 10) is None


def test_wald_interval_may_leave_the_possible_range():
    low, _ = wald(1, 20)
    assert low < 0


@pytest.mark.parametrize(("count", "of"), [(5, 4), (-1, 4), (0, 0)])
def test_a_count_outside_its_group_is_refused(count, of):
    with pytest.raises(UsageError, match="is none"):
        wilson(count, of)


def test_a_test_no_better_than_chance_has_no_prevalence():
    with pytest.raises(UsageError, match="no better than chance"):
        prevalences_behind(0.4, 0.6, printed("42"), printed("66"))


def test_figures_that_exclude_each_other_have_no_prevalence():
    assert prevalences_behind(0.76, 0.78, printed("42"), printed("90")) is None
