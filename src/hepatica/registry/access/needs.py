"""The guard before every page: signed in, with the permission, inside an audited transaction, and reads recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from hepatica.registry.access.asking import Asking
from hepatica.registry.access.roles import permissions
from hepatica.registry.audit.acting import acting
from hepatica.registry.audit.entries import record
from hepatica.registry.models import Patient

SAFE = ("GET", "HEAD", "OPTIONS")
# What a page may name instead of a permission.
EVERYBODY, SIGNED_IN = "everybody", "signed in"
View = TypeVar("View", bound=Callable[..., HttpResponse])


class HiddenPatient(Http404):
    """Somebody asked for a patient whom they may not see: answered as if there were none, and put into the audit."""

    def __init__(self, patient: int | None, permission: str) -> None:
        super().__init__("no such patient")
        self.patient = patient
        self.permission = permission


def needs(permission: str, *, own_transaction: bool = False) -> Callable[[View], View]:
    """Guard a view by a permission of permissions.yaml, or EVERYBODY, or SIGNED_IN.

    The view finds `request.asking`. A request that may write runs in one transaction with its audit entries; a request
    that only reads runs without, and what it read of patients is recorded by `seen` before the answer leaves.
    With `own_transaction` a long view acts by itself, so that nobody waits for it.
    """
    if permission not in (EVERYBODY, SIGNED_IN) and permission not in permissions():
        raise ValueError(f"{permission} is not in permissions.yaml")

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if (refused := _refused(request, permission)) is not None:
                return refused
            return _answered(view, request, args, kwargs, alone=own_transaction)

        guarded.needs = permission  # type: ignore[attr-defined]  # the generated test reads it
        return guarded  # type: ignore[return-value]

    return guard


def _refused(request: HttpRequest, permission: str) -> HttpResponse | None:
    """Return the answer to somebody who may not have the page; None where they may."""
    if permission == EVERYBODY:
        return None
    person = request.user
    if not person.is_authenticated:
        return _to_sign_in(request)
    request.asking = Asking(person)
    if must_set_up_code(request):
        return redirect("second-factor")
    if permission == SIGNED_IN or request.asking.may(permission):
        return None
    with acting(person, request=request_id(request)):
        record("refused", detail=f"{route(request)} needs {permission}")
    return render(request, "registry/refused.html", {"permission": _(permissions()[permission])}, status=403)


def must_set_up_code(request: HttpRequest) -> bool:
    """Say whether the installation asks for a second factor that this person has not set up yet."""
    required = settings.INSTALLATION.second_factor == "required"
    return required and not request.user.is_verified() and route(request) not in ("second-factor", "sign-out")


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):  # a part of a page cannot show the sign-in: the whole page goes there
        answer = HttpResponse(status=401)
        answer["HX-Redirect"] = f"{reverse('sign-in')}?{urlencode({'next': request.path})}"
        return answer
    return redirect_to_login(request.get_full_path())


def _answered(
    view: Callable[..., HttpResponse], request: HttpRequest, args: Any, kwargs: Any, *, alone: bool
) -> HttpResponse:
    try:
        if alone or request.method in SAFE:
            return view(request, *args, **kwargs)
        actor = request.user if request.user.is_authenticated else f"anonymous {route(request)}"
        with acting(actor, request=request_id(request)):
            return view(request, *args, **kwargs)
    except HiddenPatient as hidden:
        record_hidden(request, hidden)
        raise


def record_hidden(request: HttpRequest, hidden: HiddenPatient) -> None:
    """Record that somebody asked for a patient whom they may not see."""
    with acting(request.user, request=request_id(request)):
        record("hidden", patient=hidden.patient, detail=f"{route(request)} needs {hidden.permission}")


def patient_of(request: HttpRequest, key: UUID, permission: str = "patients.read") -> Any:
    """Return a patient whom the asking person may see; raises HiddenPatient (404 and an audit entry) for any other."""
    found = request.asking.patients(permission).filter(key=key).first()
    if found is None:
        other = Patient.objects.filter(key=key).values_list("pk", flat=True).first()
        raise HiddenPatient(other, permission)
    return found


def seen(request: HttpRequest, what: str, *, patient: int | None = None) -> None:
    """Record that a page showed a patient (or a list of them): no answer leaves without its entry in the audit."""
    with acting(request.user, request=request_id(request)):
        record("read", patient=patient, detail=what)


def route(request: HttpRequest) -> str:
    """Return the name of the page, which unlike its address names no patient."""
    match = request.resolver_match
    return match.view_name if match is not None else "no page"


def request_id(request: HttpRequest) -> str:
    """Return the number by which a request is found again in log and audit."""
    return str(getattr(request, "number", ""))
