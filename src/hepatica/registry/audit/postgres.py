"""The audit's triggers on PostgreSQL: the same entries as on SQLite, by functions of the database."""

from __future__ import annotations

from collections.abc import Iterator

from hepatica.registry.audit.acting import CHAIN_LOCK
from hepatica.registry.audit.chain import SEALED
from hepatica.registry.audit.columns import AuditedTable
from hepatica.registry.audit.ledgers import Ledger

_SETTINGS = """
CREATE OR REPLACE FUNCTION hepatica_said(name text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT coalesce(current_setting('hepatica.' || name, true), '') $$
"""
_DIGEST = """
CREATE OR REPLACE FUNCTION hepatica_digest(salt text, content text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT encode(sha256(convert_to(coalesce(salt, '') || chr(31) || content, 'UTF8')), 'hex') $$
"""


def statements(ledger: Ledger, tables: list[AuditedTable]) -> Iterator[str]:
    """Yield the statements that put functions and triggers in place, those of before replaced."""
    yield _SETTINGS
    yield _DIGEST
    yield from _chain(ledger.entry)
    yield from _append_only(ledger)
    for table in tables:
        yield from _table(ledger, table)


def _trigger(name: str, when: str, on: str, body: str, declare: str = "") -> Iterator[str]:
    yield f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {declare} BEGIN {body} END $$"
    yield f"DROP TRIGGER IF EXISTS {name} ON {on}"
    yield f"CREATE TRIGGER {name} {when} ON {on} FOR EACH ROW EXECUTE FUNCTION {name}()"


def _chain(entry: str) -> Iterator[str]:
    """Refuse an entry without an actor; else number it, complete it, and seal it together with the one before."""
    sealed = " || chr(31) || ".join(f"coalesce(NEW.{name}::text, '')" for name in SEALED)
    yield from _trigger(
        "hepatica_chain",
        "BEFORE INSERT",
        entry,
        f"""
        IF hepatica_said('actor') = '' THEN RAISE EXCEPTION 'a change needs an actor'; END IF;
        PERFORM pg_advisory_xact_lock({CHAIN_LOCK});
        SELECT seq, hash INTO last FROM {entry} ORDER BY seq DESC LIMIT 1;
        NEW.seq := coalesce(last.seq, 0) + 1;
        NEW.at := to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
        NEW.actor := hepatica_said('actor');
        NEW.request := hepatica_said('request');
        NEW.previous := coalesce(last.hash, '');
        NEW.hash := encode(sha256(convert_to({sealed}, 'UTF8')), 'hex');
        RETURN NEW;
        """,
        "DECLARE last record;",
    )


def _append_only(ledger: Ledger) -> Iterator[str]:
    refuse = "RAISE EXCEPTION 'the audit is append-only';"
    yield from _trigger("hepatica_audit_fixed", "BEFORE UPDATE OR DELETE", ledger.entry, refuse)
    if ledger.history is not None:
        erased = f"""
        IF TG_OP = 'DELETE' AND OLD.patient IS NOT NULL AND OLD.patient::text = hepatica_said('erasing')
        THEN RETURN OLD; END IF;
        {refuse}
        """
        yield from _trigger("hepatica_history_fixed", "BEFORE UPDATE OR DELETE", ledger.history, erased)
    if ledger.seal is not None:
        forward = f"""
        IF TG_OP = 'DELETE' THEN
          IF OLD.patient_id::text = hepatica_said('erasing') THEN RETURN OLD; END IF;
        ELSIF NEW.version > OLD.version AND NEW.salt = OLD.salt THEN RETURN NEW; END IF;
        {refuse}
        """
        yield from _trigger("hepatica_seal_fixed", "BEFORE UPDATE OR DELETE", ledger.seal, forward)
    body = f"BEGIN {refuse} END"
    yield f"CREATE OR REPLACE FUNCTION hepatica_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"
    for table in filter(None, (ledger.entry, ledger.history, ledger.seal)):
        yield f"DROP TRIGGER IF EXISTS hepatica_no_truncate ON {table}"
        yield (
            f"CREATE TRIGGER hepatica_no_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION hepatica_refuse()"
        )


def _table(ledger: Ledger, table: AuditedTable) -> Iterator[str]:
    yield from _trigger(
        f"hepatica_audit_{table.subject}",
        "AFTER INSERT OR UPDATE OR DELETE",
        f'"{table.table}"',
        _body(ledger, table),
        "DECLARE old_content text := ''; kept_content text := ''; new_content text := ''; salted text; about bigint;"
        " key text; said text := hepatica_said('reason'); entry bigint;",
    )


def _body(ledger: Ledger, table: AuditedTable) -> str:
    first = f"INSERT INTO {ledger.seal} (patient_id, version, salt) VALUES (NEW.id, 0, gen_random_uuid()::text);"
    new_patient = f"IF TG_OP = 'INSERT' THEN {first} END IF;" if table.subject == "patient" else ""
    return f"""
    {new_patient}
    IF TG_OP <> 'INSERT' THEN
      old_content := {table.content("OLD", "postgresql")};
      kept_content := {table.content("OLD", "postgresql", table.kept_columns)};
      about := {table.patient_of("OLD")}; key := OLD.id::text;
    END IF;
    IF TG_OP <> 'DELETE' THEN
      new_content := {table.content("NEW", "postgresql")};
      about := {table.patient_of("NEW")}; key := NEW.id::text;
    END IF;
    IF TG_OP = 'UPDATE' AND old_content = new_content THEN RETURN NULL; END IF;
    {_salted(ledger)}
    INSERT INTO {ledger.entry} (seq, at, actor, act, subject, subject_key, patient, form, digest, kept, detail, request,
      previous, hash)
    VALUES (0, '', '', lower(TG_OP), '{table.subject}', key, about, {table.form},
      CASE WHEN TG_OP = 'DELETE' THEN '' ELSE hepatica_digest(salted, new_content) END,
      {_kept(ledger)}, '', '', '', '')
    RETURNING seq INTO entry;
    {_history(ledger)}
    {_raised(ledger, table)}
    RETURN NULL;
    """


def _salted(ledger: Ledger) -> str:
    return "" if ledger.seal is None else f"SELECT salt INTO salted FROM {ledger.seal} WHERE patient_id = about;"


def _kept(ledger: Ledger) -> str:
    """Return the digest of what the history keeps of a change; nothing where it keeps none."""
    if ledger.history is None:
        return "''"
    digest = "hepatica_digest(salted, kept_content || chr(31) || said)"
    return f"CASE WHEN TG_OP = 'INSERT' AND said = '' THEN '' ELSE {digest} END"


def _history(ledger: Ledger) -> str:
    """Return the step that keeps what the row said before, and the reason."""
    if ledger.history is None:
        return ""
    kept = f"INSERT INTO {ledger.history} (seq, patient, content, reason) VALUES (entry, about, kept_content, said);"
    return f"IF TG_OP <> 'INSERT' OR said <> '' THEN {kept} END IF;"


def _raised(ledger: Ledger, table: AuditedTable) -> str:
    """Return the step that raises the version of the patient's data."""
    if table.patient is None or ledger.seal is None:
        return ""
    moved = f"""
    IF TG_OP = 'UPDATE' AND {table.patient_of("OLD")} <> about THEN
      UPDATE {ledger.seal} SET version = version + 1 WHERE patient_id = {table.patient_of("OLD")};
    END IF;"""
    return f"UPDATE {ledger.seal} SET version = version + 1 WHERE patient_id = about;{moved}"
