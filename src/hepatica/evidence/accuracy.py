"""Sensitivity and specificity turned into what a clinic asks: likelihood ratios, predictive values, cross-checks."""

from __future__ import annotations

from dataclasses import dataclass

from hepatica.errors import UsageError
from hepatica.evidence.printed import Printed


def likelihood_ratios(sensitivity: float, specificity: float) -> tuple[float | None, float | None]:
    """Positive and negative likelihood ratio (shares of one); None where specificity is 1, or 0."""
    positive = None if specificity == 1 else sensitivity / (1 - specificity)
    negative = None if specificity == 0 else (1 - sensitivity) / specificity
    return positive, negative


def youden(sensitivity: float, specificity: float) -> float:
    """Youden's index: sensitivity + specificity - 1."""
    return sensitivity + specificity - 1


def share_positive(sensitivity: float, specificity: float, prevalence: float) -> float:
    """The share of all people whose test is positive."""
    return sensitivity * prevalence + (1 - specificity) * (1 - prevalence)


def positive_predictive_value(sensitivity: float, specificity: float, prevalence: float) -> float | None:
    """The share of positive tests that are right at a prevalence (Bayes); None when no test is positive."""
    positive = share_positive(sensitivity, specificity, prevalence)
    return None if positive == 0 else sensitivity * prevalence / positive


def negative_predictive_value(sensitivity: float, specificity: float, prevalence: float) -> float | None:
    """The share of negative tests that are right at a prevalence (Bayes); None when no test is negative."""
    negative = 1 - share_positive(sensitivity, specificity, prevalence)
    return None if negative == 0 else specificity * (1 - prevalence) / negative


@dataclass(frozen=True)
class PrevalenceRange:
    """The prevalences for which a reported share of positives and predictive value both hold; shares of one."""

    low: float
    high: float


def prevalences_behind(
    sensitivity: float, specificity: float, positives: Printed, predictive: Printed
) -> PrevalenceRange | None:
    """The prevalences at which a share of positives and a predictive value (printed in %) come out together.

    None when no prevalence fits both. Needs a test better than chance (Youden's index above 0).
    """
    slope = youden(sensitivity, specificity)
    if slope <= 0:
        raise UsageError("sensitivity and specificity", "no better than chance", "give a test with a sum above 1")
    false_positive = 1 - specificity
    from_share = [(float(edge) / 100 - false_positive) / slope for edge in (positives.low, positives.high)]
    from_predictive = [_prevalence_of(float(edge) / 100, sensitivity, false_positive) for edge in _edges(predictive)]
    low = max(0.0, from_share[0], from_predictive[0])
    high = min(1.0, from_share[1], from_predictive[1])
    return PrevalenceRange(low, high) if low <= high else None


def _edges(number: Printed) -> tuple[float, float]:
    return float(number.low), float(number.high)


def _prevalence_of(predictive: float, sensitivity: float, false_positive: float) -> float:
    """The prevalence at which a positive predictive value arises (Bayes, solved for the prevalence)."""
    return predictive * false_positive / (sensitivity * (1 - predictive) + predictive * false_positive)
