"""The charts of studies: frames in, one Vega-Lite definition out, the same for page, notebook, and PDF."""

from __future__ import annotations

from hepatica.pictures.accuracy import roc
from hepatica.pictures.curves import cumulative_incidence, kaplan_meier
from hepatica.pictures.effects import forest, funnel, love_plot
from hepatica.pictures.flow_diagram import attrition
from hepatica.pictures.in_words import in_words
from hepatica.pictures.places import place_map
from hepatica.pictures.results_over_time import completeness_calendar, spaghetti
from hepatica.pictures.shares import bars
from hepatica.pictures.treatments import sankey, swimmer

__all__ = [
    "attrition",
    "bars",
    "completeness_calendar",
    "cumulative_incidence",
    "forest",
    "funnel",
    "in_words",
    "kaplan_meier",
    "love_plot",
    "place_map",
    "roc",
    "sankey",
    "spaghetti",
    "swimmer",
]
