"""Who treats a patient: named and changed by those who may enter the patient's data."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from hepatica.registry.access.needs import needs, patient_of, seen
from hepatica.registry.models import Person, TreatingClinician
from hepatica.registry.treating import called, clinicians_of, name, named
from hepatica.registry.writing import OverwriteError

PERMISSION = "patients.enter"


class ClinicianForm(forms.Form):
    """The clinicians of the patient's centre, and nobody; who is named now and no longer here can only stay."""

    clinician = forms.ModelChoiceField(Person.objects.none(), required=False, label=_("Treating clinician"))
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, now: TreatingClinician, data: Any = None, chosen: Person | None = None) -> None:
        super().__init__(data, initial={"clinician": chosen or now.clinician, "version": now.version})
        here = clinicians_of([now.patient.centre])
        self.here = list(here)
        field: Any = self.fields["clinician"]
        field.empty_label = called(None, self.here)
        field.label_from_instance = lambda one: called(one, self.here)
        field.queryset = (here | Person.objects.filter(pk=now.clinician_id).distinct()).order_by("name", "pk")
        self.words = called(now.clinician, self.here)


@needs(PERMISSION)
def clinician(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show who treats a patient and name another; whoever was second is shown both, and nothing is overwritten."""
    patient = patient_of(request, key, PERMISSION)
    now = named(patient)
    form = ClinicianForm(now, request.POST or None)
    shown: dict[str, Any] = {"patient": patient, "treating": form, "synthetic": patient.synthetic}
    status = 200
    if request.method == "POST":
        status = _named(patient, now, shown)
        if status == 200:
            return redirect("patient", key=key)
    seen(request, "clinician", patient=patient.pk)
    return render(request, "registry/clinician.html", shown, status=status)


def _named(patient: Any, now: TreatingClinician, shown: dict[str, Any]) -> int:
    """Name whom the form says; returns the answer's status, and where it is not 200 the page says why."""
    form: ClinicianForm = shown["treating"]
    if not form.is_valid():
        return 400
    chosen = form.cleaned_data["clinician"]
    if chosen == now.clinician:
        return 200
    try:
        name(patient, chosen, version=form.cleaned_data["version"])
    except OverwriteError:
        again = ClinicianForm(named(patient), chosen=chosen)
        shown |= {"treating": again, "mine": called(chosen, again.here)}
        return 409
    return 200
