"""Who a patient is: the one page that shows and keeps it, and finding a patient by name or hospital number."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hepatica.registry.access.needs import needs, patient_of, seen
from hepatica.registry.identities.keeping import (
    FIELDS,
    ChangedMeanwhileError,
    NumberTakenError,
    found,
    identity_of,
    keep,
    state_of,
)
from hepatica.registry.identities.models import Identity
from hepatica.synthetic import is_synthetic

PERMISSION = "identities.manage"
PATIENTS_SHOWN = 50
# On a computer that many share, the browser does not offer the names that were typed before.
NOT_REMEMBERED = {"autocomplete": "off"}


class IdentityForm(forms.ModelForm):
    """Who a patient is, and what was known when the form was opened."""

    state = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        """The fields that say who somebody is."""

        model = Identity
        fields = FIELDS
        widgets: ClassVar = {name: forms.TextInput(attrs=NOT_REMEMBERED) for name in FIELDS}


class NameForm(forms.Form):
    """What stands on a chart: a family name, its beginning, or a hospital number."""

    typed = forms.CharField(
        label=gettext_lazy("Family name or hospital number"),
        max_length=200,
        help_text=gettext_lazy("The first three letters of the name are enough; a number is typed whole."),
        widget=forms.TextInput(attrs=NOT_REMEMBERED),
    )


@needs(PERMISSION)
def identity(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show who a patient is, and keep what is entered; whoever was second is shown both versions."""
    patient = patient_of(request, key, PERMISSION)
    known = identity_of(key)
    form = IdentityForm(request.POST or None, initial=_opened(known))
    shown: dict[str, Any] = {"patient": patient, "form": form, "known": known}
    status = 200
    if request.method == "POST":
        status = _kept(request, patient, shown)
        if status == 200:
            return redirect("identity", key=key)
    seen(request, "identity", patient=patient.pk)
    return render(request, "registry/identity.html", shown, status=status)


def _opened(known: Identity | None) -> dict[str, str]:
    """Return what the form begins with."""
    return {"state": state_of(known)} | {name: getattr(known, name, "") for name in FIELDS}


def _kept(request: HttpRequest, patient: Any, shown: dict[str, Any]) -> int:
    """Keep what the form says; returns the answer's status, and where it is not 200 the page says why."""
    form = shown["form"]
    if not form.is_valid():
        return 400
    mine = {name: form.cleaned_data[name] for name in FIELDS}
    try:
        keep(patient, mine, state=form.cleaned_data["state"], by=request.user)
    except NumberTakenError:
        form.add_error("hospital_number", _("Another patient of this centre has this hospital number."))
        return 400
    except ChangedMeanwhileError:
        now = _opened(identity_of(patient.key))
        shown["both"] = [(form.fields[name].label, now[name], mine[name]) for name in FIELDS if now[name] != mine[name]]
        shown["form"] = IdentityForm(initial={**mine, "state": now["state"]})
        return 409
    return 200


@needs(PERMISSION)
def patients_by_name(request: HttpRequest) -> HttpResponse:
    """List the patients of the reader's centres by name or hospital number; what was typed is in no address."""
    if request.method != "POST":  # who had to sign in anew on the way comes back without what was typed
        return redirect("patients")
    form = NameForm(request.POST)
    shown: dict[str, Any] = {"form": form}
    if form.is_valid():
        centres = request.asking.centres(PERMISSION)
        who = found(form.cleaned_data["typed"], centres.values_list("code", flat=True))
        theirs = request.asking.patients(PERMISSION).filter(key__in=who).order_by("patient_id", "pk")
        page = theirs[:PATIENTS_SHOWN]
        shown |= {
            "found": [(one, who[one.key]) for one in page],
            "all": len(theirs),
            "synthetic": any(is_synthetic(one.patient_id) for one in page),
        }
        for one in page:
            seen(request, "patients-by-name", patient=one.pk)
    seen(request, "patients-by-name")
    return render(request, "registry/patients_by_name.html", shown, status=400 if form.errors else 200)
