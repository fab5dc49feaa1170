"""A record as rows of a REDCap import: one row per patient, one per instance of each repeating form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from hepatica.interop.redcap.layout import INSTRUMENTS, RECORD_ID, form_fields, rule_of
from hepatica.interop.sent_tables import sent_table
from hepatica.sources.redcap.project import INSTANCE, INSTRUMENT

if TYPE_CHECKING:
    from hepatica.interop.redcap.layout import FormField, Instrument
    from hepatica.record import Record
    from hepatica.sources.mapping_rules import ColumnRule, TableRule

LABORATORY, METABOLITES, ANTIBODIES, FURTHER = (
    "laboratory",
    "metabolites",
    "diagnosis_and_antibodies",
    "further_results",
)
BY_FORM = {one.name: one for one in INSTRUMENTS}
# What a further result's limit says if it was there and could not be used.
UNUSABLE = "unknown"
_ORDER, _PLACE = "form order", "place"


def columns() -> list[str]:
    """Return the columns of the import: the record, the repeating form and its instance, and every field."""
    names = [one.name for one in form_fields()]
    return [names[0], INSTRUMENT, INSTANCE, *names[1:]]


def import_rows(record: Record) -> pl.DataFrame:
    """Return a record as rows of an import, all text, patient by patient."""
    results = _by_form(record.measurements)
    forms = [_patients(record, results[ANTIBODIES])]
    forms += [_panel(BY_FORM[LABORATORY], results[LABORATORY], ["date"])]
    forms += [_panel(BY_FORM[METABOLITES], results[METABOLITES], ["date", "unit"])]
    forms += [_facts(BY_FORM[FURTHER], results[FURTHER].with_columns(_shown_limits()))]
    for name in ("treatment", "biopsy", "event", "genetics"):
        forms.append(_facts(BY_FORM[name], sent_table(BY_FORM[name].table, record.table(BY_FORM[name].table))))
    return _in_order(pl.concat(forms, how="diagonal"), record.patients["patient_id"])


def _by_form(measurements: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return results by the form that can hold them: whatever does not fit a form's fields is a further result."""
    sent = sent_table("measurements", measurements).with_columns(
        plain=measurements["comparator"].is_null() & measurements["text"].is_null()
    )
    form = pl.lit(FURTHER)
    for name, fits in (
        (METABOLITES, _fits_metabolites()),
        (ANTIBODIES, _fits_antibodies()),
        (LABORATORY, _fits_panel()),
    ):
        form = pl.when(fits).then(pl.lit(name)).otherwise(form)
    rows = sent.with_columns(form=form)
    first_day = pl.col("date") == pl.col("date").min().over("patient_id", "form")
    rows = rows.with_columns(
        form=pl.when((pl.col("form") == ANTIBODIES) & ~first_day).then(pl.lit(FURTHER)).otherwise("form")
    )
    # A form has one field for an analyte: a second result of the day is a further one.
    second = ~pl.struct("patient_id", "date", "analyte", "unit", "form").is_first_distinct()
    rows = rows.with_columns(form=pl.when(second).then(pl.lit(FURTHER)).otherwise("form"))
    return {name: rows.filter(form=name) for name in (LABORATORY, METABOLITES, ANTIBODIES, FURTHER)}


def _fits_panel() -> pl.Expr:
    units = {entry.analyte: entry.unit for entry in rule_of(BY_FORM[LABORATORY]).wide.values()}
    with_limits = [one.analyte for one in rule_of(BY_FORM[LABORATORY]).wide.values() if one.upper_limit_column]
    same_unit = pl.col("unit") == pl.col("analyte").replace_strict(units, default=None, return_dtype=pl.String)
    usable = pl.col("upper_limit").is_not_nan().fill_null(value=True)  # no limit fits as well
    no_limits = pl.col("lower_limit").is_null() & pl.col("upper_limit").is_null()
    return (pl.col("plain") & same_unit & usable & (pl.col("analyte").is_in(with_limits) | no_limits)).fill_null(
        value=False  # without a unit it does not fit
    )


def _fits_metabolites() -> pl.Expr:
    analytes = [entry.analyte for entry in rule_of(BY_FORM[METABOLITES]).wide.values()]
    no_limits = pl.col("lower_limit").is_null() & pl.col("upper_limit").is_null()
    return pl.col("plain") & pl.col("analyte").is_in(analytes) & no_limits


def _fits_antibodies() -> pl.Expr:
    analytes = [entry.analyte for entry in rule_of(BY_FORM[ANTIBODIES]).wide.values()]
    no_limits = pl.col("lower_limit").is_null() & pl.col("upper_limit").is_null()
    no_unit = pl.col("unit").is_null() | (pl.col("unit") == "1")
    return pl.col("analyte").is_in(analytes) & no_limits & no_unit


def _shown_limits() -> list[pl.Expr]:
    """Return limits as text; one that could not be used says so."""
    return [
        pl.when(pl.col(name).is_nan()).then(pl.lit(UNUSABLE)).otherwise(_text(name)).alias(name)
        for name in ("lower_limit", "upper_limit")
    ]


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.strip_suffix(".0")


def _panel(instrument: Instrument, rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return one instance per day (and unit) with a field for each analyte, and its limits where the form has them."""
    rule = rule_of(instrument)
    cells = []
    for name, entry in rule.wide.items():
        of_analyte = pl.col("analyte") == entry.analyte
        cells.append(pl.col("value").filter(of_analyte).first().alias(name))
        for part in ("lower_limit", "upper_limit"):
            field = entry.columns().get(f"{part}_column")
            if field is not None:
                cells.append(_text(part).filter(of_analyte).first().alias(field))
    made = rows.group_by("patient_id", *by, maintain_order=True).agg(cells)
    made = made.with_columns(pl.col("date").cast(pl.String).alias(_field_of(rule, "date")))
    units = {entry.unit_column for entry in rule.wide.values() if entry.unit_column is not None}
    for name in units:
        codes = {unit: code for code, unit in _choices(name).items()}
        made = made.with_columns(pl.col("unit").replace_strict(codes, return_dtype=pl.String).alias(name))
    return _instances(made.drop(by), instrument)


def _choices(field: str) -> dict[str, str]:
    return dict(_field(field).choices)


def _field(name: str) -> FormField:
    return next(one for one in form_fields() if one.name == name)


def _field_of(rule: TableRule, target: str) -> str:
    return next(column.source for column in rule.columns if column.target == target)


def _facts(instrument: Instrument, sent: pl.DataFrame) -> pl.DataFrame:
    """Return one instance per row of a table."""
    rule = rule_of(instrument)
    cells = [cell for column in rule.columns if column.target != "patient_id" for cell in _cells(column, sent)]
    return _instances(sent.select("patient_id", *cells), instrument)


def _cells(rule: ColumnRule, sent: pl.DataFrame) -> list[pl.Expr]:
    """Return a column as its field: a choice by its code; what is none of the choices in the field beside it."""
    text = _text(rule.target) if sent.schema[rule.target] == pl.Float64 else pl.col(rule.target).cast(pl.String)
    if not rule.if_empty:
        codes = {word: code for code, word in rule.values.items()}
        return [text.replace(codes).alias(rule.source) if codes else text.alias(rule.source)]
    fits = text.str.len_chars() == 10 if _field(rule.source).validation else text.is_in(list(_choices(rule.source)))
    return [
        pl.when(fits).then(text).alias(rule.source),
        pl.when(~fits).then(text).alias(rule.if_empty),
    ]


def _instances(rows: pl.DataFrame, instrument: Instrument) -> pl.DataFrame:
    """Return rows with their form and their number in it, patient by patient."""
    order = [one.name for one in INSTRUMENTS].index(instrument.name)
    return rows.with_columns(
        pl.lit(instrument.name).alias(INSTRUMENT),
        pl.int_range(1, pl.len() + 1).over("patient_id").cast(pl.String).alias(INSTANCE),
        pl.lit(order).alias(_ORDER),
    )


def _patients(record: Record, antibodies: pl.DataFrame) -> pl.DataFrame:
    """Return one row per patient: demographics, diagnosis, and the antibodies at diagnosis."""
    rule = rule_of(BY_FORM["demographics"])
    sent = sent_table("patients", record.patients)
    cells = [cell for column in rule.columns if column.target != "patient_id" for cell in _cells(column, sent)]
    found = _panel(BY_FORM[ANTIBODIES], antibodies, ["date"]).drop(INSTRUMENT, INSTANCE, _ORDER)
    return sent.select("patient_id", *cells).join(found, on="patient_id", how="left", maintain_order="left")


def _in_order(rows: pl.DataFrame, patients: pl.Series) -> pl.DataFrame:
    places = pl.DataFrame({"patient_id": patients, _PLACE: pl.int_range(patients.len(), eager=True)})
    ordered = rows.join(places, on="patient_id", how="left", maintain_order="left").sort(
        _PLACE,
        pl.col(_ORDER).fill_null(-1),
        maintain_order=True,  # the patient's own row is of no repeating form
    )
    named = ordered.rename({"patient_id": RECORD_ID})
    lacking = [pl.lit(None, pl.String).alias(name) for name in columns() if name not in named.columns]
    return named.with_columns(lacking).select(columns())
