"""The field's words as data: analytes, units, reference limits, drugs, conditions, each with codes and sources."""

from __future__ import annotations

from hepatica.vocabulary.analytes import Analyte, analyte_codes, analytes
from hepatica.vocabulary.codes import Code
from hepatica.vocabulary.drugs import Drug, FormerAtc, LocalForm, drug_names, drug_of, drugs, route_words
from hepatica.vocabulary.limits import default_limits
from hepatica.vocabulary.units import Unit, lost_superscripts, unit_conversions, unit_spelling, units

__all__ = [
    "Analyte",
    "Code",
    "Drug",
    "FormerAtc",
    "LocalForm",
    "Unit",
    "analyte_codes",
    "analytes",
    "default_limits",
    "drug_names",
    "drug_of",
    "drugs",
    "lost_superscripts",
    "route_words",
    "unit_conversions",
    "unit_spelling",
    "units",
]
