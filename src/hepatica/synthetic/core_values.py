"""ALT, AST, and IgG as printed: exact against their limits, because the truth about response hangs on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.activity import Activity
from hepatica.synthetic.centres import Centres, Laboratory
from hepatica.synthetic.draws import Flags, Floats, Whole
from hepatica.synthetic.visits import Visits

CORE = ("ALT", "AST", "IGG")


@dataclass(frozen=True)
class Printed:
    """One analyte at each visit in steps of the last decimal that is printed, beside its upper limit in such steps."""

    count: Whole
    upper: Whole
    decimals: Whole

    @property
    def high(self) -> Flags:
        """Return where the result is above its limit."""
        return np.asarray(self.count > self.upper)

    def over(self, multiple: int) -> Flags:
        """Return where the result is above a multiple of its limit."""
        return np.asarray(self.count > multiple * self.upper)


def print_core(centres: Centres, visits: Visits, activity: Activity) -> dict[str, Printed]:
    """Return ALT, AST, and IgG as printed at each visit.

    In active disease the analytes that carry it are above their limit; otherwise all three are at most at it.
    """
    nowhere = np.zeros(visits.n, dtype=np.bool_)
    plan: dict[str, tuple[Floats, Flags]] = {
        "ALT": (activity.alt, activity.alt_high),
        "AST": (activity.ast, nowhere),
        "IGG": (activity.igg, activity.igg_high),
    }
    printed = {}
    for analyte, (level, must_be_high) in plan.items():
        laboratory = centres.laboratories[analyte]
        count, upper = _steps(laboratory, visits, level)
        if analyte != "IGG":
            capped = np.where(np.isfinite(activity.most), activity.most, 1.0) * upper
            count = np.where(np.isfinite(activity.most), np.minimum(count, np.floor(capped)), count).astype(np.int64)
        count = np.where(activity.active, count, np.minimum(count, upper))
        count = np.where(must_be_high, np.maximum(count, upper + 1), count)
        printed[analyte] = Printed(np.maximum(count, 1), upper, laboratory.decimals[visits.laboratory])
    return printed


def _steps(laboratory: Laboratory, visits: Visits, level: Floats) -> tuple[Whole, Whole]:
    """Return a level in multiples of the limit as printed, and the limit, both in steps."""
    upper = laboratory.upper[visits.laboratory, visits.group]
    return np.rint(level * upper).astype(np.int64), upper


def response_status(printed: dict[str, Printed]) -> Flags:
    """Return at which visits all three are normal: complete biochemical response."""
    return ~(printed["ALT"].high | printed["AST"].high | printed["IGG"].high)


def relapse_signs(centres: Centres, visits: Visits, printed: dict[str, Printed], grams: float) -> Flags:
    """Return at which visits ALT or AST is over three times its limit, or IgG high and over so many grams per litre."""
    laboratory = centres.laboratories["IGG"]
    per_gram = laboratory.factor[visits.laboratory] * 10.0 ** printed["IGG"].decimals
    igg = printed["IGG"].high & (printed["IGG"].count > np.rint(grams * per_gram))
    return np.asarray(printed["ALT"].over(3) | printed["AST"].over(3) | igg)
