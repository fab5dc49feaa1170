"""The one pass over a source's files: every resource is looked at once, and is used or counted with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from hepatica.errors import SourceError
from hepatica.record.record import PROBLEM_SCHEMA
from hepatica.sources.account import Account, FileAccount
from hepatica.sources.fhir.codes import agreed
from hepatica.sources.fhir.documents import Document, Line, Reader, TooLong, lines
from hepatica.sources.fhir.events import is_refuted, read_adverse_event, read_condition, read_procedure
from hepatica.sources.fhir.files import Files, Manifest
from hepatica.sources.fhir.gathering import Gathering, Told
from hepatica.sources.fhir.local_codes import LocalCodes
from hepatica.sources.fhir.medications import read_medication, read_treatment
from hepatica.sources.fhir.observations import read_observation, read_report
from hepatica.sources.fhir.people import read_patient
from hepatica.sources.fhir.shapes import Resource, inside, text
from hepatica.sources.fhir.spool import Spool
from hepatica.sources.fhir.streams import opened
from hepatica.sources.pace import Pace

_READERS: dict[str, Callable[[Gathering], str | None]] = {
    "Patient": read_patient,
    "Observation": read_observation,
    "DiagnosticReport": read_report,
    "Condition": read_condition,
    "Procedure": read_procedure,
    "AdverseEvent": read_adverse_event,
    "Medication": read_medication,
    "MedicationRequest": read_treatment,
    "MedicationStatement": read_treatment,
    "MedicationAdministration": read_treatment,
    "MedicationDispense": read_treatment,
}
_WITHOUT_SUBJECT = ("Patient", "Medication")
# Not data of patients as they are: answers to requests, and every version there ever was.
_OTHER_BUNDLES = ("history", "transaction-response", "subscription-notification")
_DEEPEST_BUNDLE = 3
_SHOWN = 200
_FAULTS = {
    "not_json": "the line is no JSON: export it again, or correct it",
    "not_utf8": "the line is not UTF-8 text: export the file as UTF-8",
}


@dataclass
class Pass:
    """One pass over the files, with what it has to tell."""

    spool: Spool
    local: LocalCodes = field(default_factory=LocalCodes)
    told: Told = field(default_factory=Told)
    account: Account = field(default_factory=Account)
    pace: Pace = field(default_factory=lambda: Pace("resources"))

    def over(self, files: Files) -> None:
        """Read every file once.

        Raises:
            SourceError: a file cannot be read or is not JSON, or a bundle is of a kind that holds no present data.
        """
        for sentence in files.notes:
            self.account.note(sentence)
        for path in files.documents:
            self._document(path)
        for path in files.bulk:
            self._bulk(path, files.manifest)
        self.pace.end()
        self.spool.finish(self.told)

    def _document(self, path: Path) -> None:
        file = self.account.files[path.name] = FileAccount(path.name, "FHIR in JSON", path.stat().st_size)
        with opened(path, path.name) as stream:
            reader = Reader(stream)
            for file.rows, entry in enumerate(reader.entries(), start=1):
                self._entry(entry, path.name, file.rows)
        self._header(reader.document, path.name, file)

    def _header(self, document: Document, name: str, file: FileAccount) -> None:
        """Take a document that is a resource itself, and refuse a bundle that is not what it seems."""
        header = document.header
        if document.is_list:
            return
        kind = text(header, "resourceType")
        if kind is None:
            raise SourceError(name, "is JSON, but no FHIR resource", "leave it out of the folder")
        if kind != "Bundle":
            file.rows = 1
            self._resource(header, None, name, 1)
            return
        if text(header, "type") in _OTHER_BUNDLES:
            what = f"is a bundle of type {text(header, 'type')}"
            raise SourceError(name, what, "export the present resources (searchset, collection, or transaction)")
        if any(text(link, "relation") == "next" for link in _objects(header.get("link"))):
            self.account.note(f"{name}: a page of a search that has a next one: see that all pages are there")

    def _entry(self, entry: Any, name: str, number: int, depth: int = 0) -> None:
        """Take an entry of a bundle (or an item of a list, which may be the resource itself)."""
        if isinstance(entry, TooLong):
            self._too_long(entry)
            return
        resource = inside(entry, "resource")
        if resource is None and text(entry, "resourceType") is not None:
            resource = entry
        if isinstance(resource, dict):
            self._resource(resource, text(entry, "fullUrl"), name, number, depth)
        elif text(entry, "request", "method") == "DELETE":
            self._deleted(text(entry, "request", "url"), name, number)
        else:
            self.told.not_used["entry", "holds no resource"] += 1

    def _resource(self, resource: Resource, full_url: str | None, name: str, number: int, depth: int = 0) -> None:
        kind = text(resource, "resourceType") or "(no type)"
        if kind == "Bundle" and depth < _DEEPEST_BUNDLE:
            for entry in _objects(resource.get("entry")):
                self._entry(entry, name, number, depth + 1)
            return
        self.pace.more(name)
        why = self._use(kind, Gathering.of(self.spool, self.told, resource, full_url, name, number, self.local))
        if why is None:
            self.told.used[kind] += 1
        else:
            self.told.not_used[kind[:60], why] += 1

    def _use(self, kind: str, one: Gathering) -> str | None:
        """Use a resource; returns why it is not used if it is not."""
        reader = _READERS.get(kind)
        if reader is None:
            return "not part of the record"
        if kind not in _WITHOUT_SUBJECT and not one.is_about_a_patient():
            return "about no patient"
        if (why := _does_not_count(kind, one.resource)) is not None:
            one.note_version()  # it was final once, and is not any more
            return why
        why = reader(one)
        if why is None and kind != "Medication":
            one.note_version()
        return why

    def _deleted(self, url: str | None, name: str, number: int) -> None:
        self.told.not_used["entry", "deletes a resource"] += 1
        if url is not None:
            Gathering.of(self.spool, self.told, {}, None, name, number, self.local).add("deleted", ref=url)

    def _too_long(self, value: TooLong) -> None:
        self.told.not_used[value.resource_type or "(no type)", "too long to be read"] += 1

    def _bulk(self, path: Path, manifest: Manifest | None) -> None:
        file = self.account.files[path.name] = FileAccount(path.name, "FHIR, one resource a line", path.stat().st_size)
        bad: list[Line] = []
        with opened(path, path.name) as stream:
            for line in lines(stream):
                file.rows += 1
                if line.fault is not None:
                    bad.append(line)
                else:
                    self._entry(line.value, path.name, line.number)
        if bad:
            self.account.bad_lines.append(_set_aside(_table_of(path), path.name, bad))
            file.bad = len(bad)
        expected = manifest.rows_of(path.name) if manifest is not None else None
        if expected is not None and expected != file.rows:
            self.account.note(f"{path.name}: the manifest tells of {expected:,} resources, the file has {file.rows:,}")


def _does_not_count(kind: str, resource: Resource) -> str | None:
    """Return the status because of which a resource does not count, None if it does."""
    if kind == "Condition":
        refuted = is_refuted(resource)
        return None if refuted is None else f"status {refuted}"
    counted = agreed("counted").get(kind)
    status = text(resource, "status")
    return None if counted is None or status in counted else f"status {(status or 'missing')[:40]}"


def _objects(value: Any) -> Iterator[Resource]:
    yield from (one for one in (value if isinstance(value, list) else []) if isinstance(one, dict))


def _set_aside(table: str, file: str, bad: list[Line]) -> pl.DataFrame:
    """Return lines that are no resources as rows of the quarantine."""
    rows = [
        {"table": table, "file": file, "line": one.number, "value": one.text[:_SHOWN]}
        | {"reason": one.fault, "explanation": _FAULTS[one.fault or ""]}
        for one in bad
    ]
    return pl.DataFrame(rows, schema=PROBLEM_SCHEMA)


def _table_of(path: Path) -> str:
    """Return the table whose rows a bulk file's broken lines most likely were."""
    name = path.name.casefold()
    told = {"patient": "patients", "medication": "treatments", "condition": "events", "procedure": "events"}
    return next((table for word, table in told.items() if word in name), "measurements")
