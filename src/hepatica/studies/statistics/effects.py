"""Effects from counts of events, one per study, ready to be pooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from hepatica.errors import UsageError
from hepatica.studies.statistics.inputs import Numbers

Measure = Literal["log_odds_ratio", "log_risk_ratio", "risk_difference", "logit"]


@dataclass(frozen=True)
class Effects:
    """One effect and standard error per study; `corrected` says where one half was added because a cell is empty."""

    effect: Numbers
    std_error: Numbers
    corrected: tuple[bool, ...]
    measure: Measure


def effects(
    measure: Measure,
    events: Sequence[int],
    of: Sequence[int],
    control_events: Sequence[int] | None = None,
    control_of: Sequence[int] | None = None,
) -> Effects:
    """Log odds ratios, log risk ratios, risk differences (first group against control), or logits of single shares.

    One half is added to every cell of a study with an empty cell (as metafor's escalc), and the study is marked.
    """
    if measure == "logit":
        return _logits(_cells(events, of))
    if control_events is None or control_of is None:
        raise UsageError("control", "is missing", f"give events and sizes of the control group for a {measure}")
    a, b = _cells(events, of)
    c, d = _cells(control_events, control_of)
    if len(a) != len(c):
        raise UsageError("control", "has another number of studies", "give one control group for each study")
    empty = (a == 0) | (b == 0) | (c == 0) | (d == 0)
    a, b, c, d = (cell + empty / 2 for cell in (a, b, c, d))
    n, m = a + b, c + d
    if measure == "log_odds_ratio":
        effect, variance = np.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d
    elif measure == "log_risk_ratio":
        effect, variance = np.log(a / n / (c / m)), 1 / a - 1 / n + 1 / c - 1 / m
    elif measure == "risk_difference":
        effect, variance = a / n - c / m, a * b / n**3 + c * d / m**3
    else:
        raise UsageError(
            "measure", f"{measure} is none", "choose log_odds_ratio, log_risk_ratio, risk_difference, logit"
        )
    return Effects(effect, np.sqrt(variance), tuple(empty.tolist()), measure)


def _cells(events: Sequence[int], of: Sequence[int]) -> tuple[Numbers, Numbers]:
    count, size = np.asarray(events, dtype=np.float64), np.asarray(of, dtype=np.float64)
    if len(count) == 0 or len(count) != len(size) or (count < 0).any() or (count > size).any() or (size < 1).any():
        raise UsageError("counts", "are no events out of a group", "give 0 <= events <= size, and size >= 1")
    return count, size - count


def _logits(cells: tuple[Numbers, Numbers]) -> Effects:
    a, b = cells
    empty = (a == 0) | (b == 0)
    a, b = a + empty / 2, b + empty / 2
    return Effects(np.log(a / b), np.sqrt(1 / a + 1 / b), tuple(empty.tolist()), "logit")
