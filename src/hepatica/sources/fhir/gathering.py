"""What one resource tells, put into the stores that the tables are made of, and why it was not used if it was not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from hepatica.sources.fhir.local_codes import LocalCodes
from hepatica.sources.fhir.references import Place, keys_of, place_of, reference_type
from hepatica.sources.fhir.shapes import Resource, text

# What each store holds besides origin. `who`, `who2`: the two keys of the patient's reference; likewise the others.
_WHO = ("who", "who2")
STORES: dict[str, tuple[str, ...]] = {
    "patients": ("patient_id", "birth_date", "sex", "centre", "ethnicity"),
    "measurements": (*_WHO, "date", "analyte", "value", "unit", "lower_limit", "upper_limit"),
    "treatments": (
        *_WHO,
        *("drug", "medication", "medication2", "start", "end", "dose", "dose_unit", "stop_reason", "indication"),
        *("reason", "reason2", "route"),
    ),
    "events": (
        *_WHO,
        *("date", "event", "detail", "serious", "related_drug", "medication", "medication2", "cause", "from_patient"),
    ),
    "biopsies": (
        *_WHO,
        *("date", "interface_hepatitis", "lymphoplasmacytic_infiltrate", "rosettes", "emperipolesis"),
        *("portal_hepatitis", "lobular_hepatitis", "other_pathology", "hai", "fibrosis_stage", "fibrosis_scale"),
        "day_alone",
    ),
    "genotypes": (
        *_WHO,
        *("date", "gene", "variant", "zygosity", "classification", "mechanism", "diplotype", "phenotype"),
    ),
    "diagnoses": (*_WHO, "kind", "date", "aih_type", "variant"),
    # Indexes: under which keys a patient, a medication, or the condition behind a prescription is found.
    "people": ("ref", "patient_id", "server", "born"),
    "medications": ("ref", "drug", "route", "label"),
    "reasons": ("ref", "indication"),
    "versions": ("version",),
    "deleted": ("ref",),
}


class Stores(Protocol):
    """What takes rows."""

    def add(self, store: str, row: tuple[str | None, ...]) -> None:
        """Add a row: the store's columns, then file, line, key, and identity."""


@dataclass
class Told:
    """What there is to tell about a reading: resources by what became of them, codes nobody knows, remarks."""

    used: Counter[str] = field(default_factory=Counter)
    not_used: Counter[tuple[str, str]] = field(default_factory=Counter)
    unknown: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    remarks: Counter[str] = field(default_factory=Counter)


@dataclass
class Gathering:
    """One resource on its way into the stores."""

    stores: Stores
    told: Told
    resource: Resource
    place: Place
    file: str
    line: int
    local: LocalCodes = field(default_factory=LocalCodes)

    @classmethod
    def of(
        cls,
        stores: Stores,
        told: Told,
        resource: Resource,
        full_url: str | None,
        file: str,
        line: int,
        local: LocalCodes,
    ) -> Gathering:
        """Return the gathering of a resource that stands in a file."""
        return cls(stores, told, resource, place_of(resource, full_url), file, line, local)

    def add(self, store: str, **values: str | None) -> None:
        """Put a row into a store; what is not given is unknown."""
        row = tuple(values.get(name) for name in STORES[store])
        self.stores.add(store, (*row, self.file, str(self.line), self.place.key, self._identity()))

    def about(self) -> dict[str, str | None]:
        """Return the keys of the patient whom the resource is about (`subject`, or `patient`)."""
        one, other = keys_of(self._subject(), self.place.base)
        return {"who": one, "who2": other}

    def is_about_a_patient(self) -> bool:
        """Whether the resource is about a patient, and not about a group, a device, or a place."""
        return reference_type(self._subject()) in (None, "Patient")

    def linked(self, name: str, reference: object) -> dict[str, str | None]:
        """Return the keys of a reference to another resource, as the columns `name` and `name2`."""
        one, other = keys_of(reference, self.place.base)
        return {name: one, f"{name}2": other}

    def note_version(self) -> None:
        """Keep which version of the resource this is, so that an older one elsewhere does not count."""
        stamp = _moment(text(self.resource, "meta", "lastUpdated"))
        if stamp is not None and self.place.key is not None:
            self.add("versions", version=stamp)

    def unknown(self, table: str, column: str, code: str) -> None:
        """Count a code that the vocabulary does not know."""
        self.told.unknown[table, column, code[:200]] += 1

    def remark(self, sentence: str) -> None:
        """Count something that the reader of the account must know."""
        self.told.remarks[sentence] += 1

    def _subject(self) -> object:
        return self.resource.get("subject", self.resource.get("patient"))

    def _identity(self) -> str | None:
        """Return what tells a resource from others: its server, its key, and whom it is about."""
        if self.place.key is None:
            return None
        version = _moment(text(self.resource, "meta", "lastUpdated")) or ""
        who = keys_of(self._subject())[0] or ""
        return f"{self.place.base}|{self.place.key}|{who}\n{version}"


def _moment(stamp: str | None) -> str | None:
    """Return an instant as text that sorts by time; None if it is none."""
    if stamp is None:
        return None
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return f"{moment.timestamp():020.6f}" if moment.tzinfo is not None and moment.year > 1 else None
