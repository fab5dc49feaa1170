"""The purposes of data and the texts that patients agree to, for the administrator, who sees no patient."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from hepatica.registry.access.needs import needs
from hepatica.registry.models import ConsentText, Purpose
from hepatica.registry.models.consent import next_version
from hepatica.registry.privacy.consent import oldest_valid


class PurposeForm(forms.ModelForm):
    """A new purpose."""

    class Meta:
        """What an administrator gives."""

        model = Purpose
        fields = ("code", "title")


class TextForm(forms.ModelForm):
    """A version of a purpose's text."""

    class Meta:
        """What an administrator gives; the number follows by itself."""

        model = ConsentText
        fields = ("text", "renewal")


@needs("settings.manage")
def purposes(request: HttpRequest) -> HttpResponse:
    """List the purposes, and add one with the first version of its text."""
    form, text = PurposeForm(request.POST or None), TextForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and text.is_valid():
        made = form.save()
        _add(text, made)
        return redirect("purpose", purpose=made.pk)
    shown = {"purposes": Purpose.objects.prefetch_related("texts").order_by("title"), "form": form, "text": text}
    return render(request, "registry/purposes.html", shown, status=400 if form.errors or text.errors else 200)


@needs("settings.manage")
def purpose(request: HttpRequest, purpose: int) -> HttpResponse:
    """Show the versions of a purpose's text, and add one; a text is never changed."""
    found = get_object_or_404(Purpose, pk=purpose)
    form = TextForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _add(form, found)
        return redirect("purpose", purpose=purpose)
    shown = {"found": found, "texts": found.texts.order_by("-version"), "form": form, "oldest": oldest_valid(found)}
    return render(request, "registry/purpose.html", shown, status=400 if form.errors else 200)


def _add(form: TextForm, purpose: Purpose) -> None:
    text = form.save(commit=False)
    text.purpose, text.version = purpose, next_version(purpose)
    text.save()
