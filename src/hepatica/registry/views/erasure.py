"""Erasing a patient: what would go, the confirmation, and the certificate."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _

from hepatica.registry.access.needs import needs, patient_of, seen
from hepatica.registry.identities.models import Identity
from hepatica.registry.models import AuditEntry, Erasure
from hepatica.registry.models.erasures import GROUNDS
from hepatica.registry.privacy.erasure import erase, rows_about

PERMISSION = "patients.erase"
# The tables in words; one that is not named here stands by its name.
TABLES = {
    "patient": _("the patient"),
    "measurement": _("measurements"),
    "treatment": _("treatments"),
    "event": _("events"),
    "biopsy": _("biopsies"),
    "genotype": _("genotypes"),
    "consentact": _("consent"),
    "treatingclinician": _("treating clinician"),
}


class ErasureForm(forms.Form):
    """The ground of an erasure, and the pseudonym once more, so that nobody is erased by a slip of the hand."""

    ground = forms.ChoiceField(label=_("Ground"), choices=GROUNDS)
    pseudonym = forms.CharField(
        label=_("The pseudonym of the patient, typed once more"), widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def __init__(self, patient: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.patient = patient

    def clean_pseudonym(self) -> str:
        """Hold what was typed to the patient's pseudonym."""
        typed: str = self.cleaned_data["pseudonym"]
        if typed.strip() != self.patient.patient_id:
            raise forms.ValidationError(_("This is not the pseudonym of this patient."))
        return typed


@needs(PERMISSION)
def erasure(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show what an erasure would remove of a patient, and erase once it is confirmed."""
    patient = patient_of(request, key, PERMISSION)
    form = ErasureForm(patient, request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = erase(patient, form.cleaned_data["ground"], by=request.user)
        return redirect("erasure-certificate", erasure=made.pk)
    exports = AuditEntry.objects.filter(act="export", patient=patient.pk).count()
    shown = {"patient": patient, "form": form, "rows": _in_words(rows_about(patient.pk)), "exports": exports}
    seen(request, "erasure", patient=patient.pk)
    return render(request, "registry/erasure.html", shown, status=400 if form.errors else 200)


def _in_words(rows: dict[str, int]) -> list[tuple[Any, int]]:
    return [(TABLES.get(table, table), count) for table, count in rows.items()]


@needs(PERMISSION)
def erasures(request: HttpRequest) -> HttpResponse:
    """List the erasures at the reader's centres."""
    found = Erasure.objects.filter(centre__in=request.asking.centres(PERMISSION)).select_related("centre", "erased_by")
    return render(request, "registry/erasures.html", {"erasures": found})


@needs(PERMISSION)
def erasure_certificate(request: HttpRequest, erasure: int) -> HttpResponse:
    """Show the certificate of an erasure, to be printed: what was removed, when, by whom, its audit entry."""
    own = Erasure.objects.filter(centre__in=request.asking.centres(PERMISSION))
    found = get_object_or_404(own.select_related("centre", "erased_by"), pk=erasure)
    entry = AuditEntry.objects.filter(act="erase", patient=found.patient_number).order_by("-seq").first()
    left = AuditEntry.objects.filter(act="export", patient=found.patient_number)
    exports = sorted({int(number) for number in left.values_list("subject_key", flat=True)})
    shown = {
        "found": found,
        "rows": _in_words(found.removed),
        "entry": entry,
        "exports": exports,
        "identity_left": Identity.objects.filter(patient_key=found.patient_key).exists(),
    }
    return render(request, "registry/erasure_certificate.html", shown)
