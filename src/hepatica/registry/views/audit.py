"""The audit for the auditor: every entry, by person, act, or patient's number; and its verification."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from hepatica.registry.access.needs import needs
from hepatica.registry.audit.verify import head, verify
from hepatica.registry.models import AuditEntry, Person

ENTRIES_A_PAGE = 100


@needs("audit.read")
def audit(request: HttpRequest) -> HttpResponse:
    """Show the entries, the latest first. They hold no value of a patient; patients stand there by number."""
    asked = {name: request.GET.get(name, "").strip() for name in ("actor", "act", "patient")}
    entries = AuditEntry.objects.order_by("-seq")
    if asked["actor"]:
        person = Person.objects.filter(username=asked["actor"]).first()
        entries = entries.filter(actor=asked["actor"] if person is None else f"person {person.pk}")
    if asked["act"]:
        entries = entries.filter(act=asked["act"])
    if asked["patient"].isdigit():
        entries = entries.filter(patient=int(asked["patient"]))
    page = Paginator(entries, ENTRIES_A_PAGE).get_page(request.GET.get("page", "1"))
    _name(page.object_list)
    filters = "&".join(f"{name}={value}" for name, value in asked.items() if value)
    return render(request, "registry/audit.html", {"page": page, "asked": asked, "filters": filters, "head": head()})


def _name(entries: Any) -> None:
    """Put the people's names beside their numbers."""
    names = {f"person {person.pk}": person.username for person in Person.objects.all()}
    for entry in entries:
        entry.who = names.get(entry.actor, entry.actor)


@needs("audit.read")
def audit_verification(request: HttpRequest) -> HttpResponse:
    """Verify the whole audit now and show the outcome."""
    return render(request, "registry/audit_verification.html", {"outcome": verify()})
