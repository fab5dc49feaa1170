"""Invented patients with known truth, calibrated to published figures; everything made here says it is synthetic."""

from __future__ import annotations

from hepatica.synthetic.cohort import Progress, Synthesized, synthesize
from hepatica.synthetic.dirt import DIRT_LEVELS
from hepatica.synthetic.missingness import MISSINGNESS
from hepatica.synthetic.people import is_synthetic
from hepatica.synthetic.writing import FILE_FORMATS

__all__ = ["DIRT_LEVELS", "FILE_FORMATS", "MISSINGNESS", "Progress", "Synthesized", "is_synthetic", "synthesize"]
