"""Verifying the audit: the chain is whole, and every row and every former content is what was sealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connections

from hepatica.registry.audit.chain import SEALED, SEPARATOR, digest, seal
from hepatica.registry.audit.columns import AuditedTable, audited_tables
from hepatica.registry.audit.ledgers import LEDGERS, RECORD, Ledger

AT_ONCE = 5_000
ERASE = "erase"


@dataclass(frozen=True)
class Head:
    """The last entry of the audit at some time: with it kept elsewhere, a shortened or rewritten audit is found out."""

    seq: int
    hash: str

    def __str__(self) -> str:
        """Return number:hash."""
        return f"{self.seq}:{self.hash}"

    @classmethod
    def of(cls, text: str) -> Head:
        """Return a head that was written down as number:hash; ValueError for any other text."""
        number, _, sealed = text.strip().partition(":")
        return cls(int(number), sealed)


@dataclass(frozen=True)
class Sealed:
    """What the last entry about a row says that the row contains; no digest once it is deleted."""

    seq: int
    form: int
    digest: str


@dataclass
class Verification:
    """The outcome: how many entries were read, the head, and every problem in words without a patient's value."""

    entries: int
    head: Head
    problems: list[str]


def verify(known_heads: list[Head] | None = None, ledger: Ledger = RECORD) -> Verification:
    """Verify the whole audit of a database, and that each head known from before is still part of it."""
    chain = _Chain(ledger)
    problems = [*chain.walk(), *chain.histories()]
    missing = [known for known in known_heads or [] if not _holds(known, ledger)]
    problems += [f"head {known.seq}: is no longer in the audit" for known in missing]
    for table in audited_tables(ledger):
        problems += chain.rows(table)
    return Verification(chain.count, chain.head, problems)


@dataclass(frozen=True)
class Verifications:
    """The record's audit and the identities', verified."""

    record: Verification
    identities: Verification

    @property
    def problems(self) -> list[str]:
        """Return every problem of both."""
        return [*self.record.problems, *(f"identities: {one}" for one in self.identities.problems)]

    @property
    def document(self) -> dict[str, Any]:
        """Return what was found as a document."""
        record, identities = ({"entries": one.entries, "head": str(one.head)} for one in (self.record, self.identities))
        return {**record, "identities": identities, "problems": self.problems}


def verify_both(known_heads: Mapping[str, list[Head]]) -> Verifications:
    """Verify the audits of both databases with the heads that are known of each, by the database's alias."""
    record, identities = (verify(known_heads.get(ledger.alias, []), ledger) for ledger in LEDGERS)
    return Verifications(record, identities)


def head(ledger: Ledger = RECORD) -> Head:
    """Return the last entry's number and hash; 0 and nothing before the first."""
    last = ledger.entries.objects.order_by("-seq").values_list("seq", "hash").first()
    return Head(*last) if last else Head(0, "")


def _holds(known: Head, ledger: Ledger) -> bool:
    return known.seq == 0 or bool(ledger.entries.objects.filter(seq=known.seq, hash=known.hash).exists())


class _Chain:
    """One walk over the audit, and what it says about rows, histories, and erasures."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        seals = [] if ledger.seals is None else ledger.seals.objects.values_list("patient_id", "salt")
        self.salts: dict[int, str] = dict(seals)
        self.count = 0
        self.head = Head(0, "")
        self.last: dict[tuple[str, str], Sealed] = {}
        self.kept: dict[int, tuple[str, int | None]] = {}
        self.erased: set[int] = set()

    def walk(self) -> Iterator[str]:
        """Yield what is wrong with the chain itself."""
        for values in self.ledger.entries.objects.order_by("seq").values_list(*SEALED, "hash").iterator(AT_ONCE):
            entry = dict(zip((*SEALED, "hash"), values, strict=True))
            if entry["seq"] != self.head.seq + 1:
                yield f"entry {entry['seq']}: entries before it are missing"
            if entry["previous"] != self.head.hash:
                yield f"entry {entry['seq']}: is not tied to the entry before it"
            if seal(values[:-1]) != entry["hash"]:
                yield f"entry {entry['seq']}: was changed after it was sealed"
            self._remember(entry)

    def _remember(self, entry: dict[str, object]) -> None:
        seq, patient = int(str(entry["seq"])), entry["patient"]
        self.count += 1
        self.head = Head(seq, str(entry["hash"]))
        if entry["act"] in ("insert", "update", "delete"):
            place = (str(entry["subject"]), str(entry["subject_key"]))
            self.last[place] = Sealed(seq, int(str(entry["form"])), str(entry["digest"]))
        if entry["kept"]:
            self.kept[seq] = (str(entry["kept"]), patient if isinstance(patient, int) else None)
        if entry["act"] == ERASE and isinstance(patient, int):
            self.erased.add(patient)

    def histories(self) -> Iterator[str]:
        """Yield what is wrong with the former contents: each is what was sealed, and only an erasure removes one."""
        expected = dict(self.kept)
        kept = [] if self.ledger.histories is None else self.ledger.histories.objects.order_by("seq").iterator(AT_ONCE)
        for one in kept:
            sealed, patient = expected.pop(one.seq, ("", None))
            content = f"{one.content}{SEPARATOR}{one.reason}"
            if one.patient != patient or digest(self._salt(patient), content) != sealed:
                yield f"history of entry {one.seq}: is not what was sealed"
        for seq, (_, patient) in expected.items():
            if patient is None or patient not in self.erased:
                yield f"history of entry {seq}: is missing without an erasure"

    def _salt(self, patient: int | None) -> str:
        return "" if patient is None else self.salts.get(patient, "")

    def rows(self, table: AuditedTable) -> Iterator[str]:
        """Yield what is wrong with a table's rows: each is what its last entry sealed, and none is missing."""
        expected = {key: one for (subject, key), one in self.last.items() if subject == table.subject and one.digest}
        forms = dict(self.ledger.forms.objects.filter(subject=table.subject).values_list("number", "columns"))
        found: set[str] = set()
        for form, columns in forms.items():
            for number, patient, content in _contents(self.ledger, table, tuple(columns.split(","))):
                key = str(number)
                known = expected.get(key)
                if known is None and form == table.form:
                    yield f"{table.subject} {key}: has no entry in the audit"
                if known is None or known.form != form:
                    continue
                found.add(key)
                if digest(self._salt(patient), content) != known.digest:
                    yield f"{table.subject} {key}: is not what entry {known.seq} sealed"
        for key in expected.keys() - found:
            yield f"{table.subject} {key}: is missing without an entry about its deletion"


def _contents(ledger: Ledger, table: AuditedTable, columns: tuple[str, ...]) -> Iterator[tuple[int, int | None, str]]:
    """Yield number, patient, and content of each row, the content written down as the triggers write it."""
    connection = connections[ledger.alias]
    vendor = connection.vendor
    patient = table.patient_of("t")
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT t.id, {patient}, {table.content("t", vendor, columns)} FROM "{table.table}" t')
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows
