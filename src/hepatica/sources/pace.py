"""How far the reading of a large source is and how fast, on a terminal while it lasts, and in the log at its end."""

from __future__ import annotations

import logging
import sys
import time
from dataclasses import dataclass, field

_log = logging.getLogger(__name__)
_EVERY = 2_000  # rows or resources between two looks at the clock
_SECONDS = 1.0


@dataclass
class Pace:
    """Counts what was read, `rows` or `resources`, and tells now and then; no value of a patient is ever shown."""

    what: str = "rows"
    done: int = 0
    _looked: int = 0
    _began: float = field(default_factory=time.monotonic)
    _told: float = field(default_factory=time.monotonic)
    _shown: bool = False

    def more(self, place: str, number: int = 1) -> None:
        """Count what was read from a file or table."""
        self.done += number
        if self.done - self._looked < _EVERY:
            return
        self._looked = self.done
        if time.monotonic() - self._told >= _SECONDS:
            self._told = time.monotonic()
            self._show(f"{place}: {self.sentence()}")

    def sentence(self) -> str:
        """Return how much was read, and how much a second."""
        seconds = max(time.monotonic() - self._began, 1e-9)
        return f"{self.done:,} {self.what}, {self.done / seconds:,.0f} a second"

    def end(self) -> None:
        """Clear the line on the terminal, and leave the pace in the log."""
        if self._shown:
            sys.stderr.write("\r\033[K")
        _log.info("read: %s", self.sentence())

    def _show(self, sentence: str) -> None:
        if sys.stderr.isatty():
            self._shown = True
            sys.stderr.write(f"\r\033[K{sentence}")
            sys.stderr.flush()
