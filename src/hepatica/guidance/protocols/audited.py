"""What an audit knows of one patient: drugs, tests, and weights by day, and what the patient's centre records at all.

Days are whole days since 1970-01-01, as in the course.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from hepatica.course.compact import patients_of
from hepatica.course.definitions import Definitions, day_number
from hepatica.course.exposures import Exposure, counted_for_aih, exposures
from hepatica.course.patient import Patient, Treatment
from hepatica.course.protocol import Formulary, formulary
from hepatica.errors import UsageError
from hepatica.guidance.protocols.questions import part_of, protocol_data
from hepatica.record import Record

GENES = ("TPMT", "NUDT15")
ACTIVITY_OF = {"TPMT_ACTIVITY": "TPMT"}
PPI = "proton_pump_inhibitor"
NO_CENTRE = "unknown"


@dataclass(slots=True)
class CentreRecords:
    """What a centre's patients have any result of, and until when.

    What nobody has, or what would have come later, says nothing of a patient by its absence.
    """

    analytes: set[str] = field(default_factory=set)
    genes: set[str] = field(default_factory=set)
    drug_classes: set[str] = field(default_factory=set)
    last_day: int | None = None


@dataclass(slots=True)
class AuditedPatient:
    """One patient as an audit reads it; `state` is the patient's row of the state table."""

    patient: Patient
    state: dict[str, Any]
    regimens: list[dict[str, Any]]
    as_of: int
    definitions: Definitions
    taken: list[Exposure]
    counted: list[Exposure]
    weights: list[tuple[int, float]]
    tests: dict[str, list[int]]
    records: CentreRecords

    @property
    def centre(self) -> str:
        """Return the treating centre, "unknown" where it is not recorded."""
        return NO_CENTRE if self.patient.centre is None else self.patient.centre

    @property
    def index(self) -> int | None:
        """Return the first day of the first immunosuppressant for AIH."""
        return min((exposure.start for exposure in self.counted), default=None)

    @property
    def gone_since(self) -> int | None:
        """Return since when nothing is due any more: the day of death, or of the loss to follow-up; None if neither."""
        days = [event.day for event in self.patient.events if event.event in ("death", "lost_to_follow_up")]
        return min(days, default=None)

    @property
    def gone(self) -> bool:
        """Return whether the patient has died or is lost to follow-up."""
        return self.gone_since is not None

    def first_line_ends(self) -> int | None:
        """Return the last day on which a drug begun still belongs to the first line."""
        index = self.index
        return None if index is None else index + self.definitions.initial_days

    def first_line_open(self) -> bool:
        """Return whether a drug may still join the first line."""
        ends = self.first_line_ends()
        return ends is not None and ends > self.as_of and not self.gone

    def initial_drugs(self) -> set[str]:
        """Return the immunosuppressants for AIH that were begun as the first line."""
        ends = self.first_line_ends()
        return {exposure.drug for exposure in self.counted if ends is not None and exposure.start <= ends}

    def first_line_parts(self) -> frozenset[str]:
        """Return the first line as parts (steroid, azathioprine …)."""
        return frozenset(part_of(drug) for drug in self.initial_drugs())

    def weight_near(self, day: int) -> float | None:
        """Return the weight in kg nearest to a day; None where none was taken near enough."""
        near: int = protocol_data("questions.yaml")["audit"]["weight_days"]
        found = [(abs(on - day), on, kg) for on, kg in self.weights if abs(on - day) <= near]
        return min(found)[2] if found else None

    def steroid_rows(self, day: int) -> list[Treatment]:
        """Return the rows of predniso(lo)ne and its like for AIH that hold on a day."""
        return [
            row
            for exposure in self.counted
            if part_of(exposure.drug) == "steroid"
            for row in exposure.rows
            if row.start <= day and (row.end is None or row.end >= day)
        ]

    def first_steroid_day(self) -> int | None:
        """Return the first day of predniso(lo)ne as part of the first line; None where it was no part of it."""
        ends = self.first_line_ends()
        first = min((e.start for e in self.counted if part_of(e.drug) == "steroid"), default=None)
        return first if first is not None and ends is not None and first <= ends else None


def audited_patients(
    state: pl.DataFrame, regimens: pl.DataFrame, record: Record, definitions: Definitions
) -> Iterator[AuditedPatient]:
    """Return the patients of a state table with what their record says up to its as-of date.

    Raises `UsageError` where the rows hold as of several dates, or the record is not of the same patients.
    """
    rows = {row["patient_id"]: row for row in state.to_dicts()}
    dates = {row["as_of"] for row in rows.values()}
    if not dates:
        return
    if len(dates) > 1:
        raise UsageError("audit", "the states hold as of different dates", "derive them as of one date")
    as_of = dates.pop()
    patients = {patient.patient_id: patient for patient in patients_of(record, as_of)}
    if patients.keys() != rows.keys():
        raise UsageError("audit", "the state and the record are not of the same patients", "derive the state from it")
    told = formulary()
    weights, tests = _weights(record, as_of), _tests(record, as_of)
    lines = _by_patient(regimens.sort("patient_id", "regimen_no"))
    centres = _records(patients.values(), tests, told)
    for patient_id, patient in patients.items():
        systemic = [row for row in patient.treatments if row.systemic]
        counting = counted_for_aih(systemic, told)
        yield AuditedPatient(
            patient=patient,
            state=rows[patient_id],
            regimens=lines.get(patient_id, []),
            as_of=day_number(as_of),
            definitions=definitions,
            taken=exposures(systemic, definitions.gap_days, day_number(as_of)),
            counted=exposures(counting, definitions.gap_days, day_number(as_of)),
            weights=weights.get(patient_id, []),
            tests=tests.get(patient_id, {}),
            records=centres[patient.centre],
        )


def _by_patient(table: pl.DataFrame) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in table.to_dicts():
        found.setdefault(row["patient_id"], []).append(row)
    return found


def _weights(record: Record, as_of: date) -> dict[str, list[tuple[int, float]]]:
    """Return each patient's weights in kg by day; a censored weight is none."""
    rows = record.measurements.filter(
        pl.col("analyte") == "WEIGHT", pl.col("date") <= as_of, pl.col("value") > 0, pl.col("comparator").is_null()
    )
    found: dict[str, list[tuple[int, float]]] = {}
    for patient_id, day, kg in rows.select("patient_id", pl.col("date").cast(pl.Int32), "value").iter_rows():
        found.setdefault(patient_id, []).append((day, kg))
    return found


def _tests(record: Record, as_of: date) -> dict[str, dict[str, list[int]]]:
    """Return the days of each patient's TPMT and NUDT15 results; the enzyme's activity is a test of TPMT, too."""
    genes = record.genotypes.select("patient_id", "date", gene=pl.col("gene").str.to_uppercase())
    activity = record.measurements.filter(pl.col("analyte").is_in(list(ACTIVITY_OF))).select(
        "patient_id", "date", gene=pl.col("analyte").replace_strict(ACTIVITY_OF, return_dtype=pl.String)
    )
    rows = pl.concat([genes, activity]).filter(pl.col("date") <= as_of, pl.col("gene").is_in(GENES))
    found: dict[str, dict[str, list[int]]] = {}
    for patient_id, day, gene in rows.select("patient_id", pl.col("date").cast(pl.Int32), "gene").iter_rows():
        found.setdefault(patient_id, {}).setdefault(gene, []).append(day)
    return found


def _records(patients: Any, tests: dict[str, dict[str, list[int]]], told: Formulary) -> dict[str | None, CentreRecords]:
    """Return what each centre records: analytes, genes, and classes of drugs that any of its patients has."""
    found: dict[str | None, CentreRecords] = {}
    for patient in patients:
        records = found.setdefault(patient.centre, CentreRecords())
        seen = [day for day in (records.last_day, patient.last_seen) if day is not None]
        records.last_day = max(seen, default=None)
        records.analytes.update(patient.latest)
        records.genes.update(tests.get(patient.patient_id, {}))
        records.drug_classes.update(told.class_of[row.drug] for row in patient.treatments if row.drug in told.class_of)
    return found
