"""The audit's triggers on SQLite. They call the functions of connection.py."""

from __future__ import annotations

from collections.abc import Iterator

from hepatica.registry.audit.chain import SEALED
from hepatica.registry.audit.columns import AuditedTable

ENTRY, HISTORY, SEAL = "registry_auditentry", "registry_history", "registry_patientseal"
_EMPTY = {"at": "''", "actor": "''", "detail": "''", "request": "''", "previous": "''", "hash": "''"}


def statements(tables: list[AuditedTable]) -> Iterator[str]:
    """Yield the statements that put the triggers in place, those of before removed first."""
    yield from _chain()
    yield from _append_only()
    for table in tables:
        yield from _table(table)


def _trigger(name: str, when: str, body: str) -> Iterator[str]:
    yield f"DROP TRIGGER IF EXISTS {name}"
    yield f"CREATE TRIGGER {name} {when} BEGIN {body} END"


def _chain() -> Iterator[str]:
    """Refuse an entry without an actor; else complete it and seal it together with the one before."""
    before = f"SELECT hash FROM {ENTRY} WHERE seq = NEW.seq - 1"
    sealed = ", ".join(SEALED)
    yield from _trigger(
        "audit_chain",
        f"AFTER INSERT ON {ENTRY}",
        "SELECT RAISE(ABORT, 'a change needs an actor') WHERE hepatica_actor() = '';"
        f" UPDATE {ENTRY} SET at = hepatica_now(), actor = hepatica_actor(), request = hepatica_request(),"
        f" previous = coalesce(({before}), '') WHERE seq = NEW.seq;"  # the first entry has none before it
        f" UPDATE {ENTRY} SET hash = hepatica_seal({sealed}) WHERE seq = NEW.seq;",
    )


def _append_only() -> Iterator[str]:
    refuse = "SELECT RAISE(ABORT, 'the audit is append-only');"
    yield from _trigger("audit_no_update", f"BEFORE UPDATE ON {ENTRY} WHEN OLD.hash <> ''", refuse)
    yield from _trigger("audit_no_delete", f"BEFORE DELETE ON {ENTRY}", refuse)
    yield from _trigger("history_no_update", f"BEFORE UPDATE ON {HISTORY}", refuse)
    erasing = "OLD.patient IS NULL OR CAST(OLD.patient AS TEXT) <> hepatica_erasing()"
    yield from _trigger("history_no_delete", f"BEFORE DELETE ON {HISTORY} WHEN {erasing}", refuse)
    erased = "CAST(OLD.patient_id AS TEXT) <> hepatica_erasing()"
    yield from _trigger("seal_no_delete", f"BEFORE DELETE ON {SEAL} WHEN {erased}", refuse)
    back = f"BEFORE UPDATE ON {SEAL} WHEN NEW.version <= OLD.version OR NEW.salt <> OLD.salt"
    yield from _trigger("seal_forward_only", back, refuse)


def _table(table: AuditedTable) -> Iterator[str]:
    changed = f"{table.content('OLD', 'sqlite')} IS NOT {table.content('NEW', 'sqlite')}"
    yield from _trigger(f"audit_{table.subject}_insert", f"AFTER INSERT ON {table.table}", _inserted(table))
    yield from _trigger(
        f"audit_{table.subject}_update", f"AFTER UPDATE ON {table.table} WHEN {changed}", _updated(table)
    )
    yield from _trigger(f"audit_{table.subject}_delete", f"AFTER DELETE ON {table.table}", _deleted(table))


def _inserted(table: AuditedTable) -> str:
    own = ""
    if table.subject == "patient":
        own = f"INSERT INTO {SEAL} (patient_id, version, salt) VALUES (NEW.id, 0, lower(hex(randomblob(16))));"
    return own + _entry(table, "insert", "NEW", after=True, before=False) + _raised(table, "NEW")


def _updated(table: AuditedTable) -> str:
    moved = _raised(table, "OLD", f"{table.patient_of('OLD')} <> {table.patient_of('NEW')}") if table.patient else ""
    return _entry(table, "update", "NEW", after=True, before=True) + _raised(table, "NEW") + moved


def _deleted(table: AuditedTable) -> str:
    return _entry(table, "delete", "OLD", after=False, before=True) + _raised(table, "OLD")


def _entry(table: AuditedTable, act: str, row: str, *, after: bool, before: bool) -> str:
    """Return the entry of a change, and what the row said before with the reason, where there is either."""
    patient = table.patient_of(row)
    salt = f"(SELECT salt FROM {SEAL} WHERE patient_id = {patient})"
    old = table.content("OLD", "sqlite", table.kept_columns) if before else "''"
    digest = f"hepatica_digest({salt}, {table.content(row, 'sqlite')})" if after else "''"
    kept = f"hepatica_digest({salt}, {old} || char(31) || hepatica_reason())"
    if not before:
        kept = f"CASE WHEN hepatica_reason() = '' THEN '' ELSE {kept} END"
    values = {
        **_EMPTY,
        "act": f"'{act}'",
        "subject": f"'{table.subject}'",
        "subject_key": f"CAST({row}.id AS TEXT)",
        "patient": patient,
        "form": str(table.form),
        "digest": digest,
        "kept": kept,
    }
    wanted = "1" if before else "hepatica_reason() <> ''"
    return (
        f"INSERT INTO {ENTRY} ({', '.join(values)}) VALUES ({', '.join(values.values())});"
        f"INSERT INTO {HISTORY} (seq, patient, content, reason)"
        f" SELECT (SELECT max(seq) FROM {ENTRY}), {patient}, {old}, hepatica_reason() WHERE {wanted};"
    )


def _raised(table: AuditedTable, row: str, when: str = "1") -> str:
    """Return the step that raises the version of the patient's data."""
    if table.patient is None:
        return ""
    return f"UPDATE {SEAL} SET version = version + 1 WHERE patient_id = {table.patient_of(row)} AND {when};"
