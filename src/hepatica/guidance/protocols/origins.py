"""Whose a section of a protocol is: what stands in from the default is never shown as the centre's or a guideline's."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from hepatica.course.protocol import protocol_layers
from hepatica.guidance.protocols.questions import DEFAULT, kind_of


@lru_cache(maxsize=64)
def taken_from_default(protocol: str) -> Mapping[str, str]:
    """Return the sections that a protocol has from the default, each with the words that say so; none for the default.

    A section is of the nearest file that has it; what a centre wrote itself, or took from a guideline, is not here.
    """
    layers = protocol_layers(protocol)
    own = layers[0].values
    if kind_of(own) == DEFAULT:
        return {}
    nearest: dict[str, str] = {}
    for layer in layers:
        for section in layer.values:
            nearest.setdefault(section, kind_of(layer.values))
    words = f"default, not of {own['name']}"
    return {section: words for section, kind in nearest.items() if kind == DEFAULT}
