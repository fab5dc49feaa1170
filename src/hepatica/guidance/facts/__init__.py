"""What guidance reads of a record beside the state: results, antibodies, doses, biopsies, events, genes, open work."""

from __future__ import annotations

from hepatica.guidance.facts.columns import further_columns
from hepatica.guidance.facts.standing import STANDING_TABLES, standing, standing_schema

__all__ = ["STANDING_TABLES", "further_columns", "standing", "standing_schema"]
