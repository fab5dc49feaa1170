"""A number as a paper prints it: its value, its decimals, and which exact values could stand behind it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hepatica.errors import UsageError


@dataclass(frozen=True)
class Printed:
    """A printed number such as "56.4", "-0.9", or "<0.001"; exact, so that no rounding error decides a verdict."""

    text: str
    value: Fraction
    unit: Fraction  # one step of the last printed decimal
    below: bool  # printed as "<0.001"

    @property
    def low(self) -> Fraction:
        """The lowest exact value that rounds to the printed one."""
        return self.value - self.unit / 2

    @property
    def high(self) -> Fraction:
        """The highest exact value that rounds to the printed one."""
        return self.value + self.unit / 2

    def rounded_from(self, exact: Fraction | float) -> bool:
        """Whether the exact value is printed like this when rounded (a half may go either way)."""
        if self.below:
            return exact < self.value
        return self.low <= Fraction(exact) <= self.high

    def cut_from(self, exact: Fraction | float) -> bool:
        """Whether the exact value is printed like this when its further decimals are cut off, not rounded."""
        size, exact_size = abs(self.value), abs(Fraction(exact))
        same_side = exact * self.value >= 0
        return not self.below and same_side and size <= exact_size < size + self.unit


def printed(text: str) -> Printed:
    """Reads a number exactly as printed; UsageError if it is none."""
    bare = text.strip().removeprefix("<").replace("−", "-").replace("+", "").replace(",", "")
    try:
        value = Fraction(bare)
    except (ValueError, ZeroDivisionError) as cause:
        raise UsageError(
            "a printed number", f"{text!r} is not a number", 'write it as printed, like "56.4" or "<0.001"'
        ) from cause
    decimals = len(bare.partition(".")[2])
    return Printed(text, value, Fraction(1, 10**decimals), text.strip().startswith("<"))
