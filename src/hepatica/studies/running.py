"""Running a study: the definition checked, the cohort derived, the findings made into a result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl

import hepatica
from hepatica.course.definitions import definition_values
from hepatica.course.protocol import protocol_values
from hepatica.errors import UsageError
from hepatica.pictures import attrition as attrition_picture
from hepatica.record import Record
from hepatica.studies.attrition import Attrition
from hepatica.studies.catalogue import Study, study
from hepatica.studies.cohort import Cohort, cohort_of
from hepatica.studies.definition import Definition, definition_of
from hepatica.studies.methods import cohort_methods, software, software_methods
from hepatica.studies.release import Counts
from hepatica.studies.reporting import reporting_items
from hepatica.studies.result import Figure, Findings, Result, Sheet


def run(name: str, source: Any, definition: Path | str | Mapping[str, Any] | None = None) -> Result:
    """Run a study on a source by a definition (None: the documented example) and return its result.

    `source` is a Cohort, a Record, or a SOURCE as on the command line; for a study that reads something else (a
    table of metabolites, protocols, the evidence library) what that study's package opens, or the text that names it.
    Raises UsageError for a definition that is wrong, or a question that the study refuses (with the reason).
    """
    entry = study(name)
    whole = definition_of(name, definition)
    opened = open_input(entry, source, whole) if isinstance(source, str | Record) else source
    if entry.reads != "cohort":
        findings = entry.package().analyse(opened, whole)
        invented = bool(getattr(opened, "synthetic", False))  # what is not of patients seldom is
        return _result(entry, whole, findings, entry.package().fingerprint(opened), (), (), synthetic=invented)
    cohort: Cohort = opened.under(whole["course"])
    # The as-of date that counted is part of the definition: the file written with the result gives the same numbers.
    whole["course"] = {**whole["course"], "as_of": cohort.as_of.isoformat()}
    cohort.derive(*entry.package().TABLES)
    findings = entry.package().analyse(cohort, whole)
    methods = (cohort_methods(cohort, whole),)
    return _result(
        entry, whole, findings, cohort.data_fingerprint, methods, _reading_notes(cohort), synthetic=cohort.synthetic
    )


def open_input(
    entry: Study,
    source: str | Record,
    definition: Definition,
    *,
    mapping: Path | None = None,
    processes: int | None = 1,
) -> Any:
    """Return what a study reads: a cohort of a SOURCE, or what the study's own package opens."""
    if entry.reads == "cohort":
        cohort = cohort_of(source, course=definition["course"], mapping=mapping, processes=processes)
        told_whole = entry.to_the_year and definition["course"]["as_of"] is None
        return replace(cohort, as_of=cohort.as_of.replace(month=12, day=31)) if told_whole else cohort
    if isinstance(source, Record):
        raise UsageError(f"study {entry.name}", f"reads {entry.reads}, not a record", "give what it reads")
    return entry.package().open_input(source, definition)


def _result(
    entry: Study,
    definition: Definition,
    found: Findings,
    data: str,
    methods: tuple[str, ...],
    notes: tuple[str, ...],
    *,
    synthetic: bool,
) -> Result:
    steps = found.attrition
    numbers = {**(steps.numbers() if steps else {}), **found.numbers}
    drawable = {
        name: one for name, one in found.figures.items() if any(found.sheets[it].frame.height for it in one.needs)
    }
    return Result(
        name=entry.name,
        title=definition["title"],
        definition=definition,
        sheets={**found.sheets, **(_attrition_sheet(steps) if steps else {})},
        figures={**drawable, **(_attrition_figure() if steps else {})},
        numbers={key: _plain_number(value) for key, value in numbers.items()},
        attrition=steps,
        methods=[*methods, *found.methods, software_methods()],
        notes=[*found.notes, *notes],
        items=reporting_items(found.fills),
        fingerprint=_fingerprint(entry.name, data, definition),
        software=software(),
        synthetic=synthetic,
        shared_numbers=found.shared_numbers,
    )


def _plain_number(value: Any) -> Any:
    """Return a number as JSON has it: NumPy's as Python's, not-a-number and infinity as unknown."""
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, float) and (plain != plain or plain in (float("inf"), float("-inf"))):  # noqa: PLR0124
        return None
    return plain


def _attrition_sheet(steps: Attrition) -> dict[str, Sheet]:
    release = Counts(
        keys=("key", "step"),
        cells=("before", "in", "out", "unknown"),
        sums=(("before", ("in", "out", "unknown")),),
        chain=("before", "in"),
        left_out=("out_reasons", "unknown_reasons"),
    )
    return {"attrition": Sheet(steps.frame(), "Who is in, out, and unknown at each step", release)}


def _attrition_figure() -> dict[str, Figure]:
    return {
        "attrition": Figure(
            "From all patients to those analysed",
            "Each step with who stays in, who is out, and of whom it is unknown; the table says the same in numbers.",
            ("attrition",),
            lambda tables, width: attrition_picture(tables["attrition"], width=width),
            "Blue: in. Orange: out. Grey: unknown.",
        )
    }


def _reading_notes(cohort: Cohort) -> tuple[str, ...]:
    """Return what reading the source left out, as a reader of the study must know it."""
    if cohort.reading is None or cohort.reading.quarantine.is_empty():
        return ()
    rows = cohort.reading.quarantine.group_by("table").agg(pl.len()).sort("table").rows()
    listed = ", ".join(f"{table} {count:,}" for table, count in rows)
    return (f"Rows of the source in quarantine, which the study does not know: {listed}.",)


def _fingerprint(name: str, data: str, definition: Definition) -> str:
    """Return the SHA-256 of everything that the numbers depend on: data, definition, version.

    A definition names its sets and its protocol; what these say counts, since a file of one's own can be changed.
    """
    # A protocol that practice is audited against is among what that study reads; the course's own is named here.
    sets, protocols = _named(definition, "definitions"), _named(definition.get("course") or {}, "protocol")
    parts = {
        "study": name, "data": data, "definition": definition, "version": hepatica.__version__,
        "sets": {one: definition_values(one) for one in sorted(sets)},
        "protocols": {one: protocol_values(one) for one in sorted(protocols)},
    }  # fmt: skip
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def _named(part: Any, key: str) -> set[str]:
    """Return what a definition names under a key, wherever it stands: a name, or a list of names."""
    if isinstance(part, Mapping):
        found: set[str] = set()
        for name, value in part.items():
            if name == key and isinstance(value, str):
                found.add(value)
            elif name == key and isinstance(value, list):
                found |= set(value)
            else:
                found |= _named(value, key)
        return found
    return set().union(*(_named(one, key) for one in part)) if isinstance(part, list) else set()
