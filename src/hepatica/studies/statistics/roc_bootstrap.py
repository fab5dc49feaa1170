"""A cut-off that was chosen on the same patients is too good by a little: how much, by the bootstrap."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.studies.statistics.inputs import Numbers, Truths, Values
from hepatica.studies.statistics.roc_points import CutOff, Direction, best_cut_off, best_place, ranked


@dataclass(frozen=True)
class Corrected:
    """A figure as it appears in the patients it was chosen on, its optimism, and what is left without it.

    `lower` and `upper` are the corrected figure's interval: the apparent figure's bootstrap interval, moved by the
    optimism.
    """

    apparent: float
    optimism: float
    corrected: float
    lower: float
    upper: float


@dataclass(frozen=True)
class BootstrapCutOff:
    """Youden's cut-off with the bootstrap interval of the threshold, and what it does corrected for optimism."""

    cut_off: CutOff
    threshold_lower: float
    threshold_upper: float
    sensitivity: Corrected
    specificity: Corrected
    youden: Corrected
    auc: Corrected
    samples: int
    seed: int


def bootstrap_cut_off(
    outcome: Values,
    score: Values,
    *,
    direction: Direction = "higher",
    samples: int = 1000,
    seed: int = 1,
    confidence: float = 0.95,
) -> BootstrapCutOff:
    """Youden's cut-off and its figures corrected for optimism: chosen anew in each bootstrap sample, tried on all.

    Patients are drawn within those with and those without the outcome, so every sample has both. Optimism is the
    mean of (figure in the sample - figure of the sample's cut-off in everybody). Intervals are percentiles.
    Source: Harrell FE, Lee KL, Mark DB. Stat Med 1996;15:361-387. The same seed gives the same numbers.
    """
    truth, value = ranked(outcome, score, direction)
    cut_off = best_cut_off(outcome, score, direction=direction, confidence=confidence)
    drawn, tried, thresholds = _resample(truth, value, samples, seed)
    tail = (1 - confidence) / 2
    low, high = (float(np.quantile(thresholds, share)) for share in (tail, 1 - tail))
    if direction == "lower":
        low, high = -high, -low
    apparent = (cut_off.sensitivity.share, cut_off.specificity.share, cut_off.youden, _area(truth, value))
    sensitivity, specificity, index, area = (
        _corrected(figure, drawn[:, place], tried[:, place], tail) for place, figure in enumerate(apparent)
    )
    return BootstrapCutOff(cut_off, low, high, sensitivity, specificity, index, area, samples, seed)


def _resample(truth: Truths, value: Numbers, samples: int, seed: int) -> tuple[Numbers, Numbers, Numbers]:
    """Per sample: figures in it, figures of its cut-off in everybody, and its threshold."""
    random = np.random.default_rng(seed)
    # The patients' order must not decide what is drawn.
    cases, controls = np.sort(value[truth]), np.sort(value[~truth])
    drawn_truth = np.concatenate((np.ones(len(cases), dtype=bool), np.zeros(len(controls), dtype=bool)))
    drawn, tried, thresholds = np.empty((samples, 4)), np.empty((samples, 4)), np.empty(samples)
    everybody = _area(truth, value)
    for row in range(samples):
        some = cases[np.sort(random.integers(len(cases), size=len(cases)))]
        others = controls[np.sort(random.integers(len(controls), size=len(controls)))]
        sample = np.concatenate((some, others))
        threshold, sensitivity, specificity = best_place(drawn_truth, sample)
        thresholds[row] = np.clip(threshold, value.min(), value.max())
        drawn[row] = sensitivity, specificity, sensitivity + specificity - 1, _area(drawn_truth, sample)
        sensitivity, specificity = float((cases > threshold).mean()), float((controls < threshold).mean())
        tried[row] = sensitivity, specificity, sensitivity + specificity - 1, everybody
    return drawn, tried, thresholds


def _corrected(apparent: float, drawn: Numbers, tried: Numbers, tail: float) -> Corrected:
    optimism = float((drawn - tried).mean())
    low, high = (float(np.quantile(drawn, share)) - optimism for share in (tail, 1 - tail))
    return Corrected(apparent, optimism, apparent - optimism, low, high)


def _area(truth: Truths, value: Numbers) -> float:
    controls = np.sort(value[~truth])
    cases = value[truth]
    below = np.searchsorted(controls, cases, "left") + np.searchsorted(controls, cases, "right")
    return float(below.mean() / (2 * len(controls)))
