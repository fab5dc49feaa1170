"""The public patient-level trial behind kirk_1980: its survival numbers, recomputed from the patients' rows."""

from __future__ import annotations

import csv
from typing import NamedTuple

import numpy as np
import pytest
from scipy.stats import CensoredData, chi2, ecdf, logrank

from hepatica import evidence


class Arm(NamedTuple):
    months: np.ndarray
    died: np.ndarray

    def censored(self) -> CensoredData:
        return CensoredData(uncensored=self.months[self.died], right=self.months[~self.died])


@pytest.fixture(scope="module")
def arms(fixtures_folder) -> dict[str, Arm]:
    file = fixtures_folder / "kirk1980.csv"
    if not file.is_file():
        pytest.skip("the patients of the 1980 prednisolone trial (kirk1980.csv) are not among the fixtures")
    with file.open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    return {
        name: Arm(
            np.array([float(row["months"]) for row in rows if row["treatment"] == name]),
            np.array([row["died"] == "1" for row in rows if row["treatment"] == name]),
        )
        for name in ("prednisolone", "control")
    }


def expected_deaths(arms: dict[str, Arm]) -> tuple[dict[str, float], float]:
    """Deaths expected under equal hazards, and the variance of the first arm's (Mantel 1966)."""
    everyone = np.concatenate([arm.months for arm in arms.values()])
    dead = np.concatenate([arm.died for arm in arms.values()])
    expected, variance = dict.fromkeys(arms, 0.0), 0.0
    for time in np.unique(everyone[dead]):
        at_risk = {name: (arm.months >= time).sum() for name, arm in arms.items()}
        total, deaths = sum(at_risk.values()), ((everyone == time) & dead).sum()
        for name in arms:
            expected[name] += deaths * at_risk[name] / total
        share = at_risk["prednisolone"] / total
        if total > 1:
            variance += deaths * share * (1 - share) * (total - deaths) / (total - 1)
    return expected, variance


def kaplan_meier(arm: Arm) -> list[tuple[float, float]]:
    """(month of a death, survival from then on)."""
    survival, steps = 1.0, []
    for time in np.unique(arm.months[arm.died]):
        survival *= 1 - ((arm.months == time) & arm.died).sum() / (arm.months >= time).sum()
        steps.append((float(time), float(survival)))
    return steps


def survival_at(arm: Arm, month: float) -> float:
    return ([1.0] + [survival for time, survival in kaplan_meier(arm) if time <= month])[-1]


def restricted_mean(arm: Arm, until: float) -> float:
    area, last, survival = 0.0, 0.0, 1.0
    for time, after in kaplan_meier(arm):
        if time >= until:
            break
        area, last, survival = area + survival * (time - last), time, after
    return area + survival * (until - last)


def test_deaths_observed_and_expected(arms):
    expected, _ = expected_deaths(arms)
    assert {name: int(arm.died.sum()) for name, arm in arms.items()} == {"prednisolone": 11, "control": 16}
    assert expected["prednisolone"] == pytest.approx(16.3828, abs=5e-5)
    assert expected["control"] == pytest.approx(10.6172, abs=5e-5)


def test_log_rank(arms):
    expected, variance = expected_deaths(arms)
    statistic = (arms["prednisolone"].died.sum() - expected["prednisolone"]) ** 2 / variance
    assert statistic == pytest.approx(4.6599, abs=5e-5)
    assert chi2.sf(statistic, 1) == pytest.approx(0.0309, abs=5e-5)
    independent = logrank(arms["prednisolone"].censored(), arms["control"].censored())
    assert independent.statistic**2 == pytest.approx(statistic, rel=1e-9)
    assert independent.pvalue == pytest.approx(0.0309, abs=5e-5)


@pytest.mark.parametrize(("name", "survival"), [("prednisolone", 0.6257), ("control", 0.2727)])
def test_survival_at_120_months(arms, name, survival):
    assert survival_at(arms[name], 120) == pytest.approx(survival, abs=5e-5)
    assert ecdf(arms[name].censored()).sf.evaluate(120) == pytest.approx(survival, abs=5e-5)


def test_half_of_the_control_group_survives_40_months_exactly(arms):
    assert survival_at(arms["control"], 40) == pytest.approx(0.5, abs=1e-12)


@pytest.mark.parametrize(
    ("name", "until", "months"),
    [("prednisolone", 60, 52.455), ("control", 60, 38.591), ("prednisolone", 120, 95.241), ("control", 120, 55.636)],
)
def test_restricted_mean_survival(arms, name, until, months):
    """The exact area under the steps; 52.453, 38.590 and 55.634, found elsewhere, come from a numerical integral."""
    assert restricted_mean(arms[name], until) == pytest.approx(months, abs=5e-4)


def test_restricted_mean_without_censoring_is_the_mean_of_the_months_lived(arms):
    """Nobody in the control group is censored before month 120."""
    control = arms["control"]
    assert not (control.months[~control.died] < 120).any()
    assert restricted_mean(control, 120) == pytest.approx(np.minimum(control.months, 120).mean(), abs=1e-9)


def cox_coefficient(arms: dict[str, Arm], ties: str) -> tuple[float, float]:
    """Coefficient of prednisolone and its standard error by Newton's method (ties after Efron or Breslow)."""
    months = np.concatenate([arm.months for arm in arms.values()])
    died = np.concatenate([arm.died for arm in arms.values()])
    treated = np.concatenate([np.full(len(arm.months), name == "prednisolone") for name, arm in arms.items()])
    beta = 0.0
    for _ in range(50):
        risk = np.exp(beta * treated)
        slope, information = 0.0, 0.0
        for time in np.unique(months[died]):
            now, at_risk = (months == time) & died, months >= time
            deaths = int(now.sum())
            for step in range(deaths):
                cut = step / deaths if ties == "efron" else 0.0
                all_risk = risk[at_risk].sum() - cut * risk[now].sum()
                treated_risk = (risk * treated)[at_risk].sum() - cut * (risk * treated)[now].sum()
                share = treated_risk / all_risk
                slope -= share
                information += share * (1 - share)
            slope += treated[now].sum()
        beta += slope / information
    return beta, information**-0.5


@pytest.mark.parametrize(
    ("ties", "coefficient", "ratio", "low", "high"),
    [("efron", -0.83061, 0.4358, 0.2000, 0.9494), ("breslow", -0.83237, 0.4350, 0.1996, 0.9479)],
)
def test_hazard_ratio_of_prednisolone(arms, ties, coefficient, ratio, low, high):
    beta, error = cox_coefficient(arms, ties)
    assert beta == pytest.approx(coefficient, abs=6e-6)
    limits = np.exp([beta, beta - 1.959964 * error, beta + 1.959964 * error])
    assert limits == pytest.approx([ratio, low, high], abs=6e-5)


def test_without_the_patients_the_library_says_not_recomputable():
    words = {found.figure: found.verdict for found in evidence.evidence_check() if found.study == "kirk_1980"}
    needs_patients = {"deaths", "logrank", "hazard_ratio_efron", "hazard_ratio_breslow", "restricted_mean_60"}
    assert {words[name] for name in needs_patients | {"restricted_mean_120", "survival_120"}} == {"not_recomputable"}
