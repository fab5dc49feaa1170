"""The registry as a part of Django: what is put in place when it starts and after a migration."""

from __future__ import annotations

from django.apps import AppConfig, apps
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from hepatica.registry.databases import limit_waiting


class RegistryConfig(AppConfig):
    """People, centres, the record, the audit."""

    name = "hepatica.registry"
    label = "registry"

    def ready(self) -> None:
        """Give SQLite its functions, and the audit its triggers after each migration."""
        from hepatica.registry.audit.connection import give_functions  # noqa: PLC0415  (models are loaded first)
        from hepatica.registry.audit.ledgers import LEDGERS  # noqa: PLC0415
        from hepatica.registry.audit.triggers import install_triggers  # noqa: PLC0415

        connection_created.connect(give_functions)
        connection_created.connect(limit_waiting)
        for ledger in LEDGERS:
            post_migrate.connect(install_triggers, sender=apps.get_app_config(ledger.app))
