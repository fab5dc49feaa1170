"""The JSON interface as a whole: its routers, its description (OpenAPI), its sign-in (the session of the pages)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from ninja import NinjaAPI
from ninja.security import django_auth

from hepatica import __version__
from hepatica.registry.access.needs import SIGNED_IN, needs
from hepatica.registry.api.courses import courses
from hepatica.registry.api.problems import tell_problems

interface = NinjaAPI(
    title="Hepatica registry",
    version=__version__,
    description="Research and education; not a medical device.",
    auth=django_auth,
    docs_url=None,
    docs_decorator=needs(SIGNED_IN),
    urls_namespace="api",
)
interface.add_router("", courses)
tell_problems(interface)


def addresses() -> tuple[list[Any], str, str]:
    """Return the addresses of every operation and of the description."""
    patterns, app, namespace = interface.urls
    operations = [one for one in patterns if one.name != "api-root"]
    return [*operations, path("", root, name="api-root")], app, namespace


@needs(SIGNED_IN)
def root(_request: HttpRequest) -> HttpResponse:
    """Go to the description."""
    return redirect("api:openapi-json")
