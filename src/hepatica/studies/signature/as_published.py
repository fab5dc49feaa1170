"""The published recipe on the published split, so that its figures can be recomputed.

Mendez et al. 2019: 2/3 training, 1/3 test, logarithm, unit variance with the training samples' mean and deviation,
the nearest three samples fill in (of the test set, for the test set), partial least squares with two components.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hepatica.studies.signature.models import PlsDa
from hepatica.studies.signature.preparation import filled
from hepatica.studies.signature.validation import area
from hepatica.studies.statistics.inputs import Numbers, Truths


@dataclass(frozen=True)
class AsPublished:
    """The areas in training and test set, and the percentile interval of the test set's area."""

    train_area: float
    test_area: float
    lower: float
    upper: float
    train: int
    test: int
    disease: Truths
    score: Numbers


def as_published(values: Numbers, disease: Truths, split: Mapping[str, Any], neighbours: int) -> AsPublished:
    """Return what the published recipe gives on the split that it names."""
    from sklearn.model_selection import train_test_split  # noqa: PLC0415 - loads slowly, needed for this recipe alone

    train, test, told_train, told_test = train_test_split(
        values, disease, test_size=split["test_share"], stratify=disease, random_state=split["seed"]
    )
    mean, deviation = np.nanmean(train, axis=0), np.nanstd(train, axis=0, ddof=1)
    scaled = ((part - mean) / deviation for part in (train, test))
    learned, judged = (filled(part, part, neighbours) for part in scaled)
    fitted = PlsDa(split["components"]).fitted(learned, told_train)
    seen, score = fitted.scores(learned)[:, -1], fitted.scores(judged)[:, -1]
    lower, upper = _interval(told_test, score, split["bootstrap"], split["seed"])
    return AsPublished(
        area(told_train, seen), area(told_test, score), lower, upper, len(train), len(test), told_test, score
    )


def _interval(disease: Truths, score: Numbers, draws: int, seed: int) -> tuple[float, float]:
    """Return the percentile interval of the area over samples drawn with replacement."""
    generator = np.random.default_rng(seed)
    areas: list[float] = []
    while len(areas) < draws:
        drawn = generator.integers(0, len(disease), len(disease))
        if 0 < disease[drawn].sum() < len(drawn):  # a draw of one class alone has no area
            areas.append(area(disease[drawn], score[drawn]))
    lower, upper = np.percentile(areas, [2.5, 97.5])
    return float(lower), float(upper)
