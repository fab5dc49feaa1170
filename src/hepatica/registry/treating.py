"""Who treats a patient: whom a centre can name, naming one, and the work list of one clinician.

Nobody named is a value of its own ("not named"): no rule and no default fills it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from hepatica.registry.models import Centre, Person, TreatingClinician
from hepatica.registry.writing import OverwriteError

CLINICIAN = "clinician"
ME, NOT_NAMED = "me", "none"


def clinicians_of(centres: Iterable[Centre]) -> QuerySet[Person]:
    """Return who can be named at these centres: open accounts with the clinician's role there, by name."""
    here = Q(memberships__role=CLINICIAN, memberships__centre__in=list(centres))
    return Person.objects.filter(here, is_active=True).distinct().order_by("name", "pk")


def named(patient: Any) -> TreatingClinician:
    """Return who treats a patient; of version 0, and of nobody, where that was never said."""
    found = TreatingClinician.objects.select_related("clinician").filter(patient=patient).first()
    return found or TreatingClinician(patient=patient, version=0)


def name(patient: Any, clinician: Person | None, *, version: int) -> None:
    """Name who treats a patient, or nobody, within `acting`; what was read had this version.

    Raises OverwriteError where somebody else named another since.
    """
    if version:
        one = TreatingClinician.objects.filter(patient=patient, version=version)
        if not one.update(clinician=clinician, version=version + 1):
            raise OverwriteError(f"treating clinician of {patient.pk}")
        return
    try:
        with transaction.atomic():
            TreatingClinician.objects.create(patient=patient, clinician=clinician)
    except IntegrityError as taken:
        raise OverwriteError(f"treating clinician of {patient.pk}") from taken


def called(person: Person | None, here: Iterable[Person]) -> str:
    """Return a clinician's name in words; who can no longer be named here stays readable, and nobody is said."""
    if person is None:
        return _("not named")
    return person.name if person in here else _("%(name)s (no longer here)") % {"name": person.name}


def who_treat(centres: Iterable[Centre]) -> list[tuple[str, str]]:
    """Return whom a work list can be asked for, number and name: who can be named, and who was and is gone."""
    at = list(centres)
    here = list(clinicians_of(at))
    chosen = TreatingClinician.objects.filter(patient__centre__in=at, clinician__isnull=False).values("clinician")
    gone = Person.objects.filter(pk__in=chosen).exclude(pk__in=[one.pk for one in here]).order_by("name", "pk")
    return [(str(one.pk), called(one, here)) for one in (*here, *gone)]


def treated_by(items: QuerySet[Any], asked: str, reader: Person) -> QuerySet[Any]:
    """Return the items of the patients of one clinician, of the reader, or of those for whom nobody is named."""
    if not asked:
        return items
    if asked == NOT_NAMED:
        return items.filter(patient__treating__clinician__isnull=True)
    number = str(reader.pk) if asked == ME else asked
    # What is no number of anybody is nobody's list, never everybody's.
    whose = Person.objects.filter(pk=number).first() if number.isdecimal() and len(number) < 10 else None
    return items.none() if whose is None else items.filter(patient__treating__clinician=whose)
