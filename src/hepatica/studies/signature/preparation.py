"""Preparing values for a model: logarithm, scaling, missing values filled in from the nearest samples.

Everything that is learned (means, standard deviations, neighbours) is learned from the training samples alone, and
none of it looks at who is diseased: so one preparation serves every permutation of the classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.signature.table import MetaboliteTable
from hepatica.studies.statistics.inputs import Numbers, Places


def transformed(table: MetaboliteTable, transform: str) -> Numbers:
    """Return the values on the scale that is analysed; the logarithm refuses what has none.

    Raises:
        UsageError: a value is zero or negative.
    """
    if transform == "none":
        return table.values
    bad = np.argwhere(table.values <= 0)
    if len(bad):
        row, column = bad[0]
        raise UsageError(
            f"metabolite {table.labels[column]}",
            f"{len(bad)} values are zero or negative and have no logarithm (the first: sample {table.samples[row]})",
            "leave cells below detection empty, or set preparation.transform to none",
        )
    return np.asarray(np.log(table.values), dtype=np.float64)


def prepared(values: Numbers, train: Places, test: Places, settings: Mapping[str, Any]) -> tuple[Numbers, Numbers]:
    """Return training and test samples prepared; outside the folds only if the definition insists on that mistake."""
    if settings["place"] == "outside_folds":
        whole, _ = learned(values, values, settings)
        return whole[train], whole[test]
    return learned(values[train], values[test], settings)


def learned(train: Numbers, test: Numbers, settings: Mapping[str, Any]) -> tuple[Numbers, Numbers]:
    """Return both on the training samples' scale (mean 0, unit variance), missing values filled in from them.

    A metabolite that no training sample has is 0 for all: it can tell nothing. One that never varies is not divided.
    """
    known = ~np.isnan(train)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, train, 0).sum(axis=0) / count
    surplus = np.where(known, train - mean, 0)
    spread = np.sqrt((surplus**2).sum(axis=0) / count)
    # What rounding leaves of a metabolite that never varies is no spread.
    unit = np.where(spread > np.finfo(np.float64).eps * 10 * np.abs(mean), spread, 1.0)
    scaled, judged = ((part - mean) / unit for part in (train, test))
    neighbours = settings["neighbours"]
    return filled(scaled, scaled, neighbours), filled(judged, scaled, neighbours)


def filled(values: Numbers, donors: Numbers, neighbours: int) -> Numbers:
    """Return the values with each missing one the mean of the nearest donors that have it, weighted by nearness.

    A sample that shares no metabolite with any donor takes their mean; what no donor has is 0 for every sample.
    """
    whole = np.where(np.isnan(donors).all(axis=0), 0.0, values)
    missing = np.isnan(whole)
    rows = np.flatnonzero(missing.any(axis=1))
    distance = _distances(values[rows], donors)
    for column in np.flatnonzero(missing.any(axis=0)):
        have = np.flatnonzero(~np.isnan(donors[:, column]))
        wanting = missing[rows, column]
        whole[rows[wanting], column] = _mean_of_nearest(distance[wanting][:, have], donors[have, column], neighbours)
    return np.asarray(whole, dtype=np.float64)


def _distances(values: Numbers, donors: Numbers) -> Numbers:
    """Return the Euclidean distance over what both samples have, as if they had all; NaN if they share nothing."""
    here, there = ~np.isnan(values), ~np.isnan(donors)
    known, given = np.where(here, values, 0), np.where(there, donors, 0)
    squares = known**2 @ there.T + here @ (given**2).T - 2 * known @ given.T
    shared = (here.astype(np.float64) @ there.T.astype(np.float64)) / values.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):  # nothing shared: unknown
        return np.asarray(np.sqrt(np.where(shared > 0, np.maximum(squares, 0) / shared, np.nan)), dtype=np.float64)


def _mean_of_nearest(distance: Numbers, given: Numbers, neighbours: int) -> Numbers:
    """Return for each sample the mean of its nearest donors' values; a donor at no distance counts alone."""
    nearest = np.argpartition(distance, min(neighbours, len(given)) - 1, axis=1)[:, :neighbours]
    far = np.take_along_axis(distance, nearest, axis=1)
    with np.errstate(divide="ignore"):
        weight = np.nan_to_num(1 / far, nan=0.0, posinf=np.inf)
    same = np.isinf(weight)
    weight = np.where(same.any(axis=1, keepdims=True), same, weight)
    total = weight.sum(axis=1)
    alone = total == 0
    mean = (weight * given[nearest]).sum(axis=1) / np.where(alone, 1, total)
    return np.asarray(np.where(alone, given.mean(), mean), dtype=np.float64)
