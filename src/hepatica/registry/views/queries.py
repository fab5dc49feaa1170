"""Queries: a data manager asks a centre about its data, the centre answers and sees which patients it is about."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from hepatica.registry.access.needs import needs, seen
from hepatica.registry.engine.completeness import SUBJECTS, lacking
from hepatica.registry.models import Patient, Query
from hepatica.registry.views.surroundings import any_invented

LONGEST = 2_000
PATIENTS_SHOWN, QUERIES_SHOWN = 200, 500
_WORD = re.compile(r"[^\s,;:()]+")


class QueryForm(forms.ModelForm):
    """What is asked of which centre."""

    about = forms.ChoiceField(label=_("About"), choices=[("", _("something else")), *SUBJECTS.items()], required=False)
    question = forms.CharField(
        label=_("Question"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Name no patient: the centre sees which of its patients it is about."),
    )  # fmt: skip

    class Meta:
        """What a data manager gives."""

        model = Query
        fields = ("centre", "about", "question")

    def __init__(self, centres: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["centre"]
        field.queryset, field.label = centres, _("Centre")


class AnswerForm(forms.Form):
    """What a centre answers; who asked sees no patient, so the answer names none."""

    answer = forms.CharField(
        label=_("Answer"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Name no patient: who asked sees none."),
    )  # fmt: skip

    def __init__(self, centre: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.centre = centre

    def clean_answer(self) -> str:
        """Return the answer; one that holds a pseudonym of the centre is refused."""
        answer = str(self.cleaned_data["answer"])
        words = {word.rstrip(".?!") for word in _WORD.findall(answer)}
        if Patient.objects.filter(centre=self.centre, patient_id__in=words).exists():
            raise forms.ValidationError(_("The answer names a patient of the centre."))
        return answer


@needs("queries.raise")
def queries(request: HttpRequest) -> HttpResponse:
    """List what was asked of every centre, and ask; who asks sees no patient."""
    centres = request.asking.centres("queries.raise").order_by("name")
    asked = {name: request.GET.get(name, "") for name in ("centre", "about")}
    form = QueryForm(centres, request.POST or None, initial=asked)
    if request.method == "POST" and form.is_valid():
        form.instance.asked_by = request.user
        form.save()
        return redirect("queries")
    shown = {"form": form, "queries": _told(_of(centres))}
    return render(request, "registry/queries.html", shown, status=400 if form.errors else 200)


@needs("queries.raise")
@require_POST
def query_settle(request: HttpRequest, query: int) -> HttpResponse:
    """Settle a query, answered or not."""
    found = get_object_or_404(_of(request.asking.centres("queries.raise")), pk=query)
    if found.settled_at is None:
        found.settled_at = timezone.now()
        found.save(update_fields=["settled_at"])
    return redirect("queries")


@needs("queries.answer")
def queries_here(request: HttpRequest) -> HttpResponse:
    """List what was asked of the reader's centres."""
    asked = _told(_of(request.asking.centres("queries.answer")))
    return render(request, "registry/queries_here.html", {"queries": asked})


@needs("queries.answer")
def query_here(request: HttpRequest, query: int) -> HttpResponse:
    """Show a query with the patients of the centre whom it is about, and answer it as long as it is not settled."""
    found = get_object_or_404(_of(request.asking.centres("queries.answer")), pk=query)
    is_open = found.settled_at is None
    form = AnswerForm(found.centre, request.POST or None, initial={"answer": found.answer}) if is_open else None
    if request.method == "POST" and form is not None and form.is_valid():
        found.answer, found.answered_by, found.answered_at = form.cleaned_data["answer"], request.user, timezone.now()
        found.save(update_fields=["answer", "answered_by", "answered_at"])
        return redirect("queries-here")
    patients = lacking(found.centre, found.about) if found.about else Patient.objects.none()
    seen(request, "query")
    shown = {"query": found, "subject": SUBJECTS.get(found.about, ""), "form": form,
             "patients": patients[:PATIENTS_SHOWN], "number": patients.count(),
             "synthetic": any_invented(patients)}  # fmt: skip
    return render(request, "registry/query_here.html", shown, status=400 if form and form.errors else 200)


def _told(found: QuerySet[Query]) -> list[tuple[Query, Any]]:
    """Return queries, each with what it is about in words; nothing where it is about something else."""
    return [(one, SUBJECTS.get(one.about, "")) for one in found[:QUERIES_SHOWN]]


def _of(centres: Any) -> QuerySet[Query]:
    return Query.objects.filter(centre__in=centres).select_related("centre", "asked_by", "answered_by")
