"""Published scores of autoimmune hepatitis and liver disease, three-valued: a missing item gives a range."""

from __future__ import annotations

from hepatica.guidance.scores.item import Item, Kind
from hepatica.guidance.scores.result import ItemResult, ScoreResult, score_text
from hepatica.guidance.scores.score import Score
from hepatica.guidance.scores.score_files import scores

__all__ = ["Item", "ItemResult", "Kind", "Score", "ScoreResult", "score_text", "scores"]
