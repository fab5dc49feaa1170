"""Two arms compared: counts with their denominators, difference, ratio, and the test by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hepatica.studies.result import Number
from hepatica.studies.statistics.proportions import difference_newcombe, odds_ratio
from hepatica.studies.statistics.tests import chi_square, fisher

FISHER = "Fisher's exact test"


@dataclass(frozen=True)
class Arms:
    """Patients with an endpoint and patients, in the intervention and in the control arm."""

    intervention: tuple[int, int]
    control: tuple[int, int]


@dataclass(frozen=True)
class Compared:
    """An endpoint compared: None where an arm is empty, so that nothing can be said of it."""

    label: str
    arms: Arms
    difference: float | None
    lower: float | None
    upper: float | None
    odds_ratio: float | None
    odds_ratio_lower: float | None
    odds_ratio_upper: float | None
    needed_to_treat: float | None
    test: str
    p: float | None

    def row(self) -> dict[str, Any]:
        """Return the comparison as a row of a table."""
        return {
            "endpoint": self.label,
            "intervention": self.arms.intervention[0],
            "intervention_of": self.arms.intervention[1],
            "control": self.arms.control[0],
            "control_of": self.arms.control[1],
            "difference": self.difference,
            "lower": self.lower,
            "upper": self.upper,
            "odds_ratio": self.odds_ratio,
            "odds_ratio_lower": self.odds_ratio_lower,
            "odds_ratio_upper": self.odds_ratio_upper,
            "test": self.test,
            "p": self.p,
        }

    def numbers(self, name: str) -> dict[str, Number]:
        """Return the comparison under flat names."""
        shares: dict[str, Number] = {}
        for arm in ("intervention", "control"):
            count, of = getattr(self.arms, arm)
            shares |= {
                f"{name}.{arm}": count,
                f"{name}.{arm}_of": of,
                f"{name}.{arm}_share": count / of if of else None,
            }
        return {
            **shares,
            f"{name}.difference": self.difference,
            f"{name}.difference_lower": self.lower,
            f"{name}.difference_upper": self.upper,
            f"{name}.odds_ratio": self.odds_ratio,
            f"{name}.odds_ratio_lower": self.odds_ratio_lower,
            f"{name}.odds_ratio_upper": self.odds_ratio_upper,
            f"{name}.needed_to_treat": self.needed_to_treat,
            f"{name}.test": self.test,
            f"{name}.p": self.p,
        }


def compared(label: str, arms: Arms, test: str, confidence: float) -> Compared:
    """Return an endpoint compared between the arms; `test` is chi_square, chi_square_yates, or fisher."""
    (x, n), (y, m) = arms.intervention, arms.control
    if not n or not m:
        return Compared(label, arms, None, None, None, None, None, None, None, "none: an arm is empty", None)
    found = difference_newcombe(x, n, y, m, confidence=confidence)
    odds = odds_ratio(x, n, y, m, confidence=confidence)
    name, p = _tested(x, n, y, m, test)
    return Compared(
        label, arms, found.difference, found.lower, found.upper, odds.value, odds.lower, odds.upper,
        1 / abs(found.difference) if found.difference else None, name, p,
    )  # fmt: skip


def _tested(x: int, n: int, y: int, m: int, test: str) -> tuple[str, float | None]:
    """Return the test's name and p; a table with an empty row or column has nothing to test."""
    if x + y in (0, n + m):
        return "none: nobody or everybody has it", None
    if test == "fisher":
        return FISHER, fisher(x, n, y, m).p
    done = chi_square([[x, n - x], [y, m - y]], correction=test == "chi_square_yates")
    return done.name, done.p
