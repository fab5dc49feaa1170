"""ALT, AST, and IgG as printed: exact against their limits, because the truth about response hangs on them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hepatica.synthetic.activity import Activity
from hepatica.synthetic.centres import Centres
from hepatica.synthetic.draws import Flags, Whole
from hepatica.synthetic.printed import most_steps
from hepatica.synthetic.visits import Visits

CORE = ("ALT", "AST", "IGG")
_UNREACHED = 1e6


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
    # A cap of so many multiples of the limit holds for the enzymes; without one it is out of reach.
    most = {"ALT": activity.most, "AST": activity.most}
    level = {"ALT": activity.alt, "AST": activity.ast, "IGG": activity.igg}
    must_be_high = {"ALT": activity.alt_high, "IGG": activity.igg_high}
    printed = {}
    for analyte in CORE:
        laboratory = centres.laboratories[analyte]
        upper = laboratory.upper[visits.laboratory, visits.group]
        ceiling = np.where(activity.active, most.get(analyte, _UNREACHED), 1.0)
        count = np.minimum(np.rint(level[analyte] * upper), np.floor(ceiling * upper)).astype(np.int64)
        if analyte in must_be_high:
            count = np.maximum(count, (upper + 1) * must_be_high[analyte])
        decimals = laboratory.decimals[visits.laboratory]
        printed[analyte] = Printed(np.clip(count, 1, most_steps(decimals)), upper, decimals)
    return printed


def response_status(printed: dict[str, Printed]) -> Flags:
    """Return at which visits all three are normal: complete biochemical response."""
    return ~(printed["ALT"].high | printed["AST"].high | printed["IGG"].high)


def relapse_signs(centres: Centres, visits: Visits, printed: dict[str, Printed], grams: float) -> Flags:
    """Return at which visits ALT or AST is over three times its limit, or IgG high and over so many grams per litre."""
    laboratory = centres.laboratories["IGG"]
    per_gram = laboratory.factor[visits.laboratory] * 10.0 ** printed["IGG"].decimals
    igg = printed["IGG"].high & (printed["IGG"].count > np.rint(grams * per_gram))
    return np.asarray(printed["ALT"].over(3) | printed["AST"].over(3) | igg)
