"""Setting up an authenticator app: its QR code is shown once, and counts after its first code was given."""

from __future__ import annotations

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_otp import login as code_login
from django_otp.plugins.otp_totp.models import TOTPDevice

from hepatica.registry.access.needs import SIGNED_IN, needs
from hepatica.registry.audit.entries import record
from hepatica.registry.views.signing_in import CodeForm


@needs(SIGNED_IN)
def second_factor(request: HttpRequest) -> HttpResponse:
    """Show the code for an authenticator app, and confirm it by its first six digits."""
    if TOTPDevice.objects.filter(user=request.user, confirmed=True).exists():
        return render(request, "registry/second_factor.html", {"confirmed": True})
    device, _made = TOTPDevice.objects.get_or_create(user=request.user, confirmed=False, defaults={"name": "app"})
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if device.verify_token(form.cleaned_data["code"]):
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            code_login(request, device)
            record("second factor set up", subject="person", subject_key=str(request.user.pk))
            return redirect("home")
        form.add_error("code", _("This code is not valid now."))
    picture = segno.make(device.config_url, error="m").svg_data_uri(scale=5, border=4)
    shown = {"form": form, "picture": picture, "secret": device.config_url.partition("secret=")[2].partition("&")[0]}
    return render(request, "registry/second_factor.html", shown, status=400 if form.errors else 200)
