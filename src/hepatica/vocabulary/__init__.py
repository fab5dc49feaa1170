"""The field's words as data: analytes, units, limits, drugs, conditions, each with its codes and sources."""

from __future__ import annotations

from hepatica.vocabulary.analytes import Analyte, analyte_codes, analytes
from hepatica.vocabulary.codes import Code
from hepatica.vocabulary.conditions import (
    KNOWN_BY,
    Condition,
    condition_codes,
    condition_of,
    conditions,
    rejected_codes,
)
from hepatica.vocabulary.drugs import Drug, FormerAtc, LocalForm, drug_names, drug_of, drugs, route_words
from hepatica.vocabulary.limits import default_limits
from hepatica.vocabulary.omop import inpatient_visits, omop_codes, omop_concepts, omop_milligrams, omop_words
from hepatica.vocabulary.provenance import VocabularySource, vocabulary_sources
from hepatica.vocabulary.units import Unit, lost_superscripts, unit_conversions, unit_spelling, units

__all__ = [
    "KNOWN_BY",
    "Analyte",
    "Code",
    "Condition",
    "Drug",
    "FormerAtc",
    "LocalForm",
    "Unit",
    "VocabularySource",
    "analyte_codes",
    "analytes",
    "condition_codes",
    "condition_of",
    "conditions",
    "default_limits",
    "drug_names",
    "drug_of",
    "drugs",
    "inpatient_visits",
    "lost_superscripts",
    "omop_codes",
    "omop_concepts",
    "omop_milligrams",
    "omop_words",
    "rejected_codes",
    "route_words",
    "unit_conversions",
    "unit_spelling",
    "units",
    "vocabulary_sources",
]
