"""The effect of one treatment against the other: crude, and weighted by how likely each treatment was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.compare.arms import INTERVENTION, NUMBERS
from hepatica.studies.statistics.imputation import PooledEstimate, impute, rubin
from hepatica.studies.statistics.inputs import Numbers
from hepatica.studies.statistics.propensity import (
    Balance,
    Estimand,
    Overlap,
    PropensityScore,
    WeightedDifference,
    balance,
    effective_sample_size,
    overlap,
    propensity_score,
    weighted_difference,
    weights,
)

UNKNOWN = "unknown"
TREATED = "treated"
COUNTS = ("intervention", "intervention_of", "control", "control_of", "unknown", "covariate_unknown")
_SHARES = ("crude_difference", "intervention_weighted", "control_weighted", "difference", "lower", "upper", "p")
# The columns of a table of effects, also of one that is empty.
EFFECTS = pl.Schema(
    {
        "analysis": pl.String(),
        **dict.fromkeys(COUNTS, pl.Int64()),
        **dict.fromkeys(_SHARES, pl.Float64()),
        "why_not": pl.String(),
    }
)


@dataclass(frozen=True)
class Weighted:
    """Patients with everything known, weighted: the score, the weights, the balance, and how much is left."""

    patients: pl.DataFrame
    score: PropensityScore
    weights: Numbers
    balance: Balance
    overlap: Overlap
    effective: dict[str, float]


@dataclass(frozen=True)
class Effect:
    """One endpoint: shares of both arms, crude and weighted, the difference with its interval, and who is counted.

    Counts and the crude difference are of the same patients as the weighted one, so that weighting alone lies between
    them; whose endpoint, or else a covariate, is unknown is counted apart. `balanced` are these patients, weighted.
    """

    label: str
    intervention: tuple[int, int]
    control: tuple[int, int]
    unknown: int
    covariate_unknown: int
    crude: float | None
    found: WeightedDifference | None = None
    pooled: PooledEstimate | None = None
    balanced: Weighted | None = None
    why_not: str = ""

    def row(self) -> dict[str, Any]:
        """Return the effect as a row of a table; shares and differences are fractions of one."""
        found, pooled = self.found, self.pooled
        return {
            "analysis": self.label,
            "intervention": self.intervention[0],
            "intervention_of": self.intervention[1],
            "control": self.control[0],
            "control_of": self.control[1],
            "unknown": self.unknown,
            "covariate_unknown": self.covariate_unknown,
            "crude_difference": self.crude,
            "intervention_weighted": found.treated if found else None,
            "control_weighted": found.untreated if found else None,
            "difference": pooled.estimate if pooled else (found.difference if found else None),
            "lower": pooled.lower if pooled else (found.lower if found else None),
            "upper": pooled.upper if pooled else (found.upper if found else None),
            "p": pooled.p if pooled else (found.p if found else None),
            "why_not": self.why_not,
        }


def usable(covariates: Sequence[str]) -> pl.Expr:
    """Return whether every covariate is known."""
    return pl.all_horizontal(
        pl.col(name).is_not_null() if name in NUMBERS else (pl.col(name) != UNKNOWN) for name in covariates
    )


def weighted(patients: pl.DataFrame, covariates: Sequence[str], estimand: Estimand) -> Weighted:
    """Return the patients weighted; everything is known of them.

    Raises:
        UsageError: an arm is empty, or a covariate tells the arms apart, so that nobody is there to compare with.
    """
    frame = patients.with_columns((pl.col("arm") == INTERVENTION).alias(TREATED))
    varied = [name for name in covariates if frame[name].n_unique() > 1]
    if frame[TREATED].n_unique() < 2 or not varied:
        raise UsageError("arms", "one of them is empty, or nothing differs between patients", "widen the population")
    if frame.group_by(TREATED).len()["len"].min() == 1:
        raise UsageError("arms", "one of them is a single patient, whom nothing can be said of", "widen the population")
    found = propensity_score(frame, treatment=TREATED, covariates=varied)
    weight = weights(found.treated, found.score, estimand)
    told = balance(
        frame, treatment=TREATED, covariates=varied, weights=weight,
        denominator="treated" if estimand == "att" else "pooled",
    )  # fmt: skip
    sizes = {
        "intervention": effective_sample_size(weight[found.treated]),
        "control": effective_sample_size(weight[~found.treated]),
    }
    return Weighted(frame, found, weight, told, overlap(found.treated, found.score), sizes)


def effect(
    label: str, patients: pl.DataFrame, definition: dict[str, Any], estimand: Estimand, *, copies: int = 0
) -> Effect:
    """Return the effect on `met` (yes, no, unknown) among patients; whose endpoint is unknown is counted apart.

    With `copies` unknown covariates are imputed so often and the estimates pooled. Where nothing can be estimated the
    reason is said, not a number.
    """
    known = patients.filter(pl.col("met") != UNKNOWN)
    complete = known.filter(usable(definition["covariates"]))
    imputed = bool(copies) and complete.height < known.height
    analysed = known if imputed else complete
    counts = {arm: _counts(analysed, arm) for arm in ("intervention", "control")}
    crude = None
    if all(of for _, of in counts.values()):
        shares = [count / of for count, of in counts.values()]
        crude = shares[0] - shares[1]
    base = Effect(
        label, counts["intervention"], counts["control"], patients.height - known.height,
        known.height - analysed.height, crude,
    )  # fmt: skip
    try:
        if imputed:
            return replace(base, pooled=_imputed(known, definition, estimand, copies))
        balanced = weighted(complete, definition["covariates"], estimand)
        return replace(base, found=_difference(balanced, estimand, definition), balanced=balanced)
    except UsageError as trouble:
        return replace(base, why_not=f"{trouble.where}: {trouble.what}")


def _counts(known: pl.DataFrame, arm: str) -> tuple[int, int]:
    part = known.filter(pl.col("arm") == arm)
    return int((part["met"] == "yes").sum()), part.height


def _difference(found: Weighted, estimand: Estimand, definition: dict[str, Any]) -> WeightedDifference:
    outcome = (found.patients["met"] == "yes").cast(pl.Float64).to_numpy()
    return weighted_difference(
        outcome, found.score.treated, found.weights, design=found.score.model.matrix, score=found.score.score,
        estimand=estimand, confidence=definition["confidence"],
    )  # fmt: skip


def _imputed(known: pl.DataFrame, definition: dict[str, Any], estimand: Estimand, copies: int) -> PooledEstimate:
    """Return the pooled difference over imputed copies; arm and endpoint are among what predicts."""
    columns = [*definition["covariates"], "arm", "met"]
    frames = impute(known, columns, imputations=copies, seed=definition["seed"])
    found = [_difference(weighted(one, definition["covariates"], estimand), estimand, definition) for one in frames]
    return rubin(
        np.array([one.difference for one in found]), np.array([one.std_error for one in found]),
        confidence=definition["confidence"],
    )  # fmt: skip
