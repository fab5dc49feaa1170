"""What a group's numbers are: mean, spread, median, quartiles; and the mean of a level over time."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.statistics.distributions import t_quantile, t_two_sided
from hepatica.studies.statistics.inputs import Values, numbers, same_length


@dataclass(frozen=True)
class Summary:
    """A group's numbers; the standard deviation and the mean's interval are None for one patient."""

    n: int
    mean: float
    sd: float | None
    mean_lower: float | None
    mean_upper: float | None
    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    maximum: float


@dataclass(frozen=True)
class MeanDifference:
    """A difference of means with its t interval and test."""

    difference: float
    std_error: float
    lower: float
    upper: float
    t: float
    df: float
    p: float
    name: str


def summary(values: Values, *, confidence: float = 0.95) -> Summary:
    """Mean with t interval, standard deviation, and quartiles (R's type 7: between neighbours in proportion)."""
    value = numbers("values", values)
    n, mean = len(value), float(value.mean())
    low, quarter, middle, three, high = (float(np.quantile(value, share)) for share in (0, 0.25, 0.5, 0.75, 1))
    if n == 1:
        return Summary(n, mean, None, None, None, low, quarter, middle, three, high)
    sd = float(value.std(ddof=1))
    half = t_quantile(confidence, n - 1) * sd / sqrt(n)
    return Summary(n, mean, sd, mean - half, mean + half, low, quarter, middle, three, high)


def mean_difference(first: Values, second: Values, *, confidence: float = 0.95) -> MeanDifference:
    """The first group's mean minus the second's, by Welch's t test (variances may differ)."""
    one, other = numbers("first group", first), numbers("second group", second)
    if min(len(one), len(other)) < 2:
        raise UsageError("groups", "have fewer than two patients", "give their values instead")
    a, b = float(one.var(ddof=1)) / len(one), float(other.var(ddof=1)) / len(other)
    if a + b == 0:
        raise UsageError("values", "do not vary", "there is no error to compare with")
    df = (a + b) ** 2 / (a**2 / (len(one) - 1) + b**2 / (len(other) - 1))
    return _difference(float(one.mean() - other.mean()), sqrt(a + b), df, confidence, "Welch's t test")


def paired_difference(before: Values, after: Values, *, confidence: float = 0.95) -> MeanDifference:
    """The mean change of pairs (after minus before), by the paired t test."""
    earlier, later = numbers("before", before), numbers("after", after)
    same_length("after", len(later), len(earlier))
    change = later - earlier
    if len(change) < 2 or np.ptp(change) == 0:
        raise UsageError("pairs", "are fewer than two, or change all alike", "there is no error to compare with")
    error = float(change.std(ddof=1)) / sqrt(len(change))
    return _difference(float(change.mean()), error, float(len(change) - 1), confidence, "paired t test")


def _difference(difference: float, error: float, df: float, confidence: float, name: str) -> MeanDifference:
    half, t = t_quantile(confidence, df) * error, difference / error
    return MeanDifference(difference, error, difference - half, difference + half, t, df, t_two_sided(t, df), name)


def time_weighted_mean(
    time: Values, value: Values, *, how: Literal["trapezoid", "carried_forward"] = "trapezoid", end: float | None = None
) -> float:
    """The mean of a level over time: straight lines between measurements, or each held until the next (or `end`).

    Two values on one day count as their mean. Refuses a single day without an end: a mean over time needs two.
    """
    day, level = numbers("time", time), numbers("value", value)
    same_length("value", len(level), len(day))
    days, place = np.unique(day, return_inverse=True)
    mean = np.bincount(place, level) / np.bincount(place)
    if how == "trapezoid":
        if len(days) < 2 or end is not None:
            raise UsageError("time", "one day, or an end, makes no line between measurements", "use carried_forward")
        return float(np.diff(days) @ (mean[1:] + mean[:-1]) / 2 / (days[-1] - days[0]))
    last = float(days[-1]) if end is None else end
    edges = np.append(days, last)
    if last < days[-1] or last == days[0]:
        raise UsageError("end", "is not after the first measurement, or before the last", "give a later day")
    return float(np.diff(edges) @ mean / (last - days[0]))
