"""What a study found of what was put in, seed by seed, and what that says over all seeds."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist, mean
from typing import Literal

Scale = Literal["ratio", "share", "number"]
# interval: a 95 % confidence interval. bounds: what the unknown leave open, which must always hold the truth.
# figure: without an interval of its own. exact: must come out as it was put in.
Kind = Literal["interval", "bounds", "figure", "exact"]
LEVEL = 0.95


@dataclass(frozen=True)
class Found:
    """One seed: the truth, the study's estimate with its interval, and what the naive analysis says.

    `truth` is that of the seed's own patients where the truth depends on who they are. Where nobody would do it
    otherwise there is no naive analysis.
    """

    study: str
    what: str
    seed: int
    scale: Scale
    truth: float
    estimate: float
    lower: float | None = None
    upper: float | None = None
    kind: Kind = "interval"
    naive: float | None = None
    naive_name: str = ""
    naive_held: bool | None = None

    @property
    def held(self) -> bool:
        """Whether the interval holds the truth."""
        return self.lower is not None and self.upper is not None and self.lower <= self.truth <= self.upper

    def on_line(self, value: float) -> float:
        """A value on the scale on which errors are even: ratios as logarithms."""
        return log(value) if self.scale == "ratio" else value

    @property
    def std_error(self) -> float:
        """The standard error that the interval implies."""
        if self.lower is None or self.upper is None:
            raise ValueError(self.what)
        return (self.on_line(self.upper) - self.on_line(self.lower)) / (2 * NormalDist().inv_cdf((1 + LEVEL) / 2))


@dataclass(frozen=True)
class OverSeeds:
    """All seeds of one effect."""

    rows: tuple[Found, ...]

    @property
    def first(self) -> Found:
        """What is the same for all seeds."""
        return self.rows[0]

    @property
    def held(self) -> int:
        """In how many seeds the interval holds the truth."""
        return sum(row.held for row in self.rows)

    def mean(self, name: str) -> float:
        """The mean of the truth, the estimate, or the naive answer over the seeds (of ratios the geometric one)."""
        found = mean(row.on_line(getattr(row, name)) for row in self.rows)
        return exp(found) if self.first.scale == "ratio" else found

    def off(self, name: str = "estimate") -> tuple[float, float]:
        """How far the estimate (or the naive answer) lies from the truth over all seeds, and its standard error.

        Errors of the seeds are averaged with equal weights: an estimate's own interval must not decide its weight.
        Where the study gives intervals they give the standard error, else the seeds' scatter does.
        """
        errors = [row.on_line(getattr(row, name)) - row.on_line(row.truth) for row in self.rows]
        n = len(errors)
        if name == "estimate" and self.first.kind == "interval":
            return mean(errors), sqrt(sum(row.std_error**2 for row in self.rows)) / n
        centre = mean(errors)
        return centre, sqrt(sum((error - centre) ** 2 for error in errors) / (n - 1) / n)

    def pooled(self) -> tuple[float, float, float]:
        """The estimate over all seeds with its 95 % interval, beside the mean truth."""
        off, error = self.off()
        reach, centre = NormalDist().inv_cdf((1 + LEVEL) / 2) * error, self.first.on_line(self.mean("truth"))
        ends = (centre + off, centre + off - reach, centre + off + reach)
        return (exp(ends[0]), exp(ends[1]), exp(ends[2])) if self.first.scale == "ratio" else ends

    def apart(self, name: str = "estimate") -> float:
        """How many standard errors lie between the truth and the estimate (or the naive answer) over all seeds."""
        off, error = self.off(name)
        return abs(off) / error


def least(seeds: int, level: float = LEVEL, chance: float = 0.01) -> int:
    """The number of seeds of which at least so many must hold: fewer would come by chance once in a hundred."""
    from scipy.stats import binom

    held = 0
    while binom.cdf(held, seeds, level) < chance:
        held += 1
    return held


def over_seeds(rows: list[Found]) -> dict[str, OverSeeds]:
    """All effects by study and name."""
    names = dict.fromkeys(f"{row.study}: {row.what}" for row in rows)
    return {name: OverSeeds(tuple(row for row in rows if f"{row.study}: {row.what}" == name)) for name in names}
