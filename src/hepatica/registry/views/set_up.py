"""Following a one-time link: its person sets the password and is signed in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.password_validation import password_validators_help_texts, validate_password
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hepatica.registry.access.invitations import invited
from hepatica.registry.access.needs import EVERYBODY, needs
from hepatica.registry.audit.acting import acting
from hepatica.registry.audit.entries import record
from hepatica.registry.models import Person
from hepatica.registry.views.signing_in import finish


class NewPasswordForm(forms.Form):
    """A password, twice."""

    password = forms.CharField(
        label=_("New password"), strip=False, max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "autofocus": True}),
    )  # fmt: skip
    again = forms.CharField(
        label=_("New password, once more"), strip=False, max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean(self) -> dict[str, Any]:
        """Hold the password to the policy, and the two to each other."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("password") != given.get("again"):
            self.add_error("again", _("The two are not the same."))
        elif given.get("password"):
            validate_password(given["password"], self.person)
        return given


@needs(EVERYBODY)
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    """Set the password of the link's person; 404 for a link that is used, over, or wrong."""
    invitation = invited(token)
    if invitation is None:
        raise Http404("no such invitation")
    form = NewPasswordForm(invitation.person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        with acting(invitation.person, request=request.number):
            invitation.person.set_password(form.cleaned_data["password"])
            invitation.person.save(update_fields=["password"])
            invitation.used_at = timezone.now()
            invitation.save(update_fields=["used_at"])
            record("password set", subject="person", subject_key=str(invitation.person_id))
            return finish(request, invitation.person, "")
    shown = {"form": form, "person": invitation.person, "policy": password_validators_help_texts()}
    return render(request, "registry/set_up.html", shown, status=400 if form.errors else 200)
