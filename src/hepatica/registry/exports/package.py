"""One export: the released record in a form of exchange and its manifest in one archive, audited by patient."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from hepatica import __version__
from hepatica.interop import fhir, omop, redcap, table_folder
from hepatica.record import Record
from hepatica.registry.audit.acting import acting
from hepatica.registry.audit.entries import record as entry
from hepatica.registry.exports import spreadsheet
from hepatica.registry.models import Centre, Export, Patient, Person, Purpose
from hepatica.registry.privacy.consent import consents, oldest_valid
from hepatica.registry.privacy.release import Minimised, Release, release

MANIFEST = "manifest.json"


def _parquet(record: Record, out: Path, *, synthetic: bool) -> list[Path]:
    return table_folder.write(record, out, synthetic=synthetic, form="parquet")


WRITERS: dict[str, Callable[..., list[Path]]] = {
    "csv": table_folder.write,
    "csv-spreadsheet": spreadsheet.write,
    "parquet": _parquet,
    "fhir": fhir.write,
    "omop": omop.write,
    "redcap": redcap.write,
}
FORMS = (
    ("csv", _("CSV, the six tables, exact")),
    ("csv-spreadsheet", _("CSV for a spreadsheet, no cell of it a formula")),
    ("parquet", _("Parquet, the six tables")),
    ("fhir", _("FHIR R4")),
    ("omop", _("OMOP CDM 5.4")),
    ("redcap", _("REDCap import")),
)


@dataclass(frozen=True)
class Order:
    """What somebody wants to export: one centre, for one purpose, in a form, in a domain, with how little detail."""

    centre: Centre
    purpose: Purpose
    form: str
    name: str
    minimised: Minimised


def export(order: Order, archive: IO[bytes], *, by: Person, request: str = "") -> Export:
    """Write the archive of an order: data, manifest, and an entry in the audit for every patient who went with it.

    Patients without consent that is valid now are not in it: what was read while somebody withdrew or was erased is
    thrown away and read again. Others can write meanwhile; only the entries take a transaction.
    """
    while True:
        released = release(Patient.objects.filter(centre=order.centre), order.purpose, order.name, order.minimised)
        with tempfile.TemporaryDirectory() as scratch:
            files = WRITERS[order.form](released.record, Path(scratch) / "data", synthetic=released.synthetic)
            _pack(archive, files)
            with acting(by, request=request):
                made = _kept(order, released, files, by)
                if made is not None:
                    _add_manifest(archive, made.manifest)  # a full disk here, and nothing is said to have left
                    return made


def _kept(order: Order, released: Release, files: list[Path], by: Person) -> Export | None:
    """Return the export with its entries, kept within `acting`; None where consent changed since it was read."""
    now = consents(Patient.objects.filter(centre=order.centre), order.purpose)
    if now.standings != released.consents.standings:
        return None
    made = Export.objects.create(
        centre=order.centre, purpose=order.purpose, form=order.form, domain=released.domain, exported_by=by
    )
    made.manifest = manifest(made, order, released, files)
    made.save(update_fields=["manifest"])
    for number in released.released:
        entry("export", patient=number, subject="export", subject_key=str(made.pk), detail=released.domain)
    return made


def manifest(made: Export, order: Order, released: Release, files: list[Path]) -> dict[str, Any]:
    """Return what an export is: purpose, consent, counts in, out, and unknown, fingerprint, who, and when."""
    counts = released.reading.counts
    return {
        "export": made.pk,
        "synthetic": released.synthetic,
        "purpose": {"code": order.purpose.code, "title": order.purpose.title},
        "consent": {
            "oldest_version_that_counts": oldest_valid(order.purpose),
            "patients": released.consents.counts,
        },
        "patients": {
            "consented": len(released.consents.agreed),
            "exported": len(released.released),
            "own_row_cannot_be_used": len(released.consents.agreed) - len(released.released),
        },
        "rows": {
            table: {"exported": released.record.table(table).height, "in_quarantine": count.quarantined}
            for table, count in counts.items()
        },
        "left_out": asdict(order.minimised),
        "centre": order.centre.code,
        "form": order.form,
        "pseudonym_domain": released.domain,
        "fingerprint": released.fingerprint,
        "files": {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files},
        "exported_by": made.exported_by.username,
        "exported_at": timezone.now().isoformat(timespec="seconds"),
        "hepatica": __version__,
    }


def _pack(archive: IO[bytes], files: list[Path]) -> None:
    """Put the data into the archive, in place of what was in it."""
    archive.seek(0)
    archive.truncate()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            packed.write(file, f"data/{file.name}")


def _add_manifest(archive: IO[bytes], told: dict[str, Any]) -> None:
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(MANIFEST, json.dumps(told, indent=2, ensure_ascii=False))
    archive.flush()
