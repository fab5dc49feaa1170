"""Exporting a centre's data for a stated purpose, and what was exported before."""

from __future__ import annotations

import tempfile
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _

from hepatica.registry.access.asking import Asking
from hepatica.registry.access.needs import needs, request_id
from hepatica.registry.exports.package import FORMS, Order, export
from hepatica.registry.models import Centre, Export, Patient, Purpose
from hepatica.registry.privacy.consent import consents
from hepatica.registry.privacy.release import Minimised
from hepatica.registry.views.surroundings import any_invented

PERMISSION = "exports.run"
EXPORTS_A_PAGE = 20


class ExportForm(forms.Form):
    """One export: from where, for what, in which form, and with how little detail."""

    centre = forms.ModelChoiceField(label=_("Centre"), queryset=Centre.objects.none())
    purpose = forms.ModelChoiceField(
        label=_("Purpose"), queryset=Purpose.objects.order_by("title"),
        help_text=_("Only patients whose consent to this purpose is valid now are exported."),
    )  # fmt: skip
    form = forms.ChoiceField(label=_("Form"), choices=FORMS)
    name = forms.SlugField(
        label=_("Recipient or study"), max_length=40,
        help_text=_("Patients have other pseudonyms for each name; the same name gives the same pseudonyms again."),
    )  # fmt: skip
    birth_years_only = forms.BooleanField(
        label=_("Year of birth only, without day and month"), required=False, initial=True
    )
    without_free_text = forms.BooleanField(
        label=_("Without the free text of events, which may say who somebody is"), required=False, initial=True
    )

    def __init__(self, asking: Asking, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["centre"]
        field.queryset = asking.centres(PERMISSION)
        if len(field.queryset) == 1:
            field.initial = field.queryset[0]

    def order(self) -> Order:
        """Return what was asked for."""
        given = self.cleaned_data
        least = Minimised(given["birth_years_only"], given["without_free_text"])
        return Order(given["centre"], given["purpose"], given["form"], given["name"], least)


@needs(PERMISSION, own_transaction=True)
def exports(request: HttpRequest) -> HttpResponse:
    """List what was exported, and export: the answer is the archive, its entry in the audit is written before."""
    form = ExportForm(request.asking, request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _archive(request, form.order())
    centres = request.asking.centres(PERMISSION)
    found = Export.objects.filter(centre__in=centres).select_related("centre", "purpose", "exported_by")
    page = Paginator(found, EXPORTS_A_PAGE).get_page(request.GET.get("page", "1"))
    patients = Patient.objects.filter(centre__in=centres)
    counts = [consents(patients, one) for one in Purpose.objects.order_by("title")]
    shown = {"form": form, "page": page, "consents": counts, "synthetic": any_invented(patients)}
    return render(request, "registry/exports.html", shown, status=400 if form.errors else 200)


def _archive(request: HttpRequest, order: Order) -> HttpResponse:
    """Return the archive. It is nowhere else: neither database nor disk keeps what left."""
    archive = tempfile.TemporaryFile()  # noqa: SIM115  (the answer closes it when it has been sent)
    made = export(order, archive, by=request.user, request=request_id(request))
    archive.seek(0)
    name = f"hepatica-{order.centre.pk}-{order.purpose.code}-{order.form}-{made.pk}.zip"
    answer = FileResponse(archive, as_attachment=True, filename=name, content_type="application/zip")
    answer["X-Export"] = str(made.pk)
    return answer


@needs(PERMISSION)
def export_manifest(request: HttpRequest, export: int) -> HttpResponse:
    """Return the manifest of an export of the reader's centres."""
    found = get_object_or_404(Export.objects.filter(centre__in=request.asking.centres(PERMISSION)), pk=export)
    return JsonResponse(found.manifest, json_dumps_params={"indent": 2, "ensure_ascii": False})
