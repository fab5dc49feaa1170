"""Which metabolites were measured well enough: precision in the pooled samples, and how often they are missing."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from hepatica.studies.signature.table import MetaboliteTable
from hepatica.studies.statistics.inputs import Numbers, Truths


def quality(table: MetaboliteTable, limits: Mapping[str, Any]) -> pl.DataFrame:
    """Return each metabolite's precision and missing share, and whether it is kept.

    `rsd_percent` is the relative standard deviation in the pooled samples, unknown with fewer than two of them: then
    the definition's `unknown_precision` decides. `missing_percent` is the share over all samples of the table.
    """
    rsd, missing = precision(table.pooled), table.missing_percent
    precise = np.where(np.isnan(rsd), limits["unknown_precision"] == "keep", rsd < limits["rsd_below"])
    words = np.where(precise & (missing < limits["missing_below"]), "yes", "no")
    return pl.DataFrame(
        {
            "metabolite": table.names,
            "label": table.labels,
            "rsd_percent": pl.Series(rsd).fill_nan(None),
            "missing_percent": missing,
            "kept": words,
        }
    )


def precision(pooled: Numbers) -> Numbers:
    """Return the relative standard deviation (%) of each column; NaN with fewer than two values."""
    if not len(pooled):
        return np.full(pooled.shape[1], np.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column without two values is NaN, as said
        found = 100 * np.nanstd(pooled, axis=0, ddof=1) / np.nanmean(pooled, axis=0)
    return np.asarray(found, dtype=np.float64)


def kept(sheet: pl.DataFrame) -> Truths:
    """Return which metabolites are kept."""
    return np.asarray((sheet["kept"] == "yes").to_numpy(), dtype=np.bool_)
