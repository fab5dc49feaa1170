"""The points of a ROC curve, and the cut-off at which sensitivity and specificity together are highest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.statistics.inputs import Numbers, Truths, Values, numbers, same_length, truths
from hepatica.studies.statistics.proportions import Proportion, wilson

Direction = Literal["higher", "lower"]


@dataclass(frozen=True)
class Roc:
    """Sensitivity and specificity at each threshold; a test is positive on the outcome's side of the threshold."""

    threshold: Numbers
    sensitivity: Numbers
    specificity: Numbers
    auc: float
    positives: int
    negatives: int
    direction: Direction


@dataclass(frozen=True)
class CutOff:
    """A cut-off halfway between two observed values, with what it does in the patients it was chosen on."""

    threshold: float
    sensitivity: Proportion
    specificity: Proportion
    youden: float
    direction: Direction


def ranked(outcome: Values, score: Values, direction: Direction) -> tuple[Truths, Numbers]:
    """The outcome, and the score turned so that higher speaks for it; refuses fewer than two patients on a side."""
    truth, value = truths("outcome", outcome), numbers("score", score)
    same_length("score", len(value), len(truth))
    if min(truth.sum(), (~truth).sum()) < 2:
        raise UsageError("outcome", "fewer than two patients with it or without it", "describe the patients instead")
    if direction not in ("higher", "lower"):
        raise UsageError("direction", f"{direction} is none", "choose higher or lower")
    return truth, value if direction == "higher" else -value


def roc_curve(outcome: Values, score: Values, *, direction: Direction = "higher") -> Roc:
    """The ROC curve: thresholds lie halfway between neighbouring values, with one below and one above them all."""
    truth, value = ranked(outcome, score, direction)
    threshold, sensitivity, specificity = points(truth, value)
    steps = np.diff(1 - specificity[::-1])
    auc = float(np.sum(steps * (sensitivity[::-1][1:] + sensitivity[::-1][:-1]) / 2))
    turned = threshold if direction == "higher" else -threshold
    return Roc(turned, sensitivity, specificity, auc, int(truth.sum()), int((~truth).sum()), direction)


def points(truth: Truths, value: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """Thresholds from low to high, and sensitivity and specificity of being above them."""
    levels = np.unique(value)
    threshold = np.concatenate(([-np.inf], (levels[1:] + levels[:-1]) / 2, [np.inf]))
    cases, controls = np.sort(value[truth]), np.sort(value[~truth])
    sensitivity = 1 - np.searchsorted(cases, threshold) / len(cases)
    specificity = np.searchsorted(controls, threshold) / len(controls)
    return threshold, sensitivity, specificity


def best_place(truth: Truths, value: Numbers) -> tuple[float, float, float]:
    """Threshold, sensitivity, specificity where their sum is highest; the lowest threshold of several."""
    threshold, sensitivity, specificity = points(truth, value)
    # Rounding must not decide between thresholds that are equally good.
    place = int(np.argmax(np.round(sensitivity + specificity, 12)))
    return float(threshold[place]), float(sensitivity[place]), float(specificity[place])


def best_cut_off(
    outcome: Values, score: Values, *, direction: Direction = "higher", confidence: float = 0.95
) -> CutOff:
    """Youden's cut-off, with its apparent sensitivity and specificity (too good: see bootstrap_cut_off).

    Refuses a score of which no cut-off does better than chance in this direction.
    """
    truth, value = ranked(outcome, score, direction)
    threshold, _, _ = best_place(truth, value)
    if not np.isfinite(threshold):
        raise UsageError("score", "no cut-off does better than chance", f"is {direction} the right direction?")
    found, spared = int((value[truth] > threshold).sum()), int((value[~truth] < threshold).sum())
    sensitivity = wilson(found, int(truth.sum()), confidence=confidence)
    specificity = wilson(spared, int((~truth).sum()), confidence=confidence)
    youden = sensitivity.share + specificity.share - 1
    return CutOff(threshold if direction == "higher" else -threshold, sensitivity, specificity, youden, direction)
