"""What is wrong with a rule, and where."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing that is wrong: where, which promise it breaks, and what it is."""

    where: str
    promise: str
    what: str

    def __str__(self) -> str:
        """Return the problem as one line."""
        return f"{self.where}: {self.promise}: {self.what}"
