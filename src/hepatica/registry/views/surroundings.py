"""What every page shows around its content: the ways that its reader may go, and what they must know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hepatica import __version__
from hepatica.guidance.advice import NOTICE
from hepatica.synthetic.people import PREFIX


@dataclass(frozen=True)
class Way:
    """A page in the navigation: its name among the addresses, the permission that shows it, and its words."""

    page: str
    permission: str
    words: str | Promise


# In the order of the navigation; the first that a person may open is their first page.
WAYS = (
    Way("worklist", "patients.read", _("Work list")),
    Way("patients", "patients.read", _("Patients")),
    Way("cohort", "cohort.read", _("Cohort")),
    Way("quality", "quality.read", _("Data quality")),
    Way("queries", "queries.raise", _("Queries")),
    Way("queries-here", "queries.answer", _("Queries")),
    Way("studies", "studies.run", _("Studies")),
    Way("centres", "settings.manage", _("Centres")),
    Way("consents", "consent.record", _("Consent")),
    Way("imports", "imports.run", _("Import")),
    Way("exports", "exports.run", _("Export")),
    Way("protocols", "evidence.read", _("Protocols")),
    Way("purposes", "settings.manage", _("Purposes")),
    Way("evidence", "evidence.read", _("Evidence")),
    Way("rules", "evidence.read", _("Rules")),
    Way("people", "people.manage", _("People and roles")),
    Way("audit", "audit.read", _("Audit")),
)


def ways(request: HttpRequest) -> list[Way]:
    """Return the pages that the person of a request may open."""
    asking = getattr(request, "asking", None)
    return [way for way in WAYS if asking is not None and asking.may(way.permission)]


def any_invented(patients: QuerySet[Any]) -> bool:
    """Say whether any of some patients was invented, so that a page on all of them says so."""
    return bool(patients.filter(patient_id__startswith=PREFIX).exists())


def surroundings(request: HttpRequest) -> dict[str, Any]:
    """Return the ways, the version, and the notice of every page."""
    return {
        "ways": ways(request),
        "version": __version__,
        "notice": NOTICE,
        "fixed_day": settings.INSTALLATION.as_of,
        "languages": settings.LANGUAGES,
    }
