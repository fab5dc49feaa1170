"""What ought to be known of every treated patient, and of which patients of a centre it is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from hepatica.registry.engine.freshness import current
from hepatica.registry.models import Centre, DerivedState, Patient
from hepatica.report.wording import UNKNOWN

# What makes a course readable: the columns of the state that ought to be known of every treated patient.
ASKED = {
    "diagnosis_date": _("Day of diagnosis"),
    "index_date": _("Start of treatment"),
    "sex": _("Sex"),
    "aih_type": _("Type of AIH"),
    "alt_date": _("ALT ever measured"),
    "igg_date": _("IgG ever measured"),
    "cirrhosis": _("Cirrhosis: yes or no"),
    "weight_kg": _("Weight"),
    "tpmt_phenotype": _("TPMT"),
    "hbsag": _("HBsAg"),
}
ENDPOINT = "cbr_by_6_months"
ASSESSABLE = _("Response by 6 months can be judged, of those due")
# What a question to a centre can be about.
SUBJECTS = {**ASKED, ENDPOINT: ASSESSABLE}
NOT_KNOWN = ("", UNKNOWN, None)


def lacks(state: Mapping[str, object], column: str) -> bool:
    """Say whether a patient's state lacks what is asked for; an endpoint lacks where it is due and cannot be judged."""
    return state[column] == "not_assessable" if column == ENDPOINT else state[column] in NOT_KNOWN


def lacking(centre: Centre, column: str) -> QuerySet[Any]:
    """Return the patients of a centre of whom something is not known; none while nothing was derived yet."""
    shown = current(centre).shown
    kept = DerivedState.objects.filter(basis=shown).exclude(state="").values_list("patient_id", "state")
    numbers = [number for number, state in kept if lacks(json.loads(state), column)] if shown is not None else []
    found: QuerySet[Any] = Patient.objects.filter(pk__in=numbers).order_by("patient_id")
    return found
