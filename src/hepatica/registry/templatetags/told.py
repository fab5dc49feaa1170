"""Template filters for what the engine says: in the page's language where it is known, else marked as English."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString

from hepatica.registry.language.said import said_in_language

register = template.Library()


@register.filter
def told(words: object) -> SafeString:
    """Return what the engine says, for a page: what stays English is marked so, for who listens to a page."""
    return said_in_language(words)


@register.filter
def each_told(several: Iterable[object]) -> list[SafeString]:
    """Return several things that the engine says."""
    return [said_in_language(words) for words in several]
