"""Importing files: upload, report of every problem, confirm, one transaction, undo."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hepatica.errors import SourceError
from hepatica.registry.access.needs import needs, seen
from hepatica.registry.entry.labels import TABLE_LABELS
from hepatica.registry.exports.spreadsheet import safe
from hepatica.registry.importing import bring_in
from hepatica.registry.intake.declared import COMMA, DAYS
from hepatica.registry.intake.reading import Report, report_of
from hepatica.registry.intake.undoing import undo
from hepatica.registry.intake.unpacking import packed
from hepatica.registry.intake.unusable import places, unusable_rows
from hepatica.registry.language.said import said_in_language
from hepatica.registry.models import Import, Patient, Upload
from hepatica.registry.views.surroundings import any_invented

PERMISSION = "imports.run"
UPLOADS_WAIT = timedelta(days=1)
IMPORTS_SHOWN = 100
PROBLEMS_SHOWN = 200


class FilesInput(forms.ClearableFileInput):
    """Several files at once."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files, each of them checked."""

    widget = FilesInput(attrs={"accept": ".csv,.zip"})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Return the files."""
        return [super(FilesField, self).clean(one, initial) for one in data or [None]]


class UploadForm(forms.Form):
    """Which files come into which centre."""

    centre = forms.ModelChoiceField(label=_("Centre"), queryset=None, empty_label=None)
    files = FilesField(
        label=_("Files"),
        help_text=_("The tables as CSV files with the columns of the record, or a zip of them."),
        allow_empty_file=True,
    )
    days = forms.ChoiceField(
        label=_("Days are written as"),
        required=False,
        choices=[("", _("2024-03-05, as the record writes them")), *((name, day) for name, day in DAYS.items())],
        help_text=_("How these files write 5 March 2024; it is never guessed."),
    )
    numbers = forms.ChoiceField(
        label=_("Numbers are written as"),
        required=False,
        choices=[("", _("12.5, with a point")), (COMMA, _("12,5, with a comma"))],
    )

    def __init__(self, centres: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["centre"]
        field.queryset = centres


@needs(PERMISSION)
def imports(request: HttpRequest) -> HttpResponse:
    """List the imports of the reader's centres, and take a file to be looked at; nothing of it counts yet."""
    centres = request.asking.centres(PERMISSION)
    form = UploadForm(centres, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect("upload-report", upload=_uploaded(request, **form.cleaned_data).key)
        except SourceError as error:
            for words in (f"{error.where}: {error.what}", error.remedy):
                form.add_error("files", said_in_language(words))
    shown = {
        "form": form,
        "imports": Import.objects.filter(centre__in=centres).select_related("centre", "imported_by")
        .order_by("-pk")[:IMPORTS_SHOWN],
        "waiting": Upload.objects.filter(centre__in=centres, uploaded_by=request.user).order_by("-pk"),
        "most": settings.UPLOAD_MOST_BYTES // 1024 // 1024,
    }  # fmt: skip
    return render(request, "registry/imports.html", shown, status=400 if form.errors else 200)


def _uploaded(request: HttpRequest, centre: Any, files: list[Any], **written: str) -> Upload:
    """Return the upload, kept until it is confirmed; one that cannot be read at all is not kept."""
    name, content = packed(files)
    report_of(content, centre, **written)
    Upload.objects.filter(uploaded_at__lt=timezone.now() - UPLOADS_WAIT).delete()
    return Upload.objects.create(centre=centre, name=name, content=content, uploaded_by=request.user, **written)


@needs(PERMISSION)
def upload_report(request: HttpRequest, upload: UUID) -> HttpResponse:
    """Show every problem of an uploaded file; take it in as a whole, or let it go."""
    found = _upload(request, upload)
    report = _report(found)
    if request.method == "POST":
        return _decided(request, found, report)
    seen(request, "import report")
    return render(request, "registry/upload.html", _shown(found, report))


def _report(found: Upload) -> Report:
    return report_of(bytes(found.content), found.centre, days=found.days, numbers=found.numbers)


def _decided(request: HttpRequest, found: Upload, report: Report) -> HttpResponse:
    if "discard" in request.POST:
        found.delete()
        return redirect("imports")
    try:
        with transaction.atomic():
            brought = bring_in(report.frames, found.centre, found.name, request.user, report.bad_lines)
    except IntegrityError:  # somebody else was first
        return render(request, "registry/upload.html", _shown(found, report), status=409)
    found.delete()
    return redirect("import", import_number=brought.pk)


def _shown(found: Upload, report: Report) -> dict[str, Any]:
    return {
        "upload": found,
        "declared": [one for one in (DAYS.get(found.days), found.numbers and "12,5") if one],
        "report": report,
        "labels": TABLE_LABELS,
        "problems": report.quarantine.head(PROBLEMS_SHOWN).to_dicts(),
        "oddities": report.warnings.head(PROBLEMS_SHOWN).to_dicts(),
        "problem_rows": report.quarantine.height,
        "odd_rows": report.warnings.height,
        "synthetic": any_invented(Patient.objects.filter(centre=found.centre)),
    }


@needs(PERMISSION)
def upload_problems(request: HttpRequest, upload: UUID) -> HttpResponse:
    """Return every problem of an uploaded file as CSV that a spreadsheet takes for no formula."""
    found = _upload(request, upload)
    report = _report(found)
    seen(request, "import problems")
    answer = HttpResponse(safe(report.quarantine).write_csv(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="problems.csv"'
    return answer


@needs(PERMISSION)
def import_page(request: HttpRequest, import_number: int) -> HttpResponse:
    """Show what an import brought, and the rows that wait to be corrected."""
    brought = _import(request, import_number)
    seen(request, "import")
    waiting = brought.waiting.order_by("pk")
    shown = {
        "brought": brought,
        "rows": _brought(brought),
        "here": sum(brought.account.get("here", {}).values()),
        "waiting": waiting[:PROBLEMS_SHOWN],
        "waiting_rows": waiting.count(),
        "synthetic": any_invented(Patient.objects.filter(centre=brought.centre)),
        **_to_correct(brought),
    }
    part = "registry/import_unusable.html" if request.headers.get("HX-Request") else "registry/import.html"
    return render(request, part, shown)


def _to_correct(brought: Any) -> dict[str, Any]:
    """Return the rows that came in and cannot be used as they are; of an import that was undone there are none."""
    if brought.undone_at is not None:
        return {"found": None}
    found = places(brought)
    where = found.report or []  # nothing yet while it is being made
    return {"found": found, "unusable": unusable_rows(brought, where[:PROBLEMS_SHOWN]), "unusable_rows": len(where)}


@needs(PERMISSION)
def import_undo(request: HttpRequest, import_number: int) -> HttpResponse:
    """Ask before an import is undone, then undo it: what it brought goes, except what must stay."""
    brought = _import(request, import_number)
    if request.method != "POST" and brought.undone_at is None:
        return render(request, "registry/import_undo.html", {"brought": brought, "rows": _brought(brought)})
    if brought.undone_at is None:
        brought.account = {**brought.account, "undone": asdict(undo(brought))}
        brought.save(update_fields=["account"])
    return redirect("import", import_number=import_number)


def _brought(brought: Any) -> list[tuple[Any, int]]:
    return [(TABLE_LABELS[table], number) for table, number in brought.account["rows"].items()]


def _upload(request: HttpRequest, key: UUID) -> Upload:
    found = Upload.objects.filter(key=key, centre__in=request.asking.centres(PERMISSION)).first()
    if found is None:
        raise Http404
    return found


def _import(request: HttpRequest, number: int) -> Any:
    found = Import.objects.filter(pk=number, centre__in=request.asking.centres(PERMISSION)).first()
    if found is None:
        raise Http404
    return found
