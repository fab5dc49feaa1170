"""What every audited table shares: whoever changes a row, by whatever way, leaves an entry in the audit."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Audited(models.Model):
    """A table whose every insert, update, and delete is put into the audit by the database itself.

    `patient_column` is the column that says which patient a row is about (None: about none); `secret_columns` count
    for the digest, but their former values are not kept.
    """

    patient_column: ClassVar[str | None] = None
    secret_columns: ClassVar[tuple[str, ...]] = ()

    class Meta:
        """No table of its own."""

        abstract = True


def audited_models(app: str = "registry") -> list[type[Audited]]:
    """Return every audited model of the record, or of the identities, in the order of their names."""
    from django.apps import apps  # noqa: PLC0415  (the models are known only when Django has loaded them)

    found = [model for model in apps.get_app_config(app).get_models() if issubclass(model, Audited)]
    return sorted(found, key=lambda model: str(model._meta.model_name))
