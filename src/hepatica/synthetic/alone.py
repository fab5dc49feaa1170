"""Blocks of a cohort made each for itself: what many machines need that share the work."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa

from hepatica.errors import UsageError
from hepatica.synthetic.as_sent import tables_of
from hepatica.synthetic.blocks import Settings, make_block, make_settings
from hepatica.synthetic.gaps import find_gaps
from hepatica.synthetic.missingness import MISSINGNESS
from hepatica.synthetic.people import BLOCK_PATIENTS

_settings = lru_cache(maxsize=4)(make_settings)


@dataclass(frozen=True)
class Blocks:
    """A cohort without dirt as a recipe: patient k is the one that `synthesize` makes with this seed and centres.

    Raises UsageError for numbers and words that cannot be.
    """

    patients: int
    seed: int
    centres: int = 1
    missingness: str = "real"

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        if self.patients < 1:
            raise UsageError("patients", f"{self.patients} is not possible", "give a whole number from 1")
        if self.missingness not in MISSINGNESS:
            raise UsageError("missingness", f"{self.missingness} is not known", f"use one of {', '.join(MISSINGNESS)}")
        self.settings()

    @property
    def number(self) -> int:
        """Return how many blocks there are."""
        return -(-self.patients // BLOCK_PATIENTS)

    def settings(self) -> Settings:
        """Return what decides on the cohort; made once in each process."""
        return _settings(seed=self.seed, centres=self.centres, missingness=self.missingness)

    def tables(self, number: int) -> dict[str, pa.Table]:
        """Return the six tables of a block; the last one is cut to the patients asked for."""
        block = make_block(self.settings(), number)
        here = min(BLOCK_PATIENTS, self.patients - number * BLOCK_PATIENTS)
        return tables_of(block, here, find_gaps(block))
