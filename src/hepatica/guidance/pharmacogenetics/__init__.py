"""TPMT and NUDT15 before a thiopurine: phenotypes and CPIC's recommendations, version by version."""

from __future__ import annotations

from hepatica.guidance.pharmacogenetics.phenotypes import Phenotype, allele_functions, phenotype
from hepatica.guidance.pharmacogenetics.recommendations import Recommendation, recommendation

__all__ = ["Phenotype", "Recommendation", "allele_functions", "phenotype", "recommendation"]
