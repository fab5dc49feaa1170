"""The audit's triggers on SQLite. They call the functions of connection.py."""

from __future__ import annotations

from collections.abc import Iterator

from hepatica.registry.audit.chain import SEALED
from hepatica.registry.audit.columns import AuditedTable
from hepatica.registry.audit.ledgers import Ledger

_EMPTY = {"at": "''", "actor": "''", "detail": "''", "request": "''", "previous": "''", "hash": "''"}


def statements(ledger: Ledger, tables: list[AuditedTable]) -> Iterator[str]:
    """Yield the statements that put the triggers in place, those of before removed first."""
    yield from _chain(ledger.entry)
    yield from _append_only(ledger)
    for table in tables:
        yield from _table(ledger, table)


def _trigger(name: str, when: str, body: str) -> Iterator[str]:
    yield f"DROP TRIGGER IF EXISTS {name}"
    yield f"CREATE TRIGGER {name} {when} BEGIN {body} END"


def _chain(entry: str) -> Iterator[str]:
    """Refuse an entry without an actor; else complete it and seal it together with the one before."""
    before = f"SELECT hash FROM {entry} WHERE seq = NEW.seq - 1"
    sealed = ", ".join(SEALED)
    yield from _trigger(
        "audit_chain",
        f"AFTER INSERT ON {entry}",
        "SELECT RAISE(ABORT, 'a change needs an actor') WHERE hepatica_actor() = '';"
        f" UPDATE {entry} SET at = hepatica_now(), actor = hepatica_actor(), request = hepatica_request(),"
        f" previous = coalesce(({before}), '') WHERE seq = NEW.seq;"  # the first entry has none before it
        f" UPDATE {entry} SET hash = hepatica_seal({sealed}) WHERE seq = NEW.seq;",
    )


def _append_only(ledger: Ledger) -> Iterator[str]:
    refuse = "SELECT RAISE(ABORT, 'the audit is append-only');"
    yield from _trigger("audit_no_update", f"BEFORE UPDATE ON {ledger.entry} WHEN OLD.hash <> ''", refuse)
    yield from _trigger("audit_no_delete", f"BEFORE DELETE ON {ledger.entry}", refuse)
    if ledger.history is not None:
        yield from _trigger("history_no_update", f"BEFORE UPDATE ON {ledger.history}", refuse)
        erasing = "OLD.patient IS NULL OR CAST(OLD.patient AS TEXT) <> hepatica_erasing()"
        yield from _trigger("history_no_delete", f"BEFORE DELETE ON {ledger.history} WHEN {erasing}", refuse)
    if ledger.seal is not None:
        erased = "CAST(OLD.patient_id AS TEXT) <> hepatica_erasing()"
        yield from _trigger("seal_no_delete", f"BEFORE DELETE ON {ledger.seal} WHEN {erased}", refuse)
        back = f"BEFORE UPDATE ON {ledger.seal} WHEN NEW.version <= OLD.version OR NEW.salt <> OLD.salt"
        yield from _trigger("seal_forward_only", back, refuse)


def _table(ledger: Ledger, table: AuditedTable) -> Iterator[str]:
    changed = f"{table.content('OLD', 'sqlite')} IS NOT {table.content('NEW', 'sqlite')}"
    yield from _trigger(f"audit_{table.subject}_insert", f"AFTER INSERT ON {table.table}", _inserted(ledger, table))
    yield from _trigger(
        f"audit_{table.subject}_update", f"AFTER UPDATE ON {table.table} WHEN {changed}", _updated(ledger, table)
    )
    yield from _trigger(f"audit_{table.subject}_delete", f"AFTER DELETE ON {table.table}", _deleted(ledger, table))


def _inserted(ledger: Ledger, table: AuditedTable) -> str:
    own = ""
    if table.subject == "patient":
        own = f"INSERT INTO {ledger.seal} (patient_id, version, salt) VALUES (NEW.id, 0, lower(hex(randomblob(16))));"
    return own + _entry(ledger, table, "insert", "NEW", after=True, before=False) + _raised(ledger, table, "NEW")


def _updated(ledger: Ledger, table: AuditedTable) -> str:
    moved = (
        _raised(ledger, table, "OLD", f"{table.patient_of('OLD')} <> {table.patient_of('NEW')}")
        if table.patient
        else ""
    )
    return _entry(ledger, table, "update", "NEW", after=True, before=True) + _raised(ledger, table, "NEW") + moved


def _deleted(ledger: Ledger, table: AuditedTable) -> str:
    return _entry(ledger, table, "delete", "OLD", after=False, before=True) + _raised(ledger, table, "OLD")


def _entry(ledger: Ledger, table: AuditedTable, act: str, row: str, *, after: bool, before: bool) -> str:
    """Return the entry of a change, and what the row said before with the reason, where there is either."""
    patient = table.patient_of(row)
    salt = "NULL" if ledger.seal is None else f"(SELECT salt FROM {ledger.seal} WHERE patient_id = {patient})"
    old = table.content("OLD", "sqlite", table.kept_columns) if before else "''"
    digest = f"hepatica_digest({salt}, {table.content(row, 'sqlite')})" if after else "''"
    kept = f"hepatica_digest({salt}, {old} || char(31) || hepatica_reason())"
    if ledger.history is None:
        kept = "''"
    elif not before:
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
    entry = f"INSERT INTO {ledger.entry} ({', '.join(values)}) VALUES ({', '.join(values.values())});"
    if ledger.history is None:
        return entry
    wanted = "1" if before else "hepatica_reason() <> ''"
    return (
        f"{entry}INSERT INTO {ledger.history} (seq, patient, content, reason)"
        f" SELECT (SELECT max(seq) FROM {ledger.entry}), {patient}, {old}, hepatica_reason() WHERE {wanted};"
    )


def _raised(ledger: Ledger, table: AuditedTable, row: str, when: str = "1") -> str:
    """Return the step that raises the version of the patient's data."""
    if table.patient is None or ledger.seal is None:
        return ""
    return f"UPDATE {ledger.seal} SET version = version + 1 WHERE patient_id = {table.patient_of(row)} AND {when};"
