"""Our answers to counts.R: tests, shares, pooling, sample size, and imputed estimates."""

from __future__ import annotations

from math import isfinite

import polars as pl

from hepatica.studies.statistics.imputation import rubin
from hepatica.studies.statistics.pooling import effects, egger, fixed, heterogeneity, prediction_interval, random
from hepatica.studies.statistics.proportions import difference_newcombe, exact, wilson
from hepatica.studies.statistics.sample_size import (
    detectable_difference,
    log_rank_events,
    power_two_proportions,
    two_proportions,
)
from hepatica.studies.statistics.summaries import mean_difference, paired_difference, summary
from hepatica.studies.statistics.tests import (
    chi_square,
    fisher,
    kruskal,
    mann_whitney,
    mcnemar,
    trend,
    wilcoxon_paired,
)
from referee.asking import Answers
from referee.cohorts import cohorts

# Published counts (events, size, events, size) of trials that the evidence library recomputes, and hard ones.
TABLES = {
    "remission at 24 weeks": (22, 39, 9, 31),
    "serious adverse events": (0, 39, 4, 31),
    "stopped": (2, 39, 8, 31),
    "second line": (6, 8, 6, 13),
    "all and none": (5, 5, 0, 6),
    "large": (840, 1090, 630, 1050),
}
DESIGNS = {"camaro": (0.564, 0.29, 35), "small": (0.8, 0.5, 20), "rare": (0.15, 0.05, 40)}
MEASURES = {"OR": "log_odds_ratio", "RR": "log_risk_ratio", "RD": "risk_difference"}
IMPUTED = {"estimates": [0.61, 0.74, 0.55, 0.68, 0.71], "errors": [0.21, 0.22, 0.2, 0.21, 0.23], "df": 96}
TREND = {"events": [8, 14, 22, 19], "of": [40, 45, 50, 35]}


def samples() -> dict[str, dict[str, list[object]]]:
    """Small groups without ties, small ones with, and the invented cohort."""
    d = cohorts()["synthetic"].frame
    ages = {sex: d.filter(pl.col("strata") == sex)["x1"].to_list() for sex in ("female", "male")}
    plain = {
        "first": [181.0, 223.5, 260.2, 97.3, 310.4, 145.6],
        "second": [153.1, 88.4, 201.7, 119.9, 64.2],
        "before": [153.0, 88.5, 201.5, 119.0, 64.0, 240.0, 131.0],
        "after": [260.0, 181.5, 190.0, 300.5, 71.5, 223.0, 205.0],
    }
    tied = {
        "first": [1.0, 2.0, 2.0, 3.0, 5.0, 5.0, 8.0],
        "second": [2.0, 2.0, 4.0, 5.0, 9.0, 9.0],
        "before": [3.0, 5.0, 2.0, 4.0, 4.0, 1.0, 6.0],
        "after": [4.0, 5.0, 5.0, 3.0, 7.0, 4.0, 9.0],
    }
    groups = {"values": [3.1, 2.2, 5.6, 5.6, 7.1, 1.4, 6.0, 4.4, 9.3], "group": [*"aaabbbccc"]}
    whole = {"first": ages["female"], "second": ages["male"], "before": d["x1"].to_list(), "after": d["x3"].to_list()}
    return {
        "untied": plain | groups,
        "tied": tied | groups,
        "synthetic": whole | {"values": d["x3"].to_list(), "group": d["cluster"].to_list()},
    }


def studies() -> dict[str, dict[str, list[int]]]:
    """Response by sex in each invented centre; and five small trials, one of them with an empty cell."""
    d = cohorts()["synthetic"].frame
    counted = d.group_by("cluster", "strata").agg(events=pl.col("outcome").sum(), of=pl.len()).sort("cluster")
    women, men = (counted.filter(pl.col("strata") == sex) for sex in ("female", "male"))
    assert women["cluster"].to_list() == men["cluster"].to_list()
    centres = {
        "events": women["events"].to_list(),
        "of": women["of"].to_list(),
        "control_events": men["events"].to_list(),
        "control_of": men["of"].to_list(),
    }
    trials = {
        "events": [22, 84, 6, 51, 0],
        "of": [39, 109, 8, 105, 12],
        "control_events": [9, 63, 6, 240, 3],
        "control_of": [31, 105, 13, 276, 14],
    }
    return {"centres": centres, "trials": trials}


def question() -> dict[str, object]:
    return {
        "tables": TABLES,
        "samples": samples(),
        "trend": TREND,
        "studies": studies(),
        "designs": DESIGNS,
        "imputed": IMPUTED,
    }


def counts() -> Answers:
    found: Answers = {}
    for name, table in TABLES.items():
        found |= _table(name, table)
    for name, sample in samples().items():
        found |= _sample(name, sample)
    test = trend(**TREND)
    found["trend"] = [test.statistic, test.p]
    for name, counted in studies().items():
        found |= _studies(name, counted)
    for name, (p1, p2, n) in DESIGNS.items():
        found |= _design(name, p1, p2, n)
    one = rubin(IMPUTED["estimates"], IMPUTED["errors"], complete_df=IMPUTED["df"])
    return found | {"rubin": [one.estimate, one.std_error, one.df, one.lower, one.upper, one.p]}


def _table(name: str, table: tuple[int, int, int, int]) -> Answers:
    x1, n1, x2, n2 = table
    test, square = fisher(*table), [[x1, n1 - x1], [x2, n2 - x2]]
    odds = [value if isfinite(value) else None for value in (test.odds_ratio, test.lower, test.upper)]
    found: Answers = {f"{name}/fisher p": [test.p], f"{name}/fisher odds": odds, f"{name}/fisher odds roughly": odds}
    for yates in (False, True):
        chi = chi_square(square, correction=yates)
        found[f"{name}/chi-square/{str(yates).upper()}"] = [chi.statistic, chi.p]
    shares = (wilson(x1, n1), wilson(x2, n2))
    found[f"{name}/wilson"] = [value for share in shares for value in (share.lower, share.upper)]
    shares = (exact(x1, n1), exact(x2, n2))
    found[f"{name}/exact"] = [value for share in shares for value in (share.lower, share.upper)]
    difference = difference_newcombe(*table)
    found[f"{name}/newcombe"] = [difference.lower, difference.upper]
    found[f"{name}/mcnemar"] = [mcnemar(x1, x2, exact=False).p, mcnemar(x1, x2).p]
    return found


def _sample(name: str, sample: dict[str, list[object]]) -> Answers:
    ranks, pairs = mann_whitney(sample["first"], sample["second"]), wilcoxon_paired(sample["before"], sample["after"])
    several = kruskal(sample["values"], sample["group"])
    welch = mean_difference(sample["first"], sample["second"])
    change = paired_difference(sample["before"], sample["after"])
    told = summary(sample["first"])
    return {
        f"{name}/mann-whitney": [ranks.statistic, ranks.p],
        f"{name}/signed rank": [pairs.statistic, pairs.p],
        f"{name}/kruskal": [several.statistic, several.p],
        f"{name}/t tests": [
            value for one in (welch, change) for value in (one.t, one.df, one.p, one.lower, one.upper)
        ],
        f"{name}/summary": [
            told.mean, told.sd, told.mean_lower, told.mean_upper,
            told.minimum, told.lower_quartile, told.median, told.upper_quartile, told.maximum,
        ],
    }  # fmt: skip


def _studies(name: str, counted: dict[str, list[int]]) -> Answers:
    found: Answers = {}
    for short, measure in MEASURES.items():
        key = f"{name}/{short}"
        each = effects(measure, **counted)
        y, error = each.effect, each.std_error
        found[f"{key}/effects"] = [*y.tolist(), *(error**2).tolist()]
        found[f"{key}/FE"] = _pooled(fixed(y, error))
        for method in ("dl", "reml"):
            fit, told = random(y, error, method=method), heterogeneity(y, error, method=method)
            found[f"{key}/{method.upper()}"] = _pooled(fit)
            found[f"{key}/{method.upper()}/heterogeneity"] = [told.q, told.p, told.i2, told.h2]
            found[f"{key}/{method.upper()}/tau2 limits"] = [told.tau2_lower, told.tau2_upper]
            ahead = prediction_interval(fit)
            found[f"{key}/{method.upper()}/prediction"] = [ahead.lower, ahead.upper]
            fit = random(y, error, method=method, hksj=True)
            ahead = prediction_interval(fit)
            found[f"{key}/{method.upper()}/hksj"] = [
                fit.std_error,
                fit.lower,
                fit.upper,
                fit.p,
                ahead.lower,
                ahead.upper,
            ]
        bias = egger(y, error)
        found[f"{key}/egger"] = [bias.t, bias.p, bias.limit]
    single = effects("logit", counted["events"], counted["of"])
    return found | {f"{name}/logit": [*single.effect.tolist(), *(single.std_error**2).tolist()]}


def _pooled(fit: object) -> list[float | None]:
    return [fit.effect, fit.std_error, fit.lower, fit.upper, fit.p, fit.tau2]


def _design(name: str, p1: float, p2: float, n: int) -> Answers:
    def power(method: str) -> list[float | None]:
        return [power_two_proportions(p1, n, p2, n, method=method)]

    return {
        f"{name}/normal size": [two_proportions(p1, p2).unrounded],
        f"{name}/normal power": power("normal"),
        f"{name}/detectable": [detectable_difference(p2, n, n)],
        f"{name}/exact fisher": power("exact_fisher"),
        f"{name}/exact chi-square": power("exact_chi_square"),
        f"{name}/schoenfeld": [log_rank_events(p1 / p2, share_first=0.4).unrounded],
    }
