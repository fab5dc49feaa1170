"""Consent: what a patient said about each purpose, and how a centre's patients stand to one."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _

from hepatica.registry.access.needs import needs, patient_of, seen
from hepatica.registry.engine.standards import today
from hepatica.registry.models import AuditEntry, ConsentText, Purpose
from hepatica.registry.models.consent import DECISIONS
from hepatica.registry.privacy.consent import AGREED, RENEWAL, UNKNOWN, add_act, consents, oldest_valid, standing_of
from hepatica.registry.views.surroundings import any_invented

PERMISSION = "consent.record"
PATIENTS_A_PAGE = 50
STANDINGS = (
    (AGREED, _("agreed")),
    ("refused", _("refused")),
    ("withdrawn", _("withdrawn")),
    (RENEWAL, _("agreed to a version that does not count any more")),
    (UNKNOWN, _("unknown: never asked")),
)


class ActForm(forms.Form):
    """What a patient said about a text on a day."""

    text = forms.ModelChoiceField(label=_("Text"), queryset=ConsentText.objects.none())
    # Nothing is chosen beforehand: nobody agrees because somebody was quick.
    decision = forms.ChoiceField(label=_("Decision"), choices=[("", "–"), *DECISIONS])
    day = forms.DateField(
        label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}), help_text=_("The day on which it was said.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["text"]
        field.queryset = ConsentText.objects.select_related("purpose").order_by("purpose__title", "-version")

    def clean_day(self) -> date:
        """Refuse a day that has not come."""
        day: date = self.cleaned_data["day"]
        if day > today():
            raise forms.ValidationError(_("This day has not come yet."))
        return day


@needs(PERMISSION)
def consent(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show what a patient said about each purpose, act by act, and record another act."""
    patient = patient_of(request, key, PERMISSION)
    form = ActForm(request.POST or None, initial={"day": today()})
    if request.method == "POST" and form.is_valid():
        add_act(patient, **form.cleaned_data, by=request.user)
        return redirect("consent", key=key)
    purposes = [(one, standing_of(patient, one)) for one in Purpose.objects.order_by("title")]
    left = AuditEntry.objects.filter(act="export", patient=patient.pk).values("subject_key").distinct().count()
    words = dict(STANDINGS)
    shown = {
        "patient": patient,
        "form": form,
        "purposes": [(one, words[standing]) for one, standing in purposes],
        "exports": left if any(standing in ("refused", "withdrawn") for _one, standing in purposes) else 0,
        "acts": patient.consents.select_related("text__purpose", "entered_by").order_by("-day", "-id"),
        "texts": ConsentText.objects.select_related("purpose").order_by("purpose__title", "-version"),
        "may_erase": request.asking.may("patients.erase", patient.centre_id),
    }
    seen(request, "consent", patient=patient.pk)
    return render(request, "registry/consent.html", shown, status=400 if form.errors else 200)


class WhoForm(forms.Form):
    """Whom to list: a purpose, and how they stand to it."""

    purpose = forms.ModelChoiceField(label=_("Purpose"), queryset=Purpose.objects.order_by("title"), required=False)
    standing = forms.ChoiceField(label=_("Stands"), choices=[("", _("all")), *STANDINGS], required=False)


@needs(PERMISSION)
def consents_of_centre(request: HttpRequest) -> HttpResponse:
    """Show how the patients of the reader's centres stand to each purpose, and list them for one."""
    patients = request.asking.patients(PERMISSION)
    form = WhoForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    purposes = [(one, consents(patients, one), oldest_valid(one)) for one in Purpose.objects.order_by("title")]
    page = None
    if asked.get("purpose") is not None:
        page = _page(request, patients, asked["purpose"], asked["standing"])
        seen(request, "consents")
    shown = {
        "form": form,
        "purposes": purposes,
        "page": page,
        "filters": "&".join(f"{name}={request.GET[name]}" for name in ("purpose", "standing") if name in request.GET),
        "may_erase": request.asking.may("patients.erase"),
        "synthetic": any_invented(patients),
    }
    return render(request, "registry/consents.html", shown)


def _page(request: HttpRequest, patients: Any, purpose: Purpose, standing: str) -> Any:
    found = consents(patients, purpose).standings
    words = dict(STANDINGS)
    wanted = [number for number, one in found.items() if standing in ("", one)]
    page = Paginator(wanted, PATIENTS_A_PAGE).get_page(request.GET.get("page", "1"))
    by_number = patients.in_bulk(list(page.object_list))
    page.object_list = [(by_number[number], words[found[number]]) for number in page.object_list]
    return page
