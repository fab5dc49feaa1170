"""The pages that say that something is not there, not allowed, or went wrong. They name nothing that was asked for."""

from __future__ import annotations

import logging
import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from hepatica.errors import BUSY, FULL, TROUBLE, UNREACHABLE, trouble_of
from hepatica.registry.access.needs import SAFE
from hepatica.registry.api.problems import asked_by_a_program, problem

log = logging.getLogger("hepatica.registry")
STATUSES = {FULL: 507, BUSY: 503, UNREACHABLE: 503}
RETRY_AFTER_SECONDS = 30


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  (Django calls with it)
    """Say that there is no such page."""
    return _said(request, 404, _("There is no such page, or not for you."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  (the same)
    """Say that this is not allowed."""
    return _said(request, 403, _("This is not allowed. Go back, load the page again, and try once more."))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001  (the same)
    """Say that a form did not come from one of our pages, or from one that is too old."""
    return _said(request, 403, _("This form is too old or not ours. Go back, load the page again, and try once more."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  (the same)
    """Say that the request cannot be understood."""
    return _said(request, 400, _("This request cannot be understood."))


def broken(request: HttpRequest) -> HttpResponse:
    """Say that something went wrong, and what helps where that is known; the page needs nothing that may be broken."""
    trouble = trouble_of(sys.exc_info()[1])
    if asked_by_a_program(request):
        return _told(trouble)
    shown = {"trouble": trouble, "reading": request.method in SAFE}
    if trouble is None:
        return HttpResponse(render_to_string("registry/broken.html", shown), status=500)
    return _refused(trouble, HttpResponse(render_to_string("registry/refused_by_machine.html", shown)))


def _told(trouble: str | None) -> HttpResponse:
    """Say to a program that something went wrong."""
    if trouble is None:
        return problem(500, "something went wrong, and nothing was changed")
    what, _ = TROUBLE[trouble]
    return _refused(trouble, problem(STATUSES[trouble], what))


def _refused(trouble: str, answer: HttpResponse) -> HttpResponse:
    log.error("the machine refused", extra={"told": {"trouble": trouble}})
    answer.status_code = STATUSES[trouble]
    answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return answer


def _said(request: HttpRequest, status: int, words: str) -> HttpResponse:
    if asked_by_a_program(request):
        return problem(status, words)
    return render(request, "registry/said.html", {"words": words}, status=status)
