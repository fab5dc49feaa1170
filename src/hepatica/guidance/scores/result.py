"""What evaluating a score gives: the same shape for every score."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from hepatica.guidance.scores.point_rows import Value


@dataclass(frozen=True)
class ItemResult:
    """One item: its value, its points before any maximum of its part, their range, and why.

    `value` is None where it is not known exactly; `points`, `low`, `high` are None for an item of a formula.
    """

    name: str
    unit: str
    value: Value | None
    points: float | None
    low: float | None
    high: float | None
    because: str
    verified: bool


@dataclass(frozen=True)
class ScoreResult:
    """A score's total, or the range of totals over what the missing items could be.

    `missing` names the items that would still change the outcome. `total`, `low`, `high` are None for a
    classification; `category` is None for a score without categories and where several are possible.
    """

    score: str
    title: str
    unit: str
    decimals: int
    total: float | None
    low: float | None
    high: float | None
    category: str | None
    possible_categories: tuple[str, ...]
    items: list[ItemResult]
    missing: list[str]
    notes: list[str]
    source: str
    verified: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the result as plain values, as JSON has them; what is not known is null."""
        return {**asdict(self), "possible_categories": list(self.possible_categories)}


def score_text(result: ScoreResult) -> str:
    """Return a result as a clinician reads it: outcome, items with their reasons, what is missing, source."""
    verified = "" if result.verified else " [not verified against the primary text]"
    lines = [f"{result.title}: {_outcome(result)}"]
    lines += [f"  {item.name}: {item.because}" for item in result.items]
    lines += [f"  missing: {', '.join(result.missing)}"] if result.missing else []
    lines += [f"  note: {note}" for note in result.notes]
    return "\n".join([*lines, f"  source: {result.source}{verified}"])


def _outcome(result: ScoreResult) -> str:
    """Return the total or range, and the category or those still possible."""
    said = []
    if result.low is not None and result.high is not None:
        ends = dict.fromkeys(f"{end:.{result.decimals}f}" for end in (result.low, result.high))
        said.append(f"{' to '.join(ends)} {result.unit}".strip())
    if result.possible_categories:
        said.append(" or ".join(name.replace("_", " ") for name in result.possible_categories))
    return ", ".join(said)
