"""Template filters for what the engine says: in the page's language where it is known, else marked as English."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from hepatica.registry.language.said import in_plain_english, said_in_language
from hepatica.registry.protocols.kept import OWN

register = template.Library()


@register.filter
def told(words: object) -> SafeString:
    """Return what the engine says, for a page: what stays English is marked so, for who listens to a page."""
    return said_in_language(words)


@register.filter
def plain(words: str) -> str:
    """Return a row as the engine tells it, in the English that people write; it stays English on every page."""
    return in_plain_english(words)


@register.filter
def titled(title: str, word: str) -> SafeString:
    """Return a protocol's title: one that comes with Hepatica is English, a centre's own as the centre wrote it."""
    return conditional_escape(title) if word.startswith(OWN) else said_in_language(title)


@register.filter
def each_told(several: Iterable[object]) -> list[SafeString]:
    """Return several things that the engine says."""
    return [said_in_language(words) for words in several]
