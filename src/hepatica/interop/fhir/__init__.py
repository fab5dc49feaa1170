"""A record written as FHIR R4: transaction bundles of patients, or one resource a line with a manifest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

import polars as pl

from hepatica.interop.fhir.happenings import write_biopsy, write_event, write_genotype
from hepatica.interop.fhir.people import write_patient
from hepatica.interop.fhir.results import write_result
from hepatica.interop.fhir.shapes import Resource, Written, bundle_mark
from hepatica.interop.fhir.treatments import write_treatment
from hepatica.interop.new_folder import new_folder
from hepatica.interop.readme import readme
from hepatica.interop.sent_tables import sent_tables
from hepatica.interop.table_folder import write_limits
from hepatica.record import TABLES, Record

FORMS = ("bundles", "ndjson")
PATIENTS_PER_BUNDLE = 100
_WHAT = """FHIR R4. Read it with: hepatica check fhir:THIS-FOLDER
bundle-….json are transactions of whole patients (PUT by id); the .ndjson files are a bulk export with its manifest.
What FHIR has no place for stands in extensions whose address begins with urn:hepatica: (see docs/fhir.md).
limits.csv, if it is there, holds the centre's own reference limits.
"""


def write(record: Record, out: Path, *, synthetic: bool, form: str = "bundles") -> list[Path]:
    """Write a record as FHIR R4 into a new folder; returns the files.

    Raises:
        UsageError: the folder holds something already, or cannot be written.
    """
    return write_parts([record], out, synthetic=synthetic, form=form)


def write_parts(
    records: Iterable[Record],
    out: Path,
    *,
    synthetic: bool,
    form: str = "bundles",
    limits: pl.DataFrame | None = None,
) -> list[Path]:
    """Write the parts of a record (buckets of its patients) one after the other; only one is in memory.

    `limits` are the centre's own reference limits that the record was read with; they go with the resources.
    """
    with new_folder(out) as folder:
        rows = dict.fromkeys(TABLES, 0)
        groups = _groups(records, rows, synthetic=synthetic)
        if form == "bundles":
            for number, group in enumerate(groups, start=1):
                _write_bundle(folder / f"bundle-{number:05}.json", group, synthetic=synthetic)
        else:
            _write_lines(folder, groups)
        write_limits(limits, folder)
        (folder / "README.txt").write_text(readme(rows, synthetic=synthetic, what=_WHAT), encoding="utf-8")
    return sorted(out.iterdir())


def resources(record: Record, *, synthetic: bool) -> Iterator[list[Resource]]:
    """Yield the resources of each patient of a record, the Patient first."""
    tables = {name: _by_patient(frame) for name, frame in sent_tables(record).items()}
    today = date.today()  # noqa: DTZ011 - the centre's own calendar day
    for patient_id, rows in tables["patients"].items():
        facts = {name: tables[name].get(patient_id, []) for name in TABLES}
        written = Written(patient_id, synthetic)
        write_patient(written, rows[0], facts["events"])
        for row in facts["measurements"]:
            write_result(written, row)
        for row in facts["treatments"]:
            write_treatment(written, row, today)
        for row in facts["events"]:
            write_event(written, row)
        for row in facts["biopsies"]:
            write_biopsy(written, row)
        for row in facts["genotypes"]:
            write_genotype(written, row)
        yield written.resources


def _by_patient(frame: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    parts = frame.partition_by("patient_id", as_dict=True, maintain_order=True)
    return {str(key): part.to_dicts() for (key,), part in parts.items()}


def _groups(records: Iterable[Record], rows: dict[str, int], *, synthetic: bool) -> Iterator[list[list[Resource]]]:
    """Yield the patients' resources in groups that make one bundle, and count the rows on the way."""
    for record in records:
        ids = record.patients["patient_id"].to_list()
        for name in TABLES:
            rows[name] += record.table(name).height
        for first in range(0, len(ids), PATIENTS_PER_BUNDLE):
            part = record.of_patients(ids[first : first + PATIENTS_PER_BUNDLE])
            yield list(resources(part, synthetic=synthetic))


def _write_bundle(path: Path, patients: list[list[Resource]], *, synthetic: bool) -> None:
    head = {"resourceType": "Bundle"} | bundle_mark(synthetic=synthetic) | {"type": "transaction"}
    with path.open("w", encoding="utf-8") as file:
        file.write(_json(head)[:-1] + ',"entry":[\n')
        separator = ""
        for resource in (one for patient in patients for one in patient):
            url = f"{resource['resourceType']}/{resource['id']}"
            entry = {
                "fullUrl": f"urn:uuid:{resource['id']}",
                "resource": resource,
                "request": {"method": "PUT", "url": url},
            }
            file.write(separator + _json(entry))
            separator = ",\n"
        file.write("\n]}\n")


def _write_lines(folder: Path, groups: Iterable[list[list[Resource]]]) -> None:
    """Write one resource a line, a file for each type, and the manifest of the export."""
    counts: dict[str, int] = {}
    with ExitStack() as stack:
        files: dict[str, IO[str]] = {}
        for resource in (one for group in groups for patient in group for one in patient):
            kind = resource["resourceType"]
            if kind not in files:
                files[kind] = stack.enter_context((folder / f"{kind}.ndjson").open("w", encoding="utf-8"))
            files[kind].write(_json(resource) + "\n")
            counts[kind] = counts.get(kind, 0) + 1
    output = [{"type": kind, "url": f"{kind}.ndjson", "count": count} for kind, count in counts.items()]
    manifest = {
        "transactionTime": datetime.now(UTC).isoformat(timespec="seconds"),
        "request": "hepatica convert",
        "requiresAccessToken": False,
        "output": output,
        "error": [],
    }
    (folder / "manifest.json").write_text(_json(manifest) + "\n", encoding="utf-8")


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
