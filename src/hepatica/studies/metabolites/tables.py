"""The tables of the study of metabolites: means by class, cut-offs, dose, allopurinol, and who is measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.metabolites.levels import CLASSES, STABLE
from hepatica.studies.statistics.proportions import wilson
from hepatica.studies.statistics.roc import BootstrapCutOff, auc_delong, bootstrap_cut_off
from hepatica.studies.statistics.summaries import mean_difference, paired_difference, summary
from hepatica.studies.statistics.tests import kruskal, spearman, wilcoxon_paired

FEW = 2
NOT_TESTED = "none: the values do not vary"


def means(patients: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Return for each class and measure the number of patients, mean with interval, and median."""
    rows = []
    for name in CLASSES:
        part = patients.filter(pl.col("response_class") == name)
        for column, label in (
            ("tgn", "6-TGN, mean"), ("tgn_time_weighted", "6-TGN, time-weighted"), ("mmp", "6-MMP, mean"),
            ("ratio", "6-MMP / 6-TGN"),
        ):  # fmt: skip
            values = part[column].drop_nulls()
            row: dict[str, Any] = {"class": name, "measure": label, "patients": values.len()}
            if values.len():
                found = summary(values, confidence=confidence)
                row |= {
                    "mean": found.mean,
                    "lower": found.mean_lower,
                    "upper": found.mean_upper,
                    "median": found.median,
                }
            rows.append(row)
    estimates = dict.fromkeys(("mean", "lower", "upper", "median"), pl.Float64)
    schema = {"class": pl.String, "measure": pl.String, "patients": pl.Int64, **estimates}
    return pl.DataFrame(rows, schema=schema)


def differences(patients: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Return 6-TGN in lasting response against each other class (Welch), and over all classes (Kruskal-Wallis)."""
    rows = []
    stable = patients.filter(pl.col("response_class") == STABLE)["tgn"].drop_nulls()
    for name in CLASSES[1:]:
        other = patients.filter(pl.col("response_class") == name)["tgn"].drop_nulls()
        if min(stable.len(), other.len()) >= FEW and stable.n_unique() == other.n_unique() == 1:
            apart = stable[0] - other[0]
            rows.append({"compared": f"stable minus {name}", "patients": min(stable.len(), other.len()),
                         "difference": apart, "test": NOT_TESTED})  # fmt: skip
        elif min(stable.len(), other.len()) >= FEW:
            found = mean_difference(stable, other, confidence=confidence)
            rows.append({
                "compared": f"stable minus {name}", "patients": min(stable.len(), other.len()),
                "difference": found.difference, "lower": found.lower, "upper": found.upper, "p": found.p,
                "test": found.name,
            })  # fmt: skip
    known = patients.filter(pl.col("tgn").is_not_null())
    if known["response_class"].n_unique() > 1 and known["tgn"].n_unique() == 1:
        rows.append({"compared": "all classes", "patients": known.height, "test": NOT_TESTED})
    elif known["response_class"].n_unique() > 1:
        test = kruskal(known["tgn"], known["response_class"])
        rows.append({"compared": "all classes", "patients": known.height, "p": test.p, "test": test.name})
    columns = {"compared": pl.String, "patients": pl.Int64, "difference": pl.Float64, "lower": pl.Float64,
               "upper": pl.Float64, "p": pl.Float64, "test": pl.String}  # fmt: skip
    return pl.DataFrame(rows, schema=columns)


def chosen_cut_off(patients: pl.DataFrame, definition: dict[str, Any]) -> tuple[BootstrapCutOff | None, str]:
    """Return the best cut-off for lasting response with its optimism, or None and why there is none."""
    told = definition["cut_off"]
    known = patients.filter(pl.col("tgn").is_not_null())
    try:
        found = bootstrap_cut_off(
            known["response_class"] == STABLE, known["tgn"], samples=told["samples"], seed=told["seed"],
            confidence=definition["confidence"],
        )  # fmt: skip
    except UsageError as trouble:
        return None, f"{trouble.where}: {trouble.what}"
    return found, ""


def cut_offs(patients: pl.DataFrame, found: BootstrapCutOff | None, definition: dict[str, Any]) -> pl.DataFrame:
    """Return the chosen cut-off, as it appears and corrected, and the published ones as they do here."""
    rows = []
    if found is not None:
        # With a decimal: a cut-off of 220.4 spares others than the published 220.
        chosen = f"chosen here, {found.cut_off.threshold:.1f}"
        for label, what in (("as it appears", "apparent"), ("corrected", "corrected")):
            rows.append(
                {
                    "cut_off": f"{chosen}, {label}",
                    "threshold": found.cut_off.threshold,
                    "threshold_lower": found.threshold_lower,
                    "threshold_upper": found.threshold_upper,
                    **_chosen(found, what),
                    "youden": getattr(found.youden, what),
                    "patients": patients["tgn"].drop_nulls().len(),
                }
            )
    known = patients.filter(pl.col("tgn").is_not_null())
    stable = (known["response_class"] == STABLE).to_numpy()
    for limit in definition["cut_off"]["fixed"]:
        above = (known["tgn"] >= limit).to_numpy()
        if stable.any() and (~stable).any():
            level = definition["confidence"]
            right = wilson(int(above[stable].sum()), int(stable.sum()), confidence=level)
            spared = wilson(int((~above[~stable]).sum()), int((~stable).sum()), confidence=level)
            rows.append(
                {
                    "cut_off": f"published, {limit:g}",
                    "threshold": float(limit),
                    **_with_limits("sensitivity", right.share, right.lower, right.upper),
                    **_with_limits("specificity", spared.share, spared.lower, spared.upper),
                    "youden": right.share + spared.share - 1,
                    "patients": known.height,
                }
            )
    columns = ("threshold", "threshold_lower", "threshold_upper", *_with_limits("sensitivity"),
               *_with_limits("specificity"), "youden")  # fmt: skip
    schema = {"cut_off": pl.String, **dict.fromkeys(columns, pl.Float64), "patients": pl.Int64}
    return pl.DataFrame(rows, schema=schema)


def _with_limits(
    name: str, share: float | None = None, lower: float | None = None, upper: float | None = None
) -> dict[str, float | None]:
    """Return a share with its limits under the names of their columns."""
    return {name: share, f"{name}_lower": lower, f"{name}_upper": upper}


def _chosen(found: BootstrapCutOff, what: str) -> dict[str, float | None]:
    """Return what the chosen cut-off does: as it appears without an interval, corrected with the bootstrap's."""
    if what == "apparent":
        return {"sensitivity": found.sensitivity.apparent, "specificity": found.specificity.apparent}
    both = (("sensitivity", found.sensitivity), ("specificity", found.specificity))
    return {
        key: value
        for name, one in both
        for key, value in _with_limits(name, one.corrected, one.lower, one.upper).items()
    }


def area(patients: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Return the area under the ROC curve of mean 6-TGN for lasting response; no row where a class is missing."""
    known = patients.filter(pl.col("tgn").is_not_null())
    stable = known["response_class"] == STABLE
    schema = {"area": pl.Float64, "lower": pl.Float64, "upper": pl.Float64, "patients": pl.Int64}
    if min(int(stable.sum()), int((~stable).sum())) < FEW:
        return pl.DataFrame(schema=schema)
    found = auc_delong(stable, known["tgn"], confidence=confidence)
    return pl.DataFrame([(found.auc, found.lower, found.upper, known.height)], schema=schema, orient="row")


def above(patients: pl.DataFrame, definition: dict[str, Any]) -> pl.DataFrame:
    """Return for each class and published limit how many have a mean 6-TGN at or above it."""
    rows = []
    for limit in definition["cut_off"]["fixed"]:
        for name in CLASSES:
            values = patients.filter(pl.col("response_class") == name)["tgn"].drop_nulls()
            row: dict[str, Any] = {
                "limit": float(limit),
                "class": name,
                "above": int((values >= limit).sum()),
                "of": values.len(),
            }
            if values.len():
                found = wilson(row["above"], values.len(), confidence=definition["confidence"])
                row |= {"share": found.share, "lower": found.lower, "upper": found.upper}
            rows.append(row)
    counts = dict.fromkeys(("above", "of"), pl.Int64)
    shares = dict.fromkeys(("share", "lower", "upper"), pl.Float64)
    return pl.DataFrame(rows, schema={"limit": pl.Float64, "class": pl.String, **counts, **shares})


def dose(levels: pl.DataFrame) -> pl.DataFrame:
    """Return how levels go with the dose of the day (Spearman's rank correlation over patients' first levels)."""
    first = levels.sort("date").group_by("patient_id", maintain_order=True).first()
    rows = []
    for column, label in (("tgn", "6-TGN"), ("mmp", "6-MMP")):
        known = first.filter(pl.col("dose_mg_day").is_not_null(), pl.col(column).is_not_null())
        row: dict[str, Any] = {"level": label, "patients": known.height, "rho": None, "p": None}
        if known.height > FEW and known["dose_mg_day"].n_unique() > 1 and known[column].n_unique() > 1:
            rho, p = spearman(known["dose_mg_day"], known[column])
            row |= {"rho": rho, "p": p}
        rows.append(row)
    return pl.DataFrame(rows, schema={"level": pl.String, "patients": pl.Int64, "rho": pl.Float64, "p": pl.Float64})


def allopurinol(pairs: pl.DataFrame, confidence: float) -> pl.DataFrame:
    """Return levels before and after allopurinol in the same patients, with the paired tests."""
    rows = []
    for column, label in (("tgn", "6-TGN"), ("mmp", "6-MMP")):
        known = pairs.filter(pl.col(f"{column}_before").is_not_null(), pl.col(f"{column}_after").is_not_null())
        before, after = known[f"{column}_before"], known[f"{column}_after"]
        row: dict[str, Any] = {"level": label, "patients": known.height}
        if known.height:
            row |= {"before": _mean(before), "after": _mean(after)}
        if known.height >= FEW and (after - before).n_unique() > 1:
            found = paired_difference(before, after, confidence=confidence)
            row |= {
                "change": found.difference, "lower": found.lower, "upper": found.upper, "p_paired_t": found.p,
                "p_wilcoxon": wilcoxon_paired(before, after).p,
            }  # fmt: skip
        rows.append(row)
    columns = ("before", "after", "change", "lower", "upper", "p_paired_t", "p_wilcoxon")
    schema = {"level": pl.String, "patients": pl.Int64, **dict.fromkeys(columns, pl.Float64)}
    return pl.DataFrame(rows, schema=schema)


def _mean(values: pl.Series) -> float:
    return float(np.mean(values.to_numpy()))


def selection(patients: pl.DataFrame) -> pl.DataFrame:
    """Return the class of response of thiopurine users with and without a level: who is measured is no chance."""
    rows = []
    for name in (*CLASSES, "unknown"):
        part = patients.filter(pl.col("response_class") == name)
        measured = int(part["measured"].sum())
        rows.append({"class": name, "measured": measured, "not_measured": part.height - measured, "users": part.height})
    return pl.DataFrame(rows)
