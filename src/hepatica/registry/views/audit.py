"""The audit for the auditor: every entry, by person, act, or patient's number; and its verification."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode

from hepatica.registry.access.needs import needs
from hepatica.registry.audit.ledgers import OF_IDENTITIES, RECORD, Ledger
from hepatica.registry.audit.verify import Head, head, verify_both
from hepatica.registry.databases import IDENTITIES
from hepatica.registry.models import History, Person
from hepatica.registry.operation.starting import known_heads

ENTRIES_A_PAGE = 100


@needs("audit.read")
def audit(request: HttpRequest) -> HttpResponse:
    """Show the entries, the latest first. They hold no value of a patient; patients stand there by number."""
    ledger = OF_IDENTITIES if request.GET.get("of") == IDENTITIES else RECORD
    asked = {name: request.GET.get(name, "").strip() for name in ("actor", "act", "patient")}
    entries = ledger.entries.objects.order_by("-seq")
    if asked["actor"]:
        person = Person.objects.filter(username=asked["actor"]).first()
        entries = entries.filter(actor=asked["actor"] if person is None else f"person {person.pk}")
    if asked["act"]:
        entries = entries.filter(act=asked["act"])
    if asked["patient"].isdecimal():
        entries = entries.filter(patient=int(asked["patient"]))
    page = Paginator(entries, ENTRIES_A_PAGE).get_page(request.GET.get("page", "1"))
    _name(page.object_list)
    _give_reasons(page.object_list, ledger)
    filters = urlencode({name: value for name, value in {"of": request.GET.get("of", ""), **asked}.items() if value})
    shown = {"page": page, "asked": asked, "filters": filters, "head": head(ledger), "ledger": ledger.app}
    return render(request, "registry/audit.html", shown)


def _name(entries: Any) -> None:
    """Put the people's names beside their numbers."""
    names = {f"person {person.pk}": person.username for person in Person.objects.all()}
    for entry in entries:
        entry.who = names.get(entry.actor, entry.actor)


def _give_reasons(entries: Any, ledger: Ledger) -> None:
    """Put the reasons beside their entries, and nothing else of what is kept there; the identities keep none."""
    numbers = [entry.seq for entry in entries] if ledger is RECORD else []
    reasons = dict(History.objects.filter(seq__in=numbers).values_list("seq", "reason"))
    for entry in entries:
        entry.reason = reasons.get(entry.seq, "")


@needs("audit.read")
def audit_verification(request: HttpRequest) -> HttpResponse:
    """Verify the whole audit of both databases now, with the heads that were written down, and show the outcome."""
    known = {alias: [*map(Head.of, texts)] for alias, texts in known_heads().items()}
    return render(request, "registry/audit_verification.html", {"outcome": verify_both(known)})
