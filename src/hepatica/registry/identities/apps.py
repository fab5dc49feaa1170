"""The identities as a part of Django of their own."""

from __future__ import annotations

from django.apps import AppConfig


class IdentitiesConfig(AppConfig):
    """Names and hospital numbers, kept apart from the record."""

    name = "hepatica.registry.identities"
    label = "identities"
