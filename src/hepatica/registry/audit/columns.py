"""Which columns of an audited table are digested, and the SQL that writes them down the same way every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hepatica.registry.audit.ledgers import Ledger
from hepatica.registry.models import Audited, audited_models

ALIAS = "\0"


@dataclass(frozen=True)
class AuditedTable:
    """An audited table: its name, the form of its digest, its columns, and where it names the patient."""

    subject: str
    table: str
    form: int
    columns: tuple[str, ...]
    kept_columns: tuple[str, ...]
    patient: str | None

    def content(self, row: str, vendor: str, columns: tuple[str, ...] | None = None) -> str:
        """Return the SQL of a row (NEW, OLD, or a table) as a JSON text of these columns."""
        names = self.columns if columns is None else columns
        pairs = ", ".join(f"'{name}', {row}.\"{name}\"" for name in names)
        return f"json_object({pairs})" if vendor == "sqlite" else f"json_build_object({pairs})::text"

    def patient_of(self, row: str) -> str:
        """Return the SQL of the patient whom a row is about."""
        return f'{row}."{self.patient}"' if self.patient else "NULL"


def audited_tables(ledger: Ledger) -> list[AuditedTable]:
    """Return every table that an audit covers in its present form; a form that is new is numbered and kept."""
    return [_table(model, ledger) for model in audited_models(ledger.app)]


def _table(model: type[Audited], ledger: Ledger) -> AuditedTable:
    columns = tuple(field.column for field in model._meta.concrete_fields)
    subject = str(model._meta.model_name)
    return AuditedTable(
        subject=subject,
        table=model._meta.db_table,
        form=_form(subject, columns, ledger),
        columns=columns,
        kept_columns=tuple(name for name in columns if name not in model.secret_columns),
        patient=model.patient_column,
    )


def _form(subject: str, columns: tuple[str, ...], ledger: Ledger) -> int:
    known: Any = ledger.forms.objects.filter(subject=subject).order_by("number")
    written = ",".join(columns)
    for form in known:
        if form.columns == written:
            return int(form.number)
    number = known.count() + 1
    ledger.forms.objects.create(subject=subject, number=number, columns=written)
    return number
