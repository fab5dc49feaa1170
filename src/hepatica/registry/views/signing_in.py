"""Signing in and out: user name and password, then the code of an authenticator app where one is set up."""

from __future__ import annotations

import time
from typing import Any

from django import forms
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django_otp import devices_for_user, match_token
from django_otp import login as code_login

from hepatica.registry.access.needs import EVERYBODY, SIGNED_IN, needs
from hepatica.registry.audit.entries import record
from hepatica.registry.models import Person
from hepatica.registry.security.expiry import begin

PENDING, PENDING_SECONDS = "pending", 300
BACKEND = "hepatica.registry.access.backend.ByPassword"


class PasswordForm(forms.Form):
    """User name and password."""

    username = forms.CharField(
        label=_("User name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"), strip=False, max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip


class CodeForm(forms.Form):
    """The six digits of an authenticator app."""

    code = forms.RegexField(
        r"^\s*\d{3}\s?\d{3}\s*$", label=_("Code of your authenticator app"), max_length=8,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )  # fmt: skip

    def clean_code(self) -> str:
        """Return the six digits without blanks."""
        return str(self.cleaned_data["code"]).replace(" ", "")


@needs(EVERYBODY)
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for name and password; whoever has an authenticator app is asked for its code next."""
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = authenticate(request, **form.cleaned_data)
        if person is not None:
            return _with_password(request, person)
        _failed(form.cleaned_data["username"])
        form.add_error(None, _("This user name and password do not belong together, or the account is closed."))
    return _page(request, form)


def _page(request: HttpRequest, form: forms.Form) -> HttpResponse:
    shown = {"form": form, "next": _next(request)}
    return render(request, "registry/sign_in.html", shown, status=400 if form.errors else 200)


def _failed(username: str) -> None:
    """Record a failed sign-in by the number of the account; what was typed is kept nowhere (it may be a password)."""
    known = Person.objects.filter(username=username).values_list("pk", flat=True).first()
    record("sign-in failed", subject="person", subject_key="" if known is None else str(known))


def _with_password(request: HttpRequest, person: Any) -> HttpResponse:
    if any(devices_for_user(person, confirmed=True)):
        request.session[PENDING] = {"person": person.pk, "at": int(time.time()), "next": _next(request)}
        return redirect("sign-in-code")
    return finish(request, person, _next(request))


@needs(EVERYBODY)
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Ask for the code of the authenticator app, within five minutes after the password."""
    pending = request.session.get(PENDING)
    if pending is None or time.time() - pending["at"] > PENDING_SECONDS:
        return redirect("sign-in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = Person.objects.filter(pk=pending["person"], is_active=True).first()
        device = match_token(person, form.cleaned_data["code"]) if person is not None else None
        if device is not None:
            return finish(request, person, pending["next"], device)
        record("code refused", subject="person", subject_key=str(pending["person"]))
        form.add_error("code", _("This code is not valid now. After wrong codes the next one counts a little later."))
    return _page(request, form)


def finish(request: HttpRequest, person: Any, to: str, device: Any = None) -> HttpResponse:
    """Begin the session of somebody who has shown who they are, and go where they wanted to go."""
    login(request, person, backend=BACKEND)
    if device is not None:
        code_login(request, device)
    begin(request)
    record("sign-in", subject="person", subject_key=str(person.pk), detail="with code" if device is not None else "")
    return redirect(to or resolve_url("home"))


@needs(SIGNED_IN)
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    record("sign-out", subject="person", subject_key=str(request.user.pk))
    logout(request)
    return redirect("sign-in")


def _next(request: HttpRequest) -> str:
    """Return the page of ours that somebody wanted to see; nothing for any other address."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed else ""
