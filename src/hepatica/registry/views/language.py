"""Choosing the language of the pages: kept in the browser, for everybody, before and after signing in."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from hepatica.registry.access.needs import EVERYBODY, needs

A_YEAR = 365 * 24 * 60 * 60


@needs(EVERYBODY)
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep the language that was chosen, and go back to the page where it was."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        raise Http404("no such language")
    back = request.POST.get("back", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    answer = redirect(back if ours else "home")
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, chosen, max_age=A_YEAR, httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        secure=settings.LANGUAGE_COOKIE_SECURE, samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )  # fmt: skip
    return answer
