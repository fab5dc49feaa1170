"""People and roles, for the administrator, who sees no patient."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django_otp.plugins.otp_totp.models import TOTPDevice

from hepatica.registry.access.invitations import HOURS_VALID, invite
from hepatica.registry.access.needs import needs
from hepatica.registry.access.roles import refusal, roles
from hepatica.registry.audit.entries import record
from hepatica.registry.models import Centre, Membership, Person


class PersonForm(forms.ModelForm):
    """A new person."""

    class Meta:
        """The fields that an administrator gives."""

        model = Person
        fields = ("username", "name", "email")


class RoleForm(forms.Form):
    """A role, and the centre where it is held."""

    role = forms.ChoiceField(label=_("Role"), choices=lambda: [(name, _(one.title)) for name, one in roles().items()])
    centre = forms.ModelChoiceField(
        label=_("Centre"), queryset=Centre.objects.filter(closed=False).order_by("name"), required=False
    )

    def __init__(self, person: Person | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean(self) -> dict[str, Any]:
        """Hold the role to where it can be held, and by whom."""
        given: dict[str, Any] = super().clean() or {}
        role = roles().get(given.get("role", ""))
        if role is None:
            return given
        if role.at_centre and given.get("centre") is None:
            self.add_error("centre", _("This role is held at a centre: name it."))
        if not role.at_centre and given.get("centre") is not None:
            self.add_error("centre", _("This role holds for the whole installation: leave the centre empty."))
        held = list(self.person.memberships.values_list("role", flat=True)) if self.person is not None else []
        if (why := refusal(held, role.name)) is not None:
            self.add_error("role", why)
        return given


@needs("people.manage")
def people(request: HttpRequest) -> HttpResponse:
    """List the people with their roles, and add one, whose one-time link is shown once."""
    form, role = PersonForm(request.POST or None), RoleForm(None, request.POST or None)
    if request.method == "POST" and form.is_valid() and role.is_valid():
        person = form.save(commit=False)
        person.set_unusable_password()
        person.save()
        Membership.objects.create(person=person, **role.cleaned_data)
        return _invitation(request, person)
    everybody = Person.objects.prefetch_related("memberships__centre").order_by("name")
    shown = {
        "people": everybody,
        "form": form,
        "role": role,
        "roles": roles().values(),
        "centres": Centre.objects.count(),
    }
    return render(request, "registry/people.html", shown, status=400 if form.errors or role.errors else 200)


def _invitation(request: HttpRequest, person: Person) -> HttpResponse:
    """Show the link with which a person sets the password. It is nowhere else, and counts once."""
    link = request.build_absolute_uri(reverse("set-up", args=[invite(person)]))
    return render(request, "registry/invitation.html", {"person": person, "link": link, "hours": HOURS_VALID})


@needs("people.manage")
def person(request: HttpRequest, number: int) -> HttpResponse:
    """Show one person; give a role."""
    found = get_object_or_404(Person, pk=number)
    form = RoleForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        Membership.objects.get_or_create(person=found, **form.cleaned_data)
        return redirect("person", number=number)
    shown = {"found": found, "form": form, "memberships": found.memberships.select_related("centre")}
    return render(request, "registry/person.html", shown, status=400 if form.errors else 200)


@needs("people.manage")
@require_POST
def person_change(request: HttpRequest, number: int) -> HttpResponse:
    """Take a role, close or open the account, take the authenticator app away, or make a new one-time link."""
    found = get_object_or_404(Person, pk=number)
    asked = request.POST.get("do", "")
    if asked == "take-role":
        found.memberships.filter(pk=request.POST.get("membership") or None).delete()
    elif asked in ("close", "open"):
        found.is_active = asked == "open"
        found.save(update_fields=["is_active"])
    elif asked == "reset-code":
        TOTPDevice.objects.filter(user=found).delete()
        record("second factor removed", subject="person", subject_key=str(number))
    elif asked == "new-link":
        return _invitation(request, found)
    return redirect("person", number=number)
