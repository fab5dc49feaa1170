"""Our answers to groups.R: ROC, propensity scores and balance, Firth."""

from __future__ import annotations

from math import log

import numpy as np
import polars as pl

from hepatica.studies.statistics.firth import FirthFit, firth_cox, firth_logistic
from hepatica.studies.statistics.propensity import (
    balance,
    effective_sample_size,
    propensity_score,
    weighted_difference,
    weights,
)
from hepatica.studies.statistics.roc import auc_compare, auc_delong, best_cut_off, roc_curve
from referee.asking import Answers
from referee.cohorts import Patients, cohorts


def with_treatments() -> dict[str, Patients]:
    return {
        name: found for name, found in cohorts().items() if "treated" in found.frame.columns and "years" not in name
    }


def rare() -> dict[str, pl.DataFrame]:
    """Few events: ten patients of whom only the one group has any; and the first hundred invented patients."""
    small = pl.DataFrame(
        {
            "time": [3.0, 5.0, 5.0, 8.0, 9.0, 12.0, 12.0, 15.0, 18.0, 20.0],
            "event": [1, 1, 0, 1, 0, 0, 1, 0, 0, 0],
            "x1": [1.0, 1.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0],
            "x2": [0.3, 1.9, 1.1, 0.2, 0.8, 1.4, 0.7, 0.1, 1.6, 0.5],
        }
    )
    hundred = cohorts()["synthetic"].frame.head(100).select("time", "event", x1="x2", x2=pl.col("x3"))
    return {"separated": small, "hundred": hundred}


def question() -> dict[str, object]:
    return {
        "cohorts": {name: found.question() for name, found in with_treatments().items()},
        "rare": {name: frame.to_dict(as_series=False) for name, frame in rare().items()},
    }


def groups(theirs: Answers) -> Answers:
    """`theirs` gives the weights of the patients whom MatchIt matched."""
    found: Answers = {}
    for name, patients in with_treatments().items():
        matched = theirs[f"{name}/balance/weights"]
        found |= _roc(name, patients.frame) | _propensity(name, patients) | _balance(name, patients, matched)
    for name, frame in rare().items():
        logistic = firth_logistic(frame, outcome="event", covariates=("x1", "x2"))
        model = firth_cox(frame, time="time", event="event", covariates=("x1", "x2"))
        found |= _firth(f"{name}/firth_logistic", logistic) | _firth(f"{name}/firth_cox", model)
    return found


def _roc(name: str, d: pl.DataFrame) -> Answers:
    first, second = (auc_delong(d["outcome"], d[score]) for score in ("score1", "score2"))
    areas = [value for area in (first, second) for value in (area.lower, area.auc, area.upper)]
    paired = auc_compare(d["outcome"], d["score1"], d["score2"])
    one, other = d.filter(pl.col("strata") == d["strata"].min()), d.filter(pl.col("strata") != d["strata"].min())
    unpaired = auc_compare(one["outcome"], one["score1"], other["score1"], second_outcome=other["outcome"])
    best = best_cut_off(d["outcome"], d["score1"])
    curve = roc_curve(d["outcome"], d["score1"])
    inner = [value if np.isfinite(value) else None for value in curve.threshold.tolist()]
    return {
        f"{name}/roc/auc": [*areas, first.std_error],
        f"{name}/roc/paired": [paired.statistic, paired.p],
        f"{name}/roc/unpaired": [unpaired.statistic, unpaired.df, unpaired.p],
        f"{name}/roc/youden": [best.threshold, best.sensitivity.share, best.specificity.share],
        f"{name}/roc/points": [*inner, *curve.sensitivity.tolist(), *curve.specificity.tolist()],
    }


def _propensity(name: str, patients: Patients) -> Answers:
    d = patients.frame
    model = propensity_score(d, treatment="treated", covariates=patients.covariates)
    terms = model.fit.terms
    coefficients = [*(term.log_or for term in terms), *(term.std_error for term in terms), model.fit.log_likelihood]
    found: Answers = {f"{name}/score/coef": coefficients, f"{name}/score/fitted": model.score.tolist()}
    for kind in ("ate", "att", "overlap"):
        weight = weights(d["treated"], model.score, kind)
        found[f"{name}/{kind}/ess"] = [effective_sample_size(weight)]
        robust = weighted_difference(d["outcome"], d["treated"], weight)
        found[f"{name}/{kind}/difference"] = [robust.difference, robust.std_error]
        knowing = weighted_difference(
            d["outcome"], d["treated"], weight, design=model.model.matrix, score=model.score, estimand=kind
        )
        found[f"{name}/{kind}/m-estimation"] = [knowing.std_error]
    return found


def _balance(name: str, patients: Patients, matched: list[float | None]) -> Answers:
    rows = balance(
        patients.frame, treatment="treated", covariates=patients.covariates, weights=matched, denominator="treated"
    ).rows
    before = [
        [row.treated_before for row in rows],
        [row.untreated_before for row in rows],
        [row.smd_before for row in rows],
        [row.variance_ratio_before for row in rows],
    ]
    after = [
        [row.treated_after for row in rows],
        [row.untreated_after for row in rows],
        [row.smd_after for row in rows],
        [row.variance_ratio_after for row in rows],
    ]
    return {
        f"{name}/balance/before": [value for column in before for value in column],
        f"{name}/balance/after": [value for column in after for value in column],
    }


def _firth(key: str, fit: FirthFit) -> Answers:
    return {
        f"{key}/coef": [term.log_ratio for term in fit.terms],
        f"{key}/limits": [log(value) for term in fit.terms for value in (term.lower, term.upper)],
        f"{key}/p": [term.p for term in fit.terms],
        f"{key}/likelihood": [fit.log_likelihood],
    }
