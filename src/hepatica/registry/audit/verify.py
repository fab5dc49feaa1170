"""Verifying the audit: the chain is whole, and every row and every former content is what was sealed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from hepatica.registry.audit.chain import SEALED, SEPARATOR, digest, seal
from hepatica.registry.audit.columns import AuditedTable, audited_tables
from hepatica.registry.models import AuditEntry, AuditForm, History, PatientSeal

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


def verify(known_heads: list[Head] | None = None) -> Verification:
    """Verify the whole audit of the record's database, and that each head known from before is still part of it."""
    chain = _Chain(PatientSeal.objects.in_bulk())
    problems = [*chain.walk(), *chain.histories()]
    problems += [f"head {head.seq}: is no longer in the audit" for head in known_heads or [] if not _holds(head)]
    for table in audited_tables():
        problems += chain.rows(table)
    return Verification(chain.count, chain.head, problems)


def head() -> Head:
    """Return the last entry's number and hash; 0 and nothing before the first."""
    last = AuditEntry.objects.order_by("-seq").values_list("seq", "hash").first()
    return Head(*last) if last else Head(0, "")


def _holds(known: Head) -> bool:
    return known.seq == 0 or AuditEntry.objects.filter(seq=known.seq, hash=known.hash).exists()


class _Chain:
    """One walk over the audit, and what it says about rows, histories, and erasures."""

    def __init__(self, seals: dict[int, PatientSeal]) -> None:
        self.salts = {number: one.salt for number, one in seals.items()}
        self.count = 0
        self.head = Head(0, "")
        self.last: dict[tuple[str, str], Sealed] = {}
        self.kept: dict[int, tuple[str, int | None]] = {}
        self.erased: set[int] = set()

    def walk(self) -> Iterator[str]:
        """Yield what is wrong with the chain itself."""
        for values in AuditEntry.objects.order_by("seq").values_list(*SEALED, "hash").iterator(AT_ONCE):
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
        for one in History.objects.order_by("seq").iterator(AT_ONCE):
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
        forms = dict(AuditForm.objects.filter(subject=table.subject).values_list("number", "columns"))
        found: set[str] = set()
        for form, columns in forms.items():
            for number, patient, content in _contents(table, tuple(columns.split(","))):
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


def _contents(table: AuditedTable, columns: tuple[str, ...]) -> Iterator[tuple[int, int | None, str]]:
    """Yield number, patient, and content of each row, the content written down as the triggers write it."""
    vendor = connection.vendor
    patient = table.patient_of("t")
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT t.id, {patient}, {table.content("t", vendor, columns)} FROM "{table.table}" t')
        while rows := cursor.fetchmany(AT_ONCE):
            yield from rows
