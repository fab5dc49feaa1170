"""How large a trial must be, what a given size can show, and whether simulated trials agree with the formulas."""

from __future__ import annotations

from functools import cache
from math import ceil
from typing import Any

import numpy as np
import polars as pl

from hepatica.errors import UsageError
from hepatica.studies.statistics.sample_size import (
    PowerMethod,
    detectable_difference,
    power_by_simulation,
    power_two_proportions,
    two_proportions,
)
from hepatica.studies.trial.comparison import Arms, compared

_EXACT: dict[str, PowerMethod] = {
    "chi_square": "exact_chi_square",
    "chi_square_yates": "exact_fisher",
    "fisher": "exact_fisher",
}


def needed(design: dict[str, Any], test: str) -> pl.DataFrame:
    """Return for each scenario how many patients are needed, by each method; `with_loss` is raised for those lost."""
    rows = []
    methods: tuple[PowerMethod, ...] = ("normal", "continuity", _EXACT[test])
    for scenario in design["scenarios"]:
        for method in methods:
            size = two_proportions(
                scenario["intervention"], scenario["control"],
                power=design["power"], alpha=design["alpha"], ratio=design["ratio"], method=method,
            )  # fmt: skip
            rows.append(
                {
                    "scenario": scenario["label"],
                    "intervention_share": scenario["intervention"],
                    "control_share": scenario["control"],
                    "method": method.replace("_", " "),
                    "intervention": size.n1,
                    "control": size.n2,
                    "total": size.total,
                    "power": size.power,
                    "with_loss": ceil(size.n1 / (1 - design["loss"])) + ceil(size.n2 / (1 - design["loss"])),
                }
            )
    return pl.DataFrame(rows)


def available(design: dict[str, Any], test: str, confidence: float) -> pl.DataFrame:
    """Return for each scenario with patients available the power they give, exactly and simulated.

    `detectable` is the smallest share in the intervention arm that they tell from the control arm's; null where even
    everybody responding could not be told. The simulated trials lose patients as the design says and count them as
    failures; those of the formula lose none.
    """
    rows = [_one(scenario, design, test, confidence) for scenario in design["scenarios"] if "available" in scenario]
    return pl.DataFrame(rows, infer_schema_length=None)


def _one(scenario: dict[str, Any], design: dict[str, Any], test: str, confidence: float) -> dict[str, Any]:
    p1, p2, (n1, n2) = scenario["intervention"], scenario["control"], scenario["available"]
    method, alpha = _EXACT[test], design["alpha"]
    row = {
        "scenario": scenario["label"],
        "intervention": n1,
        "control": n2,
        "power_exact": power_two_proportions(p1, n1, p2, n2, alpha=alpha, method=method),
        "power_normal": power_two_proportions(p1, n1, p2, n2, alpha=alpha),
        "detectable": _detectable(p2, n1, n2, design, method, higher=p1 > p2),
    }
    for name, loss in (("simulated", 0.0), ("simulated_with_loss", design["loss"])):
        found = _simulated(scenario, design, test, confidence, loss)
        row |= {name: found[0], f"{name}_lower": found[1], f"{name}_upper": found[2]}
    return row


def _detectable(
    p2: float, n1: int, n2: int, design: dict[str, Any], method: PowerMethod, *, higher: bool
) -> float | None:
    try:
        return detectable_difference(
            p2, n1, n2, power=design["power"], alpha=design["alpha"], method=method, higher=higher
        )
    except UsageError:  # too few patients to show any difference: that is the answer
        return None


def _simulated(
    scenario: dict[str, Any], design: dict[str, Any], test: str, confidence: float, loss: float
) -> tuple[float | None, float | None, float | None]:
    """Return the power of simulated trials analysed as the definition says, with its exact interval."""
    if not design["trials"]:
        return None, None, None
    n1, n2 = scenario["available"]
    responds = (scenario["intervention"] * (1 - loss), scenario["control"] * (1 - loss))

    @cache  # thousands of trials have the same few outcomes
    def p_of(first: int, second: int) -> float:
        p = compared("", Arms((first, n1), (second, n2)), test, confidence).p
        return 1.0 if p is None else p  # nobody or everybody responds: nothing is shown

    def one_trial(random: np.random.Generator) -> float:
        return p_of(int(random.binomial(n1, responds[0])), int(random.binomial(n2, responds[1])))

    found = power_by_simulation(one_trial, trials=design["trials"], seed=design["seed"], alpha=design["alpha"])
    return found.power.share, found.power.lower, found.power.upper
