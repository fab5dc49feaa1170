"""Results as a laboratory prints them: whole steps of its last decimal, titres, words, values below a limit.

A printed result is a code into one list of words, so that millions of them are numbers until they are written.
"""

from __future__ import annotations

import numpy as np

from hepatica.synthetic.draws import Floats, Whole

# How many steps a result with 0, 1, 2 decimals may have (40,000 U/L; 999.9 g/L; 99.99 µkat/L).
_STEPS = (40_001, 10_000, 10_000)
_FIRST = np.array([0, _STEPS[0], _STEPS[0] + _STEPS[1]], dtype=np.int64)
_LAST = np.array([steps - 1 for steps in _STEPS], dtype=np.int64)
_POWERS = np.array([1.0, 10.0, 100.0])
TITRES = ("1:20", "1:40", "1:80", "1:160", "1:320", "1:640", "1:1280")
_SPECIAL = ("negative", "positive", "<1:20", "<1:40", ">1:1280", "<30", "<100", *TITRES)
NOTHING = -1


def _numbers() -> list[str]:
    """Return the words of all numbers, in the order of their codes."""
    whole = [str(step) for step in range(_STEPS[0])]
    tenths = [f"{step // 10}.{step % 10}" for step in range(_STEPS[1])]
    return [*whole, *tenths, *(f"{step // 100}.{step % 100:02d}" for step in range(_STEPS[2]))]


WORDS: tuple[str, ...] = (*_numbers(), *_SPECIAL)


def steps(value: Floats, decimals: Whole) -> Whole:
    """Return values in whole steps of the last decimal that is printed."""
    rounded = np.rint(value * _POWERS[decimals]).astype(np.int64)
    return np.asarray(np.minimum(np.maximum(rounded, 0), _LAST[decimals]))


def most_steps(decimals: Whole) -> Whole:
    """Return the most steps that a result with so many decimals may have."""
    return np.asarray(_LAST[decimals])


def code_of_steps(count: Whole, decimals: Whole) -> Whole:
    """Return the codes of numbers given in steps of their last decimal."""
    return _FIRST[decimals] + count


def code_of_word(word: str) -> int:
    """Return the code of a titre, a word, or a value below a limit."""
    return len(WORDS) - len(_SPECIAL) + _SPECIAL.index(word)
