"""Courses that were derived a moment ago, for the next page of the same patient, in the memory of this process only.

A course is found again only by the version of the patient's data and the standards that it was derived by, so what is
remembered is never older than the data (a property test holds it to a fresh derivation). Who was erased is forgotten
at once in the process that erased them, and in any other before it looks for a course the next time.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import Generic, TypeVar

from hepatica.registry.models import Erasure

MOST = 200
# Nobody's data stay in memory for longer than a visit.
SECONDS = 600

Course = TypeVar("Course")


class Remembered(Generic[Course]):
    """The courses that were used last, at most one of a patient."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS) -> None:
        self.most, self.seconds = most, seconds
        self._kept: OrderedDict[int, tuple[str, float, Course]] = OrderedDict()
        self._erasures = 0  # the last one that was heard of
        self._lock = threading.Lock()

    def get(self, patient: int, key: str) -> Course | None:
        """Return the course of a patient as it was derived by this key; None where it was not, or long ago."""
        with self._lock:
            self._forget()
            found = self._kept.get(patient)
            return found[2] if found is not None and found[0] == key else None

    def keep(self, patient: int, key: str, course: Course) -> None:
        """Remember a course; of too many the oldest goes."""
        with self._lock:
            self._kept.pop(patient, None)
            self._kept[patient] = key, time.monotonic(), course
            self._forget()

    def forget_erased(self) -> None:
        """Forget everybody who was erased since this was last asked, by this process or by another."""
        heard = Erasure.objects.filter(pk__gt=self._erasures).values_list("pk", "patient_number")
        for number, patient in list(heard):
            self.forget(patient)
            self._erasures = max(self._erasures, number)

    def forget(self, patient: int) -> None:
        """Forget a patient's course."""
        with self._lock:
            self._kept.pop(patient, None)

    def _forget(self) -> None:
        """Forget what is too old, or too much; the oldest stands first."""
        oldest = time.monotonic() - self.seconds
        while self._kept and (len(self._kept) > self.most or next(iter(self._kept.values()))[1] < oldest):
            self._kept.popitem(last=False)
