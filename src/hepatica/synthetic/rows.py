"""Rows of a table while they are made: arrays of equal length, joined, ordered, and cut as one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")


def join(parts: Sequence[T]) -> T:
    """Return the rows of several parts one after the other."""
    first = parts[0]
    return type(first)(*(np.concatenate([getattr(part, name) for part in parts]) for name in _names(first)))


def keep(rows: T, which: NDArray[Any]) -> T:
    """Return some of the rows, by a mask or in the order of row numbers."""
    return type(rows)(*(getattr(rows, name)[which] for name in _names(rows)))


def in_order(rows: T, *columns: str) -> T:
    """Return the rows ordered by columns, the first one first; equal rows stay in their order."""
    return keep(rows, np.lexsort([getattr(rows, name) for name in reversed(columns)]))


def _names(rows: object) -> list[str]:
    """Return the names of the columns."""
    if not is_dataclass(rows):
        raise TypeError(type(rows).__name__)
    return [field.name for field in fields(rows)]
