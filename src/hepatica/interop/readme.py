"""The text beside an export: what it is, how many rows, and whether every patient in it is invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hepatica import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

SYNTHETIC = """SYNTHETIC: NO PERSON IN THESE FILES EXISTS

Every patient, date, result, treatment, and event here was invented by a program. Nothing here is evidence about
autoimmune hepatitis, its treatment, or any centre.

"""


def readme(rows: Mapping[str, int], *, synthetic: bool, what: str) -> str:
    """Return the README of an export; synthetic data say so in the first line."""
    counts = "\n".join(f"{name}: {count:,} rows" for name, count in rows.items())
    return f"{SYNTHETIC if synthetic else ''}{what}\nWritten by hepatica {__version__}\n{counts}\n"
