"""Preparing values for a model: logarithm, scaling, missing values filled in from the nearest samples.

Everything that is learned (means, standard deviations, neighbours) is learned from the training samples alone, and
none of it looks at who is diseased: so one preparation serves every permutation of the classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.impute import KNNImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

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


def preparer(settings: Mapping[str, Any]) -> Pipeline:
    """Return what scales to unit variance and fills in from the nearest samples, weighted by nearness."""
    return Pipeline(
        [
            ("scale", StandardScaler()),
            ("fill", KNNImputer(n_neighbors=settings["neighbours"], weights="distance", keep_empty_features=True)),
        ]
    )


def prepared(values: Numbers, train: Places, test: Places, settings: Mapping[str, Any]) -> tuple[Numbers, Numbers]:
    """Return training and test samples prepared; outside the folds only if the definition insists on that mistake."""
    if settings["place"] == "outside_folds":
        whole = np.asarray(preparer(settings).fit_transform(values))
        return whole[train], whole[test]
    steps = preparer(settings).fit(values[train])
    return np.asarray(steps.transform(values[train])), np.asarray(steps.transform(values[test]))
