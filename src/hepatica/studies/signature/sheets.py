"""The tables, pictures, and methods of the study of a signature."""

from __future__ import annotations

import numpy as np
import polars as pl

from hepatica.pictures import bars, roc
from hepatica.studies.definition import Definition
from hepatica.studies.release import Open
from hepatica.studies.result import Figure, Sheet
from hepatica.studies.signature.as_published import AsPublished
from hepatica.studies.signature.judged import Judged
from hepatica.studies.signature.table import MetaboliteTable
from hepatica.studies.signature.validation import Permuted, Samples
from hepatica.studies.statistics.inputs import Numbers
from hepatica.studies.statistics.roc import roc_curve
from hepatica.studies.statistics.tests import false_discovery, mann_whitney

NAMES = {"pls_da": "partial least squares", "elastic_net": "elastic net"}
# A metabolite with a VIP above 1 counts more than the average one.
VIP_ABOVE = 1.0
MOST_DRAWN = 15


def sheets(
    table: MetaboliteTable,
    samples: Samples,
    measured: pl.DataFrame,
    found: dict[str, Judged],
    second: Judged | None,
    definition: Definition,
) -> dict[str, Sheet]:
    """Return the tables; rows of samples never leave the centre."""
    whole = {**found, **({"external": second} if second else {})}
    return {
        "performance": Sheet(
            _performance(whole), "How well each model tells the classes, in samples it never saw", Open()
        ),
        "carriers": Sheet(_carriers(table, samples, found), "Which metabolites carry the signature", Open()),
        "predictive": Sheet(
            _predictive(whole, definition), "Predictive values at stated shares of diseased people", Open()
        ),
        "settings": Sheet(_settings(found), "How often the inner folds chose each setting", Open()),
        "quality": Sheet(
            measured,
            "Precision (relative standard deviation in pooled samples) and missing values of each metabolite",
            Open(),
        ),
        "curve": Sheet(_curve(whole), "The ROC curve of each model, from out-of-fold scores", drawn=True),
        "scores": Sheet(_scores(table, found), "Each sample's out-of-fold score", drawn=True),
    }


def beside(told: AsPublished | None, found: dict[str, Judged], shuffled: Permuted | None) -> dict[str, Sheet]:
    """Return the published recipe's areas beside the nested ones, with the permutation test's p."""
    if told is None:
        return {}
    nested = found["pls_da"].auc
    rows = [
        ("as published, its own training samples", told.train, told.train_area, None, None, None),
        ("as published, its one test set", told.test, told.test_area, told.lower, told.upper, None),
        (
            "nested cross-validation, all samples", nested.positives + nested.negatives, nested.auc, nested.lower,
            nested.upper, shuffled.p if shuffled else None,
        ),
    ]  # fmt: skip
    names = ["figure", "samples", "auc", "auc_lower", "auc_upper", "p_permutation"]
    schema = {"figure": pl.String, "samples": pl.Int64, **dict.fromkeys(names[2:], pl.Float64)}
    return {
        "as_published": Sheet(
            pl.DataFrame(rows, schema=schema, orient="row"),
            "The published recipe beside nested cross-validation",
            Open(),
        )
    }


def figures() -> dict[str, Figure]:
    """Return the pictures, drawn from the tables."""
    return {
        "roc": Figure(
            "Who is told apart",
            "Sensitivity against one minus specificity for each model, from samples that it never saw.",
            ("curve",),
            lambda tables, width: roc(tables["curve"], width=width),
        ),
        "carriers": Figure(
            "What carries the signature",
            "For each metabolite the share of the outer folds in which it counts more than average (VIP above 1).",
            ("carriers",),
            lambda tables, width: bars(_drawn(tables["carriers"]), share_title="Outer folds (%)", width=width),
        ),
    }


def _drawn(carriers: pl.DataFrame) -> pl.DataFrame:
    return carriers.head(MOST_DRAWN).select("label", count="folds_above_average", of="folds")


def _performance(whole: dict[str, Judged]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "model": NAMES.get(name, name),
                "diseased": one.auc.positives,
                "others": one.auc.negatives,
                "auc": one.auc.auc,
                "auc_lower": one.auc.lower,
                "auc_upper": one.auc.upper,
                "sensitivity": one.sensitivity.share,
                "sensitivity_lower": one.sensitivity.lower,
                "sensitivity_upper": one.sensitivity.upper,
                "specificity": one.specificity.share,
                "specificity_lower": one.specificity.lower,
                "specificity_upper": one.specificity.upper,
            }
            for name, one in whole.items()
        ]
    )


def _carriers(table: MetaboliteTable, samples: Samples, found: dict[str, Judged]) -> pl.DataFrame:
    """Return each metabolite's weight and how steadily it counts, the steadiest first."""
    vip = found["pls_da"].weights
    columns = {
        "metabolite": table.names,
        "label": table.labels,
        "higher_in": np.where(vip.mean(axis=0) > 0, "diseased", "others"),
        "vip_mean": np.abs(vip).mean(axis=0),
        "folds_above_average": (np.abs(vip) > VIP_ABOVE).sum(axis=0),
        "folds": np.full(len(table.names), len(vip)),
    }
    if "elastic_net" in found:
        columns["elastic_net_folds"] = (found["elastic_net"].weights != 0).sum(axis=0)
    p = _mann_whitney(samples)
    columns |= {"p_mann_whitney": p, "q_benjamini_hochberg": false_discovery(p)}
    return pl.DataFrame(columns).sort("folds_above_average", "vip_mean", "metabolite", descending=[True, True, False])


def _mann_whitney(samples: Samples) -> Numbers:
    """Return each metabolite's p over the samples that have it."""
    sides = (samples.values[samples.disease].T, samples.values[~samples.disease].T)
    pairs = zip(*sides, strict=True)
    return np.array([mann_whitney(*(side[~np.isnan(side)] for side in pair)).p for pair in pairs])


def _predictive(whole: dict[str, Judged], definition: Definition) -> pl.DataFrame:
    rows = []
    for name, one in whole.items():
        for share in definition["prevalence"]:
            positive, negative = one.predictive(share)
            rows.append(
                {
                    "model": NAMES.get(name, name),
                    "prevalence": share,
                    "positive_predictive_value": positive,
                    "negative_predictive_value": negative,
                }
            )
    return pl.DataFrame(rows)


def _settings(found: dict[str, Judged]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"model": NAMES[name], "setting": words, "chosen": one.chosen.count(place), "folds": len(one.chosen)}
            for name, one in found.items()
            for place, words in enumerate(one.settings)
        ]
    )


def _curve(whole: dict[str, Judged]) -> pl.DataFrame:
    parts = []
    for name, one in whole.items():
        curve = roc_curve(one.disease, one.score)
        parts.append(
            pl.DataFrame(
                {
                    "group": [NAMES.get(name, name)] * len(curve.threshold),
                    "order": np.arange(len(curve.threshold)),
                    "false_positive_rate": 1 - curve.specificity,
                    "sensitivity": curve.sensitivity,
                }
            )
        )
    return pl.concat(parts)


def _scores(table: MetaboliteTable, found: dict[str, Judged]) -> pl.DataFrame:
    return pl.DataFrame(
        {"sample": table.samples, "diseased": table.disease, **{name: one.score for name, one in found.items()}}
    )


def methods(source: MetaboliteTable, table: MetaboliteTable, definition: Definition) -> tuple[str, ...]:
    """Return the methods in words, from the definition."""
    return (_of_the_table(source, table, definition), _of_the_models(definition), _of_the_validation(table, definition))


def _of_the_table(source: MetaboliteTable, table: MetaboliteTable, definition: Definition) -> str:
    limits, classes = definition["quality"], definition["table"]
    diseased = int(source.disease.sum())
    return (
        f"{len(source.names)} named metabolites were measured in {len(source.samples)} samples ({diseased} "
        f"{classes['positive']}, {len(source.samples) - diseased} {classes['negative']}) and {len(source.pooled)} "
        f"pooled samples. Kept were {len(table.names)} with a relative standard deviation below "
        f"{limits['rsd_below']:g} % in the pooled samples and fewer than {limits['missing_below']:g} % missing values."
    )


def _of_the_models(definition: Definition) -> str:
    preparation, models = definition["preparation"], definition["models"]
    log = "log-transformed, " if preparation["transform"] == "log" else ""
    place = "within each training set alone" if preparation["place"] == "inside_folds" else "over all samples (leakage)"
    net = models["elastic_net"]
    other = f" and by logistic regression with the elastic net (lasso share {net['lasso_share']:g})" if net else ""
    return (
        f"Values were {log}scaled to mean 0 and unit variance, and missing ones filled in from the "
        f"{preparation['neighbours']} nearest samples, {place}. The classes were told by partial least squares with up "
        f"to {models['pls_da']['components']} components{other}."
    )


def _of_the_validation(table: MetaboliteTable, definition: Definition) -> str:
    plan = definition["validation"]
    whose = "all samples of a patient in one fold" if table.groups is not None else "by sample"
    return (
        f"Performance is that of nested cross-validation ({plan['outer_folds']} outer, {plan['inner_folds']} inner "
        f"folds, {whose}, {plan['repeats']} repetitions, seed {plan['seed']}); the inner folds chose the setting. The "
        "area under the curve of each sample's mean out-of-fold score has DeLong's interval; sensitivity and "
        "specificity at the middle score have Wilson intervals. The permutation test repeated the whole procedure "
        f"{plan['permutations']} times with shuffled classes, in folds that do not know the classes."
    )
