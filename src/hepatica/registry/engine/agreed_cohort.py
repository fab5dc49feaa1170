"""The patients who agreed to a purpose as a cohort of the studies, under the pseudonyms of that purpose."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from hepatica.registry.engine.standards import today
from hepatica.registry.models import Purpose
from hepatica.registry.privacy.release import release
from hepatica.studies.cohort import Cohort


def cohort_of_agreed(patients: QuerySet[Any], purpose: Purpose) -> Cohort:
    """Return those of some patients who agreed to a purpose as a cohort, by the standards that come with Hepatica."""
    released = release(patients, purpose, "studies")
    return Cohort(released.record, today(), source="registry", reading=released.reading)
