"""The centres of the installation, for the administrator: their names and standards, never their patients."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hepatica.course import definition_sets, protocol_files
from hepatica.registry.access.needs import needs
from hepatica.registry.models import Centre

CODE = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", _("Letters, digits, hyphen, dot, and underscore only."))


def _choices(known: list[str], *kept: str) -> list[tuple[str, str]]:
    """Return what can be chosen: what comes with Hepatica, and what the centre has now (a protocol of its own)."""
    return [(name, name) for name in sorted({*known, *filter(None, kept)})]


class CentreForm(forms.ModelForm):
    """What can be changed of a centre at any time."""

    definitions = forms.ChoiceField(label=_("Definition set"))
    protocol = forms.ChoiceField(label=_("Protocol"))

    class Meta:
        """The code stays as it is: files and rows name the centre by it."""

        model = Centre
        fields: tuple[str, ...] = ("name", "definitions", "protocol", "agrees_to_studies")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = {"definitions": definition_sets(), "protocol": protocol_files()}
        for name, names in known.items():
            now = getattr(self.instance, name)
            self.fields[name].choices = _choices(names, now)
            self.fields[name].initial = now


class NewCentreForm(CentreForm):
    """A new centre, with the code that stands for it in files."""

    code = forms.CharField(
        label=_("Code"), max_length=60, validators=[CODE],
        help_text=_("What stands in the column centre of the files. It cannot be changed later."),
    )  # fmt: skip
    field_order = ("code", "name", "definitions", "protocol", "agrees_to_studies")

    class Meta(CentreForm.Meta):
        """The code is given once."""

        fields = ("code", *CentreForm.Meta.fields)


@needs("settings.manage")
def centres(request: HttpRequest) -> HttpResponse:
    """List the centres, and add one."""
    form = NewCentreForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("centres")
    shown = {"centres": Centre.objects.order_by("name", "pk"), "form": form}
    return render(request, "registry/centres.html", shown, status=400 if form.errors else 200)


@needs("settings.manage")
def centre(request: HttpRequest, centre_number: int) -> HttpResponse:
    """Show one centre's settings and change them."""
    found = get_object_or_404(Centre, pk=centre_number)
    form = CentreForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        return redirect("centres")
    found.refresh_from_db()  # a refused form must not stand above the page as if it were saved
    shown = {"found": found, "form": form}
    return render(request, "registry/centre.html", shown, status=400 if form.errors else 200)


@needs("settings.manage")
@require_POST
def centre_change(request: HttpRequest, centre_number: int) -> HttpResponse:
    """Close a centre, so that no role opens it, or open it again; nothing of it is deleted."""
    found = get_object_or_404(Centre, pk=centre_number)
    asked = request.POST.get("do", "")
    if asked in ("close", "open"):
        found.closed = asked == "close"
        found.save(update_fields=["closed"])
    return redirect("centre", centre_number=centre_number)
