"""Columns of a table from numbers: words by their codes, dates by their days, and empty cells."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

from hepatica.synthetic.draws import Codes, Flags, Floats, Whole

EMPTY = -1
YES_NO = ("yes", "no")


@cache
def words(texts: tuple[str, ...]) -> pa.Array:
    """Return the words that codes stand for, made once."""
    return pa.array(texts, type=pa.string())


def coded(codes: Whole | Codes, texts: pa.Array | tuple[str, ...]) -> pa.Array:
    """Return words by their codes; a code below zero is an empty cell."""
    empty = codes < 0
    cells = pa.array(codes.astype(np.int32, copy=False), mask=empty if empty.any() else None)
    return pa.DictionaryArray.from_arrays(cells, words(texts) if isinstance(texts, tuple) else texts)


def yes(flags: Flags, known: Flags | None = None) -> pa.Array:
    """Return yes or no, empty where not known."""
    codes = np.where(flags, 0, 1)
    return coded(codes if known is None else np.where(known, codes, EMPTY), YES_NO)


def dates(days: Whole, known: Flags | None = None) -> pa.Array:
    """Return days since 1970-01-01 as dates, empty where not known."""
    return pa.array(days.astype(np.int32), mask=None if known is None else ~known).cast(pa.date32())


def whole(numbers: Whole, known: Flags | None = None) -> pa.Array:
    """Return whole numbers, empty where not known."""
    return pa.array(numbers, mask=None if known is None else ~known)


def rounded(numbers: Floats, decimals: int) -> pa.Array:
    """Return numbers so rounded that no library's last digit shows."""
    return pa.array(np.round(numbers, decimals))


def of_patients(ids: pa.Array, patient: Whole) -> pa.Array:
    """Return the pseudonyms of rows' patients."""
    return pa.DictionaryArray.from_arrays(pa.array(patient.astype(np.int32)), ids)
