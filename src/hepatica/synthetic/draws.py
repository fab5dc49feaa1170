"""Random draws that are the same on every machine and for every cohort size.

Patients are made in blocks of a fixed size; each block and theme has a counter-based stream of its own, keyed by
(seed, block, theme). So block 7 is block 7 whether it is made first, alone, or among a thousand, and a change to
one theme moves no other. Only the generator's raw bits are used, whose sequence numpy guarantees (its own methods
may change between versions): 32 of them make a uniform number, 16 pick a normal deviate from a table of quantiles.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri  # type: ignore[import-untyped, unused-ignore]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int32]

# The order is part of the stream: a new theme goes to the end.
THEMES = (
    "people",
    "presentation",
    "genotypes",
    "first_line",
    "response",
    "later_lines",
    "losses",
    "outcomes",
    "metabolites",
    "prescriptions",
    "visits",
    "core_values",
    "other_values",
    "special_values",
    "other_drugs",
    "events",
    "biopsies",
    "genetic_tests",
    "missing",
    "missing_values",
    "dirt",
    "centres",
)
_LEVELS = 1 << 16
TABLE_BLOCK = 1 << 41  # dirt has a stream per block and table
CENTRE_BLOCK = 1 << 40  # the centres' habits are drawn from a block that no patient can reach


@cache
def _quantiles() -> Floats:
    """Return the normal distribution's quantiles, rounded so that no library's last digit shows."""
    return np.asarray(np.round(ndtri((np.arange(_LEVELS) + 0.5) / _LEVELS), 9))


class Stream:
    """One theme's stream of one block: uniform and normal deviates, and choices made with them."""

    def __init__(self, seed: int, block: int, theme: str) -> None:
        key = np.array([seed, block * 64 + THEMES.index(theme)], dtype=np.uint64)
        self._bits = np.random.Philox(key=key)

    def uniform(self, *shape: int) -> Floats:
        """Return numbers between 0 and 1, neither included."""
        number = self._words(math.prod(shape), "<u4").astype(np.float64)
        number += 0.5
        number *= 2.0**-32
        return np.reshape(number, shape)

    def _words(self, count: int, kind: str) -> NDArray[Any]:
        """Return so many small whole numbers, cut from the generator's 64-bit words in one order on every machine."""
        per_word = 8 // np.dtype(kind).itemsize
        raw = self._bits.random_raw(-(-count // per_word))
        return raw.astype("<u8", copy=False).view(kind)[:count]

    def between(self, limits: Any, *shape: int) -> Floats:
        """Return numbers spread evenly between two limits."""
        low, high = float(limits[0]), float(limits[1])
        return low + (high - low) * self.uniform(*shape)

    def days(self, limits: Any, n: int) -> Whole:
        """Return n whole days spread evenly between two limits."""
        return self.between(limits, n).astype(np.int64)

    def normal(self, *shape: int) -> Floats:
        """Return standard normal deviates, none beyond 4.4."""
        return np.reshape(_quantiles()[self._words(math.prod(shape), "<u2")], shape)

    def logistic(self, n: int) -> Floats:
        """Return standard logistic deviates."""
        u = self.uniform(n)
        return np.log(u / (1 - u))

    def exponential(self, n: int) -> Floats:
        """Return exponential deviates with mean 1."""
        return -np.log(self.uniform(n))

    def chance(self, n: int, probability: ArrayLike) -> Flags:
        """Return for each of n whether something of this probability happens."""
        return self.uniform(n) < np.asarray(probability)

    def often(self, n: int, share: float) -> Flags:
        """Return for each of n whether something happens, with its share to the nearest 256th: eight from one word."""
        return np.asarray(self._words(n, "u1") < round(share * 256))

    def below(self, limit: int, *shape: int) -> Whole:
        """Return whole numbers from 0 up to a small limit, not included."""
        words = self._words(math.prod(shape), "<u2").astype(np.int64)
        return np.reshape((words * limit) >> 16, shape)

    def pick(self, n: int, shares: ArrayLike) -> Whole:
        """Return n choices (0, 1, 2 …) with these shares; what is missing to 1 goes to the last."""
        edges = np.cumsum(np.asarray(shares, dtype=np.float64))[:-1]
        return np.searchsorted(edges, self.uniform(n), side="right").astype(np.int64)


class Draws:
    """The streams of one block of one seed."""

    def __init__(self, seed: int, block: int) -> None:
        self.seed = seed
        self.block = block

    def of(self, theme: str) -> Stream:
        """Return the stream of a theme from its beginning."""
        return Stream(self.seed, self.block, theme)
