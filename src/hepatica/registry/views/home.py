"""The first page after signing in, by what its reader may do; and whether the registry is well."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from hepatica import __version__
from hepatica.registry.access.needs import EVERYBODY, SIGNED_IN, needs
from hepatica.registry.views.surroundings import ways


@needs(SIGNED_IN)
def home(request: HttpRequest) -> HttpResponse:
    """Go to the first page that the reader may open; without a role, say so."""
    found = ways(request)
    return redirect(found[0].page) if found else render(request, "registry/no_role.html")


@needs(EVERYBODY)
def health(_request: HttpRequest) -> HttpResponse:
    """Say whether the registry can read its database; nothing about what is in it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        well = cursor.fetchone() == (1,)
    return JsonResponse({"status": "ok" if well else "broken", "version": __version__}, status=200 if well else 503)
