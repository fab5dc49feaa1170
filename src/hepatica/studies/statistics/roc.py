"""ROC: the area under the curve with DeLong's interval, two curves compared, and the cut-off of Youden."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import normal_two_sided, t_two_sided, z_of
from hepatica.studies.statistics.inputs import Numbers, Truths, Values
from hepatica.studies.statistics.roc_bootstrap import BootstrapCutOff, bootstrap_cut_off
from hepatica.studies.statistics.roc_points import CutOff, Direction, Roc, best_cut_off, ranked, roc_curve

__all__ = [
    "Auc",
    "AucComparison",
    "BootstrapCutOff",
    "CutOff",
    "Direction",
    "Roc",
    "auc_compare",
    "auc_delong",
    "best_cut_off",
    "bootstrap_cut_off",
    "roc_curve",
]


@dataclass(frozen=True)
class Auc:
    """The area under the ROC curve with DeLong's standard error and interval (kept within 0 and 1)."""

    auc: float
    std_error: float
    lower: float
    upper: float
    positives: int
    negatives: int
    direction: Direction


@dataclass(frozen=True)
class AucComparison:
    """The difference of two areas, and the test that there is none; `df` is None where the test is normal."""

    first: Auc
    second: Auc
    difference: float
    std_error: float
    lower: float
    upper: float
    statistic: float
    df: float | None
    p: float
    paired: bool


def auc_delong(outcome: Values, score: Values, *, direction: Direction = "higher", confidence: float = 0.95) -> Auc:
    """The area under the curve of a score for an outcome (true = has it), with DeLong's interval.

    `direction` says whether the higher or the lower score speaks for the outcome; it is never chosen by the data.
    Source: DeLong ER, DeLong DM, Clarke-Pearson DL. Biometrics 1988;44:837-845.
    """
    return _area(*ranked(outcome, score, direction), direction, confidence)


def _area(outcome: Truths, score: Numbers, direction: Direction, confidence: float) -> Auc:
    with_it, without = placements(outcome, score)
    auc = float(with_it.mean())
    error = float(np.sqrt(_variance(with_it, with_it) + _variance(without, without)))
    half = z_of(confidence) * error
    return Auc(auc, error, max(auc - half, 0.0), min(auc + half, 1.0), len(with_it), len(without), direction)


def placements(outcome: Truths, score: Numbers) -> tuple[Numbers, Numbers]:
    """For each patient, the share of the other group on the right side of it (ties count one half)."""
    cases, controls = score[outcome], score[~outcome]
    return _below(cases, controls), 1 - _below(controls, cases)


def _below(these: Numbers, those: Numbers) -> Numbers:
    those = np.sort(those)
    share: Numbers = (np.searchsorted(those, these, "left") + np.searchsorted(those, these, "right")) / (2 * len(those))
    return share


def _variance(first: Numbers, second: Numbers) -> float:
    """The covariance of two means of placements."""
    return float((first - first.mean()) @ (second - second.mean()) / (len(first) - 1) / len(first))


def auc_compare(
    outcome: Values,
    first: Values,
    second: Values,
    *,
    second_outcome: Values | None = None,
    directions: tuple[Direction, Direction] = ("higher", "higher"),
    confidence: float = 0.95,
) -> AucComparison:
    """Two areas compared by DeLong's test: paired (two scores of the same patients), or of two groups of patients.

    With `second_outcome` the second score is of other patients, and the test is Welch's on the two areas (as pROC's).
    """
    first_truth, first_score = ranked(outcome, first, directions[0])
    paired = second_outcome is None
    second_truth, second_score = ranked(outcome if second_outcome is None else second_outcome, second, directions[1])
    one = _area(first_truth, first_score, directions[0], confidence)
    other = _area(second_truth, second_score, directions[1], confidence)
    error, df = _error_of_difference((first_truth, first_score), (second_truth, second_score), paired=paired)
    if error == 0:
        raise UsageError("score", "the two scores order the patients in the same way", "compare different scores")
    difference, half = one.auc - other.auc, z_of(confidence) * error
    statistic = difference / error
    p = normal_two_sided(statistic) if df is None else t_two_sided(statistic, df)
    low, high = difference - half, difference + half
    return AucComparison(one, other, difference, error, low, high, statistic, df, p, paired)


def _error_of_difference(
    first: tuple[Truths, Numbers], second: tuple[Truths, Numbers], *, paired: bool
) -> tuple[float, float | None]:
    (a, b), (c, d) = placements(*first), placements(*second)
    if paired:
        return float(np.sqrt(max(_variance(a - c, a - c) + _variance(b - d, b - d), 0.0))), None
    one, other = _variance(a, a) + _variance(b, b), _variance(c, c) + _variance(d, d)
    n, m = len(first[0]), len(second[0])
    df = (one + other) ** 2 / (one**2 / (n - 1) + other**2 / (m - 1))
    return float(np.sqrt(one + other)), df
