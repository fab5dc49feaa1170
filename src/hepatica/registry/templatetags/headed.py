"""A template filter for tables that become lists on a phone."""

from __future__ import annotations

from collections.abc import Sequence

from django import template

register = template.Library()


@register.filter
def headed(row: Sequence[object], headings: Sequence[object]) -> list[tuple[object, object]]:
    """Return the cells of a row, each with the heading of its column."""
    return list(zip(headings, row, strict=True))
