"""Hepatica's REDCap project for autoimmune hepatitis: its instruments and fields, made from the mapping that reads it.

So what is written and what is read cannot differ: every field is a column of the shipped mapping, its choices are the
words of the record, its units and codes those of the vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from hepatica.record import TABLES
from hepatica.record.tables import Kind
from hepatica.sources.mapping import read_mapping
from hepatica.sources.redcap.aih import MARK, shipped_mapping
from hepatica.vocabulary import analytes, drugs

if TYPE_CHECKING:
    from hepatica.record.tables import Column
    from hepatica.sources.mapping_rules import AnalyteRule, ColumnRule, TableRule

RECORD_ID = "record_id"
# The second form of a patient's own facts holds these; the first the others.
DIAGNOSIS = ("diagnosis_date", "aih_type", "variant")
# More choices than this are a list to open, not buttons to look at.
MOST_BUTTONS = 6
FREE_LIMITS = ("lower_limit", "upper_limit")


@dataclass(frozen=True)
class Instrument:
    """One form of the project: what it is called, which part of which table it holds, whether it repeats."""

    name: str
    title: str
    table: str
    part: int
    repeating: bool


@dataclass(frozen=True)
class FormField:
    """One field of a form, as a row of the data dictionary needs it."""

    name: str
    form: str
    kind: str
    label: str
    choices: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    validation: str = ""
    low: str = ""
    high: str = ""
    identifier: bool = False
    branching: str = ""
    required: bool = False
    annotation: str = ""
    section: str = ""


INSTRUMENTS = (
    Instrument("demographics", "Demographics", "patients", 0, repeating=False),
    Instrument("diagnosis_and_antibodies", "Diagnosis and antibodies", "measurements", 1, repeating=False),
    Instrument("laboratory", "Laboratory", "measurements", 0, repeating=True),
    Instrument("metabolites", "Thiopurine metabolites", "measurements", 2, repeating=True),
    Instrument("treatment", "Treatment", "treatments", 0, repeating=True),
    Instrument("biopsy", "Liver biopsy", "biopsies", 0, repeating=True),
    Instrument("event", "Clinical event", "events", 0, repeating=True),
    Instrument("genetics", "Genetics", "genotypes", 0, repeating=True),
    Instrument("further_results", "Further results", "measurements", 3, repeating=True),
)


def rule_of(instrument: Instrument) -> TableRule:
    """Return the part of the shipped mapping that reads an instrument."""
    return _mapping()[instrument.table][instrument.part]


@cache
def _mapping() -> dict[str, tuple[TableRule, ...]]:
    return read_mapping(shipped_mapping()).rules


@cache
def form_fields() -> tuple[FormField, ...]:
    """Return every field of the project in the order of its forms."""
    fields = [FormField(RECORD_ID, "demographics", "text", "Pseudonym of the patient", note=_NO_NAME, annotation=MARK)]
    for instrument in INSTRUMENTS:
        if instrument.name == "diagnosis_and_antibodies":
            fields += _of_columns(_mapping()["patients"][0], instrument.name, DIAGNOSIS)
            antibodies = _of_instrument(instrument)
            fields += [replace(antibodies[0], section="Antibodies at diagnosis"), *antibodies[1:]]
        else:
            fields += _of_instrument(instrument)
    return tuple(fields)


_NO_NAME = "never a name or a national number"


def _of_instrument(instrument: Instrument) -> list[FormField]:
    rule = rule_of(instrument)
    targets = [column.target for column in rule.columns if column.target not in ("patient_id", *DIAGNOSIS)]
    if instrument.table != "patients":
        targets = [column.target for column in rule.columns if column.target != "patient_id"]
    fields = _of_columns(rule, instrument.name, targets)
    for name, entry in rule.wide.items():
        fields += _of_analyte(name, entry, instrument.name)
    return fields if not rule.wide else [fields[0], *_units_first(rule, instrument.name), *fields[1:]]


def _units_first(rule: TableRule, form: str) -> list[FormField]:
    """Return the field that holds the unit of a form whose results share one."""
    names = dict.fromkeys(entry.unit_column for entry in rule.wide.values() if entry.unit_column is not None)
    note = "as the laboratory's report says; the units are never converted into each other"
    return [FormField(name, form, "radio", "Unit", choices=_unit_choices(), note=note, required=True) for name in names]


@cache
def _titles() -> dict[str, str]:
    return {one.name: one.title for one in INSTRUMENTS}


@cache
def _unit_choices() -> dict[str, str]:
    aliases: dict[str, str] = read_mapping(shipped_mapping()).declaration.content["unit_aliases"]
    return aliases


def _of_columns(rule: TableRule, form: str, targets: tuple[str, ...] | list[str]) -> list[FormField]:
    columns = {column.name: column for column in TABLES[rule.table].columns}
    fields: list[FormField] = []
    for one in rule.columns:
        if one.target in targets:
            fields += _of_column(one, columns[one.target], form, wide_or_long=rule)
    return fields


def _of_column(rule: ColumnRule, column: Column, form: str, *, wide_or_long: TableRule) -> list[FormField]:
    meaning, _, note = column.meaning.partition("; ")
    label = f"{_titles()[form]}: date" if column.name == "date" else _label(column.name, meaning)
    base = FormField(rule.source, form, "text", label, note=note, required=column.required and not rule.if_empty)
    if column.kind in (Kind.DATE, Kind.PARTIAL_DATE):
        base = replace(base, validation="date_ymd", identifier=column.name == "birth_date")
    elif column.kind is Kind.NUMBER and not (wide_or_long.table == "measurements" and column.name in FREE_LIMITS):
        base = replace(base, validation="number")
    elif column.kind is Kind.INTEGER:
        base = replace(base, validation="integer", low="0")
    elif column.kind is Kind.ANALYTE:
        base = _listed(base, {code: f"{code}: {one.name}" for code, one in analytes().items()})
    elif column.kind is Kind.DRUG and rule.if_empty:
        base = _listed(base, {name: name.replace("_", " ") for name in drugs()})
    elif column.choices:
        words = {word: code for code, word in rule.values.items()}
        base = _listed(base, {words.get(word, word): _shown(word) for word in column.choices})
    return [base, *_second(rule, base)]


def _label(name: str, meaning: str) -> str:
    """Return what a field asks for; where its meaning does not name it, its name goes before."""
    words = name.replace("_", " ")
    text = meaning if any(word in meaning.lower() for word in words.split()) else f"{words}: {meaning}"
    return text[0].upper() + text[1:]


def _listed(base: FormField, choices: dict[str, str]) -> FormField:
    return replace(base, kind="radio" if len(choices) <= MOST_BUTTONS else "dropdown", choices=choices)


def _shown(word: str) -> str:
    """Return a choice as people read it; a bare number says nothing."""
    return f"type {word}" if word.isdecimal() else word.replace("_", " ")


def _second(rule: ColumnRule, first: FormField) -> list[FormField]:
    """Return the field that is filled where the first cannot be: a date known in part, a drug that is not listed."""
    if not rule.if_empty:
        return []
    if first.validation:
        note = "only if the day is not known: 1987 or 1987-06"
        label = f"{first.label}, year or month"
    else:
        note, label = "only if it is not in the list", "Another drug"
    second = FormField(
        rule.if_empty,
        first.form,
        "text",
        label,
        note=note,
        branching=f"[{first.name}] = ''",
        identifier=first.identifier,
    )
    return [second]


def _of_analyte(name: str, entry: AnalyteRule, form: str) -> list[FormField]:
    """Return an analyte's field (unit in its label, LOINC codes in its annotation) and those of its limits."""
    one = analytes()[entry.analyte]
    named = one.name.casefold().startswith(one.code.casefold().replace("_", " "))
    called = one.name[0].upper() + one.name[1:] if named else f"{one.code}, {one.name}"
    unit = entry.unit if entry.unit not in (None, "1") else None
    codes = " ".join(f"LOINC:{code}" for code in one.loinc)
    quantity = one.kind == "quantity"
    low, high = (f"{bound:g}" for bound in one.plausible) if one.plausible and quantity and entry.unit else ("", "")
    note = "a result with < or > belongs on Further results" if quantity else "1:80, positive, or negative"
    fields = [
        FormField(
            name, form, "text", f"{called} ({unit})" if unit else called,
            note=note, validation="number" if quantity else "", low=low, high=high, annotation=codes,
        )
    ]  # fmt: skip
    limits = (("Lower", entry.lower_limit_column), ("Upper", entry.upper_limit_column))
    fields += [
        FormField(
            limit, form, "text", f"{which} reference limit of {one.code}" + (f" ({unit})" if unit else ""),
            validation="number", branching=f"[{name}] <> ''",
        )
        for which, limit in limits
        if limit is not None
    ]  # fmt: skip
    return fields
