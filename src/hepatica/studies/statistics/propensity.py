"""Propensity scores: the probability of a treatment, weights that balance two treatments, and what is lost by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.statistics.balance import Balance, BalanceRow, balance
from hepatica.studies.statistics.inputs import Design, Numbers, Truths, Values, design, numbers, same_length, truths
from hepatica.studies.statistics.logistic import INTERCEPT, LogisticFit, logistic
from hepatica.studies.statistics.weighted import EValue, WeightedDifference, e_value, weighted_difference

__all__ = [
    "Balance",
    "BalanceRow",
    "EValue",
    "Estimand",
    "Overlap",
    "PropensityScore",
    "WeightedDifference",
    "balance",
    "e_value",
    "effective_sample_size",
    "overlap",
    "propensity_score",
    "weighted_difference",
    "weights",
]

Estimand = Literal["ate", "att", "overlap"]
ESTIMANDS: dict[Estimand, str] = {
    "ate": "everybody, had all been treated against had none been",
    "att": "the treated, against had they not been",
    "overlap": "those for whom either treatment could be chosen",
}


@dataclass(frozen=True)
class PropensityScore:
    """Each patient's probability of the treatment given the covariates, and the logistic model behind it."""

    score: Numbers
    treated: Truths
    fit: LogisticFit
    model: Design


@dataclass(frozen=True)
class Overlap:
    """Where the scores of both groups lie, and how many of each lie outside the other's range."""

    treated_low: float
    treated_high: float
    untreated_low: float
    untreated_high: float
    treated_outside: int
    untreated_outside: int
    disjoint: bool


def propensity_score(
    frame: pl.DataFrame,
    *,
    treatment: str,
    covariates: Sequence[str],
    references: Mapping[str, str] | None = None,
) -> PropensityScore:
    """The probability of the treatment given the covariates, by logistic regression.

    Refuses unknown values, and covariates that tell the treated from the untreated (separation): such patients have
    nobody to be compared with.
    """
    fit = logistic(frame, outcome=treatment, covariates=covariates, references=references)
    if fit.separated:
        raise UsageError(
            f"covariate {', '.join(term for term in fit.separated_terms if term != INTERCEPT)}",
            "tells who is treated from who is not, so nobody is there to compare with",
            "leave these patients out (population), or the covariate (covariates)",
        )
    return PropensityScore(fit.fitted, truths(treatment, frame[treatment]), fit, design(frame, covariates, references))


def weights(treated: Values, score: Values, estimand: Estimand = "ate", *, stabilised: bool = False) -> Numbers:
    """Weights from a propensity score: for everybody (ate), the treated (att), or those who overlap (overlap).

    ate: 1/e and 1/(1-e); att: 1 and e/(1-e); overlap: 1-e and e (Li F, Morgan KL, Zaslavsky AM. J Am Stat Assoc
    2018;113:390-400). Stabilised ate weights are multiplied by each group's share.
    """
    arm, e = _arm_and_score(treated, score)
    if estimand == "ate":
        found = np.where(arm, 1 / e, 1 / (1 - e))
        return found * np.where(arm, arm.mean(), 1 - arm.mean()) if stabilised else found
    if stabilised:
        raise UsageError("stabilised", f"is of no use for {estimand}", "stabilise weights for ate only")
    if estimand == "att":
        return np.where(arm, 1.0, e / (1 - e))
    if estimand == "overlap":
        return np.where(arm, 1 - e, e)
    raise UsageError("estimand", f"{estimand} is none", f"choose from {', '.join(ESTIMANDS)}")


def _arm_and_score(treated: Values, score: Values) -> tuple[Truths, Numbers]:
    arm, e = truths("treatment", treated), numbers("score", score)
    same_length("score", len(e), len(arm))
    if arm.all() or not arm.any():
        raise UsageError("treatment", "is the same in everybody", "compare two treatments")
    if (e <= 0).any() or (e >= 1).any():
        raise UsageError("score", "is 0 or 1 in some patients", "nobody is there to compare them with: leave them out")
    return arm, e


def effective_sample_size(weight: Values) -> float:
    """How many unweighted patients would tell as much: (sum of weights) squared over the sum of squares (Kish)."""
    found = numbers("weights", weight)
    if (found < 0).any() or not found.any():
        raise UsageError("weights", "are negative or all 0", "give weights of 0 and more")
    return float(found.sum() ** 2 / (found @ found))


def overlap(treated: Values, score: Values) -> Overlap:
    """Whether both treatments were given over the same range of scores."""
    arm, e = _arm_and_score(treated, score)
    low, high = float(e[arm].min()), float(e[arm].max())
    other_low, other_high = float(e[~arm].min()), float(e[~arm].max())
    outside = int(((e[arm] < other_low) | (e[arm] > other_high)).sum())
    others = int(((e[~arm] < low) | (e[~arm] > high)).sum())
    return Overlap(low, high, other_low, other_high, outside, others, disjoint=low > other_high or other_low > high)
