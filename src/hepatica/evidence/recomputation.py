"""What recomputing one printed figure gives: a verdict with its numbers and its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

VerdictWord = Literal["reproduced", "reproduced_with_another_test", "not_reproduced", "not_recomputable", "impossible"]
Number = float | int | str | bool | None

VERDICT_WORDS: Mapping[VerdictWord, str] = {
    "reproduced": "reproduced",
    "reproduced_with_another_test": "reproduced, with another test or interval than assumed",
    "not_reproduced": "not reproduced",
    "not_recomputable": "not recomputable",
    "impossible": "impossible",
}


@dataclass(frozen=True)
class Recomputation:
    """What one kind of recomputation found: value, verdict, the words made from the numbers, and the numbers."""

    recomputed: str
    verdict: VerdictWord
    explanation: str
    remark: str = ""  # a few words that qualify the verdict: "cut off, not rounded", "of 36, not of 27"
    numbers: Mapping[str, Number] = field(default_factory=dict)


def decide(*, holds: bool) -> VerdictWord:
    """Reproduced where the printed number comes out, else not reproduced."""
    return "reproduced" if holds else "not_reproduced"


def shown(value: float, digits: int) -> str:
    """A number with fixed decimals, and no minus sign before a zero."""
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def shown_p(value: float) -> str:
    """A p-value with two significant digits and at least four decimals; below 0.0001 as such."""
    return "below 0.0001" if value < 0.0001 else f"{value:.4f}"


def joined(parts: list[str], word: str = "and") -> str:
    """A list in words: "a, b and c"."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"


def count_range(counts: list[int]) -> str:
    """Counts in words: "51" or "239 to 241"."""
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
